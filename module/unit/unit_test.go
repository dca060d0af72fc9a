package unit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/live"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestStateIsThatOfTheFurthestEngagement(t *testing.T) {
	u := Unit{State: Available, Crew: []Member{{UserID: "o"}}}
	for _, c := range []struct {
		incident, step string
		want           State
	}{
		{"i1", "reserved", Available},
		{"i1", "dispatched", Dispatched},
		{"i1", "acknowledged", Dispatched},
		{"i1", "on_scene", OnScene},
		{"i2", "dispatched", OnScene}, // never taken off a scene by a second assignment
		{"i1", "en_route", OnScene},   // late news of an earlier step
		{"i1", "cleared", Dispatched},
		{"i2", "en_route", EnRoute},
		{"i2", "cleared", Available},
		{"i3", "cleared", Available},
	} {
		u = u.Follow(c.incident, c.step, noon)
		if u.State != c.want {
			t.Errorf("%s of %s: %s, want %s", c.step, c.incident, u.State, c.want)
		}
	}
}

func TestShortfalls(t *testing.T) {
	crew, here := []Member{{UserID: "o"}}, geo.Point{Lat: 28.9, Lon: 120.04}
	at := func(age time.Duration, north float64) Fix {
		p := geo.NewPlane(here).Point(0, north)
		return Fix{At: noon.Add(-age), Lat: p.Lat, Lon: p.Lon}
	}
	cases := []struct {
		u    Unit
		fix  Fix
		want []string
	}{
		{Unit{State: Available, Crew: crew}, at(0, 100), []string{}},
		{Unit{State: OutOfService}, Fix{}, []string{"out_of_service", "off_duty"}},
		{Unit{State: Available, Crew: crew}, Fix{}, []string{"no_position"}},
		{Unit{State: Available, Crew: crew}, at(31*time.Minute, 21_000), []string{"position_stale", "outside_radius"}},
		{Unit{State: Available, Crew: crew}, at(25*time.Hour, 100), []string{"no_position"}},
		{Unit{State: EnRoute, Crew: []Member{{UserID: "o", Muted: true}}}, at(0, 0), []string{"only_muted_crew", "engaged"}},
		{Unit{State: Available, Crew: []Member{{UserID: "o", Muted: true}, {UserID: "p"}}}, at(0, 0), []string{}},
	}
	for _, c := range cases {
		k := known{unit: &c.u}
		if !c.fix.At.IsZero() {
			k.fix = &c.fix
		}
		if got := look(k, here, noon).near().Shortfalls; !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.u, got, c.want)
		}
	}
}

// Free ones come first and by the time they need: a foot patrol next door is
// later than a car two streets away.
func TestRanking(t *testing.T) {
	f, here, crew := newFleet(), geo.Point{Lat: 28.9, Lon: 120.04}, []Member{{UserID: "o"}}
	for _, u := range []struct {
		id, kind, org string
		crew          []Member
		state         State
		north         float64
	}{
		{"near foot", "foot", "s1", crew, Available, 600},
		{"far car", "car", "s1", crew, Available, 5000},
		{"near car", "car", "s1", crew, Available, 1000},
		{"engaged", "car", "s1", crew, EnRoute, 10},
		{"off duty", "car", "s1", nil, Available, 5},
		{"lost", "car", "s1", crew, Available, -1},
		{"foreign", "car", "s2", crew, Available, 1},
	} {
		f.put(Unit{ID: u.id, CallSign: u.id, Kind: u.kind, OrgID: u.org, Crew: u.crew, State: u.state, EditCount: 1})
		if p := geo.NewPlane(here).Point(0, u.north); u.north >= 0 {
			f.move(u.id, Fix{At: noon, Lat: p.Lat, Lon: p.Lon, AccuracyM: 5})
		}
	}
	wanted := func(org string) bool { return org == "s1" }
	var got []string
	for _, n := range f.rank(here, noon, 10, nil, wanted) {
		got = append(got, n.ID)
	}
	if want := []string{"near car", "near foot", "far car", "engaged", "lost", "off duty"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	best := f.rank(here, noon, 1, []string{"lost", "foreign"}, wanted)
	if len(best) != 2 || *best[0].DistanceM != 1350 || *best[0].EtaS != 142 || *best[0].FixAgeS != 0 || best[1].ID != "lost" || best[1].EtaS != nil {
		t.Errorf("%+v", best)
	}
}

func TestPresentIsNewNearAndGood(t *testing.T) {
	here := geo.Point{Lat: 28.9, Lon: 120.04}
	for _, c := range []struct {
		age      time.Duration
		north    float64
		accuracy float64
		want     bool
	}{{0, 0, 5, true}, {2 * time.Minute, 49, 50, true}, {3 * time.Minute, 0, 5, false}, {0, 60, 5, false}, {0, 0, 80, false}} {
		p := geo.NewPlane(here).Point(0, c.north)
		u := Unit{Crew: []Member{{UserID: "o"}}}
		k := known{&u, &Fix{At: noon.Add(-c.age), Lat: p.Lat, Lon: p.Lon, AccuracyM: c.accuracy}}
		if got := look(k, here, noon).near().There(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	if look(known{unit: &Unit{}}, here, noon).near().There() {
		t.Error("a unit without a position is there")
	}
}

// gate lets "admin" do everything and everybody report.
type gate struct{}

func (gate) Can(p httpapi.Principal, perm httpapi.Perm, _ string) bool {
	return p.UserID == "admin" || perm == permReport
}

type desk struct {
	*testing.T
	*Service
	clock   time.Time
	signals []string // what screens were told
}

func (d *desk) ToTopic(topic, org string, f live.Frame) {
	d.signals = append(d.signals, fmt.Sprint(topic, " ", org, " ", f.Type, " ", f.Data))
}

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := &desk{T: t, clock: noon}
		now := func() time.Time { return d.clock }
		d.Service = New(Deps{DB: db, Bus: bus.New(db, now), Now: now, IDs: ident.NewMaker(now), Gate: gate{}, Screens: d})
		test(d)
	}, bus.Schema, Schema)
}

