package sqldb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// A list is one argument on both engines, whatever its texts hold, and an index
// serves it.
func TestListsAreOneArgument(t *testing.T) {
	schema := sqldb.Schema{Room: "list", Files: fstest.MapFS{"schema/0001_list.sql": {Data: []byte(
		"CREATE TABLE list_row (id TEXT PRIMARY KEY, org TEXT NOT NULL);\nCREATE INDEX list_row_org ON list_row (org);")}}}
	put := sqldb.Statement("list", "Put", "INSERT INTO list_row (id, org) VALUES ($1, $2)")
	find := sqldb.Statement("list", "Find", "SELECT id FROM list_row WHERE id > $1 AND org IN LIST($2) ORDER BY id LIMIT $3")
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		orgs := []string{"a", `"`, `'`, "\u4e1c\u57ce", "a,b", "{}", `\`}
		err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
			for i, org := range orgs {
				if _, err := tx.Exec(put, fmt.Sprint(i), org); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for want, asked := range map[string][]string{"": {}, "0": {"a"}, "12": {`"`, `'`, "x"}, "3456": {"\u4e1c\u57ce", "a,b", "{}", `\`, `\`}} {
			got, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]string, error) {
				return sqldb.List(tx, find, sqldb.ScanString, "", sqldb.Texts(asked), 10)
			})
			if err != nil || strings.Join(got, "") != want {
				t.Errorf("%q: %q, %v", asked, got, err)
			}
		}
		if db.Dialect == sqldb.SQLite {
			plan, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]string, error) {
				return sqldb.List(tx, sqldb.Statement("list", "Plan", "EXPLAIN QUERY PLAN SELECT id FROM list_row WHERE org IN LIST($1)"), func(r sqldb.Scanner) (s string, err error) {
					var n int
					err = r.Scan(&n, &n, &n, &s)
					return s, err
				}, "[]")
			})
			if err != nil || !slices.ContainsFunc(plan, func(s string) bool { return strings.Contains(s, "list_row_org (org=?)") }) {
				t.Errorf("%q, %v", plan, err)
			}
		}
	}, schema)
}
