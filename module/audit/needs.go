package audit

import "zhian/platform/sqldb"

// Ledger commits to an event in the transaction of its row: platform/ledger.
type Ledger interface {
	Append(tx *sqldb.Tx, source, ref string, data []byte) (hash []byte, err error)
}
