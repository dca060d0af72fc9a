-- Grants are never deleted: who could do what, and since when, stays answerable.
CREATE TABLE access_grant (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL,
  role       TEXT NOT NULL,
  org_id     TEXT NOT NULL,
  unit_only  BOOLEAN NOT NULL,
  from_at    BIGINT NOT NULL,
  until_at   BIGINT NOT NULL,
  granted_by TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  reason     TEXT NOT NULL,
  revoked_by TEXT NOT NULL,
  revoked_at BIGINT NOT NULL
);

CREATE INDEX access_grant_user ON access_grant (user_id);
-- For the grants that begin or end by themselves.
CREATE INDEX access_grant_from ON access_grant (from_at);
CREATE INDEX access_grant_until ON access_grant (until_at) WHERE until_at > 0;
-- For who holds a role at one organisation.
CREATE INDEX access_grant_org ON access_grant (org_id, role) WHERE revoked_at = 0;
