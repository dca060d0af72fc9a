package twin

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhian/platform/geo"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, Zone())

func TestCityHasItsSize(t *testing.T) {
	c := New(1)
	if len(c.Stations) != 15 || len(c.Units) != 120 || len(c.Villages) != 452 {
		t.Errorf("%d stations, %d units, %d villages", len(c.Stations), len(c.Units), len(c.Villages))
	}
	roles, names, crews := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, u := range c.Users {
		roles[u.Role]++
		if names[u.Number] || names[u.Name] {
			t.Errorf("%s %s occurs twice", u.Number, u.Name)
		}
		names[u.Number], names[u.Name] = true, true
		if !strings.HasPrefix(u.Number, "D") || !strings.Contains(u.Name, c.tables.texts["officer"][:6]) {
			t.Errorf("%s %s does not look made up", u.Number, u.Name)
		}
	}
	if roles["officer"]+roles["leader"] != 300 || roles["leader"] != 15 || roles["call_taker"] != 6 {
		t.Errorf("roles %v", roles)
	}
	signs := map[string]bool{}
	for _, u := range c.Units {
		if signs[u.CallSign] || len(u.Crew) != 2 || !contains(c.Stations[u.Station].Area, u.Home) {
			t.Errorf("unit %+v: own call sign, crew of two, home in its area", u)
		}
		signs[u.CallSign] = true
		for _, officer := range u.Crew {
			if crews[officer] || !names[officer] {
				t.Errorf("officer %s is in two crews or nobody", officer)
			}
			crews[officer] = true
		}
	}
	for _, s := range c.Stations {
		if len(s.Code) != 12 || s.Code[:7] != "3307845" && s.Code[:7] != "3307846" || !contains(s.Area, s.Seat) {
			t.Errorf("station %+v", s)
		}
	}
}

// The areas tile the outline: no gap, no overlap. Every edge of an area is
// either the very same edge of one neighbour, the other way round, or lies on
// the outline; and the areas add up.
func TestAreasTile(t *testing.T) {
	for seed := range uint64(40) {
		c := New(seed)
		type edge struct{ a, b geo.Point }
		edges := map[edge]int{}
		var sum float64
		for _, s := range c.Stations {
			for i := 1; i < len(s.Area); i++ {
				edges[edge{s.Area[i-1], s.Area[i]}]++
			}
			sum += squareMetres(s.Area)
		}
		var border float64
		for e, n := range edges {
			if n != 1 {
				t.Fatalf("seed %d: edge %v is there %d times", seed, e, n)
			}
			if edges[edge{e.b, e.a}] == 0 {
				border += geo.Distance(e.a, e.b)
			}
		}
		var around float64
		for i := 1; i < len(c.Outline); i++ {
			around += geo.Distance(c.Outline[i-1], c.Outline[i])
		}
		if math.Abs(border-around) > 1 {
			t.Errorf("seed %d: edges without a neighbour are %.1f m long, the outline %.1f m", seed, border, around)
		}
		if whole := squareMetres(c.Outline); math.Abs(sum/whole-1) > 1e-6 || math.Abs(whole/areaM2-1) > 0.001 {
			t.Errorf("seed %d: areas %.0f m², outline %.0f m²", seed, sum, whole)
		}
	}
}

func squareMetres(ring []geo.Point) float64 {
	spots := make([]spot, len(ring)-1)
	for i := range spots {
		spots[i].x, spots[i].y = plane().XY(ring[i])
	}
	return area(spots)
}

func TestVillagesAndAddressesLieInTheirArea(t *testing.T) {
	c := New(7)
	for _, v := range c.Villages {
		if !contains(c.Stations[v.Station].Area, v.At) || !strings.HasPrefix(v.Code, c.Stations[v.Station].Town) {
			t.Fatalf("%s is not in the area of a station of its town", v.Name)
		}
	}
	texts := map[string]bool{}
	for _, a := range c.Addresses {
		if !contains(c.Stations[c.Villages[a.Village].Station].Area, a.At) || texts[a.Text] || strings.Contains(a.Text, "{") {
			t.Fatalf("address %s", a.Text)
		}
		texts[a.Text] = true
	}
}

func TestSameSeedSameCity(t *testing.T) {
	a, b := New(3), New(3)
	if !reflect.DeepEqual(a, b) {
		t.Error("one seed gave two cities")
	}
	if reflect.DeepEqual(New(4).Outline, a.Outline) {
		t.Error("two seeds gave one outline")
	}
}

// A call does not depend on the period that was asked for.
func TestCallsDoNotDependOnTheQuestion(t *testing.T) {
	c := New(5)
	whole := slices.Collect(c.Calls(monday, monday.Add(24*time.Hour)))
	rapid.Check(t, func(t *rapid.T) {
		a := monday.Add(time.Duration(rapid.IntRange(0, 86400).Draw(t, "from")) * time.Second)
		b := a.Add(time.Duration(rapid.IntRange(0, 20000).Draw(t, "length")) * time.Second)
		if end := monday.Add(24 * time.Hour); b.After(end) {
			b = end
		}
		var want []Call
		for _, call := range whole {
			if !call.At.Before(a) && call.At.Before(b) {
				want = append(want, call)
			}
		}
		if got := slices.Collect(c.Calls(a, b)); !reflect.DeepEqual(got, want) {
			t.Fatalf("%d calls, want %d", len(got), len(want))
		}
	})
}

