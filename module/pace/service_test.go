package pace

import (
	"slices"
	"testing"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
)

// One incident whose five clocks are kept: each is announced by nothing, and its
// stamps name the entries that made them.
func TestFiveClocks(t *testing.T) {
	each(t, func(d *desk) {
		f := d.call("I1", 0, inArea("other"))
		d.clocks("I1", "dispatch running", "acknowledge waiting", "video waiting", "contact waiting", "arrival running")
		d.at(40)
		f.dispatch(40, "u1")
		d.at(70)
		f.step(70, incident.StepAcknowledged, 1).step(75, incident.StepEnRoute, 1)
		d.at(130)
		f.step(130, incident.StepVideo, 1)
		d.at(200)
		f.contact(190, false).contact(200, true).contact(220, true)
		d.at(420)
		f.step(420, incident.StepOnScene, 1).change(430, incident.Changed{Kind: incident.KindFeedback, UnitID: "u1", No: 1})
		d.at(500)
		f.end(500, incident.StatusClosed)
		v := d.clocks("I1", "dispatch within 40", "acknowledge within 30", "video within 90", "contact within 160", "arrival within 420",
			"arrival_from_dispatch measured 380", "departure measured 35", "feedback measured 390")
		if a := v.Clocks[4]; a.Start.Seq != 1 || a.End.Seq != 9 || !a.End.Known.Equal(at(420)) || a.TargetS != 600 || a.Version != 1 {
			d.Errorf("%+v", a)
		}
		if v.Outcome != OutcomeClosed || len(v.Revisions) != 0 || len(v.Breaches) != 0 {
			d.Errorf("%+v", v)
		}
		d.at(9999)
		d.hears()
	})
}

// Each clock warns at three quarters, breaks a moment after its target, once, and
// names who can act; what is over says nothing more.
func TestLiveClocks(t *testing.T) {
	each(t, func(d *desk) {
		f := d.call("I1", 0)
		d.at(44.9)
		d.hears()
		d.at(45)
		d.hears("warned I1 dispatch call_taker dispatcher")
		d.at(60)
		d.hears()
		d.clocks("I1", "dispatch running")
		d.at(60.001)
		d.hears("breached I1 dispatch call_taker dispatcher")
		d.at(65)
		f.dispatch(65, "u1").dispatch(66, "u2")
		d.at(155)
		d.hears("warned I1 acknowledge crew:u1 crew:u2")
		d.at(200)
		d.hears("breached I1 acknowledge crew:u1 crew:u2", "warned I1 video crew:u1 crew:u2")
		f.change(201, incident.Changed{Kind: incident.KindUnassigned, UnitID: "u1"}).step(202, incident.StepAcknowledged, 2)
		d.at(400)
		d.hears("breached I1 video crew:u2", "warned I1 arrival crew:u2")
		f.step(400, incident.StepCleared, 2)
		d.at(490)
		d.hears("breached I1 arrival dispatcher")
		d.at(99999)
		d.hears()
		d.clocks("I1", "dispatch late 65", "acknowledge late 137", "video breached", "contact excluded", "arrival breached")
	})
}

// A restart forgets nothing: what came due meanwhile is told once by whoever runs.
func TestDueMomentsSurviveARestart(t *testing.T) {
	each(t, func(d *desk) {
		d.call("I1", 0)
		again := newDesk(d.TB, d.DB)
		again.at(50)
		again.hears("warned I1 dispatch call_taker dispatcher")
		third := newDesk(d.TB, d.DB)
		third.at(700)
		third.hears("breached I1 dispatch call_taker dispatcher", "breached I1 arrival dispatcher")
		third.sweep()
		third.hears()
	})
}

