package pace

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// desk is the module at work under a clock that the test holds; it stands in for
// incident by telling its facts.
// crews were sent everywhere if their name says so.
type crews struct{}

func (crews) Sent(_ *sqldb.Tx, _, user string) (bool, error) { return user == "crew", nil }

type desk struct {
	testing.TB
	*Service
	clock time.Time
	ctx   context.Context // of "chief", who may do everything everywhere
	told  []string        // facts of this module, as they were published
	files map[string]*file
}

// file is an incident as its facts describe it.
type file struct {
	d     *desk
	about incident.About
	units int
}

// gate: chief and leader may do everything, the others read; "local" and "leader"
// are of S1, the others of all stations.
type gate struct{}

var stations = []string{"S1", "S2", "S3"}

func (g gate) Can(p httpapi.Principal, perm httpapi.Perm, org string) bool {
	if perm != permRead && p.UserID != "chief" && p.UserID != "leader" {
		return false
	}
	return g.Scope(p, perm).Covers(org)
}

func (gate) Scope(p httpapi.Principal, _ httpapi.Perm) httpapi.Scope {
	switch p.UserID {
	case "stranger":
		return httpapi.NewScope(nil, len(stations))
	case "local", "leader", "crew":
		return httpapi.NewScope(stations[:1], len(stations))
	}
	return httpapi.NewScope(stations, len(stations))
}

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(newDesk(t, db)) }, bus.Schema, Schema)
}

func newDesk(t testing.TB, db *sqldb.DB) *desk {
	d := &desk{TB: t, clock: at(0), files: map[string]*file{}}
	d.ctx = d.as("chief")
	definitions, err := Defaults()
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := DefaultReasons()
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return d.clock }
	d.Service = New(Deps{DB: db, Bus: bus.New(db, now), Now: now, Gate: gate{}, Crews: crews{}, Directory: phonebook{}, Kinds: incident.Kinds{"3": {}, "4": {}},
		Zone: time.FixedZone("China", 8*3600), Log: slog.New(slog.DiscardHandler), Definitions: definitions, Reasons: reasons})
	d.Listen()
	d.Bus.TailAll(func(e bus.Envelope) {
		if strings.HasPrefix(e.Name, "pace.") {
			d.told = append(d.told, tell(e))
		}
	})
	if err := d.Bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// tell is a fact of this module in a few words.
func tell(e bus.Envelope) string {
	var f struct {
		IncidentID string   `json:"incident_id"`
		Clock      Clock    `json:"clock"`
		CanAct     []Actor  `json:"can_act"`
		Was, Is    *Finding `json:",omitempty"`
		Over       bool
		Lifted     bool
	}
	if err := json.Unmarshal(e.Body, &f); err != nil {
		return err.Error()
	}
	text := fmt.Sprint(strings.TrimPrefix(e.Name, "pace."), " ", f.IncidentID, " ", f.Clock)
	for _, a := range f.CanAct {
		text += strings.TrimSuffix(" "+a.Role+":"+a.UnitID, ":")
	}
	if f.Is != nil {
		text += fmt.Sprintf(" %s %d → %s %d", f.Was.Verdict, f.Was.Seconds, f.Is.Verdict, f.Is.Seconds)
	}
	for word, said := range map[string]bool{" over": f.Over, " lifted": f.Lifted} {
		if said {
			text += word
		}
	}
	return text
}

func (d *desk) as(user string) context.Context {
	return httpapi.As(d.Context(), httpapi.Principal{UserID: user, Kind: "user"})
}

// at turns the clock, and sees what it brings.
func (d *desk) at(s float64) {
	d.Helper()
	d.clock = at(s)
	d.sweep()
}

func (d *desk) sweep() {
	d.Helper()
	if err := d.Sweep(d.Context()); err != nil {
		d.Fatal(err)
	}
	d.deliver()
}

func (d *desk) deliver() {
	d.Helper()
	if _, err := d.Bus.Deliver(d.Context()); err != nil {
		d.Fatal(err)
	}
}

// hears asserts what this module has told since the last time.
func (d *desk) hears(want ...string) {
	d.Helper()
	if !slices.Equal(d.told, want) {
		d.Errorf("told:\n  %s\nwant:\n  %s", strings.Join(d.told, "\n  "), strings.Join(want, "\n  "))
	}
	d.told = nil
}

