package app_test

import (
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"zhian/app"
	"zhian/module/pace"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// A demonstration comes with the records of its past: the ledger, the rows, the
// clocks and the audit log tell the same, nothing of it is left open or lies in
// the time that is shown, and nobody was told of it.
func TestDemonstrationHasAPast(t *testing.T) {
	const history, past = 10 * time.Minute, 4 * 24 * time.Hour
	d := demonstrate(t, app.Scene{Seed: 3, Speed: 60, History: history, Past: past, Share: 0.1})
	before := time.Now().Add(-history)
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	health, err := d.Examine(t.Context(), false)
	if err != nil || !health.Ledger.OK() || len(health.Differing) != 0 || health.Incidents < 4*40 || health.Incidents > 4*100 {
		t.Fatalf("%+v, %v", health, err)
	}
	for what, text := range map[string]string{
		"incidents left open":             `SELECT count(*) FROM incident_incident WHERE open = TRUE`,
		"entries of the time shown":       `SELECT count(*) FROM incident_entry WHERE recorded_at > $1 OR occurred_at > $1`,
		"entries without a leaf":          `SELECT count(*) - (SELECT count(*) FROM ledger_leaf WHERE source = 'incident_entry') FROM incident_entry`,
		"facts of incidents":              `SELECT count(*) FROM bus_fact WHERE name LIKE 'incident.%' OR name LIKE 'pace.%'`,
		"messages":                        `SELECT count(*) FROM notify_message`,
		"incidents without clocks":        `SELECT count(*) FROM incident_incident i WHERE NOT EXISTS (SELECT 1 FROM pace_incident p WHERE p.id = i.id)`,
		"clocks that run":                 `SELECT count(*) FROM pace_running`,
		"numbers given twice":             `SELECT count(*) - count(DISTINCT number) FROM incident_incident`,
		"merged into what there is not":   `SELECT count(*) FROM incident_incident m WHERE status = 'merged' AND NOT EXISTS (SELECT 1 FROM incident_entry e WHERE e.incident_id <> m.id AND e.kind = 'absorbed' AND e.detail LIKE '%' || m.id || '%')`,
		"explained before they broke":     `SELECT count(*) FROM pace_explanation e JOIN pace_breach b ON b.id = e.breach_id WHERE e.at <= b.broke_at`,
		"audit events of the time shown":  `SELECT count(*) FROM audit_event WHERE at > $1 AND class <> 'admin' AND action LIKE 'reveal%'`,
		"explanations that nobody audits": `SELECT count(*) - (SELECT count(*) FROM audit_event WHERE action = 'POST /v1/pace/breaches/{id}/reason') FROM pace_explanation`,
	} {
		if n := countRows(t, d, what, text, before.UnixMilli()); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	for what, text := range map[string]string{
		"merged":        `SELECT count(*) FROM incident_incident WHERE status = 'merged'`,
		"broken":        `SELECT count(*) FROM pace_breach WHERE lifted = FALSE`,
		"explained":     `SELECT count(*) FROM pace_breach WHERE explanations > 0`,
		"not explained": `SELECT count(*) FROM pace_breach WHERE explanations = 0 AND lifted = FALSE`,
		"log-ins":       `SELECT count(*) FROM audit_event WHERE action = 'log in' AND result = 'ok' AND at < $1`,
		"refused":       `SELECT count(*) FROM audit_event WHERE action = 'log in' AND result <> 'ok'`,
		"reveals":       `SELECT count(*) FROM audit_event WHERE class = 'reveal'`,
	} {
		if n := countRows(t, d, what, text, before.UnixMilli()); n == 0 {
			t.Errorf("%s: none", what)
		}
	}
}

func countRows(t *testing.T, d *app.Demo, what, text string, before int64) int64 {
	t.Helper()
	text = strings.ReplaceAll(text, "$1", strconv.FormatInt(before, 10))
	n, err := sqldb.Read(t.Context(), d.DB, func(tx *sqldb.Tx) (int64, error) {
		return sqldb.Get(tx, sqldb.Statement("app", what, text), sqldb.ScanInt)
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return n
}

// One seed has one past, whose report counts enough of each clock to say something.
func TestOneSeedOnePast(t *testing.T) {
	scene := app.Scene{Seed: 4, Speed: 1, History: time.Minute, Past: 7 * 24 * time.Hour, Share: 0.06}
	begun := time.Now().Add(-scene.History - scene.Past)
	from, to := begun.Add(24*time.Hour), begun.Add(scene.Past-24*time.Hour) // they begin and end a moment apart
	var told [2][]string
	for i := range told {
		d := demonstrate(t, scene)
		if err := d.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		told[i] = outline(t, d, from, to)
		if i == 0 {
			countsEnough(t, d, from, to)
		}
	}
	if !slices.Equal(told[0], told[1]) || len(told[0]) < 100 {
		t.Errorf("one seed has two pasts, of %d and %d incidents", len(told[0]), len(told[1]))
	}
}

func outline(t *testing.T, d *app.Demo, from, to time.Time) []string {
	t.Helper()
	q := sqldb.Statement("app", "Outline", `SELECT external_ref || ' ' || status || ' ' || kind_code || ' ' || called_at || ' ' || closed_at || ' ' || version
FROM incident_incident WHERE called_at BETWEEN $1 AND $2 ORDER BY external_ref`)
	list, err := sqldb.Read(t.Context(), d.DB, func(tx *sqldb.Tx) ([]string, error) {
		return sqldb.List(tx, q, sqldb.ScanString, from.UnixMilli(), to.UnixMilli())
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func countsEnough(t *testing.T, d *app.Demo, from, to time.Time) {
	t.Helper()
	id, err := sqldb.One(t.Context(), d.DB, sqldb.Statement("app", "Guest", `SELECT id FROM identity_account WHERE login = 'dg003'`), sqldb.ScanString)
	if err != nil {
		t.Fatal(err)
	}
	report, err := d.Pace.Report(httpapi.As(t.Context(), httpapi.Principal{UserID: id, Kind: "user"}), pace.Question{Selection: pace.Selection{From: from, To: to}})
	if err != nil || len(report.Items) == 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, l := range report.Items {
		if slices.Contains(pace.Clocks, l.Clock) && l.Clock != pace.ClockContact && (l.TooFew || l.Within == 0 || l.Within == l.N) {
			t.Errorf("%s: %d of %d in time say nothing", l.Clock, l.Within, l.N)
		}
	}
}

// demonstrate serves a demonstration until the test ends.
func demonstrate(t *testing.T, s app.Scene) *app.Demo {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d, err := app.Demonstrate(t.Context(), app.Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, s, listener)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}
