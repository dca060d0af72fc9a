-- name: Insert
INSERT INTO access_grant (id, user_id, role, org_id, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0)

-- name: ByID
SELECT id, user_id, role, org_id, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at
FROM access_grant WHERE id = $1

-- name: OfUser
SELECT id, user_id, role, org_id, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at
FROM access_grant WHERE user_id = $1 ORDER BY granted_at, id

-- name: Standing
SELECT id, user_id, role, org_id, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at
FROM access_grant WHERE revoked_at = 0 ORDER BY id

-- name: Page
SELECT id, user_id, role, org_id, from_at, until_at, granted_by, granted_at, reason, revoked_by, revoked_at
FROM access_grant WHERE id > $1 ORDER BY id LIMIT $2

-- name: Revoke
UPDATE access_grant SET revoked_by = $1, revoked_at = $2 WHERE id = $3 AND revoked_at = 0

-- name: LockUser
SELECT 0

-- name: LockUser @postgres
SELECT 0 FROM (SELECT pg_advisory_xact_lock(hashtext('access_grant'))) AS one_at_a_time
