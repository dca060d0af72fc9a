-- name: Put
INSERT INTO spool_item (id, key, at, body, attempts, next_at, error) VALUES ($1, $2, $3, $4, 0, 0, '')

-- name: ByKey
SELECT seq, id, at, body, attempts, error FROM spool_item WHERE key = $1

-- name: Due
SELECT seq, id, at, body, attempts, error FROM spool_item WHERE seq > $1 AND next_at <= $2 ORDER BY seq LIMIT 1

-- name: Oldest
SELECT seq, id, at, body, attempts, error FROM spool_item WHERE seq > $1 ORDER BY seq LIMIT $2

-- name: Done
DELETE FROM spool_item WHERE seq = $1

-- name: Failed
UPDATE spool_item SET attempts = attempts + 1, next_at = $1, error = $2 WHERE seq = $3

-- name: Count
SELECT count(*) FROM spool_item
