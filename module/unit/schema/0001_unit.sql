CREATE TABLE unit_unit (
  id          TEXT PRIMARY KEY,
  call_sign   TEXT NOT NULL UNIQUE,
  kind        TEXT NOT NULL,
  org_id      TEXT NOT NULL,
  state       TEXT NOT NULL,
  state_since BIGINT NOT NULL,
  version     BIGINT NOT NULL
);

-- Who is on duty where; nobody is in two units at once.
CREATE TABLE unit_crew (
  user_id TEXT PRIMARY KEY,
  unit_id TEXT NOT NULL,
  muted   BOOLEAN NOT NULL,
  since   BIGINT NOT NULL
);

CREATE INDEX unit_crew_unit ON unit_crew (unit_id);

-- Who had which unit when; until is 0 while it goes on. Kept for two years.
CREATE TABLE unit_duty (
  user_id TEXT NOT NULL,
  unit_id TEXT NOT NULL,
  since   BIGINT NOT NULL,
  until   BIGINT NOT NULL,
  PRIMARY KEY (user_id, since)
);

CREATE INDEX unit_duty_unit ON unit_duty (unit_id, since);

CREATE TABLE unit_engagement (
  unit_id     TEXT NOT NULL,
  incident_id TEXT NOT NULL,
  state       TEXT NOT NULL,
  PRIMARY KEY (unit_id, incident_id)
);

-- Where units on duty were; deleted after thirty days.
CREATE TABLE unit_position (
  unit_id     TEXT NOT NULL,
  at          BIGINT NOT NULL,
  lat         DOUBLE PRECISION NOT NULL,
  lon         DOUBLE PRECISION NOT NULL,
  accuracy_m  DOUBLE PRECISION NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (unit_id, at)
); -- clustered

CREATE INDEX unit_position_received ON unit_position (received_at);