// Late alarms are better than false ones: a due moment waits for facts that were
// recorded before it, though not for ever.
func TestDueMomentsWaitForFactsOnTheirWay(t *testing.T) {
	each(t, func(d *desk) {
		f := d.call("I1", 0)
		d.clock = at(58)
		f.unheard(58, func(a incident.About) bus.Fact { return incident.Dispatched{About: a, No: 1, UnitID: "u1"} })
		d.clock = at(67)
		if err := d.Sweep(d.Context()); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		d.hears("warned I1 dispatch call_taker dispatcher")
		d.clocks("I1", "dispatch within 58")
		g := d.call("I2", 67)
		d.clock = at(120)
		g.unheard(120, func(a incident.About) bus.Fact { return incident.Dispatched{About: a, No: 1, UnitID: "u1"} })
		d.at(138)
		d.hears("breached I2 dispatch call_taker dispatcher", "revised I2 dispatch breached 0 → within 53 lifted")
	})
}

// Late and corrected data judge anew; a breach that was none is lifted, and what
// was answered before is kept with the entry that changed it.
func TestRevisions(t *testing.T) {
	each(t, func(d *desk) {
		f := d.call("I1", 0)
		d.clock = at(90) // nobody has looked at the due moments
		f.dispatch(90, "u1")
		d.hears("breached I1 dispatch call_taker dispatcher over")
		d.at(205)
		f.step(200, incident.StepOnScene, 1)
		d.hears("warned I1 acknowledge crew:u1")
		d.clocks("I1", "dispatch late 90", "acknowledge missing", "arrival within 200")
		d.at(211) // the second clock is not running any more
		f.step(100, incident.StepAcknowledged, 1)
		d.at(220)
		f.correct("dispatched", 1, 50)
		v := d.clocks("I1", "dispatch within 50", "acknowledge within 50", "arrival within 200")
		want := []Revision{
			{ClockAcknowledge, 4, at(211), Finding{1, VerdictMissing, 0}, Finding{1, VerdictWithin, 10}},
			{ClockAcknowledge, 5, at(220), Finding{1, VerdictWithin, 10}, Finding{1, VerdictWithin, 50}},
			{ClockDispatch, 5, at(220), Finding{1, VerdictLate, 90}, Finding{1, VerdictWithin, 50}},
		}
		if !slices.Equal(v.Revisions, want) {
			d.Errorf("%+v", v.Revisions)
		}
		if len(v.Breaches) != 1 || v.Breaches[0].Clock != ClockDispatch || v.Breaches[0].State != BreachLifted {
			d.Errorf("%+v", v.Breaches)
		}
		d.hears("revised I1 acknowledge missing 0 → within 10",
			"revised I1 dispatch late 90 → within 50 lifted", "revised I1 acknowledge within 10 → within 50")
		f.correct("dispatched", 1, 70)
		if v := d.clocks("I1", "dispatch late 70"); v.Breaches[0].State != BreachOpen || len(v.Breaches) != 1 {
			d.Errorf("late after all: %+v", v.Breaches)
		}
		d.hears("breached I1 dispatch call_taker dispatcher over", "revised I1 dispatch within 50 → late 70", "revised I1 acknowledge within 50 → within 30")
	})
}

// Two calls about one event: the one that stays counts from the first of them, the
// other's clocks are over, and what it had decided stays.
func TestMergedCalls(t *testing.T) {
	each(t, func(d *desk) {
		first := d.call("I1", 0)
		d.at(30)
		second := d.call("I2", 30)
		d.at(50)
		second.change(50, incident.Changed{Kind: incident.KindAbsorbed, Other: "I1"})
		first.end(50, incident.StatusMerged)
		d.sweep()
		d.hears("warned I1 dispatch call_taker dispatcher", "warned I2 dispatch call_taker dispatcher")
		v := d.clocks("I2", "dispatch running")
		if s := v.Clocks[0].Start; !s.At.Equal(at(0)) || s.Seq != 2 || !s.Known.Equal(at(50)) {
			d.Errorf("counts from %+v", s)
		}
		d.at(80)
		d.hears("breached I2 dispatch call_taker dispatcher")
		second.dispatch(80, "u1")
		d.clocks("I2", "dispatch late 80")
		if v := d.clocks("I1", "dispatch censored", "arrival censored"); v.Outcome != OutcomeMerged {
			d.Errorf("%+v", v)
		}
		third := d.call("I3", 80).dispatch(80, "u9")
		d.at(85)
		second.change(85, incident.Changed{Kind: incident.KindAbsorbed, Other: "I3"})
		third.end(85, incident.StatusMerged)
		d.clocks("I3", "dispatch within 0", "arrival censored")
		d.clocks("I2", "dispatch late 80")
	})
}

