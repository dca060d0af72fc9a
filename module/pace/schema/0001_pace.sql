-- Versions of the clocks. A version that has begun is never changed but for its
-- end, which its successor sets.
CREATE TABLE pace_definition (
  clock          TEXT NOT NULL,
  version        BIGINT NOT NULL,
  start_step     TEXT NOT NULL,
  end_step       TEXT NOT NULL,
  targets        TEXT NOT NULL,
  excluded_kinds TEXT NOT NULL,
  warn_percent   BIGINT NOT NULL,
  valid_from     BIGINT NOT NULL,
  valid_until    BIGINT NOT NULL,
  reason         TEXT NOT NULL,
  by_user        TEXT NOT NULL,
  at             BIGINT NOT NULL,
  PRIMARY KEY (clock, version)
);

-- Every moment that a clock may read: one step of one assignment, one call, one
-- answered call back. The earliest of a step counts.
CREATE TABLE pace_stamp (
  incident_id TEXT NOT NULL,
  step        TEXT NOT NULL,
  number      BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  seq         BIGINT NOT NULL,
  known_at    BIGINT NOT NULL,
  PRIMARY KEY (incident_id, step, number)
); -- clustered

-- Units that are on an incident.
CREATE TABLE pace_unit (
  incident_id TEXT NOT NULL,
  unit_id     TEXT NOT NULL,
  PRIMARY KEY (incident_id, unit_id)
); -- clustered

-- What clocks and reports know of an incident, as of the newest fact: record holds
-- it whole (store.go), the columns beside it what is asked for.
CREATE TABLE pace_incident (
  id         TEXT PRIMARY KEY,
  station_id TEXT NOT NULL,
  area_class TEXT NOT NULL,
  kind_code  TEXT NOT NULL,
  called_at  BIGINT NOT NULL,
  record     TEXT NOT NULL
);

CREATE INDEX pace_incident_called ON pace_incident (called_at, id);

-- The same as it was known until a moment, where something known was replaced.
CREATE TABLE pace_past (
  id        TEXT NOT NULL,
  until     BIGINT NOT NULL,
  called_at BIGINT NOT NULL,
  record    TEXT NOT NULL,
  PRIMARY KEY (id, until)
);

CREATE INDEX pace_past_called ON pace_past (called_at, id);

-- Running clocks, and when each must be looked at next; never (0) once it is
-- announced as breached.
CREATE TABLE pace_running (
  incident_id TEXT NOT NULL,
  clock       TEXT NOT NULL,
  version     BIGINT NOT NULL,
  started_at  BIGINT NOT NULL,
  due_at      BIGINT NOT NULL,
  stage       TEXT NOT NULL,
  next_at     BIGINT NOT NULL,
  PRIMARY KEY (incident_id, clock)
);

CREATE INDEX pace_running_next ON pace_running (next_at) WHERE next_at > 0;
CREATE INDEX pace_running_due ON pace_running (due_at, incident_id, clock);

-- Broken clocks. Lifted ones turned out to be none; their explanations stay.
CREATE TABLE pace_breach (
  id           TEXT PRIMARY KEY,
  incident_id  TEXT NOT NULL,
  clock        TEXT NOT NULL,
  version      BIGINT NOT NULL,
  station_id   TEXT NOT NULL,
  due_at       BIGINT NOT NULL,
  broke_at     BIGINT NOT NULL,
  lifted       BOOLEAN NOT NULL,
  explanations BIGINT NOT NULL
);

CREATE INDEX pace_breach_due ON pace_breach (due_at, id);
CREATE INDEX pace_breach_incident ON pace_breach (incident_id, clock);

-- Why it came to a breach. The newest counts; none is changed.
CREATE TABLE pace_explanation (
  breach_id TEXT NOT NULL,
  number    BIGINT NOT NULL,
  code      TEXT NOT NULL,
  remark    TEXT NOT NULL,
  by_user   TEXT NOT NULL,
  at        BIGINT NOT NULL,
  PRIMARY KEY (breach_id, number)
);

CREATE TABLE pace_reason (
  code         TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  source       TEXT NOT NULL,
  needs_remark BOOLEAN NOT NULL,
  sort         BIGINT NOT NULL,
  retired_at   BIGINT NOT NULL
);

-- Answers that have changed, because of which entry.
CREATE TABLE pace_revision (
  incident_id TEXT NOT NULL,
  seq         BIGINT NOT NULL,
  clock       TEXT NOT NULL,
  known_at    BIGINT NOT NULL,
  was_version BIGINT NOT NULL,
  was_verdict TEXT NOT NULL,
  was_seconds BIGINT NOT NULL,
  is_version  BIGINT NOT NULL,
  is_verdict  TEXT NOT NULL,
  is_seconds  BIGINT NOT NULL,
  PRIMARY KEY (incident_id, seq, clock)
);
