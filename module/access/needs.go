package access

import (
	"context"

	"zhian/platform/sqldb"
)

// Tree is module/org: organisations with their parents, those with the ids or
// all for nil.
type Tree interface {
	Nodes(ctx context.Context, ids []string) ([]Node, error)
}

// Staff is module/identity: whether an account exists.
type Staff interface {
	Exists(tx *sqldb.Tx, userID string) (bool, error)
}
