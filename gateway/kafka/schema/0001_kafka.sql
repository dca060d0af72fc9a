-- How far the facts have been taken to the brokers.
CREATE TABLE kafka_relay (
  name TEXT PRIMARY KEY,
  pos  BIGINT NOT NULL
);

-- What has been taken in: one row for each fact of each consumer.
CREATE TABLE kafka_inbox (
  consumer TEXT NOT NULL,
  origin   TEXT NOT NULL,
  pos      BIGINT NOT NULL,
  at       BIGINT NOT NULL,
  PRIMARY KEY (consumer, origin, pos)
);
CREATE INDEX kafka_inbox_at ON kafka_inbox (at);
