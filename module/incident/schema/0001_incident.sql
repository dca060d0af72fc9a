-- The timeline: appended, never changed. It is the truth; the other tables can
-- be made again from it.
CREATE TABLE incident_entry (
  incident_id TEXT NOT NULL,
  seq         BIGINT NOT NULL,
  kind        TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  by_user     TEXT NOT NULL,
  device      TEXT NOT NULL,
  counter     BIGINT NOT NULL, -- what the device calls it; 0 for none
  source      TEXT NOT NULL,
  detail      TEXT NOT NULL,
  contact     BYTEA, -- sealed; unreadable once its key is gone
  PRIMARY KEY (incident_id, seq)
); -- clustered

CREATE UNIQUE INDEX incident_entry_device ON incident_entry (device, counter) WHERE counter > 0;

-- What lists and boards ask for, folded from the timeline in the same transaction.
CREATE TABLE incident_incident (
  id           TEXT PRIMARY KEY,
  status       TEXT NOT NULL,
  open         BOOLEAN NOT NULL,
  kind_code    TEXT NOT NULL,
  priority     BIGINT NOT NULL,
  station_id   TEXT NOT NULL,
  area_class   TEXT NOT NULL,
  address      TEXT NOT NULL,
  lat          DOUBLE PRECISION,
  lon          DOUBLE PRECISION,
  call_taker   TEXT NOT NULL,
  source       TEXT NOT NULL,
  external_ref TEXT NOT NULL,
  called_at    BIGINT NOT NULL,
  recorded_at  BIGINT NOT NULL,
  closed_at    BIGINT NOT NULL,
  risk         TEXT NOT NULL,
  version      BIGINT NOT NULL,
  place_key    TEXT NOT NULL, -- equal for incidents at one address; empty when it is not known
  unsettled    BOOLEAN NOT NULL,
  outside      BOOLEAN NOT NULL,
  number       TEXT NOT NULL
);

-- What stands behind the id saves a look at the row that a filter leaves out.
CREATE INDEX incident_incident_station ON incident_incident (station_id, called_at, id, kind_code, priority);
CREATE INDEX incident_incident_called ON incident_incident (called_at, id, priority);
CREATE INDEX incident_incident_open ON incident_incident (called_at, id, station_id) WHERE open = TRUE;
-- Kinds and endings that are rare: their last hundred may be years apart.
CREATE INDEX incident_incident_kind ON incident_incident (kind_code, called_at, id);
CREATE INDEX incident_incident_ending ON incident_incident (status, called_at, id) WHERE status IN ('merged', 'withdrawn', 'transferred');
CREATE UNIQUE INDEX incident_incident_ref ON incident_incident (source, external_ref) WHERE external_ref <> '';
CREATE INDEX incident_incident_place ON incident_incident (place_key, called_at) WHERE place_key <> '';
-- Unique by the way numbers are given out; the index does not ask again.
CREATE INDEX incident_incident_number ON incident_incident (number);

-- How many of a day's numbers nodes have taken for themselves; next is the first
-- that nobody has.
CREATE TABLE incident_number (
  day  TEXT PRIMARY KEY,
  next BIGINT NOT NULL
);

-- Pictures from scenes, each sealed under a key of its own. What the timeline says
-- of one stays when it is gone.
CREATE TABLE incident_picture (
  id          TEXT PRIMARY KEY,
  incident_id TEXT NOT NULL,
  expires_at  BIGINT NOT NULL,
  content     BYTEA NOT NULL,
  thumb       BYTEA NOT NULL
);

CREATE INDEX incident_picture_incident ON incident_picture (incident_id);