func (d *desk) as(user string) context.Context {
	return httpapi.As(d.Context(), httpapi.Principal{UserID: user})
}

func (d *desk) unit(sign string, crew ...string) Unit {
	d.Helper()
	u, err := d.Register(d.as("admin"), Form{CallSign: sign, Kind: "car", OrgID: "s1"})
	if err != nil {
		d.Fatal(err)
	}
	for _, c := range crew {
		if u, err = d.Service.Duty(d.as("admin"), Boarding{ID: u.ID, UserID: c}); err != nil {
			d.Fatal(err)
		}
	}
	return u
}

func (d *desk) send(id, incident string) error {
	return d.DB.Do(d.Context(), func(tx *sqldb.Tx) error { _, err := d.Send(tx, id, incident, "dispatched"); return err })
}

func TestWhoCannotBeSent(t *testing.T) {
	each(t, func(d *desk) {
		empty, resting, ready := d.unit("A1"), d.unit("A2", "o2"), d.unit("A3", "o3")
		if _, err := d.Rest(d.as("admin"), Resting{ID: resting.ID, OutOfService: true}); err != nil {
			d.Fatal(err)
		}
		for id, want := range map[string]string{empty.ID: "unit.off_duty", resting.ID: "unit.out_of_service", "nothing": "unit.not_found"} {
			if err := d.send(id, "i1"); fault.KeyOf(err) != want {
				d.Errorf("got %v, want %s", err, want)
			}
		}
		if err := d.send(ready.ID, "i1"); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Rest(d.as("admin"), Resting{ID: ready.ID, OutOfService: true}); fault.KeyOf(err) != "unit.engaged" {
			d.Errorf("got %v", err)
		}
		if _, err := d.Service.Duty(d.as("o3"), Boarding{ID: ready.ID, UserID: "o3", Off: true}); fault.KeyOf(err) != "unit.engaged" {
			d.Errorf("the last of an engaged crew left: %v", err)
		}
		u, err := d.Get(d.as("admin"), Asking{ID: ready.ID})
		if err != nil || u.State != Dispatched || len(u.Engaged) != 1 {
			d.Errorf("%+v, %v", u, err)
		}
	})
}

func TestNobodyIsInTwoUnits(t *testing.T) {
	each(t, func(d *desk) {
		first, second := d.unit("A1", "o1", "o2"), d.unit("A2", "o1")
		u, err := d.Get(d.as("admin"), Asking{ID: first.ID})
		if err != nil || len(u.Crew) != 1 || u.Crew[0].UserID != "o2" || len(second.Crew) != 1 {
			d.Errorf("%+v and %+v, %v", u, second, err)
		}
		if _, err := d.Service.Duty(d.as("o9"), Boarding{ID: first.ID, UserID: "o2", Off: true}); !fault.Is(err, fault.NotFound) {
			d.Errorf("a stranger took somebody off duty: %v", err)
		}
	})
}

