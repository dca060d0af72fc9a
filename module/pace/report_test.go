package pace

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/module/incident"
	"zhian/platform/stat"
)

// tallied adds one judgement of each verdict, and durations in seconds.
func tallied(group string, c Clock, verdicts []Verdict, took ...float64) Line {
	t := newTally(group, c)
	for _, v := range verdicts {
		t.add(&Judgement{Clock: c, Version: 1, Verdict: v}, &Incident{}, at(0))
	}
	for _, s := range took {
		j := Judgement{Clock: c, Version: 1, Start: stamp(0), End: stamp(s), TargetS: 60}
		j.Verdict = j.timed()
		t.add(&j, &Incident{}, at(0))
	}
	return t.sum()
}

func TestBadPairsStayOutOfTheRate(t *testing.T) {
	l := tallied("S1", ClockDispatch, []Verdict{VerdictMissing, VerdictInverted, VerdictCensored, VerdictBreached, VerdictRunning,
		VerdictWaiting, VerdictExcluded, VerdictExcluded}, 10, 70)
	if l.N != 2 || l.Within != 1 || l.Missing != 1 || l.Inverted != 1 || l.Censored != 1 || l.Running != 3 || l.Excluded != 2 || l.Overdue != 1 {
		t.Errorf("%+v", l)
	}
	if l.Rate != 0.5 || l.P50 != 40 || l.P90 != 64 || l.P95 != 67 || !l.TooFew || !slices.Equal(l.Versions, []int{1}) {
		t.Errorf("%+v", l)
	}
	if none := tallied("S2", ClockDispatch, nil); none.N != 0 || none.Wilson != (stat.Interval{Low: 0, High: 1}) || !none.TooFew || len(none.Versions) != 0 {
		t.Errorf("nothing counted: %+v", none)
	}
	if few, enough := tallied("", ClockDispatch, nil, make([]float64, 29)...), tallied("", ClockDispatch, nil, make([]float64, 30)...); !few.TooFew || enough.TooFew {
		t.Error("30 is enough to say something, 29 is not")
	}
}

