-- Facts: what has happened, written in the transaction that made it happen.
CREATE TABLE bus_fact (
  seq  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT NOT NULL,
  key  TEXT NOT NULL,
  body TEXT NOT NULL,
  at   BIGINT NOT NULL
);

-- How far each consumer has come.
CREATE TABLE bus_cursor (
  consumer TEXT PRIMARY KEY,
  pos      BIGINT NOT NULL
);

-- Facts that a consumer could not take, and those of the same key behind them.
CREATE TABLE bus_failure (
  consumer TEXT NOT NULL,
  pos      BIGINT NOT NULL,
  name     TEXT NOT NULL,
  key      TEXT NOT NULL,
  body     TEXT NOT NULL,
  at       BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_at  BIGINT NOT NULL,
  error    TEXT NOT NULL,
  state    TEXT NOT NULL,
  PRIMARY KEY (consumer, pos)
);

CREATE INDEX bus_failure_key ON bus_failure (consumer, key, pos);
