-- Facts: what has happened, written in the transaction that made it happen.
CREATE TABLE bus_fact (
  seq  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT NOT NULL,
  key  TEXT NOT NULL,
  body TEXT NOT NULL,
  at   BIGINT NOT NULL
);

-- How far each consumer, and each relay to the outside, has come. A fact is kept
-- until all of them have passed it.
CREATE TABLE bus_cursor (
  consumer TEXT PRIMARY KEY,
  pos      BIGINT NOT NULL
);

-- Facts that a consumer could not take, and those of the same key behind them.
-- parked: tried again · dead: given up, waits for a person · discarded: a person
-- decided so; the row stays as the record of it.
CREATE TABLE bus_failure (
  consumer   TEXT NOT NULL,
  pos        BIGINT NOT NULL,
  name       TEXT NOT NULL,
  key        TEXT NOT NULL,
  body       TEXT NOT NULL,
  at         BIGINT NOT NULL,
  attempts   BIGINT NOT NULL,
  next_at    BIGINT NOT NULL,
  error      TEXT NOT NULL,
  state      TEXT NOT NULL,
  decided_at BIGINT NOT NULL DEFAULT 0,
  decided_by TEXT NOT NULL DEFAULT '',
  reason     TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (consumer, pos)
);

CREATE INDEX bus_failure_key ON bus_failure (consumer, key, pos) WHERE state <> 'discarded';
