-- name: Insert
INSERT INTO org_organisation (id, code, name, kind, parent_id, sort, created_at, retired_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1)

-- name: Update
UPDATE org_organisation SET name = $1, kind = $2, parent_id = $3, sort = $4, retired_at = $5, version = version + 1
WHERE id = $6

-- name: All
SELECT id, code, name, kind, parent_id, sort, created_at, retired_at, version
FROM org_organisation ORDER BY sort, code

-- name: ByID
SELECT id, code, name, kind, parent_id, sort, created_at, retired_at, version
FROM org_organisation WHERE id = $1

-- name: Top
SELECT coalesce(min(id), '') FROM org_organisation WHERE parent_id = '' AND retired_at = 0
