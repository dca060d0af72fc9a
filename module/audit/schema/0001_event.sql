CREATE TABLE audit_event (
  seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ref        TEXT NOT NULL UNIQUE,
  at         BIGINT NOT NULL,
  user_id    TEXT NOT NULL,
  org_id     TEXT NOT NULL,
  session_id TEXT NOT NULL,
  device_id  TEXT NOT NULL,
  address    TEXT NOT NULL,
  request_id TEXT NOT NULL,
  class      TEXT NOT NULL,
  action     TEXT NOT NULL,
  object     TEXT NOT NULL,
  purpose    TEXT NOT NULL,
  result     TEXT NOT NULL,
  account    TEXT NOT NULL,
  method     TEXT NOT NULL,
  change     TEXT NOT NULL -- fields before and after as JSON, or empty
);

-- The three ways into the log: by account, by class, by time.
CREATE INDEX audit_event_user ON audit_event (user_id, at, seq);
CREATE INDEX audit_event_class ON audit_event (class, at, seq);
CREATE INDEX audit_event_at ON audit_event (at, seq);
