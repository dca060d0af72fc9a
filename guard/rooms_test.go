package guard

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"zhian/app"
	"zhian/module/access"
	"zhian/module/audit"
	"zhian/module/identity"
	"zhian/module/incident"
	"zhian/module/org"
	"zhian/module/pace"
	"zhian/module/place"
	"zhian/module/unit"
	"zhian/platform/bus"
	"zhian/platform/httpapi"
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
// unchecked; a gateway's own tests run its queries.
func TestEveryRoomWithQueriesIsListed(t *testing.T) {
	for p := range files(t, os.DirFS(".."), "queries.sql") {
		if room := path.Base(path.Dir(p)); top(p) != "gateway" && app.Queries[room] == nil {
			t.Errorf("%s is not in the guard's list", p)
		}
	}
}

// personal are names of fields that hold what identifies a person.
var personal = map[string]bool{"Phone": true, "Mobile": true, "IDNumber": true, "IdentityCard": true, "PlateNumber": true, "Birthday": true}

// clear are the places where such a field may stand open, and why.
var clear = map[string]string{
	"module/incident/contact.go Phone": "the request's own field, in clear only between the request and the vault, and what a reveal shows",
}

func TestPersonalFieldsAreSealed(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if top(s.path) != "module" || s.test() {
				continue
			}
			for _, f := range fieldsOf(s) {
				if personal[f.name] && !strings.Contains(f.kind, "Sealed") && clear[s.path+" "+f.name] == "" {
					bad = append(bad, s.path+" holds "+f.name+" in clear")
				}
			}
		}
		return bad
	}, map[string]string{"module/unit/unit.go": "package unit\ntype Officer struct{ Phone string }"})
}

// No index and no view may reach a personal column.
func TestPersonalColumnsAreNotIndexed(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for p, text := range files(t, tree, ".sql") {
			for _, part := range strings.Split(comment.ReplaceAllString(text, ""), ";") {
				low := strings.ToLower(part)
				if !strings.Contains(low, "index") && !strings.Contains(low, "create view") {
					continue
				}
				for _, word := range []string{"phone", "mobile", "id_number", "sealed", "birthday"} {
					if strings.Contains(low, word) && strings.Contains(low, "create") && !strings.Contains(low, "create table") {
						bad = append(bad, p+" indexes or shows "+word)
					}
				}
			}
		}
		return bad
	}, map[string]string{"module/unit/schema/0001_x.sql": "CREATE INDEX a ON unit_crew (phone);"})
}

// Every route says who may call it and what the audit keeps of it.
func TestEveryRouteIsGuarded(t *testing.T) {
	routes := map[string][]httpapi.Route{"org": new(org.Service).Routes(), "identity": new(identity.Service).Routes(),
		"access": new(access.Service).Routes(), "audit": new(audit.Service).Routes(), "place": new(place.Service).Routes(),
		"unit": new(unit.Service).Routes(), "incident": new(incident.Service).Routes(), "pace": new(pace.Service).Routes(),
		"bus": new(bus.Bus).Routes()}
	for room, list := range routes {
		for _, fault := range unguarded(list) {
			t.Errorf("%s: %s", room, fault)
		}
	}
	if len(unguarded([]httpapi.Route{{Pattern: "POST /v1/planted"}})) == 0 {
		t.Error("a route without a permission was not found")
	}
}

// unrecorded are requests that are not reads and leave no audit event, and why.
var unrecorded = map[string]string{
	"POST /v1/places/locate":        "a question, with its text in the body to keep it out of addresses and logs",
	"POST /v1/units/{id}/positions": "a signal of a unit, many a minute; the position expires",
}

func unguarded(list []httpapi.Route) (bad []string) {
	for _, r := range list {
		if r.Perm == "" && !r.Public {
			bad = append(bad, r.Pattern+" has no permission")
		}
		if r.Summary == "" {
			bad = append(bad, r.Pattern+" has no summary")
		}
		if r.Audit == httpapi.AuditNone && !strings.HasPrefix(r.Pattern, "GET ") && unrecorded[r.Pattern] == "" {
			bad = append(bad, r.Pattern+" changes something and has no audit class")
		}
	}
	return bad
}
