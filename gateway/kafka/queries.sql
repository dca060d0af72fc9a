-- name: TakenIn
SELECT pos FROM kafka_inbox WHERE consumer = $1 AND topic = $2 AND partition = $3 AND origin = $4

-- name: TakeIn
INSERT INTO kafka_inbox (consumer, topic, partition, origin, pos) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (consumer, topic, partition, origin) DO UPDATE SET pos = excluded.pos WHERE kafka_inbox.pos = $6
