package twin

import (
	"slices"
	"testing"
	"time"
)

// shared is a desk that a visitor sits at too.
type shared struct {
	*desk
	visit func(now time.Time) []Order
}

func (s *shared) Orders() []Order { return s.visit(s.clock.now) }

// What a visitor takes into their hands stays there: the city sends nobody else,
// and the crew that was sent does its duty at once.
func TestCrewsAnswerToVisitors(t *testing.T) {
	c := New(3)
	k := newDesk(t, c, &still{now: monday})
	s := &shared{desk: k}
	const own, unit = "v1", 3
	sent := monday.Add(10 * time.Minute)
	taken, ended, given := "", "", false
	s.visit = func(now time.Time) (orders []Order) {
		if now.Before(sent) || given {
			return nil
		}
		taken, ended = "", ""
		for id := range k.calls { // of those that wait, one is taken over and one is ended
			switch {
			case len(k.sent[id]) > 0 || len(k.ends[id]) > 0 || k.calls[id].Repeats != "":
			case taken == "":
				taken = id
			case ended == "":
				ended = id
			}
		}
		if taken == "" || ended == "" {
			return nil
		}
		given = true
		k.calls[own] = Call{Ref: own, At: now, Kind: "4", Point: c.Units[unit].Home}
		return []Order{{own, unit, now, "4", c.Units[unit].Home}, {ID: taken, Unit: 7, At: now, Kind: "4", Point: k.calls[taken].Point}, {ID: ended, Unit: -1}}
	}
	if err := c.Drive(t.Context(), s, k.clock, monday.Add(12*time.Hour), func(error) {}); err != nil {
		t.Fatal(err)
	}
	if !given {
		t.Fatal("there was never something to take over: the test shows nothing")
	}
	want := []Step{Acknowledge, EnRoute, OnScene, Cleared}
	for _, id := range []string{own, taken} {
		if !slices.Equal(k.presses[id], want) || len(k.ends[id]) != 1 || len(k.sent[id]) != 0 {
			t.Errorf("%s: pressed %v, ended %v, the city sent %v", id, k.presses[id], k.ends[id], k.sent[id])
		}
	}
	if len(k.presses[ended])+len(k.sent[ended])+len(k.ends[ended]) != 0 {
		t.Errorf("the city goes on with what a visitor has ended: %v %v", k.sent[ended], k.ends[ended])
	}
}

func TestKeenCrewsForgetNothing(t *testing.T) {
	c := New(5)
	for call := range c.Calls(monday, monday.Add(6*time.Hour)) {
		usual := c.Behave(call, c.Units[0], c.Units[0].Home)
		d := usual.keen()
		inOrder := 0 < d.Acknowledge && d.Acknowledge < d.EnRoute && d.EnRoute < d.OnScene && d.OnScene < d.Clear
		if !inOrder || d.Acknowledge > 5*time.Second || d.Video < 0 || d.Lost.Length != 0 || !d.Answered ||
			d.Presses != (Presses{d.EnRoute, d.OnScene, d.Clear}) || d.OnScene-d.EnRoute != usual.OnScene-usual.EnRoute {
			t.Fatalf("%+v of %+v", d, usual)
		}
	}
}
