-- What is said to somebody, without its words.
CREATE TABLE notify_message (
  id               TEXT PRIMARY KEY,
  key              TEXT NOT NULL UNIQUE,
  class            TEXT NOT NULL,
  type             TEXT NOT NULL,
  subject_kind     TEXT NOT NULL,
  subject_id       TEXT NOT NULL,
  subject_part     TEXT NOT NULL,
  org_id           TEXT NOT NULL,
  sender           TEXT NOT NULL,
  gated            BOOLEAN NOT NULL,
  ladder           TEXT NOT NULL,
  next_rung        BIGINT NOT NULL,
  due_at           BIGINT, -- of the next rung
  queued_at        BIGINT NOT NULL,
  answered_at      BIGINT NOT NULL,
  answered_by      TEXT NOT NULL,
  withdrawn_at     BIGINT NOT NULL,
  withdrawn_reason TEXT NOT NULL,
  version          BIGINT NOT NULL
);

CREATE INDEX notify_message_subject ON notify_message (subject_id, id) WHERE subject_id <> '';
CREATE INDEX notify_message_due ON notify_message (due_at) WHERE due_at IS NOT NULL;

-- Its words. They tell of places and people, so they go before the record does.
CREATE TABLE notify_body (
  message_id TEXT PRIMARY KEY,
  body       TEXT NOT NULL,
  queued_at  BIGINT NOT NULL
);

CREATE INDEX notify_body_at ON notify_body (queued_at);

-- Whom it is for, and what they have done with it.
CREATE TABLE notify_recipient (
  message_id      TEXT NOT NULL,
  user_id         TEXT NOT NULL,
  rung            BIGINT NOT NULL,
  withheld        TEXT NOT NULL,
  added_at        BIGINT NOT NULL,
  delivered_at    BIGINT NOT NULL,
  seen_at         BIGINT NOT NULL,
  acknowledged_at BIGINT NOT NULL,
  PRIMARY KEY (message_id, user_id)
); -- clustered

CREATE INDEX notify_recipient_inbox ON notify_recipient (user_id, added_at, message_id) WHERE withheld = '';
CREATE INDEX notify_recipient_unread ON notify_recipient (user_id) WHERE withheld = '' AND seen_at = 0;

-- How it goes to each of them through each channel.
CREATE TABLE notify_delivery (
  id              TEXT PRIMARY KEY,
  message_id      TEXT NOT NULL,
  user_id         TEXT NOT NULL,
  channel         TEXT NOT NULL,
  round           BIGINT NOT NULL,
  urgent          BOOLEAN NOT NULL,
  state           TEXT NOT NULL,
  waits           BOOLEAN NOT NULL, -- not confirmed: sent again when the recipient connects
  reason          TEXT NOT NULL,
  attempts        BIGINT NOT NULL,
  next_at         BIGINT, -- of the next attempt; none waits for the recipient
  queued_at       BIGINT NOT NULL,
  sent_at         BIGINT NOT NULL,
  delivered_at    BIGINT NOT NULL,
  seen_at         BIGINT NOT NULL,
  acknowledged_at BIGINT NOT NULL,
  ended_at        BIGINT NOT NULL
);

CREATE UNIQUE INDEX notify_delivery_way ON notify_delivery (message_id, user_id, channel, round);
CREATE INDEX notify_delivery_waiting ON notify_delivery (user_id, channel, urgent, id) WHERE waits = TRUE;
CREATE INDEX notify_delivery_due ON notify_delivery (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE notify_attempt (
  delivery_id TEXT NOT NULL,
  no          BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  outcome     TEXT NOT NULL,
  answer      TEXT NOT NULL,
  reminder    BIGINT NOT NULL,
  PRIMARY KEY (delivery_id, no)
); -- clustered

-- Rungs that were taken.
CREATE TABLE notify_step (
  message_id TEXT NOT NULL,
  rung       BIGINT NOT NULL,
  audience   TEXT NOT NULL,
  at         BIGINT NOT NULL,
  users      TEXT NOT NULL,
  PRIMARY KEY (message_id, rung)
); -- clustered
