package incident

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/module/notify"
	"zhian/platform/bus"
	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

func TestComposeSaysWhatACrewMustKnow(t *testing.T) {
	metres := 900.0
	in := Incident{ID: "I1", KindCode: "4", Priority: 2, Narrative: "two of them, one with a knife", HasContact: true, CalledAt: t0,
		Placing: Placing{Address: "1 Market Street", StationID: "S1", Position: &Position{Lat: 28.9, Lon: 120.04}, Hazards: []Hazard{{ID: "h1", Kind: "gas"}}},
		Risk:    Risk{Level: "high", Reasons: []string{"weapon"}},
		Assignments: []Assignment{{No: 1, UnitID: "u1", State: StepOnScene}, {No: 2, UnitID: "u2", State: StepDispatched, DispatchedAt: after(time.Minute)},
			{No: 3, UnitID: "gone", State: StepDispatched, Withdrawn: true}}}
	near := []Candidate{{UnitID: "u2"}, {UnitID: "u9", CallSign: "C9", State: "available", DistanceM: &metres}, {UnitID: "u8"}, {UnitID: "u7"}, {UnitID: "u6"}}
	p := Compose(in, in.Assignments[1], near)
	if p.UnitID != "u2" || p.No != 2 || !p.DispatchedAt.Equal(after(time.Minute)) || p.Risk.Level != "high" || len(p.Hazards) != 1 || !p.HasContact {
		t.Errorf("%+v", p)
	}
	if want := []OtherUnit{{"u1", StepOnScene}}; !slices.Equal(p.With, want) {
		t.Errorf("with %+v", p.With)
	}
	if len(p.Nearby) != nearbyMost || p.Nearby[0] != (NearUnit{"u9", "C9", "available", &metres, nil}) {
		t.Errorf("nearby %+v", p.Nearby)
	}
	d := p.Draft([]string{"o1"}, "S1", "dispatcher")
	if d.Key != "incident.push/I1/u2/2" || d.Class != notify.Dispatch || !d.Gated || d.Subject != (notify.Subject{Kind: "incident", ID: "I1", Part: "u2/2"}) {
		t.Errorf("%+v", d)
	}
	if in.Hazards = nil; Compose(in, in.Assignments[1], nil).Draft(nil, "S1", "").Gated {
		t.Error("gated without hazards")
	}
}

