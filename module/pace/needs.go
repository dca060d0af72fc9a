package pace

import (
	"context"

	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Gate decides for one thing, and for lists of them: module/access.
type Gate interface {
	httpapi.Gate
	httpapi.Scoper
}

// Crews knows who was sent to an incident, whichever station answers for it: they
// see its clocks. It is module/incident.
type Crews interface {
	Sent(tx *sqldb.Tx, incidentID, userID string) (bool, error)
}

// Directory has the names that stand in a sheet for people: modules org and
// identity. Centre is the whole of it.
type Directory interface {
	Centre(ctx context.Context) (string, error)
	Orgs(ctx context.Context, ids []string) (map[string]string, error)
	Users(ctx context.Context, ids []string) (map[string]string, error)
}
