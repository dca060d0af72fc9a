package incident

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"zhian/module/notify"
	"zhian/platform/bus"
	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// The neighbours that a service test stands in for.
type neighbours struct {
	leaves   []string
	followed []Step
	revealed []string
	fleet    []Candidate
	orgs     map[string]string // of units; S1 for others
	pushes   []notify.Draft
	answers  []string
	taken    []string // what was withdrawn
}

func (n *neighbours) Queue(_ *sqldb.Tx, d notify.Draft) (notify.Message, error) {
	n.pushes = append(n.pushes, d)
	return notify.Message{ID: fmt.Sprint("m", len(n.pushes))}, nil
}

func (n *neighbours) Answer(_ *sqldb.Tx, s notify.Subject, by, device string, _ time.Time) error {
	n.answers = append(n.answers, s.Part+" "+by+" "+device)
	return nil
}

func (n *neighbours) Withdraw(_ *sqldb.Tx, s notify.Subject, reason string) error {
	n.taken = append(n.taken, strings.TrimSpace(s.Part+" "+reason))
	return nil
}

func (n *neighbours) Leaf(source, ref string, data []byte) (ledger.Leaf, error) {
	n.leaves = append(n.leaves, ref)
	h, err := ledger.NewHasher("sha256")
	if err != nil {
		return ledger.Leaf{}, err
	}
	return ledger.NewLeaf(h, source, ref, data)
}

// Revealed is the vault's witness.
func (n *neighbours) Revealed(_ *sqldb.Tx, subject, field string, p crypto.Purpose) error {
	n.revealed = append(n.revealed, subject+" "+field+" "+p.Code+" "+p.By)
	return nil
}

// Locate knows the places of gazetteer, and everything else at one point.
func (n *neighbours) Locate(_ context.Context, address string, p *Point) (Located, error) {
	if address == "broken" {
		return Located{}, errors.New("the gazetteer is out")
	}
	if known, ok := gazetteer[address]; ok {
		return known, nil
	}
	at := &Position{Lat: 28.9, Lon: 120.04, UncertaintyM: 50}
	if p != nil {
		at = &Position{Lat: p.Lat, Lon: p.Lon, UncertaintyM: p.UncertaintyM}
	}
	return Located{Address: address, Position: at, StationID: "S1", AreaClass: "urban", Key: "text/" + address}, nil
}

// Root is the centre over all stations.
func (n *neighbours) Root() string { return "C" }

var gazetteer = map[string]Located{
	"abroad":        {Position: &Position{Lat: 39.9, Lon: 116.4}, Outside: true, Doubts: []string{DoubtFar}},
	"outside":       {Position: &Position{Lat: 30, Lon: 121}, Outside: true},
	"<b>":           {Doubts: []string{DoubtUnreadable}, Choices: []Choice{{Name: "B Street", StationID: "S1", Score: 0.5}}},
	"South Street":  {Doubts: []string{DoubtAmbiguous}, Choices: []Choice{{Name: "South Street", Town: "East", StationID: "S1", Score: 0.9}, {Name: "South Street", Town: "West", StationID: "S2", Score: 0.9}}},
	"shifted":       {Position: &Position{Lat: 28.9, Lon: 120.04, UncertaintyM: 30}, StationID: "S2", AreaClass: "urban", Doubts: []string{DoubtShifted}},
	"2 West Street": {Position: &Position{Lat: 28.95, Lon: 120.1}, StationID: "S2", AreaClass: "market_town", Key: "place/west2", Hazards: []Hazard{{ID: "h1", Kind: "gas"}}},
}

func (n *neighbours) Send(_ *sqldb.Tx, unit string, _ ID, _ Step) (Sent, error) {
	return Sent{OrgID: cmp.Or(n.orgs[unit], "S1"), Crew: []string{"officer1", "officer2"}, Muted: []string{"officer2"}}, nil
}

