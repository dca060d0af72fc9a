-- name: Append
INSERT INTO ledger_leaf (source, ref, hash) VALUES ($1, $2, $3)

-- name: From
SELECT idx, source, ref, hash FROM ledger_leaf WHERE idx >= $1 ORDER BY idx LIMIT $2

-- name: From @postgres
SELECT pos, source, ref, hash FROM ledger_leaf WHERE pos >= $1 ORDER BY pos LIMIT $2

-- name: Last
SELECT coalesce(max(idx), 0) FROM ledger_leaf

-- name: Last @postgres
SELECT coalesce(max(pos), 0) FROM ledger_leaf

-- name: Chosen
SELECT idx, source, ref, hash FROM ledger_leaf
WHERE source = $1 AND substr(ref, 1, $2) = $3 AND idx <= $4 ORDER BY idx

-- name: Chosen @postgres
SELECT pos, source, ref, hash FROM ledger_leaf
WHERE source = $1 AND substr(ref, 1, $2) = $3 AND pos <= $4 ORDER BY pos

-- name: Listed
SELECT idx, source, ref, hash FROM ledger_leaf
WHERE idx > $1 AND idx <= $2 AND source = $3 AND ref IN LIST($4) ORDER BY idx

-- name: Listed @postgres
SELECT pos, source, ref, hash FROM ledger_leaf
WHERE pos > $1 AND pos <= $2 AND source = $3 AND ref IN LIST($4) ORDER BY pos

-- name: SignedBefore
SELECT size FROM ledger_checkpoint WHERE at < $1 ORDER BY at DESC, size DESC LIMIT 1

-- name: SignedAfter
SELECT size FROM ledger_checkpoint WHERE at > $1 ORDER BY at, size LIMIT 1

-- name: Unplaced
SELECT 0

-- name: Unplaced @postgres
SELECT count(*) FROM ledger_leaf WHERE pos IS NULL

-- name: Place
SELECT 0

-- name: Place @postgres
WITH top AS (SELECT coalesce(max(pos), 0) AS pos FROM ledger_leaf),
     ready AS (SELECT idx, row_number() OVER (ORDER BY xid, idx) AS n FROM ledger_leaf
               WHERE pos IS NULL AND xid < pg_snapshot_xmin(pg_current_snapshot())
               ORDER BY xid, idx LIMIT 4096),
     placed AS (UPDATE ledger_leaf l SET pos = top.pos + ready.n FROM ready, top WHERE l.idx = ready.idx RETURNING l.idx)
SELECT count(*) FROM placed

-- name: Tree
SELECT origin, hasher, keys, size FROM ledger_tree WHERE id = 1

-- name: NewTree
INSERT INTO ledger_tree (id, origin, hasher, keys, size) VALUES (1, $1, $2, $3, 0) ON CONFLICT (id) DO NOTHING

-- name: Grow
UPDATE ledger_tree SET size = $1 WHERE id = 1 AND size = $2

-- name: Tile
SELECT hashes FROM ledger_tile WHERE level = $1 AND idx = $2

-- name: SaveTile
INSERT INTO ledger_tile (level, idx, hashes) VALUES ($1, $2, $3)
ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes

-- name: SaveCheckpoint
INSERT INTO ledger_checkpoint (size, root, at, note) VALUES ($1, $2, $3, $4)

-- name: LastCheckpoint
SELECT size, root, at, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1

-- name: CheckpointsFrom
SELECT size, root, at, note FROM ledger_checkpoint WHERE size >= $1 ORDER BY size LIMIT $2
