CREATE TABLE org_organisation (
  id         TEXT PRIMARY KEY,
  code       TEXT NOT NULL,
  name       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  parent_id  TEXT NOT NULL,
  sort       BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT NOT NULL,
  version    BIGINT NOT NULL
);

CREATE UNIQUE INDEX org_organisation_code ON org_organisation (code) WHERE retired_at = 0;