// Owner knows every unit but "ghost".
func (n *neighbours) Owner(_ *sqldb.Tx, unit string) (string, error) {
	if unit == "ghost" {
		return "", fault.New(fault.NotFound, "unit.not_found")
	}
	return cmp.Or(n.orgs[unit], "S1"), nil
}

func (n *neighbours) Follow(_ *sqldb.Tx, _ string, _ ID, step Step, _ time.Time) error {
	n.followed = append(n.followed, step)
	return nil
}

// Rank knows what a test has put into fleet.
func (n *neighbours) Rank(_ Position, limit int, named []string, wanted func(string) bool) (list []Candidate) {
	for _, c := range n.fleet {
		if wanted(n.orgs[c.UnitID]) && (len(list) < limit || slices.Contains(named, c.UnitID)) {
			list = append(list, c)
		}
	}
	return list
}

func (n *neighbours) Estimate() Estimate { return Estimate{Way: "straight_line", Detour: 1.35} }

// Can lets "stranger" nowhere and "local" only into S1.
func (n *neighbours) Can(p httpapi.Principal, perm httpapi.Perm, org string) bool {
	if perm == permBackfill {
		return p.UserID == "importer"
	}
	return p.UserID != "stranger" && org != "no such" && (p.UserID != "local" || org == "S1" || org == "")
}

// Scope is what Can allows.
func (n *neighbours) Scope(p httpapi.Principal, _ httpapi.Perm) httpapi.Scope {
	all := []string{"C", "S1", "S2", "S3", "S4"}
	switch p.UserID {
	case "stranger":
		return httpapi.NewScope(nil, len(all))
	case "local":
		return httpapi.Scope{Orgs: []string{"S1"}}
	case "two": // a small part of a large tree
		return httpapi.Scope{Orgs: []string{"S1", "S2"}}
	case "region": // a large part of it
		return httpapi.Scope{Orgs: []string{"C", "S1", "S2", "S3"}, Wide: true}
	}
	return httpapi.NewScope(all, len(all))
}

type desk struct {
	testing.TB
	*Service
	n   *neighbours
	now time.Time
	ctx context.Context
}

var schemas = []sqldb.Schema{bus.Schema, ledger.Schema, crypto.Schema, Schema}

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(newDesk(t, db)) }, schemas...)
}

func newDesk(t testing.TB, db *sqldb.DB) *desk {
	d := &desk{TB: t, n: &neighbours{}, now: t0}
	now := func() time.Time { return d.now }
	vault, err := crypto.NewVault(db, crypto.Config{Profile: crypto.Standard, Master: make([]byte, crypto.MasterSize), Witness: d.n, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	d.Service = New(Deps{DB: db, Bus: bus.New(db, now), Now: now, IDs: ident.NewMaker(now), Gate: d.n, Ledger: d.n, Vault: vault,
		Centre: d.n, Locator: d.n, Units: d.n, Pager: d.n, Kinds: Kinds{"4": {Priority: 3}, "1": {Priority: 1}}, Ends: Dispositions{"settled_on_scene": "settled"}, Zone: time.UTC})
	d.Listen()
	if err := d.Bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.ctx = d.as("dispatcher")
	return d
}

func (d *desk) as(user string) context.Context {
	return httpapi.As(d.Context(), httpapi.Principal{UserID: user, Kind: "user"})
}

func (d *desk) receive(call Intake) Opened {
	d.Helper()
	call.KindCode = "4"
	in, err := d.Receive(d.ctx, call)
	if err != nil {
		d.Fatal(err)
	}
	if _, err := d.Bus.Deliver(d.Context()); err != nil {
		d.Fatal(err)
	}
	return in
}

func (d *desk) wait(by time.Duration) { d.now = d.now.Add(by) }

func TestOneIncidentFromCallToClose(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street", Contact: &Contact{Name: "Test Caller", Phone: "13800000000"}})
		when := When{ID: in.ID}
		steps := []func() (Incident, error){
			func() (Incident, error) { return d.Dispatch(d.ctx, Order{When: when, UnitIDs: []string{"u1"}}) },
			func() (Incident, error) {
				return d.Advance(d.ctx, Press{When: when, UnitID: "u1", Step: StepAcknowledged})
			},
			func() (Incident, error) {
				return d.Service.Contact(d.ctx, CallBack{When: when, UnitID: "u1", Answered: true})
			},
			func() (Incident, error) { return d.Advance(d.ctx, Press{When: when, UnitID: "u1", Step: StepOnScene}) },
			func() (Incident, error) { return d.Feedback(d.ctx, Remark{When: when, UnitID: "u1", Text: "settled"}) },
			func() (Incident, error) { return d.Close(d.ctx, Closing{When: when, Disposition: "settled_on_scene"}) },
		}
		var last Incident
		for i, step := range steps {
			d.wait(time.Minute)
			var err error
			if last, err = step(); err != nil {
				d.Fatalf("step %d: %v", i, err)
			}
		}
		if last.Status != StatusClosed || last.Version() != 7 || len(d.n.leaves) != 7 || !last.ContactedAt.Equal(t0.Add(3*time.Minute)) {
			d.Errorf("%+v, leaves %v", last, d.n.leaves)
		}
		differing, checked, err := d.Rebuild(d.Context(), false, nil)
		if err != nil || checked != 1 || len(differing) != 0 {
			d.Errorf("rebuild: %v of %d, %v", differing, checked, err)
		}
	})
}

