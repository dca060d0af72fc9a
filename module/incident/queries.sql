-- part: row
id, status, kind_code, priority, station_id, area_class, address, lat, lon, call_taker, source, external_ref,
  called_at, recorded_at, closed_at, risk, version, place_key, unsettled, outside, number

-- part: entry
incident_id, seq, kind, occurred_at, recorded_at, by_user, device, counter, source, detail, contact

-- name: AppendEntry
INSERT INTO incident_entry ({entry})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: Entries
SELECT {entry} FROM incident_entry WHERE incident_id = $1 ORDER BY seq

-- name: Entry
SELECT {entry} FROM incident_entry WHERE incident_id = $1 AND seq = $2

-- name: Lock
SELECT version FROM incident_incident WHERE id = $1

-- name: Lock @postgres
SELECT version FROM incident_incident WHERE id = $1 FOR UPDATE

-- name: EntryOfDevice
SELECT {entry} FROM incident_entry WHERE device = $1 AND counter = $2 AND counter > 0

-- name: EntriesFrom
SELECT {entry} FROM incident_entry WHERE incident_id = $1 AND seq > $2 ORDER BY seq

-- name: Lines
SELECT {entry} FROM incident_entry WHERE incident_id = $1 AND seq > $2 ORDER BY seq LIMIT $3

-- name: Version
SELECT version FROM incident_incident WHERE id = $1

-- name: InsertRow
INSERT INTO incident_incident (id, status, open, kind_code, priority, station_id, area_class, address, lat, lon,
  call_taker, source, external_ref, called_at, recorded_at, closed_at, risk, version, place_key, unsettled, outside, number)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)

-- name: UpdateRow
UPDATE incident_incident SET status = $1, open = $2, kind_code = $3, priority = $4, station_id = $5, area_class = $6,
  address = $7, lat = $8, lon = $9, called_at = $10, closed_at = $11, risk = $12, version = $13,
  place_key = $14, unsettled = $15, outside = $16
WHERE id = $17

-- name: StepRow
UPDATE incident_incident SET status = $1, version = $2 WHERE id = $3

-- name: Row
SELECT {row} FROM incident_incident WHERE id = $1

-- name: Board
SELECT {row} FROM incident_incident
WHERE open = TRUE AND (called_at, id) > ($1, $2) AND called_at < $3
  AND ($4 = '[]' OR station_id IN LIST($4))
  AND ($5 = '' OR status = $5)
  AND ($6 = '' OR kind_code = $6)
  AND ($7 = 0 OR priority = $7)
  AND ($8 = '' OR substr(address, 1, length($8)) = $8 OR substr(external_ref, 1, length($8)) = $8)
ORDER BY called_at, id LIMIT $9

-- name: NewestOpen
SELECT {row} FROM incident_incident
WHERE open = TRUE AND (called_at, id) < ($1, $2) AND called_at >= $3
  AND ($4 = '[]' OR station_id IN LIST($4))
  AND ($5 = '' OR status = $5)
  AND ($6 = '' OR kind_code = $6)
  AND ($7 = 0 OR priority = $7)
  AND ($8 = '' OR substr(address, 1, length($8)) = $8 OR substr(external_ref, 1, length($8)) = $8)
ORDER BY called_at DESC, id DESC LIMIT $9

-- name: CountOpen
SELECT COUNT(*) FROM (SELECT 1 FROM incident_incident
WHERE open = TRUE AND called_at >= $1 AND called_at < $2
  AND ($3 = '[]' OR station_id IN LIST($3))
  AND ($4 = '' OR status = $4)
  AND ($5 = '' OR kind_code = $5)
  AND ($6 = 0 OR priority = $6)
  AND ($7 = '' OR substr(address, 1, length($7)) = $7 OR substr(external_ref, 1, length($7)) = $7)
LIMIT $8) AS counted

-- name: Newest
SELECT {row} FROM incident_incident
WHERE (called_at, id) < ($1, $2) AND called_at >= $3
  AND ($4 = '[]' OR station_id IN LIST($4))
  AND ($5 = '' OR status = $5)
  AND ($6 = '' OR kind_code = $6)
  AND ($7 = 0 OR priority = $7)
  AND ($8 = '' OR substr(address, 1, length($8)) = $8 OR substr(external_ref, 1, length($8)) = $8)
ORDER BY called_at DESC, id DESC LIMIT $9

-- name: CountNewest
SELECT COUNT(*) FROM (SELECT 1 FROM incident_incident
WHERE called_at >= $1 AND called_at < $2
  AND ($3 = '[]' OR station_id IN LIST($3))
  AND ($4 = '' OR status = $4)
  AND ($5 = '' OR kind_code = $5)
  AND ($6 = 0 OR priority = $6)
  AND ($7 = '' OR substr(address, 1, length($7)) = $7 OR substr(external_ref, 1, length($7)) = $7)
LIMIT $8) AS counted

-- name: OfStation
SELECT {row} FROM incident_incident
WHERE (called_at, id) < ($1, $2) AND called_at >= $3
  AND station_id = $4
  AND ($5 = '' OR status = $5)
  AND ($6 = '' OR kind_code = $6)
  AND ($7 = 0 OR priority = $7)
  AND ($8 = '' OR substr(address, 1, length($8)) = $8 OR substr(external_ref, 1, length($8)) = $8)
