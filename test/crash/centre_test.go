package crash

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"testing/fstest"
	"time"

	"zhian/module/incident"
	"zhian/module/unit"
	"zhian/platform/bus"
	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
)

// effects is what a consumer leaves behind: a second effect of one fact hits
// the key and is parked as a failure, which the check finds.
var effects fs.FS = fstest.MapFS{"schema/0001_crash.sql": {Data: []byte(
	"CREATE TABLE crash_effect (pos BIGINT PRIMARY KEY, incident_id TEXT NOT NULL);\n")}}

var addEffect = sqldb.Statement("crash", "AddEffect", "INSERT INTO crash_effect (pos, incident_id) VALUES ($1, $2)")

// callers is how many people ask at once in the tests of a whole process; each
// has a unit of their own.
const callers = 64

// master wraps the keys of contacts; a crash does not concern it.
var master = make([]byte, crypto.MasterSize)

// stranger is every neighbour that a crash does not concern: it lets everybody
// do everything and knows one station.
type stranger struct{}

func (stranger) Can(httpapi.Principal, httpapi.Perm, string) bool         { return true }
func (stranger) Root() string                                             { return "C" }
func (stranger) Revealed(*sqldb.Tx, string, string, crypto.Purpose) error { return nil }
func (stranger) Locate(_ context.Context, address string, _ *incident.Point) (incident.Located, error) {
	return incident.Located{Address: address, StationID: "S1", AreaClass: "urban"}, nil
}
func (stranger) Scope(httpapi.Principal, httpapi.Perm) httpapi.Scope {
	return httpapi.NewScope([]string{"S1"}, 1)
}

// units lets incidents send the real units.
type units struct{ *unit.Service }

func (u units) Send(tx *sqldb.Tx, unitID string, id incident.ID, step incident.Step) (incident.Sent, error) {
	sent, err := u.Service.Send(tx, unitID, string(id), string(step))
	out := incident.Sent{OrgID: sent.OrgID}
	for _, m := range sent.Crew {
		out.Crew = append(out.Crew, m.UserID)
	}
	return out, err
}

func (u units) Follow(tx *sqldb.Tx, unitID string, id incident.ID, step incident.Step, _ time.Time) error {
	return u.Service.Follow(tx, unitID, string(id), string(step))
}

func (units) Rank(incident.Position, int, []string, func(string) bool) []incident.Candidate {
	return nil
}
func (units) Estimate() incident.Estimate { return incident.Estimate{} }

// centre is the part of the house that an incident passes through, with its real
// store, bus, ledger and vault.
type centre struct {
	db    *sqldb.DB
	bus   *bus.Bus
	log   *ledger.Log
	units *unit.Service
	*incident.Service
	fleet []string // ids of the callers' units

	mu      sync.Mutex
	refused []error // what callers were told instead of an acknowledgement
}

func open(ctx context.Context, path string, opts sqldb.Options) (*centre, error) {
	db, err := sqldb.Open(ctx, path, opts)
	if err != nil {
		return nil, err
	}
	c, err := build(ctx, db)
	if err != nil {
		db.Close()
	}
	return c, err
}

func build(ctx context.Context, db *sqldb.DB) (c *centre, err error) {
	c = &centre{db: db, bus: bus.New(db, time.Now)}
	ids := ident.NewMaker(time.Now)
	if c.log, err = ledger.Open(ctx, db, ledger.Config{Origin: "crash.test", Hasher: "sha256"}); err != nil {
		return nil, err
	}
	vault, err := crypto.NewVault(db, crypto.Config{Profile: crypto.Standard, Master: master, Witness: stranger{}, Now: time.Now})
	if err != nil {
		return nil, err
	}
	c.units = unit.New(unit.Deps{DB: db, Bus: c.bus, Now: time.Now, IDs: ids, Gate: stranger{}})
	c.Service = incident.New(incident.Deps{DB: db, Bus: c.bus, Now: time.Now, IDs: ids, Gate: stranger{}, Ledger: c.log, Vault: vault,
		Centre: stranger{}, Locator: stranger{}, Units: units{c.units}, Kinds: incident.Kinds{"4": {Priority: 3}},
		Ends: incident.Dispositions{"settled_on_scene": "settled"}, Zone: time.UTC})
	hear[incident.Received](c)
	hear[incident.Dispatched](c)
	hear[incident.Progressed](c)
	hear[incident.Contacted](c)
	hear[incident.Changed](c)
	hear[incident.Ended](c)
	list, err := c.units.List(ctx, unit.Asking{Limit: callers})
	for _, u := range list.Items {
		c.fleet = append(c.fleet, u.ID)
	}
	return c, err
}

