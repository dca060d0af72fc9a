package crash

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/app/apptest"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// evidence is a house whose ledger is signed, with a checkpoint kept elsewhere
// and a copy of every table that somebody will lay hands on.
type evidence struct {
	*apptest.House
	kept   string // the note of the checkpoint that an outsider has
	tables map[string]table
}

type table struct {
	columns []string
	kinds   []string // text, number or bytes
	rows    [][]any  // in the order of their keys
	key     []string
}

// keys of the tables that evidence is made of.
var keys = map[string][]string{
	"incident_entry":    {"incident_id", "seq"},
	"audit_event":       {"ref"},
	"ledger_leaf":       {"ref"},
	"ledger_tile":       {"level", "idx"},
	"ledger_checkpoint": {"size"},
}

// harmless are columns that say nothing: another says the same and is compared.
var harmless = map[string]string{
	"audit_event seq": "the order of a page; the ledger has its own",
	"ledger_leaf idx": "on PostgreSQL pos is the position",
	"ledger_leaf xid": "when it was written, until it has its position",
}

func newEvidence(t *testing.T, database string) *evidence {
	e := &evidence{House: apptest.New(t, database), tables: map[string]table{}}
	root := e.Root()
	e.Staff("centre", "command_centre", root)
	for n := range 3 {
		in := e.Ask("centre", 201, "POST", "/v1/incidents", fmt.Sprintf(`{"kind_code":"4","address":"%d Made-up Street","station_id":%q,"contact":{"phone":"13800000000"}}`, n, root))
		path := "/v1/incidents/" + in["id"].(string)
		e.Ask("centre", 200, "POST", path+"/notes", `{"text":"both calm"}`)
		e.Ask("centre", 200, "GET", path, "")
		e.sign()
	}
	for name, key := range keys {
		e.tables[name] = e.read(name, key)
	}
	return e
}

// sign takes everything into the tree and has it signed; the newest checkpoint
// is the one that an outsider keeps.
func (e *evidence) sign() {
	e.Helper()
	e.Settle()
	e.integrate()
	c, err := e.Ledger.Checkpoint(e.Context(), e.Now())
	if err != nil {
		e.Fatal(err)
	}
	e.kept = c.Note
}

