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

-- name: CrewsBetween
SELECT c.unit_id, c.user_id, c.muted, c.since FROM unit_unit u JOIN unit_crew c ON c.unit_id = u.id
WHERE u.call_sign > $1 AND u.call_sign <= $2 ORDER BY c.since, c.user_id

-- name: Board
INSERT INTO unit_crew (user_id, unit_id, muted, since) VALUES ($1, $2, $3, $4)

-- name: Mute
UPDATE unit_crew SET muted = $1 WHERE user_id = $2

-- name: Leave
DELETE FROM unit_crew WHERE user_id = $1

-- name: BeginDuty
INSERT INTO unit_duty (user_id, unit_id, since, until) VALUES ($1, $2, $3, 0)
ON CONFLICT (user_id, since) DO UPDATE SET unit_id = excluded.unit_id, until = 0

-- name: EndDuty
UPDATE unit_duty SET until = $1 WHERE user_id = $2 AND until = 0

-- name: Duties
SELECT user_id, unit_id, since, until FROM unit_duty
WHERE unit_id = $1 AND since <= $2 AND (until = 0 OR until >= $3)
ORDER BY since DESC, user_id LIMIT $4

-- name: ForgetDuty
DELETE FROM unit_duty WHERE (user_id, since) IN (SELECT user_id, since FROM unit_duty WHERE until > 0 AND until < $1 LIMIT 500)

-- name: Where
SELECT unit_id FROM unit_crew WHERE user_id = $1

-- name: Aboard
SELECT user_id, muted, since FROM unit_crew WHERE user_id = $1

-- name: Engagements
SELECT incident_id, state FROM unit_engagement WHERE unit_id = $1 ORDER BY incident_id

-- name: EngagementsBetween
SELECT e.unit_id, e.incident_id, e.state FROM unit_unit u JOIN unit_engagement e ON e.unit_id = u.id
WHERE u.call_sign > $1 AND u.call_sign <= $2 ORDER BY e.incident_id

-- name: Engage
INSERT INTO unit_engagement (unit_id, incident_id, state) VALUES ($1, $2, $3)
ON CONFLICT (unit_id, incident_id) DO UPDATE SET state = excluded.state

-- name: Release
DELETE FROM unit_engagement WHERE unit_id = $1 AND incident_id = $2

-- name: AddFix
INSERT INTO unit_position (unit_id, at, lat, lon, accuracy_m, received_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (unit_id, at) DO NOTHING

-- name: LastFix
SELECT unit_id, at, lat, lon, accuracy_m FROM unit_position WHERE unit_id = $1 ORDER BY at DESC LIMIT 1

-- name: FixesSince
SELECT unit_id, at, lat, lon, accuracy_m FROM unit_position WHERE received_at >= $1 ORDER BY received_at

-- name: Forget
DELETE FROM unit_position WHERE (unit_id, at) IN (SELECT unit_id, at FROM unit_position WHERE received_at < $1 ORDER BY received_at LIMIT 500)

-- name: Peek
SELECT id, call_sign, kind, org_id, state, state_since, version FROM unit_unit WHERE id = $1

-- name: Owner
SELECT org_id FROM unit_unit WHERE id = $1
