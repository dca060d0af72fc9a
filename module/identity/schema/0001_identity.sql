CREATE TABLE identity_account (
  id            TEXT PRIMARY KEY,
  login         TEXT NOT NULL UNIQUE,
  display_name  TEXT NOT NULL,
  org_id        TEXT NOT NULL,
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL,
  hash          TEXT NOT NULL,
  failures      BIGINT NOT NULL,
  locked_until  BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  created_by    TEXT NOT NULL,
  password_at   BIGINT NOT NULL,
  last_login_at BIGINT NOT NULL,
  state_reason  TEXT NOT NULL,
  version       BIGINT NOT NULL
);

CREATE INDEX identity_account_org ON identity_account (org_id);

-- One-time links to set a password; only the token's hash is kept.
CREATE TABLE identity_invitation (
  token_hash TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE identity_session (
  id         TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  user_id    TEXT NOT NULL,
  org_id     TEXT NOT NULL,
  name       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  device_id  TEXT NOT NULL,
  address    TEXT NOT NULL,
  method     TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,
  ends_at    BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL,
  ended_by   TEXT NOT NULL
);

CREATE INDEX identity_session_user ON identity_session (user_id, started_at);
CREATE INDEX identity_session_device ON identity_session (device_id, started_at) WHERE device_id <> '' AND ended_at = 0;

-- Devices that somebody has logged in on by their id.
CREATE TABLE identity_device (
  id           TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL,
  org_id       TEXT NOT NULL,
  first_at     BIGINT NOT NULL,
  seen_at      BIGINT NOT NULL,
  blocked_at   BIGINT NOT NULL,
  blocked_by   TEXT NOT NULL,
  block_reason TEXT NOT NULL
);

CREATE INDEX identity_device_user ON identity_device (user_id, id);
