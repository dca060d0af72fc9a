package guard

import (
	"os"
	"path"
	"testing"

	"zhian/app"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

func TestEveryQueryPrepares(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for room, set := range app.Queries {
			if err := db.Check(t.Context(), set); err != nil {
				t.Errorf("%s: %v", room, err)
			}
		}
		planted := sqldb.Load("planted", "-- name: A\nSELECT nothing FROM nowhere")
		if db.Check(t.Context(), planted) == nil {
			t.Error("a query of a table that does not exist was prepared")
		}
	}, app.Schemas...)
}

// A module or platform room whose queries are not listed above would go
// unchecked; a gateway's own tests run its queries, and those of the spool, which
// has a file of its own.
func TestEveryRoomWithQueriesIsListed(t *testing.T) {
	for p := range files(t, os.DirFS(".."), "queries.sql") {
		if room := path.Base(path.Dir(p)); top(p) != "gateway" && room != "spool" && app.Queries[room] == nil {
			t.Errorf("%s is not in the guard's list", p)
		}
	}
}