// The bins of the Ankang weekly report, exactly: an edge belongs to the bin below.
func TestBinsInUse(t *testing.T) {
	minutes := func(list ...float64) (out []float64) {
		for _, m := range list {
			out = append(out, m*60)
		}
		return out
	}
	for _, c := range []struct {
		clock Clock
		took  []float64
		want  string
	}{
		{ClockAcknowledge, []float64{0, 30, 30.001, 60, 60.5, 120, 121, 180, 180.001, 9999}, "0-30:2 30-60:2 60-120:2 120-180:2 180-:2"},
		{SpanDeparture, minutes(0, 5, 5.1, 10, 10.1, 15, 15.1, 30, 30.1, 99), "0-300:2 300-600:2 600-900:2 900-1800:2 1800-:2"},
		{SpanFeedback, minutes(0, 30, 31, 60, 61, 120, 121, 240, 241, 999), "0-1800:2 1800-3600:2 3600-7200:2 7200-14400:2 14400-:2"},
		{ClockArrival, []float64{1, 2}, ""},
	} {
		var got []string
		for _, b := range tallied("", c.clock, nil, c.took...).Bins {
			got = append(got, strings.TrimSuffix(plain(float64(b.OverS))+"-"+plain(float64(b.UptoS)), "-0")+strings.Repeat("-", count(b.UptoS == 0))+":"+plain(float64(b.N)))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s", c.clock, strings.Join(got, " "))
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func rated100(group string, within, n int) Line {
	took := make([]float64, n)
	for i := range took {
		if i >= within {
			took[i] = 61
		}
	}
	return tallied(group, ClockDispatch, nil, took...)
}

// Groups that nobody can tell apart share a rank, and say how many they are.
func TestRanks(t *testing.T) {
	lines := []Line{rated100("best", 980, 1000), rated100("good", 960, 1000), rated100("small", 29, 30), rated100("bad", 500, 1000),
		rated100("few", 29, 29), rated100("worse", 480, 1000), rated100("worst", 10, 1000)}
	rank(lines)
	want := map[string][2]int{"best": {1, 2}, "good": {1, 2}, "small": {1, 2}, "bad": {4, 1}, "worse": {4, 1}, "worst": {6, 0}, "few": {0, 0}}
	for _, l := range lines {
		if got := [2]int{l.Rank, l.Tied}; got != want[l.Group] {
			t.Errorf("%s: rank and ties %v, want %v", l.Group, got, want[l.Group])
		}
	}
}

// Stations that are all alike are one rank in 95 of 100 weeks: whoever is first is
// so by chance.
func TestStationsThatAreAlikeAreNotRanked(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	apart := 0
	const weeks, stations = 200, 15
	for range weeks {
		lines := make([]Line, stations)
		for i := range lines {
			n := 40 + random.IntN(100)
			lines[i] = rated100("", binomial(random, n, 0.8), n)
		}
		rank(lines)
		if slices.ContainsFunc(lines, func(l Line) bool { return l.Rank > 1 }) {
			apart++
		}
	}
	if apart > weeks*5/100 {
		t.Errorf("in %d of %d weeks stations that are alike were told apart", apart, weeks)
	}
}

func binomial(random *rand.Rand, n int, p float64) (hits int) {
	for range n {
		if random.Float64() < p {
			hits++
		}
	}
	return hits
}

// The 95 % interval of a station's week holds the true rate in 93 to 97 of 100
// weeks, over stations and rates of every kind that centres have.
func TestIntervalsCover(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	const weeks = 10_000
	covered := 0
	for range weeks {
		n, p := stat.FewBelow+random.IntN(120), 0.5+0.48*random.Float64()
		i := tallyOf(binomial(random, n, p), n).Wilson
		if i.Low <= p && p <= i.High {
			covered++
		}
	}
	if rate := float64(covered) / weeks; rate < 0.93 || rate > 0.97 {
		t.Errorf("the intervals hold the true rate in %.3f of the weeks", rate)
	}
}

// tallyOf is a line of so many pairs, without the cost of each.
func tallyOf(within, n int) Line {
	t := newTally("", ClockDispatch)
	t.Within, t.took = within, make([]int64, n)
	return t.sum()
}

// Rates and bounds of the shared real files, solved from the definition of the
// score interval by bisection in 50 digits.
func TestGoldenIntervals(t *testing.T) {
	for _, c := range []struct {
		within, n int
		low, high float64
	}{
		{4515, 4959, 0.9021983000, 0.9180979021},
		{2226, 7396, 0.2906255495, 0.3115280890},
		{2421, 7396, 0.3167369757, 0.3381204947},
		{12632, 25984, 0.4800706902, 0.4922240462},
		{5947, 20838, 0.2793004492, 0.2915628060},
		{2804, 3725, 0.7386419090, 0.7663406763},
		{24, 30, 0.6269430359, 0.9049489282},
	} {
		i := tallyOf(c.within, c.n).Wilson
		if math.Abs(i.Low-c.low) > 5e-10 || math.Abs(i.High-c.high) > 5e-10 {
			t.Errorf("%d of %d: %.10f to %.10f", c.within, c.n, i.Low, i.High)
		}
	}
}

func TestGroups(t *testing.T) {
	china := time.FixedZone("+8", 8*3600)
	in := &Incident{StationID: "S1", CallTaker: "c1", KindCode: "4", Stamps: Stamps{Called: stamp(0)}}
	for g, want := range map[Group]string{ByNone: "", ByStation: "S1", ByCallTaker: "c1", ByKind: "4", ByArea: "other", ByHour: "7"} {
		if got := g.of(in, china); got != want {
			t.Errorf("%s: %q, want %q", g, got, want)
		}
	}
	if got := ByHour.of(in, time.UTC); got != "23" {
		t.Errorf("the hour is the centre's: %s", got)
	}
	groups := map[string][]*tally{}
	for _, name := range []string{"10", "9", "0", "23"} {
		groups[name] = newTallies(name, ByHour.measures())
	}
	var order []string
	lines, spread := ByHour.sums(groups)
	for _, l := range lines {
		if l.Rank != 0 {
			t.Error("an hour was ranked")
		}
		if l.Clock == ClockVideo {
			order = append(order, l.Group)
		}
	}
	if !slices.Equal(order, []string{"0", "9", "10", "23"}) {
		t.Errorf("hours in the order %v", order)
	}
	if len(spread) != 4*len(Spans) {
		t.Errorf("spans: %+v", spread)
	}
	if m := ByCallTaker.measures(); !slices.Equal(m, []Clock{ClockDispatch}) {
		t.Errorf("a call-taker answers for %v", m)
	}
}

// Days, weeks and months are those of the centre: 00:30 on a Monday there is still
// Sunday in UTC.
func TestPeriodsAreTheCentres(t *testing.T) {
	zone := time.FixedZone("China", 8*3600)
	for _, c := range []struct{ called, day, week, month string }{
		{"2026-03-01T15:59:59Z", "2026-03-01", "2026-02-23", "2026-03"}, // Sunday night
		{"2026-03-01T16:30:00Z", "2026-03-02", "2026-03-02", "2026-03"},
		{"2026-03-07T04:00:00Z", "2026-03-07", "2026-03-02", "2026-03"}, // Saturday
		{"2026-12-31T17:00:00Z", "2027-01-01", "2026-12-28", "2027-01"},
	} {
		called, err := time.Parse(time.RFC3339, c.called)
		if err != nil {
			t.Fatal(err)
		}
		in := Incident{Stamps: Stamps{Called: Stamp{At: called}}}
		if got := [3]string{ByDay.of(&in, zone), ByWeek.of(&in, zone), ByMonth.of(&in, zone)}; got != [3]string{c.day, c.week, c.month} {
			t.Errorf("%s falls into %q", c.called, got)
		}
	}
}

// A kind that is only kept as received is counted with the one that stands for it,
// in the report and where a kind is asked for.
func TestKindsThatCountAsOthers(t *testing.T) {
	each(t, func(d *desk) {
		d.Kinds = incident.Kinds{"6": {CountsAs: "12"}, "12": {}, "4": {}}
		for i, code := range []string{"6", "12", "4"} {
			d.call(fmt.Sprint("I", i), 0, func(a *incident.About) { a.KindCode = code }).dispatch(10, "u1")
		}
		groups := map[string]int{}
		for _, l := range d.report(Question{By: ByKind}).Items {
			if l.Clock == ClockDispatch {
				groups[l.Group] = l.N
			}
		}
		if len(groups) != 2 || groups["12"] != 2 || groups["4"] != 1 {
			d.Errorf("%v", groups)
		}
		for _, code := range []string{"6", "12"} {
			r := d.report(Question{Selection: Selection{From: at(-1e6), To: at(1e6), KindCode: code}})
			if i := slices.IndexFunc(r.Items, func(l Line) bool { return l.Clock == ClockDispatch }); i < 0 || r.Items[i].N != 2 {
				d.Errorf("of kind %s: %+v", code, r.Items)
			}
		}
	})
}