func TestRowThatWasTamperedWithIsNamedAndMended(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		q := sqldb.Statement("incident", "Tamper", `UPDATE incident_incident SET priority = 1`)
		if err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
			d.Fatal(err)
		}
		differing, _, err := d.Rebuild(d.Context(), true, nil)
		if err != nil || len(differing) != 1 || differing[0] != in.ID {
			d.Fatalf("%v, %v", differing, err)
		}
		if differing, _, err = d.Rebuild(d.Context(), false, nil); err != nil || len(differing) != 0 {
			d.Errorf("not mended: %v, %v", differing, err)
		}
	})
}

func TestContactIsSealedAndShownOnlyForAPurpose(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street", Contact: &Contact{Name: "Test Caller", Phone: "13800000000"}})
		d.shows(in, `"contact":"***"`)
		page, err := d.Timeline(d.ctx, Lines{ID: in.ID})
		if err != nil {
			d.Fatal(err)
		}
		d.shows(page, `"contact":"***"`)
		got, err := d.Get(d.ctx, ByID{in.ID})
		if err != nil {
			d.Fatal(err)
		}
		d.shows(got, `"contact":{"masked":"T*** 138****0000"}`)
		raw, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) (string, error) {
			return sqldb.Get(tx, sqldb.Statement("incident", "Raw", `SELECT detail FROM incident_entry`), sqldb.ScanString)
		})
		if err != nil || strings.Contains(raw, "0000000") || strings.Contains(raw, "Caller") {
			d.Errorf("the database holds the contact in clear: %s, %v", raw, err)
		}
		if len(d.n.revealed) != 0 {
			d.Errorf("a mask counts as a reveal: %v", d.n.revealed)
		}
		c, err := d.Reveal(d.ctx, Revealing{ID: in.ID, Purpose: "call_back"})
		if want := []string{"incident/" + string(in.ID) + " incident.contact call_back dispatcher"}; err != nil || c.Phone != "13800000000" || !slices.Equal(d.n.revealed, want) {
			d.Errorf("%+v, %v, %v", c, d.n.revealed, err)
		}
		if _, err := d.Reveal(d.as("stranger"), Revealing{ID: in.ID, Purpose: "call_back"}); !fault.Is(err, fault.NotFound) || len(d.n.revealed) != 1 {
			d.Errorf("a stranger got %v", err)
		}
		if _, err := d.Reveal(d.ctx, Revealing{ID: in.ID, Purpose: "curiosity"}); fault.KeyOf(err) != "crypto.purpose_required" || len(d.n.revealed) != 1 {
			d.Errorf("got %v", err)
		}
	})
}

