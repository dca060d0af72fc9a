package incident

import (
	"slices"
	"testing"
	"time"

	"zhian/platform/fault"
)

func TestLinkedIncidentsStayTwo(t *testing.T) {
	each(t, func(d *desk) {
		one, two := d.receive(Intake{Address: "1 Market Street"}), d.receive(Intake{Address: "2 Market Street"})
		link := func(undo bool) error {
			_, err := d.Link(d.ctx, Linking{When: When{ID: one.ID}, Other: two.ID, Reason: "same car", Undo: undo})
			return err
		}
		if err := link(true); fault.KeyOf(err) != "incident.not_linked" {
			d.Errorf("got %v", err)
		}
		if err := link(false); err != nil {
			d.Fatal(err)
		}
		if err := link(false); fault.KeyOf(err) != "incident.already_linked" {
			d.Errorf("got %v", err)
		}
		for a, b := range map[ID]ID{one.ID: two.ID, two.ID: one.ID} {
			in, err := d.Get(d.ctx, ByID{a})
			if err != nil || !slices.Equal(in.Linked, []ID{b}) || in.Status != StatusReceived || len(in.Absorbed) != 0 {
				d.Errorf("%+v, %v", in, err)
			}
		}
		if err := link(true); err != nil {
			d.Fatal(err)
		}
		if in, err := d.Get(d.ctx, ByID{two.ID}); err != nil || len(in.Linked) != 0 || in.Version() != 3 {
			d.Errorf("%+v, %v", in, err)
		}
		if _, err := d.Link(d.ctx, Linking{When: When{ID: one.ID}, Other: one.ID, Reason: "x"}); fault.KeyOf(err) != "incident.linked_with_itself" {
			d.Errorf("got %v", err)
		}
		if _, err := d.Link(d.ctx, Linking{When: When{ID: one.ID}, Other: "nothing", Reason: "x"}); !fault.Is(err, fault.NotFound) {
			d.Errorf("got %v", err)
		}
	})
}

func TestOnlyANeighboursCallIsTransferred(t *testing.T) {
	each(t, func(d *desk) {
		own, theirs := d.receive(Intake{Address: "1 Market Street"}), d.receive(Intake{Address: "outside"})
		hand := func(id ID) (Incident, error) {
			return d.Transfer(d.ctx, Handing{When: When{ID: id}, To: "Wuyi centre, desk 3", Reason: "their side of the bridge"})
		}
		if _, err := hand(own.ID); fault.KeyOf(err) != "incident.not_outside" {
			d.Errorf("got %v", err)
		}
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: theirs.ID}, UnitIDs: []string{"u1"}}); err != nil {
			d.Fatal(err)
		}
		if _, err := hand(theirs.ID); fault.KeyOf(err) != "incident.units_still_assigned" {
			d.Errorf("got %v", err)
		}
		if _, err := d.Unassign(d.ctx, Unassigning{When: When{ID: theirs.ID}, UnitID: "u1", Reason: "theirs"}); err != nil {
			d.Fatal(err)
		}
		got, err := hand(theirs.ID)
		if err != nil || got.Status != StatusTransferred || got.ClosedAt.IsZero() {
			d.Errorf("%+v, %v", got, err)
		}
		if _, err := hand(theirs.ID); fault.KeyOf(err) != "incident.not_open_transferred" {
			d.Errorf("got %v", err)
		}
		if got, err = d.Reopen(d.ctx, Reasoned{When: When{ID: theirs.ID}, Reason: "not theirs after all"}); err != nil || got.Status != StatusReceived {
			d.Errorf("%+v, %v", got, err)
		}
	})
}

func TestPriorityGoesUpAndDownWithAReason(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		for _, c := range []struct {
			to  int
			key string
		}{{1, ""}, {1, "incident.same_priority"}, {4, ""}} {
			d.wait(time.Second)
			got, err := d.Prioritise(d.ctx, Prioritising{When: When{ID: in.ID}, Priority: c.to, Reason: "knife seen"})
			if (err == nil) != (c.key == "") || err == nil && got.Priority != c.to || err != nil && fault.KeyOf(err) != c.key {
				d.Errorf("to %d: %+v, %v", c.to, got, err)
			}
		}
	})
}