// The number of whoever called is in no push, sealed or not.
func TestPushNamesNobody(t *testing.T) {
	in := Incident{ID: "I1", HasContact: true, Reporter: crypto.FromBox[Contact]([]byte("box")), Assignments: []Assignment{{No: 1, UnitID: "u1"}}}
	text, err := json.Marshal(Compose(in, in.Assignments[0], nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"contact\":\"", "reporter", "phone", "Ym94"} {
		if strings.Contains(string(text), word) {
			t.Errorf("the push holds %s: %s", word, text)
		}
	}
}

func TestSubjectsNameAssignments(t *testing.T) {
	for subject, want := range map[notify.Subject]int{
		assigned("I1", "u1", 3):               3,
		{Kind: "incident", ID: "I1"}:          0,
		{Kind: "incident", Part: "a/b/12"}:    12,
		{Kind: "task", ID: "I1", Part: "u/1"}: 0,
	} {
		if got := assignmentOf(subject); got != want {
			t.Errorf("%+v: %d", subject, got)
		}
	}
}

func TestHazardsOfThePlaceComeFirst(t *testing.T) {
	in := Incident{Placing: Placing{Hazards: []Hazard{{ID: "h"}}}, Assignments: []Assignment{{No: 1, UnitID: "u1"}, {No: 2, UnitID: "u2", HazardsSeen: true}}}
	for no, want := range map[int]string{1: "incident.hazards_not_seen", 2: "", 3: ""} {
		err := in.MayBeSeen(no)
		if (err == nil) != (want == "") || err != nil && (fault.KeyOf(err) != want || !fault.Is(err, fault.Conflict)) {
			t.Errorf("%d: %v", no, err)
		}
	}
	in.Hazards = nil
	if err := in.MayBeSeen(1); err != nil {
		t.Error(err)
	}
}

func TestNewsIsFolded(t *testing.T) {
	s := newStory(t)
	s.do(s.in.Assign("u1", []string{"o1", "o2"}, false, "", after(time.Minute)))
	hear := func(k Kind, n News, at time.Time) {
		t.Helper()
		m, ok := s.in.Hear(k, n, at)
		if !ok {
			t.Fatal("not heard")
		}
		s.do(m, nil)
	}
	hear(KindPushDelivered, News{No: 1, UserID: "o2"}, after(3*time.Minute))
	hear(KindPushDelivered, News{No: 1, UserID: "o1"}, after(2*time.Minute))
	hear(KindPushSeen, News{No: 1, UserID: "leader", Rung: 2}, after(2*time.Minute)) // not one of the crew
	hear(KindPushEscalated, News{No: 1, Rung: 2}, after(4*time.Minute))
	hear(KindPushEscalated, News{No: 1, Rung: 1}, after(3*time.Minute))
	hear(KindPushShortfall, News{No: 1}, after(3*time.Minute))
	hear(KindPushAcknowledged, News{No: 1, UserID: "o1"}, after(5*time.Minute))
	a := s.in.Assignments[0]
	if !a.PushDeliveredAt.Equal(after(2*time.Minute)) || !a.PushSeenAt.IsZero() || !a.PushAckedAt.Equal(after(5*time.Minute)) || a.PushEscalated != 2 || !a.PushShortfall {
		t.Errorf("%+v", a)
	}
	if a.State != StepDispatched {
		t.Errorf("news of a message moved the unit: %+v", a)
	}
	if _, ok := s.in.Hear(KindPushSeen, News{No: 7}, t0); ok {
		t.Error("news of an assignment that there is not")
	}
}

// push reports what has been sent out of the house since the beginning.
func (d *desk) push() Push {
	d.Helper()
	if len(d.n.pushes) == 0 {
		d.Fatal("nothing was pushed")
	}
	return d.n.pushes[len(d.n.pushes)-1].Body.(Push)
}

func (d *desk) deliver() {
	d.Helper()
	if _, err := d.Bus.Deliver(d.Context()); err != nil {
		d.Fatal(err)
	}
	failures, err := d.Bus.Failures(d.Context(), pusher, "", 0, 10)
	if err != nil || len(failures) > 0 {
		d.Fatalf("%+v, %v", failures, err)
	}
}

func TestWhoIsSentIsToldAndWhoIsTakenOffToo(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "2 West Street"})
		when := When{ID: in.ID}
		if _, err := d.Dispatch(d.ctx, Order{When: when, UnitIDs: []string{"u1"}, Reserve: true}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		if len(d.n.pushes) != 0 {
			d.Fatalf("a reservation was pushed: %+v", d.n.pushes)
		}
		if _, err := d.Dispatch(d.ctx, Order{When: when, UnitIDs: []string{"u1", "u2"}}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		if len(d.n.pushes) != 2 || d.push().UnitID != "u2" || d.n.pushes[0].Sender != "dispatcher" || fmt.Sprint(d.n.pushes[0].To) != "[officer1 officer2]" ||
			!d.n.pushes[0].Gated || d.n.pushes[0].OrgID != "S2" {
			d.Fatalf("%+v", d.n.pushes)
		}
		if _, err := d.Unassign(d.ctx, Unassigning{When: when, UnitID: "u1", Reason: "nearer one found"}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		if _, err := d.Advance(d.as("officer1"), Press{When: when, UnitID: "u2", Step: StepEnRoute}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		if _, err := d.Close(d.ctx, Closing{When: when, Disposition: "settled_on_scene"}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		if got := fmt.Sprint(d.n.taken, d.n.answers); got != "[u1/1 unassigned closed] [u2/2 officer1 ]" {
			d.Errorf("withdrawn, answered: %s", got)
		}
	})
}

// What is entered long after it happened, or is over before it could be told,
// pages nobody.
func TestThePastIsNotPushed(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street", OccurredAt: t0})
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u1"}}); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Close(d.ctx, Closing{When: When{ID: in.ID}, Disposition: "settled_on_scene"}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		d.wait(48 * time.Hour)
		d.ctx = d.as("importer")
		old := d.receive(Intake{Address: "1 Market Street", OccurredAt: t0})
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: old.ID, OccurredAt: after(time.Minute)}, UnitIDs: []string{"u1"}}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		if len(d.n.pushes) != 0 {
			d.Errorf("%+v", d.n.pushes)
		}
	})
}

