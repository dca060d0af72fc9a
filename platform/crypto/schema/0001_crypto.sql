-- One data key per subject, wrapped by the master key. Deleting the row makes
-- everything sealed for the subject unreadable for good.
CREATE TABLE crypto_key (
  subject    TEXT PRIMARY KEY,
  wrapped    BYTEA NOT NULL,
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX crypto_key_expires ON crypto_key (expires_at);

-- Which master key wraps them, as a digest: one row.
CREATE TABLE crypto_master (
  id     BIGINT PRIMARY KEY,
  digest BYTEA NOT NULL
);
