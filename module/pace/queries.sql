-- name: Keep
INSERT INTO pace_incident (id, station_id, area_class, kind_code, call_taker, called_at, ended_at, completed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET station_id = excluded.station_id, area_class = excluded.area_class, kind_code = excluded.kind_code,
  call_taker = excluded.call_taker, called_at = excluded.called_at, ended_at = excluded.ended_at, completed = excluded.completed

-- name: Ended
SELECT ended_at FROM pace_incident WHERE id = $1

-- name: Stamp
INSERT INTO pace_stamp (incident_id, step, number, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (incident_id, step, number) DO UPDATE SET at = excluded.at

-- name: First
INSERT INTO pace_stamp (incident_id, step, number, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (incident_id, step, number) DO UPDATE SET at = excluded.at WHERE excluded.at < pace_stamp.at

-- name: ByID
SELECT i.id, i.station_id, i.area_class, i.kind_code, i.call_taker, i.called_at, i.ended_at, i.completed,
  COALESCE(MIN(s.at) FILTER (WHERE s.step = 'dispatched'), 0), COALESCE(MIN(s.at) FILTER (WHERE s.step = 'acknowledged'), 0),
  COALESCE(MIN(s.at) FILTER (WHERE s.step = 'contacted'), 0), COALESCE(MIN(s.at) FILTER (WHERE s.step = 'on_scene'), 0)
FROM pace_incident i LEFT JOIN pace_stamp s ON s.incident_id = i.id
WHERE i.id = $1
GROUP BY i.id, i.station_id, i.area_class, i.kind_code, i.call_taker, i.called_at, i.ended_at, i.completed

-- name: Between
SELECT i.id, i.station_id, i.area_class, i.kind_code, i.call_taker, i.called_at, i.ended_at, i.completed,
  COALESCE(MIN(s.at) FILTER (WHERE s.step = 'dispatched'), 0), COALESCE(MIN(s.at) FILTER (WHERE s.step = 'acknowledged'), 0),
  COALESCE(MIN(s.at) FILTER (WHERE s.step = 'contacted'), 0), COALESCE(MIN(s.at) FILTER (WHERE s.step = 'on_scene'), 0)
FROM pace_incident i LEFT JOIN pace_stamp s ON s.incident_id = i.id
WHERE i.called_at >= $1 AND i.called_at < $2
GROUP BY i.id, i.station_id, i.area_class, i.kind_code, i.call_taker, i.called_at, i.ended_at, i.completed
ORDER BY i.called_at, i.id

-- name: Open
SELECT i.id, i.station_id, i.area_class, i.kind_code, i.call_taker, i.called_at, i.ended_at, i.completed,
  COALESCE(MIN(s.at) FILTER (WHERE s.step = 'dispatched'), 0), COALESCE(MIN(s.at) FILTER (WHERE s.step = 'acknowledged'), 0),
  COALESCE(MIN(s.at) FILTER (WHERE s.step = 'contacted'), 0), COALESCE(MIN(s.at) FILTER (WHERE s.step = 'on_scene'), 0)
FROM pace_incident i LEFT JOIN pace_stamp s ON s.incident_id = i.id
WHERE i.ended_at = 0 AND i.id > $1
GROUP BY i.id, i.station_id, i.area_class, i.kind_code, i.call_taker, i.called_at, i.ended_at, i.completed
ORDER BY i.id
LIMIT $2
