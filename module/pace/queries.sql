-- name: Definitions
SELECT clock, version, start_step, end_step, targets, excluded_kinds, warn_percent, valid_from, valid_until, reason, by_user, at
FROM pace_definition ORDER BY clock, version

-- name: Define
INSERT INTO pace_definition (clock, version, start_step, end_step, targets, excluded_kinds, warn_percent, valid_from, valid_until,
  reason, by_user, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: SeedDefinition
INSERT INTO pace_definition (clock, version, start_step, end_step, targets, excluded_kinds, warn_percent, valid_from, valid_until,
  reason, by_user, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (clock, version) DO NOTHING

-- name: Supersede
UPDATE pace_definition SET valid_until = $1 WHERE clock = $2 AND version = $3 AND valid_until = 0

-- name: Lock
SELECT record FROM pace_incident WHERE id = $1

-- name: Lock @postgres
SELECT record FROM pace_incident WHERE id = $1 FOR UPDATE

-- name: ByID
SELECT record FROM pace_incident WHERE id = $1

-- name: Keep
INSERT INTO pace_incident (id, station_id, area_class, kind_code, called_at, record)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET station_id = excluded.station_id, area_class = excluded.area_class, kind_code = excluded.kind_code,
  called_at = excluded.called_at, record = excluded.record

-- name: KeepPast
INSERT INTO pace_past (id, until, called_at, record) VALUES ($1, $2, $3, $4)
ON CONFLICT (id, until) DO NOTHING

-- name: Between
SELECT coalesce(string_agg(record, ''), '') FROM (
  SELECT record FROM pace_incident
  WHERE (called_at, id) > ($1, $2) AND called_at < $3
  ORDER BY called_at, id LIMIT $4) chunk

-- name: BetweenAsKnown
SELECT coalesce(string_agg(record, ''), '') FROM (
  SELECT record FROM (
    SELECT * FROM (
      SELECT id, called_at, record FROM pace_incident i
      WHERE (called_at, id) > ($1, $2) AND called_at < $3
        AND NOT EXISTS (SELECT 1 FROM pace_past p WHERE p.id = i.id AND p.until > $4)
      ORDER BY called_at, id LIMIT $5) now
    UNION ALL
    SELECT * FROM (
      SELECT id, called_at, record FROM pace_past p
      WHERE (called_at, id) > ($1, $2) AND called_at < $3 AND until > $4
        AND NOT EXISTS (SELECT 1 FROM pace_past q WHERE q.id = p.id AND q.until > $4 AND q.until < p.until)
      ORDER BY called_at, id LIMIT $5) past) known
  ORDER BY called_at, id LIMIT $5) chunk

-- name: Stamp
INSERT INTO pace_stamp (incident_id, step, number, at, seq, known_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (incident_id, step, number) DO UPDATE SET at = excluded.at, seq = excluded.seq, known_at = excluded.known_at

-- name: First
SELECT at, seq, known_at FROM pace_stamp WHERE incident_id = $1 AND step = $2
ORDER BY CASE WHEN at < $3 THEN 1 ELSE 0 END, at, seq LIMIT 1

-- name: Board
INSERT INTO pace_unit (incident_id, unit_id) VALUES ($1, $2) ON CONFLICT (incident_id, unit_id) DO NOTHING

-- name: Leave
DELETE FROM pace_unit WHERE incident_id = $1 AND unit_id = $2

-- name: LeaveAll
DELETE FROM pace_unit WHERE incident_id = $1

-- name: Units
SELECT unit_id FROM pace_unit WHERE incident_id = $1 ORDER BY unit_id

-- name: UnitsOf
SELECT incident_id, unit_id FROM pace_unit WHERE incident_id IN LIST($1) ORDER BY incident_id, unit_id

-- name: Watch
INSERT INTO pace_running (incident_id, clock, version, started_at, due_at, stage, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (incident_id, clock) DO UPDATE SET version = excluded.version, started_at = excluded.started_at, due_at = excluded.due_at,
  stage = excluded.stage, next_at = excluded.next_at

-- name: Unwatch
DELETE FROM pace_running WHERE incident_id = $1 AND clock = $2

-- name: Watches
SELECT incident_id, clock, version, started_at, due_at, stage, next_at FROM pace_running WHERE incident_id = $1

-- name: Due
SELECT incident_id, clock, version, started_at, due_at, stage, next_at FROM pace_running
WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at LIMIT $2

-- name: Live
SELECT r.incident_id, r.clock, r.version, r.started_at, r.due_at, r.stage, i.station_id, i.area_class, i.kind_code
FROM pace_running r JOIN pace_incident i ON i.id = r.incident_id
WHERE (r.due_at, r.incident_id, r.clock) > ($1, $2, $3)
ORDER BY r.due_at, r.incident_id, r.clock LIMIT $4

-- name: LiveOf
SELECT r.incident_id, r.clock, r.version, r.started_at, r.due_at, r.stage, i.station_id, i.area_class, i.kind_code
FROM pace_running r JOIN pace_incident i ON i.id = r.incident_id
WHERE r.incident_id IN LIST($1)
ORDER BY r.due_at, r.incident_id, r.clock

-- name: Break
INSERT INTO pace_breach (id, incident_id, clock, version, station_id, due_at, broke_at, lifted, explanations)
VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, 0)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, due_at = excluded.due_at, lifted = FALSE

-- name: Standing
SELECT count(*) FROM pace_breach WHERE id = $1 AND lifted = FALSE

-- name: Lift
UPDATE pace_breach SET lifted = TRUE WHERE incident_id = $1 AND clock = $2 AND lifted = FALSE

-- name: Rehome
UPDATE pace_breach SET station_id = $1 WHERE incident_id = $2

-- name: Breach
SELECT b.id, b.incident_id, b.clock, b.version, b.station_id, b.due_at, b.broke_at, b.lifted, b.explanations,
  coalesce(e.code, ''), coalesce(e.remark, ''), coalesce(e.by_user, ''), coalesce(e.at, 0)
FROM pace_breach b LEFT JOIN pace_explanation e ON e.breach_id = b.id AND e.number = b.explanations
WHERE b.id = $1

-- name: BreachesOf
SELECT b.id, b.incident_id, b.clock, b.version, b.station_id, b.due_at, b.broke_at, b.lifted, b.explanations,
  coalesce(e.code, ''), coalesce(e.remark, ''), coalesce(e.by_user, ''), coalesce(e.at, 0)
FROM pace_breach b LEFT JOIN pace_explanation e ON e.breach_id = b.id AND e.number = b.explanations
WHERE b.incident_id = $1 ORDER BY b.due_at

-- name: Breaches
SELECT b.id, b.incident_id, b.clock, b.version, b.station_id, b.due_at, b.broke_at, b.lifted, b.explanations,
  coalesce(e.code, ''), coalesce(e.remark, ''), coalesce(e.by_user, ''), coalesce(e.at, 0)
FROM pace_breach b LEFT JOIN pace_explanation e ON e.breach_id = b.id AND e.number = b.explanations
WHERE (b.due_at, b.id) > ($1, $2) AND b.due_at < $3
  AND ($4 = '' OR b.station_id = $4) AND ($5 = '' OR b.clock = $5)
  AND ($6 = '' OR $6 = CASE WHEN b.lifted = TRUE THEN 'lifted' WHEN b.explanations > 0 THEN 'explained' ELSE 'open' END)
ORDER BY b.due_at, b.id LIMIT $7

-- name: Explain
INSERT INTO pace_explanation (breach_id, number, code, remark, by_user, at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: Explained
UPDATE pace_breach SET explanations = $1 WHERE id = $2 AND explanations = $3

-- name: Reasons
SELECT code, name, source, needs_remark, sort, retired_at FROM pace_reason ORDER BY sort, code

-- name: SeedReason
INSERT INTO pace_reason (code, name, source, needs_remark, sort, retired_at) VALUES ($1, $2, $3, $4, $5, 0)
ON CONFLICT (code) DO NOTHING

-- name: AddReason
INSERT INTO pace_reason (code, name, source, needs_remark, sort, retired_at) VALUES ($1, $2, $3, $4, $5, 0)

-- name: RetireReason
UPDATE pace_reason SET retired_at = $1 WHERE code = $2 AND retired_at = 0

-- name: Revise
INSERT INTO pace_revision (incident_id, seq, clock, known_at, was_version, was_verdict, was_seconds, is_version, is_verdict, is_seconds)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (incident_id, seq, clock) DO NOTHING

-- name: Revisions
SELECT clock, seq, known_at, was_version, was_verdict, was_seconds, is_version, is_verdict, is_seconds
FROM pace_revision WHERE incident_id = $1 ORDER BY seq, clock
