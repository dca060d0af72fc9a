package guard

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zhian/app"
	"zhian/platform/sqldb"
)

var (
	createTable = regexp.MustCompile(`(?is)CREATE TABLE (\w+)\s*\((.*?)\n\)`)
	columnName  = regexp.MustCompile(`(?m)^\s*([a-z][a-z0-9_]*)\s+[A-Z]`)
)

// lasting are tables with something personal or with an end that are kept for
// good, and why.
var lasting = map[string]string{
	"audit_event": "who did what stays provable; its leaves are in the ledger",
}

// fleeting says what about a table's columns asks for an end: a moment at which a
// row is over, something personal, the way of a unit or a person, or from where
// somebody was logged in.
func fleeting(columns []string) string {
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(columns, n) })
	}
	switch {
	case has("expires_at"):
		return "rows that expire"
	case has("lat") && has("unit_id", "user_id", "device_id"):
		return "positions"
	case has("address", "ip") && has("user_id"):
		return "addresses of people's devices"
	}
	for _, c := range columns {
		if word := personalWord(c); word != "" {
			return "the personal column " + c
		}
	}
	return ""
}

func unswept(declared map[string]bool) rule {
	return func(t *testing.T, tree fs.FS) (bad []string) {
		for p, text := range files(t, tree, ".sql") {
			for _, m := range createTable.FindAllStringSubmatch(comment.ReplaceAllString(text, ""), -1) {
				var columns []string
				for _, c := range columnName.FindAllStringSubmatch(m[2], -1) {
					columns = append(columns, c[1])
				}
				if what := fleeting(columns); what != "" && !declared[m[1]] && lasting[m[1]] == "" {
					bad = append(bad, fmt.Sprintf("%s: %s holds %s and declares no retention", p, m[1], what))
				}
			}
		}
		return bad
	}
}

func TestWhatIsPersonalOrExpiresHasARetention(t *testing.T) {
	declared := map[string]bool{}
	for _, r := range app.Retention {
		declared[r.Table] = true
	}
	keeps(t, unswept(declared), map[string]string{
		"module/a/schema/0001_a.sql": "CREATE TABLE unit_track (\n  unit_id TEXT NOT NULL,\n  lat DOUBLE PRECISION NOT NULL\n);",
		"module/b/schema/0001_b.sql": "CREATE TABLE visit_card (\n  id TEXT,\n  sealed_name BYTEA\n);",
		"module/c/schema/0001_c.sql": "CREATE TABLE visit_code (\n  id TEXT,\n  expires_at BIGINT NOT NULL\n);",
		"module/d/schema/0001_d.sql": "CREATE TABLE visit_login (\n  user_id TEXT NOT NULL,\n  address TEXT NOT NULL\n);",
	})
	harmless := "CREATE TABLE place_spot (\n  id TEXT,\n  lat DOUBLE PRECISION NOT NULL\n);"
	if found := unswept(declared)(t, one("module/place/schema/0009_x.sql", harmless)); len(found) > 0 {
		t.Errorf("a place was taken for a position: %v", found)
	}
}

// Every room that declares a retention is in the house's list, by the very
// statement of its queries.sql: the app's tests show that each one sweeps.
func TestEveryRetentionIsListed(t *testing.T) {
	listed := map[*sqldb.Query]bool{}
	for _, r := range app.Retention {
		listed[r.Query] = true
	}
	declaration := regexp.MustCompile(`Table: "(\w+)".*?Query: Queries\["(\w+)"\]`)
	found := 0
	for p, text := range files(t, os.DirFS(".."), ".go") {
		for _, m := range declaration.FindAllStringSubmatch(text, -1) {
			found++
			if room := path.Base(path.Dir(p)); !strings.HasSuffix(p, "_test.go") && !listed[app.Queries[room][m[2]]] {
				t.Errorf("%s declares a retention of %s that nobody sweeps", p, m[1])
			}
		}
	}
	if found < len(app.Retention) {
		t.Errorf("only %d of %d declarations were recognised", found, len(app.Retention))
	}
}
