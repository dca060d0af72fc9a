package org

import (
	"context"

	"zhian/platform/httpapi"
)

// Rights decides: module/access.
type Rights interface {
	httpapi.Gate
	httpapi.Scoper
}

// Follower decides by the tree: module/access. It has taken a change into account
// when it returns, so that whoever is answered can use what they made.
type Follower interface {
	Follow(ctx context.Context, orgIDs []string) // nil: any
}