func TestPositionsAreOfUnitsOnDutyOnly(t *testing.T) {
	each(t, func(d *desk) {
		empty, ready := d.unit("A1"), d.unit("A2", "o1")
		fixes := []Fix{{At: noon, Lat: 28.9, Lon: 120.04}, {At: noon.Add(time.Hour), Lat: 28.9, Lon: 120.04}, {At: noon.Add(-48 * time.Hour), Lat: 28.9, Lon: 120.04}, {At: noon}}
		if _, err := d.Report(d.as("o1"), Fixes{ID: empty.ID, Datum: geo.WGS84, Fixes: fixes}); fault.KeyOf(err) != "unit.off_duty" {
			d.Errorf("got %v", err)
		}
		taken, err := d.Report(d.as("o1"), Fixes{ID: ready.ID, Datum: geo.WGS84, Fixes: fixes})
		want := []Refused{{1, "unit.fix_in_the_future"}, {2, "unit.fix_too_old"}, {3, "unit.fix_without_place"}}
		if err != nil || taken.Accepted != 1 || taken.Repeated != 0 || !slices.Equal(taken.Refused, want) {
			d.Errorf("%+v, %v", taken, err)
		}
		if taken, err = d.Report(d.as("o1"), Fixes{ID: ready.ID, Datum: geo.WGS84, Fixes: fixes[:1]}); err != nil || taken.Accepted != 0 || taken.Repeated != 1 {
			d.Errorf("sent again: %+v, %v", taken, err)
		}
		if u, err := d.Get(d.as("admin"), Asking{ID: ready.ID}); err != nil || u.LastFix == nil || !u.LastFix.At.Equal(noon) {
			d.Errorf("%+v, %v", u, err)
		}
		if _, err := d.Service.Duty(d.as("admin"), Boarding{ID: ready.ID, UserID: "o1", Off: true}); err != nil {
			d.Fatal(err)
		}
		if u, err := d.Get(d.as("admin"), Asking{ID: ready.ID}); err != nil || u.LastFix != nil {
			d.Errorf("a unit off duty is shown: %+v, %v", u, err)
		}
	})
}

// near asks a node where units are, as "id metres".
func near(s *Service, p geo.Point) (out []string) {
	for _, n := range s.Rank(p, 10, nil, func(string) bool { return true }) {
		metres := "?"
		if n.StraightM != nil {
			metres = strconv.FormatFloat(*n.StraightM, 'f', 0, 64)
		}
		out = append(out, n.CallSign+" "+metres+" "+string(n.State))
	}
	return out
}

func TestFleetIsOneOnEveryNodeAndAfterARestart(t *testing.T) {
	each(t, func(d *desk) {
		other := New(d.Deps)
		other.Bus = bus.New(d.DB, other.Now)
		other.Listen()
		if err := errors.Join(other.Bus.Start(d.Context()), other.Start(d.Context())); err != nil {
			d.Fatal(err)
		}
		far, close := d.unit("A1", "o1"), d.unit("A2", "o2")
		here := geo.Point{Lat: 28.9, Lon: 120.04}
		report := func(u Unit, at time.Time, north float64) {
			d.Helper()
			p := geo.NewPlane(here).Point(0, north)
			if _, err := d.Report(d.as("o1"), Fixes{ID: u.ID, Datum: geo.WGS84, Fixes: []Fix{{At: at, Lat: p.Lat, Lon: p.Lon}}}); err != nil {
				d.Fatal(err)
			}
		}
		report(far, noon, 3000)
		report(close, noon, 200)
		report(close, noon.Add(-time.Hour), 9000) // old news does not move a unit
		if len(d.signals) != 2 || !strings.HasPrefix(d.signals[1], "unit s1 unit.moved {"+close.ID) {
			d.Errorf("screens were told %v", d.signals)
		}
		if err := d.send(close.ID, "i1"); err != nil {
			d.Fatal(err)
		}
		want := []string{"A1 3000 available", "A2 200 dispatched"}
		if got := near(d.Service, here); !slices.Equal(got, want) {
			d.Errorf("here: %v", got)
		}
		if _, err := other.Bus.Deliver(d.Context()); err != nil {
			d.Fatal(err)
		}
		if err := other.Look(d.Context()); err != nil {
			d.Fatal(err)
		}
		if got := near(other, here); !slices.Equal(got, want) {
			d.Errorf("on another node: %v", got)
		}
		restarted := New(d.Deps)
		if err := restarted.Start(d.Context()); err != nil {
			d.Fatal(err)
		}
		if got := near(restarted, here); !slices.Equal(got, want) {
			d.Errorf("after a restart: %v", got)
		}
	})
}

