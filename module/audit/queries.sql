-- name: Insert
INSERT INTO audit_event (ref, at, user_id, org_id, session_id, device_id, address, request_id, class, action, object, purpose, result)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: ByRef
SELECT seq, at, user_id, org_id, session_id, device_id, address, request_id, class, action, object, purpose, result
FROM audit_event WHERE ref = $1

-- name: View
SELECT seq, at, user_id, org_id, session_id, device_id, address, request_id, class, action, object, purpose, result
FROM audit_event
WHERE class IN ($1, $2, $3, $4) AND object LIKE $5 AND ($6 = '' OR user_id = $6)
  AND at >= $7 AND at < $8 AND seq < $9
ORDER BY seq DESC LIMIT $10
