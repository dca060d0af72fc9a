-- name: InsertAccount
INSERT INTO identity_account (id, login, display_name, org_id, kind, state, hash, failures, locked_until, created_at, created_by, password_at, last_login_at, state_reason, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, 0, 0, '', 1)

-- name: UpdateAccount
UPDATE identity_account SET display_name = $1, org_id = $2, state = $3, hash = $4, failures = $5, locked_until = $6,
  password_at = $7, state_reason = $8, version = $9
WHERE id = $10

-- name: NoteLogin
UPDATE identity_account SET hash = $1, failures = $2, locked_until = $3, last_login_at = $4 WHERE id = $5

-- name: AccountByLogin
SELECT id, login, display_name, org_id, kind, state, hash, failures, locked_until, created_at, created_by, password_at, last_login_at, state_reason, version
FROM identity_account WHERE login = $1

-- name: AccountByID
SELECT id, login, display_name, org_id, kind, state, hash, failures, locked_until, created_at, created_by, password_at, last_login_at, state_reason, version
FROM identity_account WHERE id = $1

-- name: AccountsByID
SELECT id, login, display_name, org_id, kind, state, hash, failures, locked_until, created_at, created_by, password_at, last_login_at, state_reason, version
FROM identity_account WHERE id IN LIST($1)

-- name: CountAccounts
SELECT count(*) FROM identity_account

-- name: Invite
INSERT INTO identity_invitation (token_hash, user_id, expires_at) VALUES ($1, $2, $3)

-- name: Invitation
SELECT user_id FROM identity_invitation WHERE token_hash = $1 AND expires_at > $2

-- name: UseInvitations
DELETE FROM identity_invitation WHERE user_id = $1

-- name: InsertSession
INSERT INTO identity_session (id, token_hash, user_id, org_id, name, kind, device_id, address, method, started_at, seen_at, ends_at, ended_at, ended_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, '')

-- name: SessionByToken
SELECT id, token_hash, user_id, org_id, name, kind, device_id, address, method, started_at, seen_at, ends_at, ended_at, ended_by
FROM identity_session WHERE token_hash = $1

-- name: OpenSessions
SELECT id, token_hash, user_id, org_id, name, kind, device_id, address, method, started_at, seen_at, ends_at, ended_at, ended_by
FROM identity_session WHERE user_id = $1 AND ended_at = 0 AND ends_at > $2 ORDER BY started_at

-- name: HolderOf
SELECT user_id FROM identity_session WHERE device_id = $1 AND device_id <> '' AND ended_at = 0 AND ends_at > $2
ORDER BY started_at DESC, id DESC LIMIT 1

-- name: SessionsOn
SELECT id, token_hash, user_id, org_id, name, kind, device_id, address, method, started_at, seen_at, ends_at, ended_at, ended_by
FROM identity_session WHERE device_id = $1 AND device_id <> '' AND ended_at = 0 AND ends_at > $2

-- name: SessionByID
SELECT id, token_hash, user_id, org_id, name, kind, device_id, address, method, started_at, seen_at, ends_at, ended_at, ended_by
FROM identity_session WHERE id = $1

-- name: EndSession
UPDATE identity_session SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at = 0

-- name: Touch
UPDATE identity_session SET seen_at = $1 WHERE id = $2 AND seen_at < $3

-- name: ForgetSessions
DELETE FROM identity_session WHERE id IN (SELECT id FROM identity_session WHERE ends_at < $1 LIMIT 500)

-- name: ForgetInvitations
DELETE FROM identity_invitation WHERE expires_at < $1

-- name: DeviceByID
SELECT id, user_id, org_id, first_at, seen_at, blocked_at, blocked_by, block_reason FROM identity_device WHERE id = $1

-- name: DevicesOf
SELECT id, user_id, org_id, first_at, seen_at, blocked_at, blocked_by, block_reason FROM identity_device
WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3

-- name: PutDevice
INSERT INTO identity_device (id, user_id, org_id, first_at, seen_at, blocked_at, blocked_by, block_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, org_id = excluded.org_id, seen_at = excluded.seen_at,
  blocked_at = excluded.blocked_at, blocked_by = excluded.blocked_by, block_reason = excluded.block_reason

-- name: ForgetDevices
DELETE FROM identity_device WHERE id IN (SELECT id FROM identity_device WHERE seen_at < $1 LIMIT 500)
