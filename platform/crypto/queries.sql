-- name: SaveKey
INSERT INTO crypto_key (subject, wrapped, made_at, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (subject) DO UPDATE SET wrapped = excluded.wrapped, made_at = excluded.made_at, expires_at = excluded.expires_at
WHERE crypto_key.expires_at <= $3

-- name: Key
SELECT wrapped, expires_at FROM crypto_key WHERE subject = $1

-- name: SetExpiry
UPDATE crypto_key SET expires_at = $1 WHERE subject = $2

-- name: Shred
DELETE FROM crypto_key WHERE subject = $1

-- name: Forget
DELETE FROM crypto_key WHERE subject IN (SELECT subject FROM crypto_key WHERE expires_at < $1 LIMIT 500)

-- name: Claim
INSERT INTO crypto_master (id, digest) VALUES (1, $1) ON CONFLICT (id) DO NOTHING

-- name: Master
SELECT digest FROM crypto_master WHERE id = 1
