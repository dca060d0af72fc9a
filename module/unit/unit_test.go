package unit

import (
	"context"
	"slices"
	"testing"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
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
	crew := []Member{{UserID: "o"}}
	cases := []struct {
		u      Unit
		fixAt  time.Time
		metres float64
		want   []string
	}{
		{Unit{State: Available, Crew: crew}, noon, 100, []string{}},
		{Unit{State: OutOfService}, noon.Add(-time.Hour), 30_000, []string{"out_of_service", "off_duty", "position_stale", "outside_radius"}},
		{Unit{State: EnRoute, Crew: []Member{{UserID: "o", Muted: true}}}, noon, 0, []string{"only_muted_crew", "engaged"}},
	}
	for _, c := range cases {
		if got := c.u.Shortfalls(c.fixAt, c.metres, noon); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.u, got, c.want)
		}
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
	clock time.Time
}

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := &desk{T: t, clock: noon}
		now := func() time.Time { return d.clock }
		d.Service = New(Deps{DB: db, Bus: bus.New(db, now), Now: now, IDs: ident.NewMaker(now), Gate: gate{}})
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
		if u, err = d.Service.Duty(d.as("admin"), Duty{ID: u.ID, UserID: c}); err != nil {
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
		if _, err := d.Service.Duty(d.as("o3"), Duty{ID: ready.ID, UserID: "o3", Off: true}); fault.KeyOf(err) != "unit.engaged" {
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
		if _, err := d.Service.Duty(d.as("o9"), Duty{ID: first.ID, UserID: "o2", Off: true}); !fault.Is(err, fault.NotFound) {
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
		if err != nil || taken.Accepted != 1 || !slices.Equal(taken.Refused, want) {
			d.Errorf("%+v, %v", taken, err)
		}
	})
}

func TestNearestComesFirstAndOldNewsDoesNotMoveAUnit(t *testing.T) {
	each(t, func(d *desk) {
		far, near := d.unit("A1", "o1"), d.unit("A2", "o2")
		report := func(u Unit, at time.Time, lat float64) {
			d.Helper()
			if _, err := d.Report(d.as("o1"), Fixes{ID: u.ID, Datum: geo.WGS84, Fixes: []Fix{{At: at, Lat: lat, Lon: 120.04}}}); err != nil {
				d.Fatal(err)
			}
		}
		report(far, noon, 28.95)
		report(near, noon, 28.901)
		report(near, noon.Add(-time.Hour), 29.5)
		list, err := d.Near(d.Context(), geo.Point{Lat: 28.9, Lon: 120.04}, 5)
		if err != nil || len(list) != 2 || list[0].ID != near.ID || list[0].DistanceM > 120 || len(list[0].Shortfalls) != 0 {
			d.Fatalf("%+v, %v", list, err)
		}
		restarted := New(d.Deps)
		ctx, stop := context.WithCancel(d.Context())
		defer stop()
		if err := restarted.Start(ctx); err != nil {
			d.Fatal(err)
		}
		again, err := restarted.Near(d.Context(), geo.Point{Lat: 28.9, Lon: 120.04}, 5)
		if err != nil || len(again) != 2 || again[0].DistanceM != list[0].DistanceM {
			d.Errorf("after a restart: %+v, %v", again, err)
		}
		d.clock = noon.Add(31 * 24 * time.Hour)
		if _, err := d.DB.Sweep(d.Context(), d.clock, Retention[0]); err != nil {
			d.Fatal(err)
		}
		left, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) (int64, error) {
			return sqldb.Get(tx, sqldb.Statement("unit", "Count", `SELECT count(*) FROM unit_position`), sqldb.ScanInt)
		})
		if err != nil || left != 0 {
			d.Errorf("%d positions are kept over their time, %v", left, err)
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
		page, err := d.List(d.as("admin"), Asking{})
		if err != nil || len(page.Items) != 1 {
			d.Errorf("%+v, %v", page, err)
		}
	})
}
