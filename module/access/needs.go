package access

import "context"

// Tree is module/org: every organisation with its parent.
type Tree interface {
	Nodes(ctx context.Context) ([]Node, error)
}