// publish tells a fact of incident that happened at s and is recorded now.
func (f *file) publish(s float64, fact func(a incident.About) bus.Fact) *file {
	f.d.Helper()
	f.unheard(s, fact)
	f.d.deliver()
	return f
}

func (f *file) unheard(s float64, fact func(a incident.About) bus.Fact) {
	f.d.Helper()
	f.about.Version++
	f.about.OccurredAt, f.about.RecordedAt = at(s), f.d.clock
	err := f.d.DB.Do(f.d.Context(), func(tx *sqldb.Tx) error { return f.d.Bus.Publish(tx, f.d.clock, fact(f.about)) })
	if err != nil {
		f.d.Fatal(err)
	}
}

// call is received at s, at a station, in an urban area; change may say otherwise.
func (d *desk) call(id string, s float64, change ...func(a *incident.About)) *file {
	d.Helper()
	f := &file{d: d, about: incident.About{IncidentID: incident.ID(id), Status: incident.StatusReceived, OrgID: "S1", AreaClass: "urban",
		KindCode: "4", CallTaker: "c1", CalledAt: at(s)}}
	for _, c := range change {
		c(&f.about)
	}
	d.files[id] = f
	return f.publish(s, func(a incident.About) bus.Fact { return incident.Received{About: a, Source: "console"} })
}

func inStation(id string) func(a *incident.About) {
	return func(a *incident.About) { a.OrgID = id }
}
func inArea(class string) func(a *incident.About) {
	return func(a *incident.About) { a.AreaClass = class }
}

func (f *file) dispatch(s float64, unit string) *file {
	f.units++
	no := f.units
	return f.publish(s, func(a incident.About) bus.Fact { return incident.Dispatched{About: a, No: no, UnitID: unit} })
}

// step is taken by the unit of the n-th assignment.
func (f *file) step(s float64, step incident.Step, n int) *file {
	return f.publish(s, func(a incident.About) bus.Fact {
		return incident.Progressed{About: a, No: n, UnitID: fmt.Sprint("u", n), Step: step}
	})
}

func (f *file) contact(s float64, answered bool) *file {
	return f.publish(s, func(a incident.About) bus.Fact { return incident.Contacted{About: a, Answered: answered} })
}

func (f *file) end(s float64, status incident.Status) *file {
	f.about.Status = status
	return f.publish(s, func(a incident.About) bus.Fact { return incident.Ended{About: a} })
}

func (f *file) change(s float64, c incident.Changed) *file {
	return f.publish(s, func(a incident.About) bus.Fact { c.About = a; return c })
}

func (f *file) correct(field string, n int, to float64) *file {
	c := incident.Changed{Kind: incident.KindCorrected, Field: field, No: n, At: at(to)}
	if field == "called_at" {
		f.about.CalledAt = at(to)
	}
	return f.change(to, c)
}

// clocks asserts how an incident's clocks stand: "dispatch within 40", and the
// like; those that are not named may stand anyhow.
func (d *desk) clocks(id string, want ...string) View {
	d.Helper()
	v, err := d.Get(d.ctx, ByIncident{id})
	if err != nil {
		d.Fatal(err)
	}
	got := map[Clock]string{}
	for _, j := range slices.Concat(v.Clocks, v.Spans) {
		got[j.Clock] = fmt.Sprint(j.Clock, " ", j.Verdict)
		if j.valid() {
			got[j.Clock] += fmt.Sprint(" ", j.Seconds)
		}
	}
	for _, w := range want {
		clock, _, _ := strings.Cut(w, " ")
		if got[Clock(clock)] != w {
			d.Errorf("%s: got %q, want %q", id, got[Clock(clock)], w)
		}
	}
	return v
}

// line is one line of a report over everything.
func (d *desk) line(q Question, group string, c Clock) Line {
	d.Helper()
	r := d.report(q)
	for _, l := range r.Items {
		if l.Group == group && l.Clock == c {
			return l
		}
	}
	return Line{}
}

func (d *desk) report(q Question) Report {
	d.Helper()
	if q.To.IsZero() {
		q.From, q.To = at(-1e6), at(1e6)
	}
	r, err := d.Report(d.ctx, q)
	if err != nil {
		d.Fatal(err)
	}
	return r
}
