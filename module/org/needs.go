package org

import "context"

// Follower decides by the tree: module/access. It has taken a change into account
// when it returns, so that whoever is answered can use what they made.
type Follower interface {
	Follow(ctx context.Context, orgIDs []string)
}
