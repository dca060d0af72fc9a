package pace

import "zhian/platform/httpapi"

// Gate decides for one thing, and for lists of them: module/access.
type Gate interface {
	httpapi.Gate
	httpapi.Scoper
}
