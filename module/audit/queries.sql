-- name: Insert
INSERT INTO audit_event (ref, at, user_id, org_id, session_id, device_id, address, request_id, class, action, object, purpose, result, account, method, change)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)

-- name: ByRef
SELECT ref, seq, at, user_id, org_id, session_id, device_id, address, request_id, class, action, object, purpose, result, account, method, change
FROM audit_event WHERE ref = $1
