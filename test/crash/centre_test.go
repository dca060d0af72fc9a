package crash

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing/fstest"
	"time"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
)

// effects is what a consumer leaves behind: a second effect of one fact hits
// the key and is parked as a failure, which the count finds.
var effects fs.FS = fstest.MapFS{"schema/0001_crash.sql": {Data: []byte(
	"CREATE TABLE crash_effect (incident_id TEXT PRIMARY KEY);\n")}}

var (
	addEffect     = sqldb.Statement("crash", "AddEffect", "INSERT INTO crash_effect (incident_id) VALUES ($1)")
	countEffects  = sqldb.Statement("crash", "CountEffects", "SELECT count(*) FROM crash_effect")
	countFacts    = sqldb.Statement("crash", "CountFacts", "SELECT count(*) FROM bus_fact")
	countEntries  = sqldb.Statement("crash", "CountEntries", "SELECT count(*) FROM incident_entry")
	countLeaves   = sqldb.Statement("crash", "CountLeaves", "SELECT count(*) FROM ledger_leaf")
	listIncidents = sqldb.Statement("crash", "ListIncidents", "SELECT id FROM incident_incident ORDER BY id")
	integrity     = sqldb.Statement("crash", "Integrity", "PRAGMA integrity_check")
)

// stranger is every neighbour that a crash does not concern: it lets everybody
// do everything and knows one station.
type stranger struct{}

func (stranger) Can(httpapi.Principal, httpapi.Perm, string) bool { return true }
func (stranger) Locate(_ context.Context, address string, _ *incident.Point) (incident.Located, error) {
	return incident.Located{Address: address, StationID: "S1", AreaClass: "urban"}, nil
}
func (stranger) Root() string { return "C" }

// centre is the part of the house that intake passes through, with its real
// store, bus and ledger.
type centre struct {
	db  *sqldb.DB
	bus *bus.Bus
	log *ledger.Log
	*incident.Service
}

func open(ctx context.Context, path string, opts sqldb.Options) (*centre, error) {
	db, err := sqldb.Open(ctx, path, opts)
	if err != nil {
		return nil, err
	}
	c := &centre{db: db, bus: bus.New(db, time.Now)}
	if c.log, err = ledger.Open(ctx, db, ledger.Config{Origin: "crash.test", Hasher: "sha256"}); err != nil {
		db.Close()
		return nil, err
	}
	c.Service = incident.New(incident.Deps{DB: db, Bus: c.bus, Now: time.Now, IDs: ident.NewMaker(time.Now), Gate: stranger{},
		Ledger: c.log, Centre: stranger{}, Locator: stranger{}, Kinds: incident.Kinds{"4": {Priority: 3}}, Zone: time.UTC})
	bus.On(c.bus, "crash", func(tx *sqldb.Tx, _ bus.Meta, f incident.Received) error {
		_, err := tx.Exec(addEffect, f.FactKey())
		return err
	})
	return c, nil
}

func migrate(ctx context.Context, path string) error {
	db, err := sqldb.Open(ctx, path, sqldb.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Migrate(ctx, bus.Schema, ledger.Schema, incident.Schema, sqldb.Schema{Room: "crash", Files: effects})
}

// takeCalls lets callers open incidents until the store fails or each has had
// its number of them; told is called after every acknowledgement.
func (c *centre) takeCalls(ctx context.Context, callers, each int, told func(id string)) {
	ctx = httpapi.As(ctx, httpapi.Principal{UserID: "taker", Kind: "user"})
	var wait sync.WaitGroup
	for caller := range callers {
		wait.Go(func() {
			for n := range each {
				in, err := c.Receive(ctx, incident.Intake{KindCode: "4", Address: fmt.Sprintf("%d Made-up Street %d", n, caller)})
				if err != nil {
					return
				}
				told(string(in.ID))
			}
		})
	}
	wait.Wait()
}

// check says everything that is wrong with what is left of a centre.
func (c *centre) check(ctx context.Context, acknowledged []string) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if _, err := c.bus.Deliver(ctx); err != nil {
		say("deliver: %v", err)
	}
	ids, err := list(ctx, c.db, listIncidents)
	if err != nil {
		say("list: %v", err)
	}
	for _, id := range acknowledged {
		if _, found := slices.BinarySearch(ids, id); !found {
			say("acknowledged incident %s is lost", id)
		}
	}
	for _, q := range []*sqldb.Query{countEntries, countFacts, countLeaves, countEffects} {
		n, err := sqldb.Read(ctx, c.db, func(tx *sqldb.Tx) (int64, error) { return sqldb.Get(tx, q, sqldb.ScanInt) })
		if err != nil || n != int64(len(ids)) {
			say("%s: %d of %d incidents, %v", q.Name, n, len(ids), err)
		}
	}
	if again, err := c.bus.Failures(ctx, "crash", "", 0, 10); err != nil || len(again) > 0 {
		say("facts handled twice: %v %v", again, err)
	}
	if verdict, err := list(ctx, c.db, integrity); err != nil || !slices.Equal(verdict, []string{"ok"}) {
		say("integrity: %v %v", verdict, err)
	}
	return append(faults, c.checkLedger(ctx)...)
}

// checkLedger integrates what is new and compares the log with the timeline.
func (c *centre) checkLedger(ctx context.Context) (faults []string) {
	if _, err := c.log.Integrate(ctx); err != nil {
		return []string{fmt.Sprintf("integrate: %v", err)}
	}
	report, err := c.log.Audit(ctx, func(tx *sqldb.Tx, _, ref string) ([]byte, error) { return incident.Leaf(tx, ref) }, ledger.Trust{})
	if err != nil || !report.OK() {
		return []string{fmt.Sprintf("ledger: %v %v", report.Problems, err)}
	}
	return nil
}

func list(ctx context.Context, db *sqldb.DB, q *sqldb.Query) ([]string, error) {
	return sqldb.Read(ctx, db, func(tx *sqldb.Tx) ([]string, error) { return sqldb.List(tx, q, sqldb.ScanString) })
}
