package twin

import (
	"slices"
	"testing"
	"time"

	"zhian/platform/geo"
)

// A share of the city's incidents is told whole, without a word of where units
// are: of each call that is told the repeat is told too, and every one ends.
func TestTellAShare(t *testing.T) {
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, Zone())
	to := from.AddDate(0, 0, 2)
	city, clock := New(5), &still{now: from}
	k := newDesk(t, city, clock)
	if err := city.Tell(t.Context(), k, clock, to, 0.2, func(error) {}); err != nil {
		t.Fatal(err)
	}
	all, told := 0, map[string]bool{}
	for id, call := range k.calls {
		told[call.Ref] = true
		if len(k.ends[id]) != 1 {
			t.Errorf("%s ended %d times", call.Ref, len(k.ends[id]))
		}
	}
	for call := range city.Calls(from, to) {
		all++
		if call.Repeats != "" && told[call.Ref] != told[call.Repeats] {
			t.Errorf("%s is told without the call that it repeats", call.Ref)
		}
	}
	if share := float64(len(told)) / float64(all); share < 0.15 || share > 0.25 {
		t.Errorf("%d of %d calls are told", len(told), all)
	}
	if k.fixes != 0 {
		t.Errorf("%d positions were told", k.fixes)
	}
}

// Six call-takers take turns, two at a time; each has every part of the day.
func TestShifts(t *testing.T) {
	city, day := New(1), time.Date(2026, 3, 2, 0, 0, 0, 0, Zone())
	parts := map[string]map[int]bool{}
	for hour := range 24 * 6 {
		at := day.Add(time.Duration(hour) * time.Hour)
		for _, u := range city.Shift(at) {
			if u.Role != "call_taker" {
				t.Fatalf("%+v takes calls", u)
			}
			if parts[u.Number] == nil {
				parts[u.Number] = map[int]bool{}
			}
			parts[u.Number][at.Hour()/8] = true
		}
		if next := city.Shift(at.Add(ShiftLasts)); next == city.Shift(at) {
			t.Errorf("%v: nobody takes over", at)
		}
	}
	if len(parts) != callTakers {
		t.Errorf("%d call-takers", len(parts))
	}
	for who, had := range parts {
		if len(had) != 3 {
			t.Errorf("%s has %d parts of the day", who, len(had))
		}
	}
}

// Every station has a leader of its own, and its units nearest first.
func TestLeadersAndNearest(t *testing.T) {
	city := New(1)
	for i, u := range city.Leaders() {
		if u.Org != city.Stations[i].Code {
			t.Errorf("%s leads %s", u.Number, u.Org)
		}
	}
	place := city.Stations[3].Seat
	home := func(unit int) geo.Point { return city.Units[unit].Home }
	units := city.Nearest(3, place, home)
	if len(units) != unitsPerStation || !slices.IsSortedFunc(units, func(a, b int) int {
		return int(geo.Distance(home(a), place) - geo.Distance(home(b), place))
	}) {
		t.Errorf("%v", units)
	}
	for _, i := range units {
		if city.Units[i].Station != 3 {
			t.Errorf("unit %d is of station %d", i, city.Units[i].Station)
		}
	}
}