// shows asserts what a client sees of an answer, and that it sees no contact.
func (d *desk) shows(answer any, want string) {
	d.Helper()
	text, err := json.Marshal(answer)
	if err != nil || !strings.Contains(string(text), want) || strings.Contains(string(text), "13800000000") || strings.Contains(string(text), "Caller") {
		d.Errorf("%s, want %s, %v", text, want, err)
	}
}

// At the end of its time the contact's key goes; the timeline, its proof and
// everything else stay as they were.
func TestContactPastItsTimeIsGoneAndTheEntryStays(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street", Contact: &Contact{Phone: "13800000000"}})
		other := d.receive(Intake{Address: "2 Market Street"})
		before := d.leaf(in.ID)
		d.wait(contactKept)
		if err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error { return d.Vault.Shred(tx, subject(in.ID)) }); err != nil {
			d.Fatal(err)
		}
		got, err := d.Get(d.ctx, ByID{in.ID})
		if err != nil || got.HasContact || !got.ContactGone {
			d.Errorf("%+v, %v", got, err)
		}
		d.shows(got, `"contact":"***","contact_gone":true`)
		if _, err := d.Reveal(d.ctx, Revealing{ID: in.ID, Purpose: "call_back"}); fault.KeyOf(err) != "incident.contact_gone" {
			d.Errorf("got %v", err)
		}
		if _, err := d.Reveal(d.ctx, Revealing{ID: other.ID, Purpose: "call_back"}); fault.KeyOf(err) != "incident.no_contact" {
			d.Errorf("got %v", err)
		}
		if again := d.leaf(in.ID); string(again) != string(before) {
			d.Errorf("the entry has changed:\n%s\n%s", before, again)
		}
	})
}

func (d *desk) leaf(id ID) []byte {
	d.Helper()
	data, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) ([]byte, error) { return Leaf(tx, string(id)+"/1") })
	if err != nil {
		d.Fatal(err)
	}
	return data
}

func TestOutOfScopeLooksAbsent(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "2 West Street"})
		local := d.as("local")
		if _, err := d.Get(local, ByID{in.ID}); !fault.Is(err, fault.NotFound) {
			d.Errorf("got %v", err)
		}
		if _, err := d.Dispatch(local, Order{When: When{ID: in.ID}, UnitIDs: []string{"u1"}}); !fault.Is(err, fault.NotFound) {
			d.Errorf("got %v", err)
		}
		board, err := d.Board(local, Filter{})
		if err != nil || len(board.Items) != 0 {
			d.Errorf("%+v, %v", board, err)
		}
	})
}

