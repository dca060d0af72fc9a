-- Whoever changes the tree writes here first, and so waits for who did before.
CREATE TABLE org_tree (
  id       BIGINT PRIMARY KEY,
  revision BIGINT NOT NULL
);
INSERT INTO org_tree (id, revision) VALUES (1, 0);

CREATE TABLE org_organisation (
  id               TEXT PRIMARY KEY,
  code             TEXT NOT NULL,
  name             TEXT NOT NULL,
  kind             TEXT NOT NULL,
  parent_id        TEXT NOT NULL,
  sort             BIGINT NOT NULL,
  division_scheme  TEXT NOT NULL,
  division_version TEXT NOT NULL,
  created_at       BIGINT NOT NULL,
  changed_at       BIGINT NOT NULL,
  retired_at       BIGINT NOT NULL,
  version          BIGINT NOT NULL
);

CREATE UNIQUE INDEX org_organisation_code ON org_organisation (code) WHERE retired_at = 0;
CREATE INDEX org_organisation_parent ON org_organisation (parent_id);

-- Every version of every organisation, and who made it why. Nothing is deleted.
CREATE TABLE org_edition (
  id               TEXT NOT NULL,
  version          BIGINT NOT NULL,
  code             TEXT NOT NULL,
  name             TEXT NOT NULL,
  kind             TEXT NOT NULL,
  parent_id        TEXT NOT NULL,
  sort             BIGINT NOT NULL,
  division_scheme  TEXT NOT NULL,
  division_version TEXT NOT NULL,
  created_at       BIGINT NOT NULL,
  changed_at       BIGINT NOT NULL,
  retired_at       BIGINT NOT NULL,
  act              TEXT NOT NULL,
  changed_by       TEXT NOT NULL,
  reason           TEXT NOT NULL,
  import_id        TEXT NOT NULL,
  PRIMARY KEY (id, version)
);

CREATE TABLE org_import (
  id           TEXT PRIMARY KEY,
  source       TEXT NOT NULL,
  imported_by  TEXT NOT NULL,
  at           BIGINT NOT NULL,
  under_id     TEXT NOT NULL,
  complete     BOOLEAN NOT NULL,
  state        TEXT NOT NULL,
  withheld     BOOLEAN NOT NULL,
  braked       BOOLEAN NOT NULL,
  rows_in      BIGINT NOT NULL,
  unchanged    BIGINT NOT NULL,
  to_create    BIGINT NOT NULL,
  to_change    BIGINT NOT NULL,
  to_move      BIGINT NOT NULL,
  rejected     BIGINT NOT NULL,
  to_leave     BIGINT NOT NULL,
  standing     BIGINT NOT NULL,
  applied      BIGINT NOT NULL,
  approved_by  TEXT NOT NULL,
  approved_at  BIGINT NOT NULL,
  agreed_leave BIGINT NOT NULL,
  agreed_move  BIGINT NOT NULL,
  applied_at   BIGINT NOT NULL,
  version      BIGINT NOT NULL
);

-- Rows stay until somebody mends or drops them: what could not be taken is work
-- to be done, not a line in a log.
CREATE TABLE org_import_row (
  import_id   TEXT NOT NULL,
  line        BIGINT NOT NULL,
  code        TEXT NOT NULL,
  name        TEXT NOT NULL,
  kind        TEXT NOT NULL,
  parent_code TEXT NOT NULL,
  sort        TEXT NOT NULL,
  outcome     TEXT NOT NULL,
  reason      TEXT NOT NULL,
  field       TEXT NOT NULL,
  remarks     TEXT NOT NULL,
  org_id      TEXT NOT NULL,
  mended      BOOLEAN NOT NULL,
  unread      TEXT NOT NULL,
  PRIMARY KEY (import_id, line)
);
