package audit

import (
	"context"
	"io"

	"zhian/platform/ledger"
	"zhian/platform/sqldb"
)

// Ledger commits to an event in the transaction of its row, and proves later that
// it has: platform/ledger.
type Ledger interface {
	Append(tx *sqldb.Tx, source, ref string, data []byte) (hash []byte, err error)
	ExportListed(ctx context.Context, w io.Writer, load ledger.Loader, chosen ledger.Listing) error
	Growth(ctx context.Context, since uint64) (head ledger.Checkpoint, path [][]byte, err error)
	PublicKeys() []string
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