// An answered call before the dispatch was not the crew's.
func TestContactCountsAfterTheDispatch(t *testing.T) {
	each(t, func(d *desk) {
		f := d.call("I1", 0, inArea("other")).contact(20, true)
		d.clocks("I1", "contact waiting")
		f.dispatch(50, "u1")
		d.clocks("I1", "contact inverted")
		f.contact(200, true)
		d.clocks("I1", "contact within 150")
		f.correct("dispatched", 1, 10)
		d.clocks("I1", "contact within 10")
	})
}

// The first unit to reach a step counts, in whatever order it becomes known; one
// that was only reserved counts from its dispatch.
func TestSeveralUnits(t *testing.T) {
	each(t, func(d *desk) {
		f := d.call("I1", 0).change(5, incident.Changed{Kind: incident.KindAssigned, UnitID: "u1", No: 1})
		d.clocks("I1", "dispatch running", "acknowledge waiting")
		f.dispatch(50, "u1").dispatch(20, "u2").step(300, incident.StepOnScene, 2).step(250, incident.StepOnScene, 1)
		d.clocks("I1", "dispatch within 20", "arrival within 250", "arrival_from_dispatch measured 230", "acknowledge missing")
		f.step(240, incident.StepOnScene, 1).step(140, incident.StepAcknowledged, 2)
		d.clocks("I1", "arrival within 240", "acknowledge within 120")
		f.correct("on_scene", 1, 600)
		d.clocks("I1", "arrival within 300")
		f.change(700, incident.Changed{Kind: incident.KindUnassigned, UnitID: "u2"})
		d.clocks("I1", "dispatch within 20", "arrival within 300")
	})
}

func TestReopened(t *testing.T) {
	each(t, func(d *desk) {
		f := d.call("I1", 0)
		d.at(20)
		f.end(20, incident.StatusWithdrawn)
		d.at(30)
		f.about.Status = incident.StatusReceived
		f.change(30, incident.Changed{Kind: incident.KindReopened})
		if v := d.clocks("I1", "dispatch running", "arrival running"); v.Outcome != "" {
			d.Errorf("%+v", v)
		}
		d.hears("revised I1 dispatch censored 0 → running 0", "revised I1 acknowledge censored 0 → waiting 0",
			"revised I1 video censored 0 → waiting 0", "revised I1 arrival censored 0 → running 0")
		d.at(55)
		f.dispatch(55, "u1").end(60, incident.StatusClosed)
		d.clocks("I1", "dispatch within 55", "arrival missing")
		d.at(9000)
		f.about.Status = incident.StatusReceived
		f.change(9000, incident.Changed{Kind: incident.KindReopened}).dispatch(9010, "u2").step(9100, incident.StepOnScene, 2)
		d.clocks("I1", "dispatch within 55", "arrival missing")
		d.at(9999)
		if _, running := d.live("chief"); len(running) != 0 {
			d.Errorf("a clock of the first response runs: %+v", running)
		}
	})
}

