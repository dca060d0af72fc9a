package crash

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"zhian/module/incident"
	"zhian/module/unit"
	"zhian/platform/httpapi"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
)

// Each of these names what is only half there: entry, row, leaf and fact of a
// step stand and fall together.
var halves = []*sqldb.Query{
	sqldb.Statement("crash", "an incident without exactly its entries", `SELECT i.id || ' has version ' || CAST(i.version AS TEXT) || ' and ' || CAST(coalesce(e.n, 0) AS TEXT) || ' entries'
		FROM incident_incident i LEFT JOIN (SELECT incident_id, count(*) AS n, max(seq) AS last FROM incident_entry GROUP BY incident_id) e ON e.incident_id = i.id
		WHERE coalesce(e.n, 0) <> i.version OR coalesce(e.last, 0) <> i.version`),
	sqldb.Statement("crash", "an entry without its incident", `SELECT e.incident_id FROM incident_entry e LEFT JOIN incident_incident i ON i.id = e.incident_id WHERE i.id IS NULL`),
	sqldb.Statement("crash", "an incident without exactly its facts", `SELECT i.id || ' has version ' || CAST(i.version AS TEXT) || ' and ' || CAST(coalesce(f.n, 0) AS TEXT) || ' facts'
		FROM incident_incident i LEFT JOIN (SELECT key, count(*) AS n FROM bus_fact WHERE name LIKE 'incident.%' GROUP BY key) f ON f.key = i.id
		WHERE coalesce(f.n, 0) <> i.version`),
	sqldb.Statement("crash", "an incident without exactly the effects of its facts", `SELECT i.id || ' has version ' || CAST(i.version AS TEXT) || ' and ' || CAST(coalesce(x.n, 0) AS TEXT) || ' effects'
		FROM incident_incident i LEFT JOIN (SELECT incident_id, count(*) AS n FROM crash_effect GROUP BY incident_id) x ON x.incident_id = i.id
		WHERE coalesce(x.n, 0) <> i.version`),
	sqldb.Statement("crash", "an entry without its one leaf", `SELECT CAST(e.n AS TEXT) || ' entries and ' || CAST(l.n AS TEXT) || ' leaves'
		FROM (SELECT count(*) AS n FROM incident_entry) e, (SELECT count(*) AS n FROM ledger_leaf) l WHERE e.n <> l.n`),
	sqldb.Statement("crash", "a contact without its key", `SELECT e.incident_id FROM incident_entry e LEFT JOIN crypto_key k ON k.subject = 'incident/' || e.incident_id
		WHERE e.seq = 1 AND k.subject IS NULL`),
}

var (
	versions  = sqldb.Statement("crash", "Versions", "SELECT id || ' ' || CAST(version AS TEXT) FROM incident_incident")
	integrity = sqldb.Statement("crash", "Integrity", "PRAGMA integrity_check")
)

// check says everything that is wrong with what is left of a centre.
func (c *centre) check(ctx context.Context, acknowledged map[string]int64) (faults []string) {
	ctx = httpapi.As(ctx, httpapi.Principal{UserID: "checker", Kind: "user"})
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if _, err := c.bus.Deliver(ctx); err != nil {
		say("deliver: %v", err)
	}
	lost, err := c.lost(ctx, acknowledged)
	if err != nil {
		say("list: %v", err)
	}
	faults = append(faults, lost...)
	for _, q := range halves {
		rows, err := list(ctx, c.db, q)
		if err != nil || len(rows) > 0 {
			say("%s: %v %v", q.Name, rows[:min(3, len(rows))], err)
		}
	}
	if again, err := c.bus.Failures(ctx, "crash", "", 0, 10); err != nil || len(again) > 0 {
		say("facts handled twice: %v %v", again, err)
	}
	if differing, _, err := c.Rebuild(ctx, false, nil); err != nil || len(differing) > 0 {
		say("rows that their timelines do not fold to: %v %v", differing, err)
	}
	if c.db.Dialect == sqldb.SQLite {
		if verdict, err := list(ctx, c.db, integrity); err != nil || !slices.Equal(verdict, []string{"ok"}) {
			say("integrity: %v %v", verdict, err)
		}
	}
	faults = append(faults, c.checkUnits(ctx)...)
	faults = append(faults, c.checkContact(ctx, acknowledged)...)
	return append(faults, c.checkLedger(ctx)...)
}

// lost names every acknowledged step that is not there.
func (c *centre) lost(ctx context.Context, acknowledged map[string]int64) (faults []string, err error) {
	lines, err := list(ctx, c.db, versions)
	kept := make(map[string]int64, len(lines))
	for _, line := range lines {
		var id string
		var version int64
		if _, err := fmt.Sscan(line, &id, &version); err != nil {
			return nil, err
		}
		kept[id] = version
	}
	for id, version := range acknowledged {
		if kept[id] < version {
			faults = append(faults, fmt.Sprintf("step %d of incident %s was acknowledged, %d are there: one is lost", version, id, kept[id]))
		}
	}
	return faults, err
}

// checkUnits compares what units and incidents say of each other.
func (c *centre) checkUnits(ctx context.Context) (faults []string) {
	fleet, err := c.units.List(ctx, unit.Asking{Limit: callers})
	if err != nil {
		return []string{fmt.Sprintf("units: %v", err)}
	}
	for _, u := range fleet.Items {
		for _, e := range u.Engaged {
			in, err := c.Get(ctx, incident.ByID{ID: incident.ID(e.IncidentID)})
			live := slices.ContainsFunc(in.Assignments, func(a incident.Assignment) bool { return a.UnitID == u.ID && a.State != incident.StepCleared })
			if err != nil || !live || !in.Status.Open() {
				faults = append(faults, fmt.Sprintf("unit %s is engaged with %s, which is %s: %v", u.CallSign, e.IncidentID, in.Status, err))
			}
		}
	}
	return faults
}

// checkContact reveals the contact of a few incidents.
func (c *centre) checkContact(ctx context.Context, acknowledged map[string]int64) (faults []string) {
	seen := 0
	for id := range acknowledged {
		if seen++; seen > 3 {
			break
		}
		in, err := c.Get(ctx, incident.ByID{ID: incident.ID(id)})
		if err != nil {
			continue // told as lost already
		}
		got, err := c.Reveal(ctx, incident.Revealing{ID: in.ID, Purpose: "call_back"})
		if err != nil || got != contactOf(in.Address) {
			faults = append(faults, fmt.Sprintf("the contact of %s is %v, %v", id, got, err))
		}
	}
	return faults
}

// checkLedger integrates what is new and compares the log with the timeline.
func (c *centre) checkLedger(ctx context.Context) (faults []string) {
	if _, err := c.log.Integrate(ctx); err != nil {
		return []string{fmt.Sprintf("integrate: %v", err)}
	}
	report, err := c.log.Audit(ctx, func(tx *sqldb.Tx, _, ref string) ([]byte, error) { return incident.Leaf(tx, ref) }, ledger.Trust{})
	if err != nil || !report.OK() {
		return []string{fmt.Sprintf("ledger: %v %v", report.Problems[:min(3, len(report.Problems))], err)}
	}
	return nil
}

func list(ctx context.Context, db *sqldb.DB, q *sqldb.Query) ([]string, error) {
	return sqldb.Read(ctx, db, func(tx *sqldb.Tx) ([]string, error) { return sqldb.List(tx, q, sqldb.ScanString) })
}

// isLoss tells faults of lost acknowledgements from others.
func isLoss(fault string) bool { return strings.HasSuffix(fault, "is lost") }
