package incident

import (
	"slices"
	"testing"
	"time"

	"zhian/platform/fault"
)

// unit is a candidate so many seconds away; a negative time means that nobody
// knows where it is.
func unit(id string, eta float64, shortfalls ...string) Candidate {
	c := Candidate{UnitID: id, CallSign: id, Shortfalls: append([]string{}, shortfalls...)}
	if metres := eta * 10; eta >= 0 {
		c.EtaS, c.DistanceM = &eta, &metres
	}
	return c
}

func TestNearerFreeUnitIsNotPassedOverSilently(t *testing.T) {
	list := []Candidate{unit("near", 60), unit("close", 70), unit("far", 300), unit("busy", 10, "engaged"), unit("lost", -1, "no_position")}
	for _, c := range []struct {
		order  []string
		o      Order
		nearer string
	}{
		{[]string{"near"}, Order{}, ""},
		{[]string{"close"}, Order{}, ""}, // 10 s are less than the estimate can tell
		{[]string{"far"}, Order{}, "near"},
		{[]string{"far", "near"}, Order{}, "close"},
		{[]string{"far", "near", "close"}, Order{}, ""},
		{[]string{"lost"}, Order{}, "near"},
		{[]string{"unlisted"}, Order{}, "near"},
		{[]string{"busy"}, Order{}, ""}, // nearer than every free one
		{[]string{"far"}, Order{Reason: "speaks the language"}, ""},
		{[]string{"far"}, Order{Reserve: true}, ""},
	} {
		err := ranking{list: list, order: c.order}.mayPass(c.o)
		if (err == nil) != (c.nearer == "") {
			t.Errorf("%v: %v", c.order, err)
			continue
		}
		if f := fault.Of(err); err != nil && (f.Key != "incident.nearer_unit_passed_over" || f.Path != "/reason" || f.Params["unit_id"] != c.nearer || f.Params["distance_m"] == nil) {
			t.Errorf("%v: %+v", c.order, f)
		}
	}
	if err := (ranking{order: []string{"far"}}).mayPass(Order{}); err != nil {
		t.Errorf("nothing is known of any unit: %v", err)
	}
}

// The entry keeps what the house proposed, so that a review sees what the
// alternative would have cost.
func TestOrderKeepsTheRankingThatWasSeen(t *testing.T) {
	each(t, func(d *desk) {
		d.n.fleet = []Candidate{unit("u1", 60), unit("u2", 300), unit("u3", 400), unit("u4", 500), unit("u5", 600), unit("u6", 700), unit("u7", 800, "engaged")}
		in := d.receive(Intake{Address: "1 Market Street"})
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u7"}}); fault.KeyOf(err) != "incident.nearer_unit_passed_over" {
			d.Errorf("got %v", err)
		}
		if again, err := d.Get(d.ctx, ByID{in.ID}); err != nil || again.Version() != 1 {
			d.Errorf("a refused order left a trace: %+v, %v", again, err)
		}
		got, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u7", "u2"}, Reason: "speaks the language"})
		if err != nil || got.Assignments[0].Reason != "speaks the language" || !slices.Equal(got.Assignments[0].Shortfalls, []string{"engaged"}) || !slices.Equal(got.Assignments[0].Muted, []string{"officer2"}) {
			d.Fatalf("%+v, %v", got, err)
		}
		page, err := d.Timeline(d.ctx, Lines{ID: in.ID})
		if err != nil {
			d.Fatal(err)
		}
		var kept [2][]string
		for i := range kept {
			for _, r := range page.Items[1+i].Detail.Ranking {
				kept[i] = append(kept[i], r.UnitID)
			}
		}
		if !slices.Equal(kept[0], []string{"u1", "u2", "u3", "u4", "u5", "u7"}) || !slices.Equal(kept[1], []string{"u2"}) {
			d.Errorf("%v", kept)
		}
		if r := page.Items[1].Detail.Ranking[0]; *r.DistanceM != 600 || *r.EtaS != 60 {
			d.Errorf("%+v", r)
		}
	})
}

