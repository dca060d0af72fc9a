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
FROM access_grant WHERE id > $1 ORDER BY id LIMIT $2

-- name: Revoke
UPDATE access_grant SET revoked_by = $1, revoked_at = $2 WHERE id = $3 AND revoked_at = 0

-- name: LockUser
SELECT 0

-- name: LockUser @postgres
SELECT 0 FROM (SELECT pg_advisory_xact_lock(hashtext('access_grant'))) AS one_at_a_time
