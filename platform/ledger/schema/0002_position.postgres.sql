-- With many writers idx has gaps, and a transaction that commits late can hold a
-- smaller one than a leaf that is in the tree already. So the tree follows pos,
-- which the integrator gives only to leaves of transactions that nobody can
-- still overtake.
ALTER TABLE ledger_leaf ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE ledger_leaf ADD COLUMN pos BIGINT;
CREATE UNIQUE INDEX ledger_leaf_pos ON ledger_leaf (pos);
CREATE INDEX ledger_leaf_unplaced ON ledger_leaf (xid, idx) WHERE pos IS NULL;