// integrate takes every leaf into the tree. On PostgreSQL a leaf has to wait until
// no transaction of the whole server, other tests' too, can overtake it.
func (e *evidence) integrate() {
	e.Helper()
	unplaced := sqldb.Statement("crash", "Unplaced", "SELECT count(*) FROM ledger_leaf WHERE pos IS NULL")
	for began := time.Now(); time.Since(began) < time.Minute; {
		if _, err := e.Ledger.Integrate(e.Context()); err != nil {
			e.Fatal(err)
		}
		if e.DB.Dialect == sqldb.SQLite {
			return
		}
		n, err := sqldb.One(e.Context(), e.DB, unplaced, sqldb.ScanInt)
		if err != nil {
			e.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	e.Fatal("leaves wait for their position")
}

func (e *evidence) do(statement string, args ...any) {
	e.Helper()
	err := e.DB.Do(e.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(sqldb.Statement("crash", "Tamper", statement), args...)
		return err
	})
	if err != nil {
		e.Fatal(statement, err)
	}
}

func (e *evidence) read(name string, key []string) table {
	e.Helper()
	list := "SELECT name || ' ' || type FROM pragma_table_info('" + name + "')"
	if e.DB.Dialect == sqldb.Postgres {
		list = "SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '" + name + "'"
	}
	t, err := sqldb.Read(e.Context(), e.DB, func(tx *sqldb.Tx) (t table, err error) {
		columns, err := sqldb.List(tx, sqldb.Statement("crash", "Columns", list), sqldb.ScanString)
		if err != nil {
			return t, err
		}
		for _, c := range columns {
			column, kind, _ := strings.Cut(c, " ")
			t.columns, t.kinds = append(t.columns, column), append(t.kinds, kindOf(kind))
		}
		t.key = key
		all := fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", strings.Join(t.read(), ", "), name, strings.Join(key, ", "))
		t.rows, err = sqldb.List(tx, sqldb.Statement("crash", "Rows", all), func(r sqldb.Scanner) ([]any, error) {
			row, into := make([]any, len(t.columns)), make([]any, len(t.columns))
			for i := range row {
				into[i] = &row[i]
			}
			return row, r.Scan(into...)
		})
		return t, err
	})
	if err != nil || len(t.rows) < 3 && name != "ledger_tile" {
		e.Fatal(name, len(t.rows), err)
	}
	return t
}

func kindOf(kind string) string {
	switch strings.ToLower(kind) {
	case "text":
		return "text"
	case "blob", "bytea":
		return "bytes"
	}
	return "number"
}

// read is the columns as they are read: an xid8 has no Go type of its own.
func (t table) read() []string {
	list := slices.Clone(t.columns)
	for i, c := range list {
		if c == "xid" {
			list[i] = "CAST(CAST(xid AS TEXT) AS BIGINT)"
		}
	}
	return list
}

// restore puts a table back as it was.
func (e *evidence) restore(name string) {
	e.Helper()
	t := e.tables[name]
	e.do("DELETE FROM " + name)
	holes := make([]string, len(t.columns))
	for i, c := range t.columns {
		holes[i] = fmt.Sprintf("$%d", i+1)
		if c == "xid" {
			holes[i] = fmt.Sprintf("CAST(CAST($%d AS TEXT) AS xid8)", i+1)
		}
	}
	overriding := ""
	if e.DB.Dialect == sqldb.Postgres {
		overriding = " OVERRIDING SYSTEM VALUE"
	}
	for _, row := range t.rows {
		row = slices.Clone(row)
		for i, c := range t.columns {
			if c == "xid" {
				row[i] = fmt.Sprint(row[i])
			}
		}
		e.do(fmt.Sprintf("INSERT INTO %s (%s)%s VALUES (%s)", name, strings.Join(t.columns, ", "), overriding, strings.Join(holes, ", ")), row...)
	}
}

// where selects one row by its key.
func (t table) where(row int) (condition string, args []any) {
	var parts []string
	for i, k := range t.key {
		parts = append(parts, fmt.Sprintf("%s = $%d", k, i+1))
		args = append(args, t.rows[row][slices.Index(t.columns, k)])
	}
	return " WHERE " + strings.Join(parts, " AND "), args
}

// name is what the report should call a row.
func (t table) name(row int) string {
	var parts []string
	for _, k := range t.key {
		parts = append(parts, fmt.Sprint(t.rows[row][slices.Index(t.columns, k)]))
	}
	return strings.Join(parts, "/")
}

// problems is what the doctor finds in the live database, and what a stranger
// finds in an exported bundle; an export that is refused has found it too.
func (e *evidence) problems() (live, bundle []ledger.Problem) {
	e.Helper()
	health, err := e.Examine(e.Context(), false, e.kept)
	if err != nil {
		e.Fatal(err)
	}
	var out bytes.Buffer
	if err := e.Export(e.Context(), &out); err != nil {
		return health.Ledger.Problems, []ledger.Problem{{Kind: "refused", Detail: err.Error()}}
	}
	report, err := ledger.Verify(&out, ledger.Trust{Keys: e.Ledger.PublicKeys(), Anchors: []string{e.kept}})
	if err != nil {
		return health.Ledger.Problems, []ledger.Problem{{Kind: "unreadable", Detail: err.Error()}}
	}
	return health.Ledger.Problems, report.Problems
}

// Whatever of the evidence is edited, deleted, exchanged or cut off, the doctor
// names it, and a bundle made of it does not verify.
func TestNobodyTampersUnseen(t *testing.T) {
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return sqldbtest.PostgresDSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEvidence(t, database(t))
			if live, bundle := e.problems(); len(live)+len(bundle) > 0 {
				t.Fatalf("untouched evidence has problems: %v %v", live, bundle)
			}
			for name := range keys {
				e.edit(t, name)
				e.remove(t, name)
				e.exchange(t, name)
			}
			if live, bundle := e.problems(); len(live)+len(bundle) > 0 {
				t.Fatalf("restored evidence has problems: %v %v", live, bundle)
			}
		})
	}
}

