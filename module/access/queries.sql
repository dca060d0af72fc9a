-- name: Insert
INSERT INTO access_grant (id, user_id, role, org_id, unit_only, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0)

-- name: ByID
SELECT id, user_id, role, org_id, unit_only, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at
FROM access_grant WHERE id = $1

-- name: OfUser
SELECT id, user_id, role, org_id, unit_only, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at
FROM access_grant WHERE user_id = $1 ORDER BY granted_at, id

-- name: Standing
SELECT id, user_id, role, org_id, unit_only, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at
FROM access_grant WHERE revoked_at = 0 AND (until_at = 0 OR until_at > $1) ORDER BY id

-- name: Turning
SELECT DISTINCT user_id FROM access_grant
WHERE revoked_at = 0 AND (from_at > $1 AND from_at <= $2 OR until_at > $1 AND until_at <= $2)

-- name: NextEdge
SELECT coalesce(min(edge), 0) FROM (
  SELECT min(from_at) AS edge FROM access_grant WHERE revoked_at = 0 AND from_at > $1
  UNION ALL SELECT min(until_at) FROM access_grant WHERE revoked_at = 0 AND until_at > $1
) AS edges

-- name: Holders
SELECT DISTINCT user_id FROM access_grant
WHERE org_id = $1 AND role = $2 AND revoked_at = 0 AND from_at <= $3 AND (until_at = 0 OR until_at > $4) ORDER BY user_id

-- name: Page
SELECT id, user_id, role, org_id, unit_only, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at
FROM access_grant
WHERE ($1 = '' OR user_id = $1) AND ($2 = '' OR role = $2) AND ($3 = '' OR org_id = $3)
  AND (CAST($4 AS BIGINT) = 0 OR revoked_at = 0 AND from_at <= $4 AND (until_at = 0 OR until_at > $4))
  AND (granted_at, id) < ($5, $6)
ORDER BY granted_at DESC, id DESC LIMIT $7

-- name: Holding
SELECT id, user_id, role, org_id, unit_only, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at
FROM access_grant
WHERE role IN LIST($1) AND org_id IN LIST($2) AND (unit_only = FALSE OR org_id = $3)
  AND revoked_at = 0 AND from_at <= $4 AND (until_at = 0 OR until_at > $4) AND (user_id, id) > ($5, $6)
ORDER BY user_id, id LIMIT $7

-- name: CountLasting
SELECT count(*) FROM access_grant WHERE role = $1 AND revoked_at = 0 AND until_at = 0 AND from_at <= $2 AND id <> $3

-- name: Revoke
UPDATE access_grant SET revoked_by = $1, revoked_at = $2 WHERE id = $3 AND revoked_at = 0

-- name: Lock
SELECT 0

-- name: Lock @postgres
SELECT 0 FROM (SELECT pg_advisory_xact_lock(hashtext('access_grant'))) AS one_at_a_time
