-- name: Insert
INSERT INTO unit_unit (id, call_sign, kind, org_id, state, state_since, version) VALUES ($1, $2, $3, $4, $5, $6, 1)

-- name: Save
UPDATE unit_unit SET call_sign = $1, kind = $2, org_id = $3, state = $4, state_since = $5, version = version + 1 WHERE id = $6

-- name: ByID
SELECT id, call_sign, kind, org_id, state, state_since, version FROM unit_unit WHERE id = $1

-- name: ByID @postgres
SELECT id, call_sign, kind, org_id, state, state_since, version FROM unit_unit WHERE id = $1 FOR UPDATE

-- name: Page
SELECT id, call_sign, kind, org_id, state, state_since, version FROM unit_unit WHERE call_sign > $1 ORDER BY call_sign LIMIT $2

-- name: Crew
SELECT user_id, muted, since FROM unit_crew WHERE unit_id = $1 ORDER BY since, user_id

-- name: Board
INSERT INTO unit_crew (user_id, unit_id, muted, since) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id) DO UPDATE SET unit_id = excluded.unit_id, muted = excluded.muted, since = excluded.since

-- name: Leave
DELETE FROM unit_crew WHERE user_id = $1 AND unit_id = $2

-- name: Where
SELECT unit_id FROM unit_crew WHERE user_id = $1

-- name: Engagements
SELECT incident_id, state FROM unit_engagement WHERE unit_id = $1 ORDER BY incident_id

-- name: Engage
INSERT INTO unit_engagement (unit_id, incident_id, state) VALUES ($1, $2, $3)
ON CONFLICT (unit_id, incident_id) DO UPDATE SET state = excluded.state

-- name: Release
DELETE FROM unit_engagement WHERE unit_id = $1 AND incident_id = $2

-- name: AddFix
INSERT INTO unit_position (unit_id, at, lat, lon, accuracy_m, received_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (unit_id, at) DO NOTHING

-- name: LastFixes
SELECT p.unit_id, p.at, p.lat, p.lon FROM unit_position p
WHERE p.at = (SELECT max(q.at) FROM unit_position q WHERE q.unit_id = p.unit_id) AND p.at >= $1

-- name: Forget
DELETE FROM unit_position WHERE (unit_id, at) IN (SELECT unit_id, at FROM unit_position WHERE at < $1 ORDER BY at LIMIT 500)

-- name: Peek
SELECT id, call_sign, kind, org_id, state, state_since, version FROM unit_unit WHERE id = $1
