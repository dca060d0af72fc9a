-- name: Insert
INSERT INTO audit_event (ref, at, user_id, org_id, session_id, device_id, address, request_id, class, action, object, purpose, result, account, method)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- name: ByRef
SELECT seq, at, user_id, org_id, session_id, device_id, address, request_id, class, action, object, purpose, result, account, method
FROM audit_event WHERE ref = $1
