-- What reports group by, as of the newest fact.
CREATE TABLE pace_incident (
  id         TEXT PRIMARY KEY,
  station_id TEXT NOT NULL,
  area_class TEXT NOT NULL,
  kind_code  TEXT NOT NULL,
  call_taker TEXT NOT NULL,
  called_at  BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL,
  completed  BOOLEAN NOT NULL
);

CREATE INDEX pace_incident_called ON pace_incident (called_at, id);

CREATE INDEX pace_incident_open ON pace_incident (ended_at, id);

-- One step of one assignment; number 0 is the incident itself.
CREATE TABLE pace_stamp (
  incident_id TEXT NOT NULL,
  step        TEXT NOT NULL,
  number      BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (incident_id, step, number)
);