// What is entered as history is judged and reported, but nobody is warned and
// nobody has to explain. What is written up within the day gets a minute to be
// told whole.
func TestWrittenUpAfterwards(t *testing.T) {
	each(t, func(d *desk) {
		d.clock = at(25 * 3600)
		d.call("old", 0)
		d.call("paper", 20*3600)
		d.sweep()
		d.hears()
		d.files["old"].dispatch(90, "u1")
		d.files["paper"].dispatch(20*3600+50, "u1")
		d.at(25*3600 + 61)
		d.hears("breached paper arrival crew:u1", "breached paper acknowledge crew:u1", "breached paper video crew:u1")
		v := d.clocks("old", "dispatch late 90", "arrival breached")
		if len(v.Breaches) != 0 {
			d.Errorf("history has breaches: %+v", v.Breaches)
		}
		if _, running := d.live("chief"); len(running) != 3 {
			d.Errorf("running: %+v", running)
		}
	})
}

// live is every running clock that somebody sees, a page of two at a time.
func (d *desk) live(who string) (board Board, all []Running) {
	d.Helper()
	for after := ""; ; {
		page, err := d.Live(d.as(who), Page{After: after, Limit: 2})
		if err != nil {
			d.Fatal(err)
		}
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return page, all
		}
	}
}

func TestBoard(t *testing.T) {
	each(t, func(d *desk) {
		d.call("I1", 10)
		d.call("I2", 0, inStation("S2"))
		d.call("I3", 5).dispatch(6, "u1").step(7, incident.StepOnScene, 1)
		d.clock = at(64)
		d.sweep()
		board, all := d.live("chief")
		var got []string
		for _, r := range all {
			got = append(got, r.IncidentID+" "+string(r.Clock)+" "+string(r.Stage)+" "+plain(float64(r.LeftS)))
		}
		want := []string{"I2 dispatch breached -4", "I1 dispatch warned 6", "I3 video running 122", "I2 arrival running 416", "I1 arrival running 426"}
		if !slices.Equal(got, want) || !board.AsOf.Equal(at(64)) {
			d.Errorf("%v as of %v", got, board.AsOf)
		}
		if _, mine := d.live("local"); len(mine) != 3 || mine[0].IncidentID != "I1" {
			d.Errorf("of S1: %+v", mine)
		}
		if _, none := d.live("stranger"); len(none) != 0 {
			d.Errorf("a stranger sees %+v", none)
		}
		d.clock = at(70.5)
		if _, all := d.live("local"); all[0].Stage != StageBreached {
			d.Errorf("half a second over, and not announced yet: %+v", all[0])
		}
		if _, err := d.Get(d.as("local"), ByIncident{"I2"}); fault.KeyOf(err) != "pace.incident_not_found" {
			d.Errorf("another station's incident: %v", err)
		}
		for _, cursor := range []string{"!", "MQ", "eCB5IHo", "MSD_IGE", "MSAAIGE"} {
			if _, err := d.Live(d.ctx, Page{After: cursor}); fault.KeyOf(err) != "request.bad_cursor" {
				d.Errorf("cursor %q: %v", cursor, err)
			}
		}
	})
}

