-- name: Relayed
SELECT pos FROM kafka_relay WHERE name = $1

-- name: Advance
INSERT INTO kafka_relay (name, pos) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET pos = excluded.pos

-- name: TakeIn
INSERT INTO kafka_inbox (consumer, origin, pos, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (consumer, origin, pos) DO NOTHING
