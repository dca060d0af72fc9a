-- What was answered under an Idempotency-Key, kept for a day: a client that did
-- not hear the answer asks again and gets the same bytes.
CREATE TABLE httpapi_answer (
  subject TEXT NOT NULL,
  key     TEXT NOT NULL,
  digest  BYTEA NOT NULL,
  status  BIGINT NOT NULL,
  body    BYTEA NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (subject, key)
);

CREATE INDEX httpapi_answer_at ON httpapi_answer (at);