// A new version judges the calls from its first day on, and no earlier one; a call
// whose time moves over the edge is judged by the other.
func TestDefinitions(t *testing.T) {
	each(t, func(d *desk) {
		const day = 24 * 3600
		form := NewDefinition{Clock: ClockDispatch, Targets: map[string]int64{"urban": 30, "other": 90}, ExcludedKinds: []string{"3"}, From: at(day), Reason: "new rule"}
		for key, change := range map[string]func(n *NewDefinition){
			"pace.unknown_kind":        func(n *NewDefinition) { n.ExcludedKinds = []string{"4", "x"} },
			"pace.definition_too_soon": func(n *NewDefinition) { n.From = at(60) },
			"pace.unknown_step":        func(n *NewDefinition) { n.Start = "born" },
		} {
			wrong := form
			change(&wrong)
			if _, err := d.Define(d.ctx, wrong); fault.KeyOf(err) != key {
				d.Errorf("got %v, want %s", err, key)
			}
		}
		added, err := d.Define(d.ctx, form)
		if err != nil || added.Version != 2 || added.Start != StepCalled || added.End != StepDispatched || added.WarnPercent != 75 || added.By != "chief" {
			d.Fatalf("%+v, %v", added, err)
		}
		d.deliver()
		if _, err := d.Define(d.ctx, form); fault.KeyOf(err) != "pace.definition_overlaps" {
			d.Errorf("the same again: %v", err)
		}
		list, err := d.ListDefinitions(d.ctx, httpapi.Nothing{})
		if err != nil || len(list.Items) != len(Clocks)+1 {
			d.Fatalf("%+v, %v", list, err)
		}
		if old := d.definitions().InForce(ClockDispatch, at(day-1)); old.Version != 1 || !old.Until.Equal(at(day)) {
			d.Errorf("superseded: %+v", old)
		}
		d.clock = at(day + 100)
		before := d.call("I1", day-0.001).dispatch(day+40, "u1")
		d.call("I2", day).dispatch(day+40, "u2")
		d.clocks("I1", "dispatch within 40")
		d.clocks("I2", "dispatch late 40")
		before.correct("called_at", 0, day+1)
		if v := d.clocks("I1", "dispatch late 39"); v.Clocks[0].Version != 2 || v.Revisions[0].Was.Version != 1 {
			d.Errorf("%+v", v)
		}
		r := d.report(Question{})
		if l := r.Items[0]; l.N != 2 || l.Within != 0 || !slices.Equal(l.Versions, []int{2}) {
			d.Errorf("%+v", l)
		}
		if len(r.Definitions) == 0 || slices.ContainsFunc(r.Definitions, func(x Definition) bool { return x.Clock == ClockDispatch && x.Version == 1 }) {
			d.Errorf("the report names %+v", r.Definitions)
		}
	})
}

func TestReasons(t *testing.T) {
	each(t, func(d *desk) {
		for id, station := range map[string]string{"I1": "S1", "I2": "S1", "I3": "S2"} {
			d.call(id, 0, inStation(station))
		}
		d.at(61)
		leader := d.as("leader")
		ids := func(who string, q Breaches) (out []string) {
			page, err := d.ListBreaches(d.as(who), q)
			if err != nil {
				d.Fatal(err)
			}
			for _, b := range page.Items {
				out = append(out, b.ID)
			}
			return out
		}
		if all, mine := ids("chief", Breaches{}), ids("leader", Breaches{}); len(all) != 3 || !slices.Equal(mine, []string{"I1.dispatch", "I2.dispatch"}) {
			d.Errorf("%v %v", all, mine)
		}
		for key, e := range map[string]Explanation{
			"pace.unknown_reason":   {"I1.dispatch", Why{Code: "lazy"}},
			"request.required":      {"I1.dispatch", Why{Code: "other"}},
			"pace.breach_not_found": {"I3.dispatch", Why{Code: "weather"}},
		} {
			if _, err := d.Explain(leader, e); fault.KeyOf(err) != key {
				d.Errorf("got %v, want %s", err, key)
			}
		}
		if _, err := d.Explain(d.as("local"), Explanation{"I1.dispatch", Why{Code: "weather"}}); !fault.Is(err, fault.NotFound) {
			d.Errorf("one who may only read: %v", err)
		}
		b, err := d.Explain(leader, Explanation{"I1.dispatch", Why{Code: "other", Remark: "flood"}})
		if err != nil || b.State != BreachExplained || b.By != "leader" || b.Remark != "flood" {
			d.Errorf("%+v, %v", b, err)
		}
		if _, err := d.ExplainMany(leader, Explanations{[]string{"I2.dispatch", "I3.dispatch"}, Why{Code: "weather"}}); !fault.Is(err, fault.NotFound) {
			d.Errorf("one of them is another station's: %v", err)
		}
		if open := ids("leader", Breaches{StationID: "S1", State: BreachOpen}); !slices.Equal(open, []string{"I2.dispatch"}) {
			d.Errorf("half of it was done: %v", open)
		}
		many, err := d.ExplainMany(leader, Explanations{[]string{"I2.dispatch", "I1.dispatch", "I2.dispatch"}, Why{Code: "weather"}})
		if err != nil || len(many.Items) != 2 || many.Items[0].Code != "weather" || many.Items[0].number != 2 {
			d.Errorf("%+v, %v", many, err)
		}
		if open, explained := ids("chief", Breaches{State: BreachOpen}), ids("chief", Breaches{State: BreachExplained, Limit: 1}); len(open) != 1 || len(explained) != 1 {
			d.Errorf("%v %v", open, explained)
		}
		if later := ids("chief", Breaches{From: at(61)}); len(later) != 0 {
			d.Errorf("due before: %v", later)
		}
		d.files["I1"].correct("called_at", 0, 30)
		if _, err := d.Explain(leader, Explanation{"I1.dispatch", Why{Code: "weather"}}); fault.KeyOf(err) != "pace.breach_lifted" {
			d.Errorf("a breach that was none: %v", err)
		}
		d.at(95)
		if v := d.clocks("I1", "dispatch breached"); v.Breaches[0].State != BreachExplained || !v.Breaches[0].DueAt.Equal(at(90)) {
			d.Errorf("broken after all: %+v", v.Breaches)
		}
	})
}

