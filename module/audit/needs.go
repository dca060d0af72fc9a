package audit

import (
	"context"

	"zhian/platform/sqldb"
)

// Ledger commits to an event in the transaction of its row: platform/ledger.
type Ledger interface {
	Append(tx *sqldb.Tx, source, ref string, data []byte) (hash []byte, err error)
}

// Staff knows the names of accounts: module/identity. Ids that it does not know
// are left out.
type Staff interface {
	Members(ctx context.Context, userIDs []string) (map[string]Member, error)
}

// Member is how an account is called.
type Member struct {
	Login string
	Name  string
}