func TestUnitThatIsThereHasArrivedWhenItIsSent(t *testing.T) {
	each(t, func(d *desk) {
		there := unit("u1", 0)
		there.There = true
		d.n.fleet = []Candidate{there, unit("u2", 100)}
		in := d.receive(Intake{Address: "1 Market Street"})
		d.wait(time.Minute)
		got, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u1", "u2"}})
		if err != nil {
			d.Fatal(err)
		}
		one, two := got.Assignments[0], got.Assignments[1]
		if got.Status != StatusOnScene || !one.AlreadyThere || !one.OnSceneAt.Equal(d.now) || !one.DispatchedAt.Equal(d.now) || two.AlreadyThere || two.State != StepDispatched {
			d.Errorf("%+v", got)
		}
		if !slices.Equal(d.n.followed, []Step{StepOnScene}) {
			d.Errorf("the unit's own state: %v", d.n.followed)
		}
		press := Press{When: When{ID: in.ID}, UnitID: "u1", Step: StepOnScene}
		d.wait(time.Minute)
		if got, err = d.Advance(d.ctx, press); err != nil || !got.Assignments[0].Confirmed || !got.Assignments[0].OnSceneAt.Equal(d.now.Add(-time.Minute)) {
			d.Errorf("the crew's own word: %+v, %v", got, err)
		}
		if _, err := d.Advance(d.ctx, press); fault.KeyOf(err) != "incident.already_on_scene" {
			d.Errorf("got %v", err)
		}
		in = d.receive(Intake{Address: "1 Market Street"})
		if got, err = d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u1"}, Reserve: true}); err != nil || got.Status != StatusReceived {
			d.Errorf("a reserved unit arrived: %+v, %v", got, err)
		}
	})
}

// Nobody commands units out of their scope, nor sees them proposed.
func TestUnitsOutOfScopeAreNeitherProposedNorSent(t *testing.T) {
	each(t, func(d *desk) {
		d.n.orgs = map[string]string{"own": "S1", "foreign": "S2"}
		d.n.fleet = []Candidate{unit("foreign", 10), unit("own", 200), unit("own2", 300, "only_muted_crew")}
		d.n.orgs["own2"] = "S1"
		in := d.receive(Intake{Address: "1 Market Street"})
		local := d.as("local")
		list, err := d.Candidates(local, ByID{in.ID})
		if err != nil || len(list.Items) != 2 || list.Items[0].UnitID != "own" || list.Free != 1 || list.Shortfalls["only_muted_crew"] != 1 || list.Estimate.Way != "straight_line" {
			d.Errorf("%+v, %v", list, err)
		}
		if _, err := d.Dispatch(local, Order{When: When{ID: in.ID}, UnitIDs: []string{"foreign"}}); fault.KeyOf(err) != "unit.not_found" {
			d.Errorf("got %v", err)
		}
		if got, err := d.Dispatch(local, Order{When: When{ID: in.ID}, UnitIDs: []string{"own"}}); err != nil || len(got.Assignments) != 1 {
			d.Errorf("a foreign unit asks for a reason: %+v, %v", got, err)
		}
		d.n.fleet = nil
		if list, err = d.Candidates(d.ctx, ByID{in.ID}); err != nil || len(list.Items) != 0 || list.Shortfalls["no_candidates"] != 1 {
			d.Errorf("%+v, %v", list, err)
		}
		lost := d.receive(Intake{Address: "South Street"})
		if _, err := d.Candidates(d.ctx, ByID{lost.ID}); fault.KeyOf(err) != "incident.no_point" {
			d.Errorf("got %v", err)
		}
	})
}

// What is entered long after it happened is not judged by where units are now.
func TestPastOrderNeedsNoReason(t *testing.T) {
	each(t, func(d *desk) {
		d.n.fleet = []Candidate{unit("u1", 60), unit("u2", 300)}
		ctx, past := d.as("importer"), t0.Add(-48*time.Hour)
		in, err := d.Receive(ctx, Intake{KindCode: "4", Address: "1 Market Street", OccurredAt: past})
		if err != nil {
			d.Fatal(err)
		}
		got, err := d.Dispatch(ctx, Order{When: When{ID: in.ID, OccurredAt: past.Add(time.Minute)}, UnitIDs: []string{"u2"}})
		if err != nil || len(got.Assignments) != 1 || len(got.Assignments[0].Crew) != 0 {
			d.Errorf("%+v, %v", got, err)
		}
	})
}