func TestTableOfReasons(t *testing.T) {
	each(t, func(d *desk) {
		d.call("I1", 0)
		d.at(61)
		if _, err := d.AddReason(d.ctx, NewReason{Code: "weather", Name: "x", Source: "own"}); fault.KeyOf(err) != "pace.reason_exists" {
			d.Errorf("got %v", err)
		}
		if _, err := d.AddReason(d.ctx, NewReason{Code: "fog", Name: "fog", Source: "own", Sort: 99}); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Explain(d.ctx, Explanation{"I1.dispatch", Why{Code: "fog"}}); err != nil {
			d.Error(err)
		}
		if _, err := d.RetireReason(d.ctx, Retiring{"fog"}); err != nil {
			d.Error(err)
		}
		if _, err := d.RetireReason(d.ctx, Retiring{"fog"}); !fault.Is(err, fault.NotFound) {
			d.Errorf("retired twice: %v", err)
		}
		if _, err := d.Explain(d.ctx, Explanation{"I1.dispatch", Why{Code: "fog"}}); fault.KeyOf(err) != "pace.unknown_reason" {
			d.Errorf("a retired code: %v", err)
		}
		page, err := newDesk(d.TB, d.DB).ListReasons(d.ctx, httpapi.Nothing{})
		if err != nil || len(page.Items) != 18 || page.Items[17].RetiredAt.IsZero() {
			d.Errorf("%+v, %v", page, err)
		}
	})
}

// An incident that moves takes its clocks and breaches along.
func TestStationChanges(t *testing.T) {
	each(t, func(d *desk) {
		f := d.call("I1", 0)
		d.at(61)
		f.about.OrgID, f.about.AreaClass = "S2", "other"
		f.correct("point", 0, 70)
		page, err := d.ListBreaches(d.as("local"), Breaches{})
		if err != nil || len(page.Items) != 0 {
			d.Errorf("%+v, %v", page, err)
		}
		v := d.clocks("I1", "arrival running", "contact waiting")
		if v.Breaches[0].StationID != "S2" || v.Clocks[4].TargetS != 600 {
			d.Errorf("%+v", v)
		}
	})
}

// An incident whose first facts were discarded is judged by what the others say.
func TestFirstFactIsLost(t *testing.T) {
	each(t, func(d *desk) {
		f := &file{d: d, about: incident.About{IncidentID: "I1", Status: incident.StatusDispatched, OrgID: "S1", AreaClass: "urban", CalledAt: at(0)}}
		f.dispatch(40, "u1")
		d.clocks("I1", "dispatch within 40", "arrival running")
	})
}

func TestQueriesPrepare(t *testing.T) {
	each(t, func(d *desk) {
		if err := d.DB.Check(d.Context(), Queries); err != nil {
			d.Error(err)
		}
	})
}