// inBundles says that a bundle is made of the table. Tiles are not in it, and of
// checkpoints only the notes, each of which proves itself.
func inBundles(name string) bool { return name != "ledger_tile" && name != "ledger_checkpoint" }

// expect runs one tampering and wants it named, by its row if want is not empty.
func (e *evidence) expect(t *testing.T, what, name, want string, offline bool, tamper func()) {
	t.Run(what, func(t *testing.T) {
		tamper()
		live, bundle := e.problems()
		e.restore(name)
		named := want == "" && len(live) > 0
		for _, p := range live {
			named = named || p.Ref == want || strings.Contains(p.Detail, want) && want != ""
		}
		if !named {
			t.Errorf("the doctor does not name %q: %+v", want, live)
		}
		if offline && len(bundle) == 0 {
			t.Error("a bundle of it verifies")
		}
	})
}

// edit changes each column of a row in the middle.
func (e *evidence) edit(t *testing.T, name string) {
	of := e.tables[name]
	row := len(of.rows) / 2
	for i, column := range of.columns {
		if _, says := harmless[name+" "+column]; says {
			if !(name == "ledger_leaf" && column == "idx" && e.DB.Dialect == sqldb.SQLite) {
				continue
			}
		}
		where, args := of.where(row)
		want := of.name(row)
		if name == "ledger_tile" || name == "ledger_checkpoint" || slices.Contains(of.key, column) || name == "ledger_leaf" {
			want = ""
		}
		e.expect(t, "edit "+name+"."+column, name, want, inBundles(name) || column == "note", func() {
			set := map[string]string{"text": column + " || 'x'", "number": column + " + 100", "bytes": fmt.Sprintf("$%d", len(args)+1)}[of.kinds[i]]
			if of.kinds[i] == "bytes" {
				args = append(args, bytes.Repeat([]byte{7}, 32))
			}
			e.do("UPDATE "+name+" SET "+column+" = "+set+where, args...)
		})
	}
}

// remove deletes a row in the middle, and the last one.
func (e *evidence) remove(t *testing.T, name string) {
	of := e.tables[name]
	for what, row := range map[string]int{"delete": len(of.rows) / 2, "cut the tail": len(of.rows) - 1} {
		where, args := of.where(row)
		want := of.name(row)
		if strings.HasPrefix(name, "ledger_") {
			want = ""
		}
		if name == "ledger_checkpoint" && row < len(of.rows)-1 {
			continue // only the last one was kept elsewhere: the earlier say nothing more
		}
		e.expect(t, what+" "+name, name, want, inBundles(name), func() {
			e.do("DELETE FROM "+name+where, args...)
		})
	}
}

// exchange lets two rows change places: each keeps its key and has the rest of
// the other.
func (e *evidence) exchange(t *testing.T, name string) {
	of := e.tables[name]
	if len(of.rows) < 2 {
		return
	}
	one, two := len(of.rows)/2, len(of.rows)/2-1
	e.expect(t, "exchange "+name, name, "", inBundles(name), func() {
		for _, pair := range [][2]int{{one, two}, {two, one}} {
			where, args := of.where(pair[0])
			var set []string
			for i, c := range of.columns {
				if slices.Contains(of.key, c) || c == "seq" || c == "idx" || c == "xid" || c == "pos" {
					continue
				}
				args = append(args, of.rows[pair[1]][i])
				set = append(set, fmt.Sprintf("%s = $%d", c, len(args)))
			}
			e.do("UPDATE "+name+" SET "+strings.Join(set, ", ")+where, args...)
		}
	})
}
