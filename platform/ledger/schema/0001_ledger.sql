-- One leaf per business row, written in the transaction that wrote the row.
CREATE TABLE ledger_leaf (
  idx    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source TEXT NOT NULL,
  ref    TEXT NOT NULL,
  hash   BYTEA NOT NULL
);

-- Hashes of the tree in tiles of 256; level n holds the nodes of height 8n. The
-- last tile of a level grows until it is full.
CREATE TABLE ledger_tile (
  level  BIGINT NOT NULL,
  idx    BIGINT NOT NULL,
  hashes BYTEA NOT NULL,
  PRIMARY KEY (level, idx)
);

-- What this tree is, whose keys began it and how many leaves are in it: one row.
CREATE TABLE ledger_tree (
  id     BIGINT PRIMARY KEY,
  origin TEXT NOT NULL,
  hasher TEXT NOT NULL,
  keys   TEXT NOT NULL, -- public ones, a line each
  size   BIGINT NOT NULL
);

-- What was signed.
CREATE TABLE ledger_checkpoint (
  size BIGINT PRIMARY KEY,
  root BYTEA NOT NULL,
  at   BIGINT NOT NULL,
  note TEXT NOT NULL
);
CREATE INDEX ledger_checkpoint_at ON ledger_checkpoint (at, size);