func TestBoardPagesAreWholeAndInOrder(t *testing.T) {
	each(t, func(d *desk) {
		for range 7 {
			d.receive(Intake{Address: "1 Market Street"})
			d.wait(time.Second)
		}
		var seen []ID
		after := ""
		for range 10 {
			page, err := d.Board(d.ctx, Filter{After: after, Limit: 3})
			if err != nil {
				d.Fatal(err)
			}
			for _, r := range page.Items {
				seen = append(seen, r.ID)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if len(seen) != 7 {
			d.Errorf("saw %d of 7: %v", len(seen), seen)
		}
		for i := 1; i < len(seen); i++ {
			if seen[i-1] >= seen[i] {
				d.Errorf("out of order: %v", seen)
			}
		}
		if _, err := d.Board(d.ctx, Filter{After: "nonsense!"}); fault.KeyOf(err) != "request.bad_cursor" {
			d.Errorf("got %v", err)
		}
	})
}

func TestSecondCallFromTheSamePlaceIsProposedAndOneElsewhereIsNot(t *testing.T) {
	each(t, func(d *desk) {
		first := d.receive(Intake{Address: "1 Market Street"})
		d.wait(5 * time.Minute)
		second := d.receive(Intake{Address: "corner of Market Street"})
		if len(second.Duplicates) != 1 || second.Duplicates[0].ID != first.ID {
			d.Errorf("%+v", second.Duplicates)
		}
		far := d.receive(Intake{Address: "far", Position: &Point{Lat: 28.95, Lon: 120.1}})
		if len(far.Duplicates) != 0 {
			d.Errorf("%+v", far.Duplicates)
		}
	})
}

func TestSameReferenceIsReceivedOnce(t *testing.T) {
	each(t, func(d *desk) {
		call := Intake{KindCode: "4", Address: "1 Market Street", Source: "call_centre", ExternalRef: "A-1"}
		first := d.receive(call)
		if _, err := d.Receive(d.ctx, call); fault.KeyOf(err) != "incident.already_received" || fault.Of(err).Params["id"] != string(first.ID) {
			d.Errorf("got %v", err)
		}
		board, err := d.Board(d.ctx, Filter{})
		if err != nil || len(board.Items) != 1 {
			d.Errorf("%+v, %v", board, err)
		}
	})
}

func TestStaleEditIsRefused(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		if _, err := d.Note(d.ctx, Remark{When: When{ID: in.ID, IfMatch: `"1"`}, Text: "first"}); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Note(d.ctx, Remark{When: When{ID: in.ID, IfMatch: `"1"`}, Text: "second"}); !fault.Is(err, fault.Stale) {
			d.Errorf("got %v", err)
		}
	})
}

func TestOnlyImportersMayFillInThePast(t *testing.T) {
	each(t, func(d *desk) {
		past := Intake{KindCode: "4", Address: "1 Market Street", OccurredAt: t0.Add(-48 * time.Hour)}
		if _, err := d.Receive(d.ctx, past); fault.KeyOf(err) != "incident.time_too_far_back" {
			d.Errorf("got %v", err)
		}
		in, err := d.Receive(d.as("importer"), past)
		if err != nil || !in.CalledAt.Equal(past.OccurredAt) || !in.RecordedAt.Equal(t0) {
			d.Errorf("%+v, %v", in, err)
		}
	})
}

// A timeline filled in later names no unit that there is not, and none that the
// importer may not command; it leaves the others where they are now.
func TestThePastNamesRealUnits(t *testing.T) {
	each(t, func(d *desk) {
		d.ctx = d.as("importer")
		past := d.now.Add(-48 * time.Hour)
		in := d.receive(Intake{KindCode: "4", Address: "1 Made-up Street", OccurredAt: past})
		for unit, org := range map[string]string{"ghost": "S1", "theirs": "no such"} {
			d.n.orgs = map[string]string{unit: org}
			_, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID, OccurredAt: past.Add(time.Minute)}, UnitIDs: []string{unit}})
			if fault.KeyOf(err) != "unit.not_found" {
				d.Errorf("%s was sent: %v", unit, err)
			}
		}
		if got, err := d.Get(d.ctx, ByID{in.ID}); err != nil || len(got.Assignments) != 0 || got.EntryCount != 1 {
			d.Errorf("the timeline holds %+v, %v", got.Assignments, err)
		}
	})
}

func TestManyUnitsOnOneIncident(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		var units []string
		for i := range 500 {
			units = append(units, "u"+string(rune('a'+i%26))+string(rune('a'+i/26)))
		}
		got, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: units})
		if err != nil || len(got.Assignments) != 500 {
			d.Fatalf("%d, %v", len(got.Assignments), err)
		}
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: units[:1]}); fault.KeyOf(err) != "incident.unit_already_assigned" {
			d.Errorf("got %v", err)
		}
	})
}

func TestEveryQueryPrepares(t *testing.T) {
	each(t, func(d *desk) {
		if err := d.DB.Check(d.Context(), Queries); err != nil {
			d.Error(err)
		}
	})
}
