-- With many writers a transaction that commits late can hold a smaller seq than
-- one that was read already. So readers follow pos, which an elected node gives
-- only to rows of transactions that nobody can still overtake.
ALTER TABLE bus_fact ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE bus_fact ADD COLUMN pos BIGINT;
CREATE UNIQUE INDEX bus_fact_pos ON bus_fact (pos);
CREATE INDEX bus_fact_unplaced ON bus_fact (xid, seq) WHERE pos IS NULL;