// hear gives each fact of a kind its one effect.
func hear[F bus.Fact](c *centre) {
	bus.On(c.bus, "crash", func(tx *sqldb.Tx, m bus.Meta, f F) error {
		_, err := tx.Exec(addEffect, m.Pos, f.FactKey())
		return err
	})
}

// found makes an empty centre with so many units.
func found(ctx context.Context, path string, fleet int) error {
	db, err := sqldb.Open(ctx, path, sqldb.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx, bus.Schema, ledger.Schema, crypto.Schema, unit.Schema, incident.Schema, sqldb.Schema{Room: "crash", Files: effects}); err != nil {
		return err
	}
	c, err := build(ctx, db)
	if err != nil {
		return err
	}
	for n := range fleet {
		u, err := c.units.Register(ctx, unit.Form{CallSign: fmt.Sprintf("U%02d", n), Kind: "car", OrgID: "S1"})
		if err == nil {
			_, err = c.units.Duty(ctx, unit.Boarding{ID: u.ID, UserID: fmt.Sprintf("officer %d", n)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// told hears of each acknowledgement: the incident and its version.
type told func(id string, version int64)

// takeCalls lets callers take incidents from the call to the close until the
// store fails, or each has had its number of them.
func (c *centre) takeCalls(ctx context.Context, callers, each int, say told) {
	var wait sync.WaitGroup
	for caller := range callers {
		wait.Go(func() {
			for n := 0; n < each && c.call(ctx, caller, n, say); n++ {
			}
		})
	}
	wait.Wait()
}

// call lets one caller take one incident; false when they were refused.
func (c *centre) call(ctx context.Context, caller, n int, say told) bool {
	ctx = httpapi.As(ctx, httpapi.Principal{UserID: "taker", Kind: "user"})
	err := c.takeCall(ctx, c.fleet[caller%len(c.fleet)], n, say)
	if err != nil {
		c.refuse(err)
	}
	return err == nil
}

// contactOf is the reporter of a call; what is revealed later must be the same.
func contactOf(address string) incident.Contact {
	return incident.Contact{Name: "Reporter at " + address, Phone: "13800000000"}
}

// takeCall is one incident, step by step; a refusal ends it and is no failure.
func (c *centre) takeCall(ctx context.Context, unitID string, n int, say told) error {
	address := fmt.Sprintf("%d Made-up Street of %s", n, unitID)
	contact := contactOf(address)
	in, err := c.Receive(ctx, incident.Intake{KindCode: "4", Address: address, Contact: &contact})
	if err != nil {
		return err
	}
	say(string(in.ID), in.Version())
	when := incident.When{ID: in.ID}
	for _, step := range []func() (incident.Incident, error){
		func() (incident.Incident, error) {
			return c.Dispatch(ctx, incident.Order{When: when, UnitIDs: []string{unitID}})
		},
		func() (incident.Incident, error) {
			return c.Advance(ctx, incident.Press{When: when, UnitID: unitID, Step: incident.StepAcknowledged})
		},
		func() (incident.Incident, error) {
			return c.Contact(ctx, incident.CallBack{When: when, UnitID: unitID, Answered: true})
		},
		func() (incident.Incident, error) {
			return c.Advance(ctx, incident.Press{When: when, UnitID: unitID, Step: incident.StepOnScene})
		},
		func() (incident.Incident, error) {
			return c.Close(ctx, incident.Closing{When: when, Disposition: "settled_on_scene"})
		},
	} {
		next, err := step()
		if fault.Is(err, fault.Conflict) {
			return nil
		}
		if err != nil {
			return err
		}
		say(string(next.ID), next.Version())
	}
	return nil
}

// record is what was acknowledged, by many callers at once: incident → version.
type record struct {
	mu sync.Mutex
	of map[string]int64
}

func (r *record) add(id string, version int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]int64{}
	}
	r.of[id] = max(r.of[id], version)
}

func (c *centre) refuse(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = append(c.refused, err)
}

// mishaps are refusals that no caller could act on: our fault.
func (c *centre) mishaps() (faults []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, err := range c.refused {
		if !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Full) {
			faults = append(faults, fmt.Sprintf("a caller was told %v", err))
		}
	}
	return faults
}
