-- How far each consumer has taken in what an origin has sent into a partition.
CREATE TABLE kafka_inbox (
  consumer  TEXT NOT NULL,
  topic     TEXT NOT NULL,
  partition BIGINT NOT NULL,
  origin    TEXT NOT NULL,
  pos       BIGINT NOT NULL,
  PRIMARY KEY (consumer, topic, partition, origin)
);
