-- name: Publish
INSERT INTO bus_fact (name, key, body, at) VALUES ($1, $2, $3, $4)

-- name: Since
SELECT seq, name, key, body, at FROM bus_fact WHERE seq > $1 ORDER BY seq LIMIT $2

-- name: Since @postgres
SELECT pos, name, key, body, at FROM bus_fact WHERE pos > $1 ORDER BY pos LIMIT $2

-- name: Heard
SELECT seq, name, key, body, at FROM bus_fact WHERE seq > $1 AND seq <= $2 AND name IN LIST($3) ORDER BY seq LIMIT $4

-- name: Heard @postgres
SELECT pos, name, key, body, at FROM bus_fact WHERE pos > $1 AND pos <= $2 AND name IN LIST($3) ORDER BY pos LIMIT $4

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

-- name: Register
INSERT INTO bus_cursor (consumer, pos) VALUES ($1, 0) ON CONFLICT (consumer) DO NOTHING

-- name: Cursor
SELECT pos FROM bus_cursor WHERE consumer = $1

-- name: Waiting
SELECT coalesce((SELECT at FROM bus_fact WHERE seq > coalesce((SELECT pos FROM bus_cursor WHERE consumer = $1), 0)
  ORDER BY seq LIMIT 1), 0)

-- name: Waiting @postgres
SELECT coalesce(least(
  (SELECT at FROM bus_fact WHERE pos > coalesce((SELECT pos FROM bus_cursor WHERE consumer = $1), 0) ORDER BY pos LIMIT 1),
  (SELECT at FROM bus_fact WHERE pos IS NULL ORDER BY xid, seq LIMIT 1)), 0)

-- name: Advance
INSERT INTO bus_cursor (consumer, pos) VALUES ($1, $2)
ON CONFLICT (consumer) DO UPDATE SET pos = excluded.pos WHERE bus_cursor.pos = $3

-- name: Retire
DELETE FROM bus_cursor WHERE consumer = $1

-- name: AnyBlocked
SELECT count(*) FROM (SELECT 1 FROM bus_failure WHERE consumer = $1 AND state <> 'discarded' LIMIT 1) one

-- name: Blocked
SELECT count(*) FROM (SELECT 1 FROM bus_failure WHERE consumer = $1 AND key = $2 AND state <> 'discarded' LIMIT 1) one

-- name: Park
INSERT INTO bus_failure (consumer, pos, name, key, body, at, attempts, next_at, error, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'parked')

-- name: Due
SELECT f.pos, f.name, f.key, f.body, f.at, f.attempts, f.error, f.state, f.decided_at, f.decided_by, f.reason FROM bus_failure f
WHERE f.consumer = $1 AND f.state = 'parked' AND f.next_at <= $2
  AND f.pos = (SELECT min(g.pos) FROM bus_failure g WHERE g.consumer = f.consumer AND g.key = f.key AND g.state <> 'discarded')
ORDER BY f.pos LIMIT $3

-- name: FailedAgain
UPDATE bus_failure SET attempts = $1, next_at = $2, error = $3, state = $4 WHERE consumer = $5 AND pos = $6 AND state = 'parked'

-- name: Resend
UPDATE bus_failure SET attempts = 0, next_at = 0, state = 'parked' WHERE consumer = $1 AND pos = $2 AND state <> 'discarded'

-- name: Unpark
DELETE FROM bus_failure WHERE consumer = $1 AND pos = $2 AND state = 'parked'

-- name: Discard
UPDATE bus_failure SET state = 'discarded', decided_at = $1, decided_by = $2, reason = $3
WHERE consumer = $4 AND pos = $5 AND state <> 'discarded'

-- name: Failures
SELECT pos, name, key, body, at, attempts, error, state, decided_at, decided_by, reason FROM bus_failure
WHERE consumer = $1 AND pos > $2 AND (state = $3 OR $3 = '') ORDER BY pos LIMIT $4

-- name: Counts
SELECT c.consumer, c.pos,
  (SELECT count(*) FROM bus_failure f WHERE f.consumer = c.consumer AND f.state = 'parked'),
  (SELECT count(*) FROM bus_failure f WHERE f.consumer = c.consumer AND f.state = 'dead')
FROM bus_cursor c ORDER BY c.consumer

-- name: OldestBehind
SELECT coalesce(min(at), 0) FROM (SELECT at FROM bus_fact WHERE seq > $1 ORDER BY seq LIMIT 1) one

-- name: OldestBehind @postgres
SELECT coalesce(min(at), 0) FROM (SELECT at FROM bus_fact WHERE pos > $1 ORDER BY pos LIMIT 1) one

-- name: Trim
DELETE FROM bus_fact WHERE seq IN (
  SELECT seq FROM (SELECT seq, at FROM bus_fact
    WHERE seq <= (SELECT min(pos) FROM bus_cursor) AND seq < (SELECT max(seq) FROM bus_fact)
    ORDER BY seq LIMIT 1000) oldest
  WHERE at < $1)

-- name: Trim @postgres
DELETE FROM bus_fact WHERE pos IN (
  SELECT pos FROM (SELECT pos, at FROM bus_fact
    WHERE pos <= (SELECT min(pos) FROM bus_cursor) AND pos < (SELECT max(pos) FROM bus_fact)
    ORDER BY pos LIMIT 1000) oldest
  WHERE at < $1)
