package pace

import (
	"context"

	"zhian/platform/httpapi"
)

// Gate decides for one thing, and for lists of them: module/access.
type Gate interface {
	httpapi.Gate
	httpapi.Scoper
}

// Directory has the names that stand in a sheet for people: modules org and
// identity. Centre is the whole of it.
type Directory interface {
	Centre(ctx context.Context) (string, error)
	Orgs(ctx context.Context, ids []string) (map[string]string, error)
	Users(ctx context.Context, ids []string) (map[string]string, error)
}
