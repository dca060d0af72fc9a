-- name: SaveKey
INSERT INTO crypto_key (subject, wrapped, made_at, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (subject) DO NOTHING

-- name: Key
SELECT wrapped FROM crypto_key WHERE subject = $1

-- name: SetExpiry
UPDATE crypto_key SET expires_at = $1 WHERE subject = $2

-- name: Shred
DELETE FROM crypto_key WHERE subject = $1

-- name: Expired
SELECT subject FROM crypto_key WHERE subject > $1 AND expires_at <= $2 ORDER BY subject LIMIT $3

-- name: ShredExpired
DELETE FROM crypto_key WHERE subject = $1 AND expires_at <= $2