ORDER BY called_at DESC, id DESC LIMIT $9

-- name: CountOfStation
SELECT COUNT(*) FROM (SELECT 1 FROM incident_incident
WHERE called_at >= $1 AND called_at < $2
  AND station_id = $3
  AND ($4 = '' OR status = $4)
  AND ($5 = '' OR kind_code = $5)
  AND ($6 = 0 OR priority = $6)
  AND ($7 = '' OR substr(address, 1, length($7)) = $7 OR substr(external_ref, 1, length($7)) = $7)
LIMIT $8) AS counted

-- name: OfKind
SELECT {row} FROM incident_incident
WHERE (called_at, id) < ($1, $2) AND called_at >= $3
  AND ($4 = '[]' OR station_id IN LIST($4))
  AND ($5 = '' OR status = $5)
  AND kind_code = $6
  AND ($7 = 0 OR priority = $7)
  AND ($8 = '' OR substr(address, 1, length($8)) = $8 OR substr(external_ref, 1, length($8)) = $8)
ORDER BY called_at DESC, id DESC LIMIT $9

-- name: CountOfKind
SELECT COUNT(*) FROM (SELECT 1 FROM incident_incident
WHERE called_at >= $1 AND called_at < $2
  AND ($3 = '[]' OR station_id IN LIST($3))
  AND ($4 = '' OR status = $4)
  AND kind_code = $5
  AND ($6 = 0 OR priority = $6)
  AND ($7 = '' OR substr(address, 1, length($7)) = $7 OR substr(external_ref, 1, length($7)) = $7)
LIMIT $8) AS counted

-- name: OfEnding
SELECT {row} FROM incident_incident
WHERE (called_at, id) < ($1, $2) AND called_at >= $3
  AND ($4 = '[]' OR station_id IN LIST($4))
  AND status = $5 AND status IN ('merged', 'withdrawn', 'transferred')
  AND ($6 = '' OR kind_code = $6)
  AND ($7 = 0 OR priority = $7)
  AND ($8 = '' OR substr(address, 1, length($8)) = $8 OR substr(external_ref, 1, length($8)) = $8)
ORDER BY called_at DESC, id DESC LIMIT $9

-- name: CountOfEnding
SELECT COUNT(*) FROM (SELECT 1 FROM incident_incident
WHERE called_at >= $1 AND called_at < $2
  AND ($3 = '[]' OR station_id IN LIST($3))
  AND status = $4 AND status IN ('merged', 'withdrawn', 'transferred')
  AND ($5 = '' OR kind_code = $5)
  AND ($6 = 0 OR priority = $6)
  AND ($7 = '' OR substr(address, 1, length($7)) = $7 OR substr(external_ref, 1, length($7)) = $7)
LIMIT $8) AS counted

-- name: ByNumber
SELECT {row} FROM incident_incident WHERE number = $1 ORDER BY id

-- name: OpenOf
SELECT id, status, kind_code, priority, station_id, area_class, address, lat, lon, call_taker, source, external_ref,
  called_at, recorded_at, closed_at, risk, version, place_key, unsettled, outside, number
FROM incident_incident WHERE open = TRUE AND id IN LIST($1) ORDER BY called_at, id

-- name: Some
SELECT {row} FROM incident_incident WHERE id IN LIST($1) ORDER BY called_at DESC, id DESC

-- name: EarlierAt
SELECT {row} FROM incident_incident
WHERE place_key = $1 AND place_key <> '' AND called_at >= $2 AND called_at < $3 AND status <> 'merged' AND id <> $4
ORDER BY called_at DESC, id DESC LIMIT $5

-- name: RowsBetween
SELECT {row} FROM incident_incident WHERE id > $1 AND id <= $2

-- name: RowsAfter
SELECT {row} FROM incident_incident WHERE id > $1

-- name: DropRow
DELETE FROM incident_incident WHERE id = $1

-- name: EntriesAfter
SELECT {entry} FROM incident_entry WHERE incident_id > $1 ORDER BY incident_id, seq LIMIT $2

-- name: ByRef
SELECT id FROM incident_incident WHERE source = $1 AND external_ref = $2 AND external_ref <> ''

-- name: CountAt
SELECT COUNT(*) FROM (
  SELECT 1 FROM incident_incident
  WHERE place_key = $1 AND place_key <> '' AND called_at >= $2 AND called_at < $3 AND status <> 'merged' LIMIT $4
) AS earlier

-- name: OpenSince
SELECT {row} FROM incident_incident WHERE open = TRUE AND called_at >= $1

-- name: LeaseNumbers
INSERT INTO incident_number (day, next) VALUES ($1, $2)
ON CONFLICT (day) DO UPDATE SET next = incident_number.next + $3
RETURNING next

-- name: KeepPicture
INSERT INTO incident_picture (id, incident_id, expires_at, content, thumb) VALUES ($1, $2, $3, $4, $5)

-- name: CountPictures
SELECT COUNT(*) FROM incident_picture WHERE incident_id = $1

-- name: Picture
SELECT content FROM incident_picture WHERE incident_id = $1 AND id = $2

-- name: Thumbnail
SELECT thumb FROM incident_picture WHERE incident_id = $1 AND id = $2

-- name: ForgetPictures
DELETE FROM incident_picture WHERE id IN (SELECT id FROM incident_picture WHERE expires_at < $1 LIMIT 100)