// A look reads what came since the last one, not the month that is kept.
func TestLookReadsOnlyWhatIsNew(t *testing.T) {
	each(t, func(d *desk) {
		u := d.unit("A1", "o1")
		report := func() {
			if _, err := d.Report(d.as("o1"), Fixes{ID: u.ID, Datum: geo.WGS84, Fixes: []Fix{{At: d.clock, Lat: 28.9, Lon: 120.04}}}); err != nil {
				d.Fatal(err)
			}
		}
		report()
		d.clock = noon.Add(time.Hour)
		other := New(d.Deps)
		if err := other.Start(d.Context()); err != nil {
			d.Fatal(err)
		}
		reads := func() int {
			fixes, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) ([]lastFix, error) {
				return sqldb.List(tx, Queries["FixesSince"], scanLastFix, other.looked.Load()-overlap.Milliseconds())
			})
			if err != nil {
				d.Fatal(err)
			}
			return len(fixes)
		}
		if n := reads(); n != 0 {
			d.Errorf("the first look reads %d positions of the past", n)
		}
		report()
		if n := reads(); n != 1 {
			d.Errorf("a look reads %d new positions, want 1", n)
		}
		d.clock = noon.Add(2 * time.Hour)
		if err := other.Look(d.Context()); err != nil || !other.fleet.fix(u.ID).At.Equal(noon.Add(time.Hour)) {
			d.Errorf("%+v, %v", other.fleet.fix(u.ID), err)
		}
		if n := reads(); n != 0 {
			d.Errorf("after a look %d are read again", n)
		}
	})
}

// What fails or is undone leaves the fleet as it was.
func TestFleetHoldsOnlyWhatIsCommitted(t *testing.T) {
	each(t, func(d *desk) {
		u := d.unit("A1", "o1")
		err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error {
			if _, err := d.Send(tx, u.ID, "i1", "dispatched"); err != nil {
				return err
			}
			return errors.New("undone")
		})
		if got := near(d.Service, geo.Point{}); err == nil || !slices.Equal(got, []string{"A1 ? available"}) {
			d.Errorf("%v, %v", got, err)
		}
	})
}

func TestPositionsAreKeptForThirtyDays(t *testing.T) {
	each(t, func(d *desk) {
		u := d.unit("A1", "o1")
		if _, err := d.Report(d.as("o1"), Fixes{ID: u.ID, Datum: geo.WGS84, Fixes: []Fix{{At: noon, Lat: 28.9, Lon: 120.04}}}); err != nil {
			d.Fatal(err)
		}
		for days, want := range map[int]int64{30: 0, 31: 1} {
			n, err := d.DB.Sweep(d.Context(), noon.Add(time.Duration(days)*24*time.Hour), Retention[0])
			if days == 30 && n != 0 || days == 31 && n > want || err != nil {
				d.Errorf("after %d days %d went, %v", days, n, err)
			}
		}
		left, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) (int64, error) {
			return sqldb.Get(tx, sqldb.Statement("unit", "Count", `SELECT count(*) FROM unit_position`), sqldb.ScanInt)
		})
		if err != nil || left != 0 {
			d.Errorf("%d positions are kept over their time, %v", left, err)
		}
	})
}

// The history says who had which unit when, moves between units and the end of
// duty included; asking to be muted is not part of it.
func TestWhoHadWhichUnitWhen(t *testing.T) {
	each(t, func(d *desk) {
		first := d.unit("A1", "o1")
		d.clock = noon.Add(time.Hour)
		if u, err := d.Service.Duty(d.as("o1"), Boarding{ID: first.ID, UserID: "o1", Muted: true}); err != nil || !u.Crew[0].Since.Equal(noon) || !u.Crew[0].Muted {
			d.Fatalf("%+v, %v", u, err)
		}
		d.clock = noon.Add(2 * time.Hour)
		second := d.unit("A2", "o1", "o2")
		d.clock = noon.Add(3 * time.Hour)
		if _, err := d.Service.Duty(d.as("o1"), Boarding{ID: second.ID, UserID: "o1", Off: true}); err != nil {
			d.Fatal(err)
		}
		duties := func(id string, from, to time.Duration) (out []string) {
			d.Helper()
			a := Asked{ID: id, From: noon.Add(from)}
			if to > 0 {
				a.To = noon.Add(to)
			}
			list, err := d.Duties(d.as("admin"), a)
			if err != nil {
				d.Fatal(err)
			}
			for _, x := range list.Items {
				until := "-"
				if !x.Until.IsZero() {
					until = x.Until.Sub(noon).String()
				}
				out = append(out, x.UserID+" "+x.Since.Sub(noon).String()+" "+until)
			}
			return out
		}
		for _, c := range []struct {
			id       string
			from, to time.Duration
			want     []string
		}{
			{first.ID, 0, 0, []string{"o1 0s 2h0m0s"}},
			{second.ID, 0, 0, []string{"o1 2h0m0s 3h0m0s", "o2 2h0m0s -"}},
			{first.ID, 150 * time.Minute, 0, nil},
			{second.ID, 0, time.Hour, nil},
		} {
			if got := duties(c.id, c.from, c.to); !slices.Equal(got, c.want) {
				d.Errorf("%s from %s to %s: %v, want %v", c.id, c.from, c.to, got, c.want)
			}
		}
		if _, err := d.Duties(d.as("o1"), Asked{ID: first.ID}); !fault.Is(err, fault.NotFound) {
			d.Errorf("a stranger got %v", err)
		}
		if n, err := d.DB.Sweep(d.Context(), noon.Add(2*366*24*time.Hour), Retention[1]); err != nil || n != 2 {
			d.Errorf("%d went, %v", n, err) // the duty that goes on stays
		}
	})
}

