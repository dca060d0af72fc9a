package access

import "context"

// Tree is module/org: organisations with their parents, those with the ids or
// all for nil.
type Tree interface {
	Nodes(ctx context.Context, ids []string) ([]Node, error)
}
