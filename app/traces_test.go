package app_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhian/app/apptest"
	"zhian/platform/sqldb"
)

// What a reporter has said of themselves stands nowhere in clear: not in a table,
// not in an answer that is kept under an Idempotency-Key, not in a file beside the
// database, also after it was shown to somebody.
func TestAReporterLeavesNoTraceInClear(t *testing.T) {
	each(t, func(h *apptest.House) {
		c := newCounty(h)
		const name, phone = "Wang Laowu", "13766554321"
		call := `{"kind_code":"4","address":"` + street + `","position":{"lat":28.9,"lon":120.09},"contact":{"name":"` + name + `","phone":"` + phone + `"}}`
		key := func(k string) [2]string { return [2]string{"Idempotency-Key", k} }
		for range 2 {
			if a := h.Send("centre", "POST", "/v1/incidents", call, key("call")); a.Status != 201 {
				h.Fatal(a)
			}
		}
		path := "/v1/incidents/" + h.Ask("centre", 200, "GET", "/v1/board", "")["items"].([]any)[0].(map[string]any)["id"].(string)
		for range 2 {
			shown := h.Send("centre", "POST", path+"/contact/reveal", `{"purpose":"call_back"}`, key("show"))
			if shown.Status != 200 || !strings.Contains(string(shown.Body), phone) {
				h.Fatal(shown)
			}
		}
		h.Ask("centre", 200, "POST", path+"/close", `{"disposition":"false_call"}`)
		h.Settle()
		said := everything(c.House)
		for _, word := range []string{name, phone} {
			for _, spelt := range []string{word, hex.EncodeToString([]byte(word))} {
				if at := strings.Index(said, spelt); at >= 0 {
					h.Errorf("%q stands in …%q…", word, said[max(0, at-120):at])
				}
			}
		}
		if revealed := strings.Count(said, "reveal incident.contact"); revealed < 2 {
			h.Errorf("two looks left %d traces in the audit log: everything was not read", revealed)
		}
	})
}

// everything is all that a house has written: the files of its folder, and on
// PostgreSQL every row of every table.
func everything(h *apptest.House) string {
	h.Helper()
	var all strings.Builder
	err := filepath.WalkDir(h.Config.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	if h.DB.Dialect == sqldb.SQLite {
		return all.String()
	}
	_, err = sqldb.Read(h.Context(), h.DB, func(tx *sqldb.Tx) (any, error) {
		tables, err := sqldb.List(tx, sqldb.Statement("app", "Tables", `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`), sqldb.ScanString)
		for _, table := range tables {
			rows, err := sqldb.Get(tx, sqldb.Statement("app", "Rows "+table, `SELECT coalesce(string_agg(t::text, ' '), '') FROM `+table+` t`), sqldb.ScanString)
			if err != nil {
				return nil, err
			}
			all.WriteString(rows)
		}
		return nil, err
	})
	if err != nil {
		h.Fatal(err)
	}
	return all.String()
}
