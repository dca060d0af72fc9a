package pace

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"zhian/module/incident"
	"zhian/platform/bus"
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

// Facts and due moments come from two sides at once: every clock that is late in
// the end was told as broken exactly once, and no other.
func TestFactsAndDueMomentsSideBySide(t *testing.T) {
	each(t, func(d *desk) {
		const incidents = 40
		for i := range incidents {
			d.call(fmt.Sprint("I", i), float64(i)/10)
		}
		d.clock = at(61)
		for i := range incidents {
			f := d.files[fmt.Sprint("I", i)]
			for unit := range 3 {
				f.units++
				f.unheard(float64(56+i%8+unit), func(a incident.About) bus.Fact {
					return incident.Dispatched{About: a, No: unit + 1, UnitID: fmt.Sprint("u", unit)}
				})
			}
		}
		d.clock = at(75) // the facts wait longer than a due moment does
		var sides sync.WaitGroup
		swept := make(chan error, 1)
		sides.Go(func() { swept <- d.Sweep(d.Context()) })
		d.deliver()
		sides.Wait()
		if err := <-swept; err != nil {
			d.Fatal(err)
		}
		d.sweep()
		told := map[string]int{}
		for _, text := range d.told {
			if strings.HasPrefix(text, "breached") {
				told[strings.Fields(text)[1]]++
			}
		}
		late := 0
		for i := range incidents {
			id := fmt.Sprint("I", i)
			v, err := d.Get(d.ctx, ByIncident{id})
			if err != nil {
				d.Fatal(err)
			}
			standing := slices.ContainsFunc(v.Breaches, func(b Breach) bool { return b.State == BreachOpen })
			if isLate := v.Clocks[0].Verdict == VerdictLate; isLate != standing || isLate && told[id] != 1 || told[id] > 1 {
				d.Errorf("%s is %s, told %d times, breaches %+v", id, v.Clocks[0].Verdict, told[id], v.Breaches)
			}
			if v.Clocks[0].Verdict == VerdictLate {
				late++
			}
		}
		if _, running := d.live("chief"); late == 0 || late == incidents || len(running) != 3*incidents {
			d.Errorf("%d of %d late, %d running", late, incidents, len(running))
		}
	})
}