func TestWhatBecomesOfAPushIsInTheTimeline(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "2 West Street"})
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u1"}}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		about := notify.About{MessageID: "m1", Subject: assigned(in.ID, "u1", 1), OccurredAt: after(time.Minute)}
		seen := func() error {
			_, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) (int, error) { return 0, d.MaySee(tx, about.Subject) })
			return err
		}
		if fault.KeyOf(seen()) != "incident.hazards_not_seen" {
			d.Errorf("before the hazards: %v", seen())
		}
		if _, err := d.SeeHazards(d.as("officer1"), Seen{When: When{ID: in.ID}, UnitID: "u1"}); err != nil || seen() != nil {
			d.Errorf("after the hazards: %v, %v", err, seen())
		}
		foreign := about
		foreign.Subject.Kind = "task"
		err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error {
			for _, f := range []bus.Fact{
				notify.Progressed{About: about, UserID: "officer1", Device: "d1", Channel: "handset", State: notify.StateSent},
				notify.Progressed{About: about, UserID: "officer1", Device: "d1", Channel: "handset", State: notify.StateDelivered},
				notify.Progressed{About: foreign, UserID: "officer1", State: notify.StateDelivered},
				notify.Shortfall{About: about, Withheld: []notify.Withholding{{UserID: "officer2", Reason: "muted"}}},
				notify.Escalated{About: about, Rung: 1, Audience: notify.Again, Users: []string{"officer1"}},
			} {
				if err := d.Bus.Publish(tx, d.now, f); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			d.Fatal(err)
		}
		d.deliver()
		page, err := d.Service.Timeline(d.ctx, Lines{ID: in.ID})
		if err != nil {
			d.Fatal(err)
		}
		var got []string
		for _, e := range page.Items[3:] {
			got = append(got, fmt.Sprint(e.Kind, " ", e.By, " ", e.Device, " ", e.Source, " ", e.Detail.UnitID, " ", e.Detail.News.MessageID))
		}
		want := []string{"push_delivered officer1 d1 handset u1 m1", "push_shortfall notify  notify u1 m1", "push_escalated notify  notify u1 m1"}
		if !slices.Equal(got, want) {
			d.Errorf("%q", got)
		}
		if len(d.n.leaves) != len(page.Items) {
			d.Errorf("%d leaves of %d entries", len(d.n.leaves), len(page.Items))
		}
		if differing, _, err := d.Rebuild(d.Context(), false, nil); err != nil || len(differing) > 0 {
			d.Errorf("%v, %v", differing, err)
		}
	})
}

// Five hundred units on one incident: each has its push, each confirmation its
// entry, and nobody folds the whole timeline for each of them.
func TestHundredsOfUnitsOnOneIncident(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		units := make([]string, 500)
		for i := range units {
			units[i] = fmt.Sprint("u", i)
		}
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: units}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
		if len(d.n.pushes) != len(units) || len(d.push().With) != withMost {
			d.Fatalf("%d pushes", len(d.n.pushes))
		}
		err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error {
			for i, u := range units {
				f := notify.Progressed{About: notify.About{MessageID: u, Subject: assigned(in.ID, u, i+1), OccurredAt: d.now}, UserID: "officer1", State: notify.StateDelivered}
				if err := d.Bus.Publish(tx, d.now, f); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			d.Fatal(err)
		}
		d.deliver()
		now, err := d.Get(d.ctx, ByID{in.ID})
		if err != nil || now.Version() != 1001 {
			d.Errorf("version %d, %v", now.Version(), err)
		}
	})
}

// What is kept of the last fold is only what is committed.
func TestUndoneFoldIsForgotten(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u1"}}); err != nil {
			d.Fatal(err)
		}
		about := notify.About{MessageID: "m1", Subject: assigned(in.ID, "u1", 1), OccurredAt: d.now}
		undone := fault.New(fault.Internal, "undone")
		err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error {
			if err := d.hear(tx, about, KindPushShortfall, News{}, ladder); err != nil {
				return err
			}
			return undone
		})
		if fault.KeyOf(err) != "undone" {
			d.Fatal(err)
		}
		if _, err := d.Service.Note(d.ctx, Remark{When: When{ID: in.ID}, Text: "an entry of the same number"}); err != nil {
			d.Fatal(err)
		}
		err = d.DB.Do(d.Context(), func(tx *sqldb.Tx) error {
			now, err := d.locked(tx, in.ID)
			if now.Assignments[0].PushShortfall {
				d.Error("what was undone is still believed")
			}
			return err
		})
		if err != nil {
			d.Fatal(err)
		}
	})
}