func TestWhatIsToldOfAUnit(t *testing.T) {
	each(t, func(d *desk) {
		var told []Changed
		bus.Tail(d.Bus, func(_ bus.Meta, f Changed) { told = append(told, f) })
		if err := d.Bus.Start(d.Context()); err != nil {
			d.Fatal(err)
		}
		u := d.unit("A1", "o1")
		if err := d.send(u.ID, "i1"); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Change(d.as("admin"), Form{ID: u.ID, CallSign: "A9", Kind: "car", OrgID: "s2"}); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Bus.Deliver(d.Context()); err != nil {
			d.Fatal(err)
		}
		want := Changed{u.ID, 4, "s2", "s1", "A9", Dispatched, noon}
		if len(told) != 4 || told[3] != want {
			d.Errorf("told %+v, want %+v last", told, want)
		}
		for i, f := range told {
			if f.Version != int64(i+1) || i < 3 && f.From != "" {
				d.Errorf("%d: %+v", i, f)
			}
		}
	})
}

func TestWhoIsAboard(t *testing.T) {
	each(t, func(d *desk) {
		d.unit("A1", "o1")
		_, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) (int, error) {
			if m, on, err := d.Aboard(tx, "o1"); !on || m.UserID != "o1" || m.Muted || err != nil {
				d.Errorf("%+v %v %v", m, on, err)
			}
			if _, on, err := d.Aboard(tx, "o2"); on || err != nil {
				d.Errorf("%v %v", on, err)
			}
			return 0, nil
		})
		if err != nil {
			d.Error(err)
		}
	})
}

func TestEveryQueryPrepares(t *testing.T) {
	each(t, func(d *desk) {
		if err := d.DB.Check(d.Context(), Queries); err != nil {
			d.Error(err)
		}
		d.unit("B1")
		if _, err := d.Register(d.as("admin"), Form{CallSign: "B1", Kind: "car", OrgID: "s1"}); fault.KeyOf(err) != "unit.call_sign_taken" {
			d.Errorf("got %v", err)
		}
		d.unit("B2", "o1", "o2")
		list, err := d.List(d.as("admin"), Asking{})
		if err != nil || len(list.Items) != 2 || len(list.Items[0].Crew) != 0 || len(list.Items[1].Crew) != 2 || list.Items[1].Crew[0].UserID != "o1" {
			d.Errorf("%+v, %v", list, err)
		}
		if list, err = d.List(d.as("admin"), Asking{Limit: 1}); err != nil || len(list.Items) != 1 || list.Next != "B1" {
			d.Errorf("%+v, %v", list, err)
		}
	})
}

func BenchmarkRank(b *testing.B) {
	for _, size := range []int{120, 2000} {
		f, here := newFleet(), geo.Point{Lat: 28.9, Lon: 120.04}
		for i := range size {
			id := strconv.Itoa(i)
			f.put(Unit{ID: id, CallSign: id, Kind: "car", OrgID: strconv.Itoa(i % 15), Crew: []Member{{UserID: id}}, EditCount: 1})
			p := geo.NewPlane(here).Point(float64(i*37%9000), float64(i*91%9000))
			f.move(id, Fix{At: noon, Lat: p.Lat, Lon: p.Lon})
		}
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			for b.Loop() {
				f.rank(here, noon, 6, []string{"77"}, func(string) bool { return true })
			}
		})
	}
}