func TestCallsFollowTheirRates(t *testing.T) {
	c := New(11)
	const weeks = 20
	byKind, byHour, refs := map[string]float64{}, [24]float64{}, map[string]Call{}
	var first, repeats float64
	last := monday
	for call := range c.Calls(monday, monday.Add(weeks*7*24*time.Hour)) {
		if call.At.Before(last) {
			t.Fatal("calls are not in the order of time")
		}
		last = call.At
		if _, again := refs[call.Ref]; again {
			t.Fatalf("ref %s occurs twice", call.Ref)
		}
		refs[call.Ref] = call
		if geo.Distance(call.Point, call.Told) > 250 || !contains(c.Stations[call.Station].Area, call.Point) {
			t.Fatalf("call %+v is not where it should be", call)
		}
		if call.Repeats != "" {
			repeats++
			if one := refs[call.Repeats]; one.Kind != call.Kind || one.Address != call.Address || call.At.Sub(one.At) > time.Hour {
				t.Fatalf("%+v does not repeat %+v", call, one)
			}
			continue
		}
		first++
		byKind[call.Kind]++
		byHour[call.At.In(Zone()).Hour()]++
	}
	within := func(name string, got, mean float64) {
		if math.Abs(got-mean) > 5*math.Sqrt(mean) {
			t.Errorf("%s: %v calls, mean %v", name, got, mean)
		}
	}
	within("all", first, weeks*c.PerWeek())
	within("repeats", repeats, first*repeatShare)
	for _, k := range c.tables.kinds {
		within("kind "+k.kind, byKind[k.kind], weeks*7*k.perDay)
	}
	if byHour[20] < 1.5*byHour[4] {
		t.Errorf("evenings must be busier than nights: %v", byHour)
	}
}

func TestBehaviour(t *testing.T) {
	c := New(2)
	var n, forgot, late, lost, answered float64
	for call := range c.Calls(monday, monday.Add(7*24*time.Hour)) {
		unit := c.Units[call.Station*unitsPerStation]
		duty := c.Behave(call, unit, unit.Home)
		if again := c.Behave(call, unit, unit.Home); again != duty {
			t.Fatal("behaviour must depend on seed, call, unit and place alone")
		}
		if !(0 < duty.Acknowledge && duty.Acknowledge <= duty.EnRoute && duty.EnRoute < duty.OnScene && duty.OnScene < duty.Clear) {
			t.Fatalf("stages out of order: %+v", duty)
		}
		if duty.Contact > duty.Clear || duty.Video > duty.Clear {
			t.Fatalf("something after the end: %+v", duty)
		}
		if duty.Disposition == "" || duty.Feedback == "" || duty.Presses.OnScene > duty.Clear {
			t.Fatalf("%+v", duty)
		}
		if duty.Where(call, unit.Home, 0) != unit.Home || duty.Where(call, unit.Home, duty.OnScene) != call.Point {
			t.Fatal("a unit begins at its place and ends at the scene")
		}
		n++
		forgot += one(duty.Presses.EnRoute == Never)
		late += one(duty.Presses.OnScene > duty.OnScene)
		lost += one(duty.Lost.Length > 0)
		answered += one(duty.Answered)
		if h := c.Handling(call); h < 8*time.Second {
			t.Fatalf("handled in %v", h)
		}
	}
	for name, share := range map[string][2]float64{
		"forgot en route": {forgot / n, forgetsEnRoute}, "late on scene": {late / n, pressesLate * (1 - forgetsOnScene)},
		"lost network": {lost / n, losesNetwork}, "answered": {answered / n, isAnswered},
	} {
		if math.Abs(share[0]-share[1]) > 0.04 {
			t.Errorf("%s: %.3f, want about %.3f", name, share[0], share[1])
		}
	}
	if faster, slower := c.Behave(Call{Ref: "x", Point: c.Stations[0].Seat}, Unit{CallSign: "a", Kind: "car"}, c.Stations[0].Seat),
		c.Behave(Call{Ref: "x", Point: c.Stations[0].Seat}, Unit{CallSign: "a", Kind: "car"}, c.Stations[9].Seat); faster.OnScene >= slower.OnScene {
		t.Error("a longer way must take longer")
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func TestLossHoldsWhatIsPressed(t *testing.T) {
	l := Loss{From: 10, Length: 5}
	for pressed, want := range map[time.Duration]time.Duration{9: 9, 10: 15, 14: 15, 15: 15, 16: 16} {
		if got := l.Arrives(pressed); got != want {
			t.Errorf("pressed at %d arrives at %d, want %d", pressed, got, want)
		}
	}
	if (Loss{}).Arrives(0) != 0 {
		t.Error("no loss holds nothing")
	}
}

func TestAreasAreGoodGeoJSON(t *testing.T) {
	for _, s := range New(1).Stations {
		text, err := json.Marshal(s.polygon())
		if err != nil {
			t.Fatal(err)
		}
		region, err := geo.ParseRegion(text, geo.WGS84, "/")
		if err != nil || !region.Contains(s.Seat) {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}
