-- name: Publish
INSERT INTO bus_fact (name, key, body, at) VALUES ($1, $2, $3, $4)

-- name: Since
SELECT seq, name, key, body, at FROM bus_fact WHERE seq > $1 ORDER BY seq LIMIT $2

-- name: Since @postgres
SELECT pos, name, key, body, at FROM bus_fact WHERE pos > $1 ORDER BY pos LIMIT $2

-- name: Head
SELECT coalesce(max(seq), 0) FROM bus_fact

-- name: Head @postgres
SELECT coalesce(max(pos), 0) FROM bus_fact

-- name: Oldest
SELECT coalesce(min(seq), 0) FROM bus_fact

-- name: Oldest @postgres
SELECT coalesce(min(pos), 0) FROM bus_fact

-- name: Place
SELECT 0

-- name: Place @postgres
WITH top AS (SELECT coalesce(max(pos), 0) AS pos FROM bus_fact),
     ready AS (SELECT seq, row_number() OVER (ORDER BY xid, seq) AS n FROM bus_fact
               WHERE pos IS NULL AND xid < pg_snapshot_xmin(pg_current_snapshot())
               ORDER BY xid, seq LIMIT 2000),
     placed AS (UPDATE bus_fact f SET pos = top.pos + ready.n FROM ready, top WHERE f.seq = ready.seq RETURNING f.seq)
SELECT count(*) FROM placed

-- name: Unplaced
SELECT 0

-- name: Unplaced @postgres
SELECT count(*) FROM bus_fact WHERE pos IS NULL

-- name: Cursor
SELECT pos FROM bus_cursor WHERE consumer = $1

-- name: Advance
INSERT INTO bus_cursor (consumer, pos) VALUES ($1, $2)
ON CONFLICT (consumer) DO UPDATE SET pos = excluded.pos

-- name: BlockedKeys
SELECT DISTINCT key FROM bus_failure WHERE consumer = $1

-- name: Park
INSERT INTO bus_failure (consumer, pos, name, key, body, at, attempts, next_at, error, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: Due
SELECT f.pos, f.name, f.key, f.body, f.at, f.attempts, f.error, f.state FROM bus_failure f
WHERE f.consumer = $1 AND f.state = 'parked' AND f.next_at <= $2
  AND f.pos = (SELECT min(g.pos) FROM bus_failure g WHERE g.consumer = f.consumer AND g.key = f.key)
ORDER BY f.pos LIMIT $3

-- name: FailedAgain
UPDATE bus_failure SET attempts = $3, next_at = $4, error = $5, state = $6 WHERE consumer = $1 AND pos = $2

-- name: Unpark
DELETE FROM bus_failure WHERE consumer = $1 AND pos = $2

-- name: Failures
SELECT pos, name, key, body, at, attempts, error, state FROM bus_failure WHERE consumer = $1 ORDER BY pos LIMIT $2

-- name: Counts
SELECT c.consumer, c.pos,
  (SELECT count(*) FROM bus_failure f WHERE f.consumer = c.consumer AND f.state = 'parked'),
  (SELECT count(*) FROM bus_failure f WHERE f.consumer = c.consumer AND f.state = 'dead')
FROM bus_cursor c ORDER BY c.consumer

-- name: Trim
DELETE FROM bus_fact WHERE at < $1
  AND seq <= (SELECT min(pos) FROM bus_cursor)
  AND seq < (SELECT max(seq) FROM bus_fact)

-- name: Trim @postgres
DELETE FROM bus_fact WHERE at < $1
  AND pos <= (SELECT min(pos) FROM bus_cursor)
  AND pos < (SELECT max(pos) FROM bus_fact)
