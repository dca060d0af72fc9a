-- name: InsertAccount
INSERT INTO identity_account (id, login, display_name, org_id, kind, state, hash, failures, locked_until, created_at, created_by, last_login_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, 0, 1)

-- name: UpdateAccount
UPDATE identity_account SET display_name = $1, org_id = $2, state = $3, hash = $4, failures = $5, locked_until = $6,
  last_login_at = $7, version = version + 1
WHERE id = $8

-- name: AccountByLogin
SELECT id, login, display_name, org_id, kind, state, hash, failures, locked_until, created_at, created_by, last_login_at, version
FROM identity_account WHERE login = $1

-- name: AccountByID
SELECT id, login, display_name, org_id, kind, state, hash, failures, locked_until, created_at, created_by, last_login_at, version
FROM identity_account WHERE id = $1

-- name: Accounts
SELECT id, login, display_name, org_id, kind, state, hash, failures, locked_until, created_at, created_by, last_login_at, version
FROM identity_account WHERE login > $1 ORDER BY login LIMIT $2

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

-- name: SessionByID
SELECT id, token_hash, user_id, org_id, name, kind, device_id, address, method, started_at, seen_at, ends_at, ended_at, ended_by
FROM identity_session WHERE id = $1

-- name: EndSession
UPDATE identity_session SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at = 0

-- name: Touch
UPDATE identity_session SET seen_at = $1 WHERE id = $2

-- name: ForgetSessions
DELETE FROM identity_session WHERE id IN (SELECT id FROM identity_session WHERE ends_at < $1 LIMIT 500)

-- name: ForgetInvitations
DELETE FROM identity_invitation WHERE expires_at < $1
