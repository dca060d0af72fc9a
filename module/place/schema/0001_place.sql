-- Counters that rise with every change of a topic, so that each node knows what
-- its index in memory has not seen yet.
CREATE TABLE place_revision (
  topic TEXT PRIMARY KEY,
  n     BIGINT NOT NULL
);
INSERT INTO place_revision (topic, n) VALUES ('address', 0);
INSERT INTO place_revision (topic, n) VALUES ('area', 0);
INSERT INTO place_revision (topic, n) VALUES ('hazard', 0);
INSERT INTO place_revision (topic, n) VALUES ('division', 0);

CREATE TABLE place_division_list (
  scheme    TEXT    NOT NULL,
  version   TEXT    NOT NULL,
  active    BOOLEAN NOT NULL,
  loaded_at BIGINT  NOT NULL,
  loaded_by TEXT    NOT NULL,
  PRIMARY KEY (scheme, version)
);

CREATE TABLE place_division (
  scheme  TEXT NOT NULL,
  version TEXT NOT NULL,
  code    TEXT NOT NULL,
  name    TEXT NOT NULL,
  parent  TEXT NOT NULL,
  level   TEXT NOT NULL,
  PRIMARY KEY (scheme, version, code)
);
CREATE INDEX place_division_code ON place_division (code);

CREATE TABLE place_address (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  identity      TEXT NOT NULL,
  town          TEXT NOT NULL,
  village       TEXT NOT NULL,
  lat           DOUBLE PRECISION NOT NULL,
  lon           DOUBLE PRECISION NOT NULL,
  uncertainty_m DOUBLE PRECISION NOT NULL,
  datum         TEXT   NOT NULL,
  source        TEXT   NOT NULL,
  aliases       TEXT   NOT NULL,
  version       BIGINT NOT NULL,
  revision      BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL,
  updated_by    TEXT   NOT NULL,
  retired_at    BIGINT
);
CREATE UNIQUE INDEX place_address_identity ON place_address (identity) WHERE retired_at IS NULL;
CREATE INDEX place_address_town ON place_address (town, id);
CREATE INDEX place_address_revision ON place_address (revision);

CREATE TABLE place_area (
  id         TEXT PRIMARY KEY,
  station_id TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  class      TEXT   NOT NULL,
  geometry   TEXT   NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_to   BIGINT,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  updated_by TEXT   NOT NULL
);

CREATE TABLE place_hazard (
  id         TEXT PRIMARY KEY,
  place_id   TEXT,
  lat        DOUBLE PRECISION NOT NULL,
  lon        DOUBLE PRECISION NOT NULL,
  kind       TEXT   NOT NULL,
  note       TEXT   NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_to   BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT   NOT NULL,
  retired_at BIGINT,
  retired_by TEXT
);

CREATE TABLE place_import (
  id         TEXT PRIMARY KEY,
  source     TEXT   NOT NULL,
  rows_in    BIGINT NOT NULL,
  accepted   BIGINT NOT NULL,
  duplicate  BIGINT NOT NULL,
  rejected   BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  imported_by TEXT  NOT NULL
);

CREATE TABLE place_import_reject (
  import_id TEXT   NOT NULL,
  line      BIGINT NOT NULL,
  reason    TEXT   NOT NULL,
  field     TEXT   NOT NULL,
  name      TEXT   NOT NULL,
  lat       TEXT   NOT NULL,
  lon       TEXT   NOT NULL,
  PRIMARY KEY (import_id, line)
);
