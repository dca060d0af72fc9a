package pace

import (
	"slices"
	"testing"

	"zhian/module/incident"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
)

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
		if who := all[2].CanAct; len(who) != 1 || who[0] != (Actor{Role: RoleCrew, UnitID: "u1", OrgID: "S1"}) || all[0].CanAct[0].Role != RoleCallTaker {
			d.Errorf("who can act: %+v, %+v", who, all[0].CanAct)
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
		if v, err := d.Get(d.as("crew"), ByIncident{"I2"}); err != nil || v.ID != "I2" {
			d.Errorf("who was sent there sees %+v, %v", v, err)
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

func TestQueriesPrepare(t *testing.T) {
	each(t, func(d *desk) {
		if err := d.DB.Check(d.Context(), Queries); err != nil {
			d.Error(err)
		}
	})
}
