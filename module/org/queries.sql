-- name: Lock
UPDATE org_tree SET revision = revision + 1

-- name: Put
INSERT INTO org_organisation (id, code, name, kind, parent_id, sort, division_scheme, division_version, created_at, changed_at, retired_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, parent_id = excluded.parent_id, sort = excluded.sort,
  division_scheme = excluded.division_scheme, division_version = excluded.division_version,
  changed_at = excluded.changed_at, retired_at = excluded.retired_at, version = excluded.version

-- name: Note
INSERT INTO org_edition (id, code, name, kind, parent_id, sort, division_scheme, division_version, created_at, changed_at, retired_at, version, act, changed_by, reason, import_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)

-- name: All
SELECT id, code, name, kind, parent_id, sort, division_scheme, division_version, created_at, changed_at, retired_at, version
FROM org_organisation ORDER BY sort, code, id

-- name: ByID
SELECT id, code, name, kind, parent_id, sort, division_scheme, division_version, created_at, changed_at, retired_at, version
FROM org_organisation WHERE id = $1

-- name: ByCode
SELECT id, code, name, kind, parent_id, sort, division_scheme, division_version, created_at, changed_at, retired_at, version
FROM org_organisation WHERE code = $1 AND retired_at = 0

-- name: CountBelow
SELECT count(*) FROM org_organisation WHERE parent_id = $1 AND retired_at = 0

-- name: Top
SELECT coalesce(min(id), '') FROM org_organisation WHERE parent_id = '' AND retired_at = 0

-- name: History
SELECT id, code, name, kind, parent_id, sort, division_scheme, division_version, created_at, changed_at, retired_at, version, act, changed_by, reason, import_id
FROM org_edition WHERE id = $1 AND version < $2 ORDER BY version DESC LIMIT $3

-- name: PutImport
INSERT INTO org_import (id, source, imported_by, at, under_id, complete, state, withheld, braked, rows_in, unchanged, to_create, to_change, to_move, rejected, to_leave,
  standing, applied, approved_by, approved_at, agreed_leave, agreed_move, applied_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, withheld = excluded.withheld, braked = excluded.braked, rows_in = excluded.rows_in, unchanged = excluded.unchanged,
  to_create = excluded.to_create, to_change = excluded.to_change, to_move = excluded.to_move, rejected = excluded.rejected, to_leave = excluded.to_leave,
  standing = excluded.standing, applied = excluded.applied, approved_by = excluded.approved_by, approved_at = excluded.approved_at,
  agreed_leave = excluded.agreed_leave, agreed_move = excluded.agreed_move, applied_at = excluded.applied_at, version = excluded.version

-- name: ImportByID
SELECT id, source, imported_by, at, under_id, complete, state, withheld, braked, rows_in, unchanged, to_create, to_change, to_move, rejected, to_leave,
  standing, applied, approved_by, approved_at, agreed_leave, agreed_move, applied_at, version
FROM org_import WHERE id = $1

-- name: ImportPage
SELECT id, source, imported_by, at, under_id, complete, state, withheld, braked, rows_in, unchanged, to_create, to_change, to_move, rejected, to_leave,
  standing, applied, approved_by, approved_at, agreed_leave, agreed_move, applied_at, version
FROM org_import WHERE id < $1 ORDER BY id DESC LIMIT $2

-- name: PutRow
INSERT INTO org_import_row (import_id, line, code, name, kind, parent_code, sort, outcome, reason, field, remarks, org_id, mended, unread)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (import_id, line) DO UPDATE SET code = excluded.code, name = excluded.name, kind = excluded.kind, parent_code = excluded.parent_code,
  sort = excluded.sort, outcome = excluded.outcome, reason = excluded.reason, field = excluded.field, remarks = excluded.remarks,
  org_id = excluded.org_id, mended = excluded.mended, unread = excluded.unread

-- name: Rows
SELECT line, code, name, kind, parent_code, sort, outcome, reason, field, remarks, org_id, mended, unread
FROM org_import_row WHERE import_id = $1 ORDER BY line

-- name: RowPage
SELECT line, code, name, kind, parent_code, sort, outcome, reason, field, remarks, org_id, mended, unread
FROM org_import_row WHERE import_id = $1 AND line > $2 AND ($3 = '' OR outcome = $3) ORDER BY line LIMIT $4

-- name: RowByLine
SELECT line, code, name, kind, parent_code, sort, outcome, reason, field, remarks, org_id, mended, unread
FROM org_import_row WHERE import_id = $1 AND line = $2

-- name: DropRows
DELETE FROM org_import_row WHERE import_id = $1

-- name: DropImport
DELETE FROM org_import WHERE id = $1
