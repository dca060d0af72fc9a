package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zhian/app"
	"zhian/app/apptest"
	"zhian/platform/sqldb"
)

// Whatever a room says that it keeps for a time is gone after it, and not before:
// a row just past its time, and one just within.
func TestEveryRetentionIsSwept(t *testing.T) {
	if len(app.Retention) == 0 {
		t.Fatal("nothing is swept")
	}
	each(t, func(h *apptest.House) {
		for i, r := range app.Retention {
			over, kept := h.Now().Add(-r.Keep-time.Second), h.Now().Add(-r.Keep+time.Hour)
			plant(h, r, over, fmt.Sprint("over", i))
			plant(h, r, kept, fmt.Sprint("kept", i))
		}
		h.Settle() // what must have been passed on before it may go
		if err := h.Sweep(h.Context()); err != nil {
			h.Fatal(err)
		}
		for i, r := range app.Retention {
			if n := count(h, r, h.Now().Add(-r.Keep-time.Second)); n != 0 {
				h.Errorf("%s (%d): a row past its time is still there", r.Table, i)
			}
			if n := count(h, r, h.Now().Add(-r.Keep+time.Hour)); n != 1 {
				h.Errorf("%s (%d): %d rows within their time, want 1", r.Table, i, n)
			}
		}
	})
}

// The job does it too, and one that fails does not stop the others.
func TestTheHouseSweepsByItself(t *testing.T) {
	h := apptest.New(t, "")
	r := app.Retention[len(app.Retention)-1]
	plant(h, r, h.Now().Add(-r.Keep+time.Minute), "x")
	h.Advance(30 * time.Minute)
	if count(h, r, h.Now().Add(-r.Keep-29*time.Minute)) != 1 {
		t.Error("swept before the hour, or not planted")
	}
	h.Advance(90 * time.Minute)
	if count(h, r, h.Now().Add(-r.Keep-119*time.Minute)) != 0 {
		t.Error("not swept")
	}
}

// plant inserts a row of made-up values whose column of retention is at.
func plant(h *apptest.House, r sqldb.Retention, at time.Time, text string) {
	h.Helper()
	columns := columnsOf(h, r.Table)
	var names, marks []string
	var values []any
	for _, c := range columns {
		var v any
		switch {
		case c.name == r.Column:
			v = at.UnixMilli()
		case c.generated || c.nullable:
			continue
		case strings.Contains(c.kind, "TEXT") || strings.Contains(c.kind, "CHAR"):
			v = text
		case strings.Contains(c.kind, "BLOB") || strings.Contains(c.kind, "BYTEA"):
			v = []byte(text)
		case strings.Contains(c.kind, "BOOL"):
			v = false
		default:
			v = 1
		}
		names, values = append(names, c.name), append(values, v)
		marks = append(marks, fmt.Sprint("$", len(values)))
	}
	insert := sqldb.Statement("retention", "Plant", fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", r.Table, strings.Join(names, ", "), strings.Join(marks, ", ")))
	if err := h.DB.Do(h.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(insert, values...); return err }); err != nil {
		h.Fatalf("%s: %v", r.Table, err)
	}
}

type column struct {
	name, kind          string
	nullable, generated bool
}

var columnTexts = map[sqldb.Dialect]string{
	sqldb.SQLite: `SELECT name, upper(type), "notnull" = 0, pk = 1 AND upper(type) = 'INTEGER' AND (SELECT count(*) FROM pragma_table_info($1) WHERE pk > 0) = 1
		FROM pragma_table_info($1)`,
	sqldb.Postgres: `SELECT column_name, upper(data_type), is_nullable = 'YES', is_identity = 'YES' OR column_default IS NOT NULL
		FROM information_schema.columns WHERE table_name = $1 AND table_schema = current_schema()`,
}

func columnsOf(h *apptest.House, table string) []column {
	h.Helper()
	list, err := sqldb.Read(h.Context(), h.DB, func(tx *sqldb.Tx) ([]column, error) {
		return sqldb.List(tx, sqldb.Statement("retention", "Columns", columnTexts[h.DB.Dialect]), func(r sqldb.Scanner) (c column, err error) {
			err = r.Scan(&c.name, &c.kind, &c.nullable, &c.generated)
			return c, err
		}, table)
	})
	if err != nil || len(list) == 0 {
		h.Fatalf("%s: %v, %v", table, list, err)
	}
	return list
}

func count(h *apptest.House, r sqldb.Retention, at time.Time) int64 {
	h.Helper()
	q := sqldb.Statement("retention", "Count", fmt.Sprintf("SELECT count(*) FROM %s WHERE %s = $1", r.Table, r.Column))
	n, err := sqldb.Read(h.Context(), h.DB, func(tx *sqldb.Tx) (int64, error) { return sqldb.Get(tx, q, sqldb.ScanInt, at.UnixMilli()) })
	if err != nil {
		h.Fatal(err)
	}
	return n
}
