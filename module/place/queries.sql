-- name: Revisions
SELECT topic, n FROM place_revision

-- name: Touch
UPDATE place_revision SET n = n + 1 WHERE topic = $1 RETURNING n

-- name: InsertAddress
INSERT INTO place_address (id, name, identity, town, village, lat, lon, uncertainty_m, datum, source, aliases, version, revision, created_at, updated_at, updated_by, retired_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, NULL)

-- name: UpdateAddress
UPDATE place_address
SET name = $1, identity = $2, town = $3, village = $4, lat = $5, lon = $6, uncertainty_m = $7, datum = $8, source = $9,
    aliases = $10, version = $11, revision = $12, updated_at = $13, updated_by = $14, retired_at = $15
WHERE id = $16 AND version = $17

-- name: AddressByID
SELECT id, name, identity, town, village, lat, lon, uncertainty_m, datum, source, aliases, version, revision, updated_at, updated_by, retired_at
FROM place_address
WHERE id = $1

-- name: LiveByIdentity
SELECT id, name, identity, town, village, lat, lon, uncertainty_m, datum, source, aliases, version, revision, updated_at, updated_by, retired_at
FROM place_address
WHERE identity = $1 AND retired_at IS NULL

-- name: LiveAddresses
SELECT id, name, identity, town, village, lat, lon, uncertainty_m, datum, source, aliases, version, revision, updated_at, updated_by, retired_at
FROM place_address
WHERE retired_at IS NULL
ORDER BY id

-- name: AddressesSince
SELECT id, name, identity, town, village, lat, lon, uncertainty_m, datum, source, aliases, version, revision, updated_at, updated_by, retired_at
FROM place_address
WHERE revision > $1
ORDER BY id

-- name: CountSince
SELECT COUNT(*) FROM place_address WHERE revision > $1

-- name: AddressPage
SELECT id, name, identity, town, village, lat, lon, uncertainty_m, datum, source, aliases, version, revision, updated_at, updated_by, retired_at
FROM place_address
WHERE id > $1 AND (retired_at IS NULL OR $2)
ORDER BY id
LIMIT $3

-- name: AddressPageOfTown
SELECT id, name, identity, town, village, lat, lon, uncertainty_m, datum, source, aliases, version, revision, updated_at, updated_by, retired_at
FROM place_address
WHERE id > $1 AND (retired_at IS NULL OR $2) AND town = $3
ORDER BY id
LIMIT $4

-- name: PutArea
INSERT INTO place_area (id, station_id, name, class, geometry, valid_from, valid_to, version, updated_at, updated_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE
SET station_id = excluded.station_id, name = excluded.name, class = excluded.class, geometry = excluded.geometry,
    valid_from = excluded.valid_from, valid_to = excluded.valid_to, version = place_area.version + 1,
    updated_at = excluded.updated_at, updated_by = excluded.updated_by

-- name: EndArea
UPDATE place_area SET valid_to = $1, version = version + 1, updated_at = $2, updated_by = $3 WHERE id = $4

-- name: Areas
SELECT id, station_id, name, class, geometry, valid_from, valid_to, version, updated_at, updated_by
FROM place_area
ORDER BY id

-- name: InsertHazard
INSERT INTO place_hazard (id, place_id, lat, lon, kind, note, valid_from, valid_to, created_at, created_by, retired_at, retired_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, NULL)

-- name: RetireHazard
UPDATE place_hazard SET retired_at = $1, retired_by = $2 WHERE id = $3 AND retired_at IS NULL

-- name: MoveHazards
UPDATE place_hazard SET lat = $1, lon = $2 WHERE place_id = $3 AND retired_at IS NULL

-- name: HazardByID
SELECT id, place_id, lat, lon, kind, note, valid_from, valid_to, created_at, created_by, retired_at, retired_by
FROM place_hazard
WHERE id = $1

-- name: LiveHazards
SELECT id, place_id, lat, lon, kind, note, valid_from, valid_to, created_at, created_by, retired_at, retired_by
FROM place_hazard
WHERE retired_at IS NULL AND valid_to > $1
ORDER BY id

-- name: HazardPage
SELECT id, place_id, lat, lon, kind, note, valid_from, valid_to, created_at, created_by, retired_at, retired_by
FROM place_hazard
WHERE id > $1 AND ($2 OR (retired_at IS NULL AND valid_to > $3))
ORDER BY id
LIMIT $4

-- name: InsertImport
INSERT INTO place_import (id, source, rows_in, accepted, duplicate, rejected, at, imported_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: ImportByID
SELECT id, source, rows_in, accepted, duplicate, rejected, at, imported_by FROM place_import WHERE id = $1

-- name: InsertReject
INSERT INTO place_import_reject (import_id, line, reason, field, name, lat, lon) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: RejectPage
SELECT line, reason, field, name, lat, lon
FROM place_import_reject
WHERE import_id = $1 AND line > $2
ORDER BY line
LIMIT $3

-- name: PutDivisionList
INSERT INTO place_division_list (scheme, version, active, loaded_at, loaded_by)
VALUES ($1, $2, TRUE, $3, $4)
ON CONFLICT (scheme, version) DO UPDATE SET active = TRUE, loaded_at = excluded.loaded_at, loaded_by = excluded.loaded_by

-- name: OtherListsInactive
UPDATE place_division_list SET active = FALSE WHERE NOT (scheme = $1 AND version = $2)

-- name: ClearDivisions
DELETE FROM place_division WHERE scheme = $1 AND version = $2

-- name: InsertDivision
INSERT INTO place_division (scheme, version, code, name, parent, level) VALUES ($1, $2, $3, $4, $5, $6)

-- name: ActiveDivisions
SELECT d.code, d.name, d.parent, d.level
FROM place_division d
JOIN place_division_list l ON l.scheme = d.scheme AND l.version = d.version
WHERE l.active = TRUE
ORDER BY d.code

-- name: NamesOfOtherLists
SELECT scheme, version, code, name FROM place_division WHERE NOT (scheme = $1 AND version = $2) ORDER BY code, scheme, version
