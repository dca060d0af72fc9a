-- What waits on this node: sealed, so that the file alone tells nobody what is in it.
CREATE TABLE spool_item (
  seq      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  key      TEXT NOT NULL,
  at       BIGINT NOT NULL,
  body     BYTEA NOT NULL,
  attempts BIGINT NOT NULL,
  next_at  BIGINT NOT NULL,
  error    TEXT NOT NULL
);

CREATE UNIQUE INDEX spool_item_key ON spool_item (key) WHERE key <> '';
