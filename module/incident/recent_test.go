package incident

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"zhian/platform/bus"
)

// node is another node on the same database.
func (d *desk) node() *Service {
	d.Helper()
	deps := d.Deps
	deps.Bus = bus.New(d.DB, d.Now)
	other := New(deps)
	other.Listen()
	if err := errors.Join(other.Bus.Start(d.Context()), other.Start(d.Context())); err != nil {
		d.Fatal(err)
	}
	return other
}

func TestEveryNodeProposesTheSameDuplicates(t *testing.T) {
	each(t, func(d *desk) {
		other := d.node()
		first := d.receive(Intake{Address: "1 Market Street"})
		lost := d.receive(Intake{Address: "South Street"})
		proposes := func(when string, want ...ID) {
			d.Helper()
			for name, s := range map[string]*Service{"this node": d.Service, "another node": other, "a restarted node": d.node()} {
				if _, err := s.Bus.Deliver(d.Context()); err != nil {
					d.Fatal(err)
				}
				got := s.duplicates(d.ctx, first.Placing, d.now)
				if len(got) != len(want) || len(want) > 0 && got[0].ID != want[0] {
					d.Errorf("%s: %s proposes %+v, want %v", when, name, got, want)
				}
			}
		}
		proposes("received", first.ID)
		if _, err := d.Close(d.ctx, Closing{When: When{ID: first.ID}, Disposition: "settled_on_scene"}); err != nil {
			d.Fatal(err)
		}
		proposes("closed")
		if _, err := d.Reopen(d.ctx, Reasoned{When: When{ID: first.ID}, Reason: "again"}); err != nil {
			d.Fatal(err)
		}
		proposes("reopened", first.ID)
		if _, err := d.Correct(d.ctx, Correction{When: When{ID: first.ID}, Field: "address", Address: "2 West Street", Reason: "x"}); err != nil {
			d.Fatal(err)
		}
		proposes("moved away")
		if _, err := d.Correct(d.ctx, Correction{When: When{ID: lost.ID}, Field: "address", Address: "1 Market Street", Reason: "x"}); err != nil {
			d.Fatal(err)
		}
		proposes("another one was placed there", lost.ID)
		if got := d.duplicates(d.as("stranger"), first.Placing, d.now); len(got) != 0 {
			d.Errorf("a stranger is shown %+v", got)
		}
		d.wait(time.Hour)
		proposes("an hour later")
	})
}

func TestACallTakerSeesDuplicatesBeforeSaving(t *testing.T) {
	each(t, func(d *desk) {
		first := d.receive(Intake{Address: "1 Market Street"})
		for name, c := range map[string]struct {
			n    Nearby
			want int
		}{
			"the point":         {Nearby{Lat: first.Position.Lat, Lon: first.Position.Lon}, 1},
			"the address":       {Nearby{Key: first.Key}, 1},
			"both, a call late": {Nearby{Lat: first.Position.Lat, Lon: first.Position.Lon, Key: first.Key, At: d.now.Add(-29 * time.Minute)}, 1},
			"long before":       {Nearby{Key: first.Key, At: d.now.Add(-31 * time.Minute)}, 0},
			"another place":     {Nearby{Lat: first.Position.Lat + 0.01, Lon: first.Position.Lon}, 0},
			"nothing":           {Nearby{}, 0},
		} {
			page, err := d.Nearby(d.ctx, c.n)
			if err != nil || len(page.Items) != c.want || page.Items == nil {
				d.Errorf("%s: %+v, %v", name, page, err)
			}
		}
		if page, err := d.Nearby(d.as("stranger"), Nearby{Key: first.Key}); err != nil || len(page.Items) != 0 {
			d.Errorf("a stranger is shown %+v, %v", page, err)
		}
	})
}

func TestRecentsAreBoundedAndForgotten(t *testing.T) {
	r, here := &recents{}, Position{Lat: 28.9, Lon: 120.04}
	for i := range 10 * spotMost {
		r.add(Recent{ID: ID(strconv.Itoa(i)), Position: &here, CalledAt: t0, key: "k"}, t0)
	}
	if list := r.spots[cellOf(here)]; len(list) != spotMost || list[0].ID != ID(strconv.Itoa(9*spotMost)) || len(r.known) != spotMost || len(r.order) > 2*len(r.known)+1000 {
		t.Errorf("%d of %d, from %s; order %d", len(list), len(r.known), list[0].ID, len(r.order))
	}
	r.forget(ID(strconv.Itoa(9 * spotMost)))
	r.forget("unknown")
	if len(r.spots[addressOf("k")]) != spotMost-1 {
		t.Error("it was not forgotten at its address")
	}
	r.add(Recent{ID: "old", Position: &here, CalledAt: t0}, t0.Add(rememberedFor+time.Second))
	if len(r.known) != 0 || len(r.spots) != 0 || len(r.order) != 0 {
		t.Errorf("%d known, %d spots, %d in order after their time", len(r.known), len(r.spots), len(r.order))
	}
}

func BenchmarkDuplicates(b *testing.B) {
	s, here := &Service{Deps: Deps{Gate: &neighbours{}, Centre: &neighbours{}}}, Position{Lat: 28.9, Lon: 120.04}
	for i := range 100_000 {
		p := Position{Lat: 28.9 + float64(i%317)/5000, Lon: 120 + float64(i%311)/5000}
		s.recent.add(Recent{ID: ID(strconv.Itoa(i)), Position: &p, CalledAt: t0}, t0)
	}
	for b.Loop() {
		s.duplicates(b.Context(), Placing{Position: &here}, t0)
	}
}
