package pace

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"zhian/platform/stat"
)

// Spread is how long one clock or span took in one group.
//
// N counts valid pairs. Missing, Inverted, Censored, Running and Excluded are
// beside it and never enter the rate or the percentiles; all six together are the
// incidents of the group. Percentiles are type 7 on whole seconds. Bins count the
// valid pairs; Revised those incidents whose answer has changed.
type Spread struct {
	Group    string  `json:"group"`
	Clock    Clock   `json:"clock"`
	N        int     `json:"n"`
	Missing  int     `json:"missing"`
	Inverted int     `json:"inverted"`
	Censored int     `json:"censored"`
	Running  int     `json:"running"`
	Excluded int     `json:"excluded"`
	Revised  int     `json:"revised"`
	P50      float64 `json:"p50_s"`
	P90      float64 `json:"p90_s"`
	P95      float64 `json:"p95_s"`
	Bins     []Bin   `json:"bins,omitempty"`
}

// Line is how one clock was kept in one group. With TooFew the rate says too little
// to be told. Overdue counts those censored or running whose target had run out
// when they were last seen: the rate leaves them out, and they were not kept.
//
// Rank is by rate among groups with enough pairs: one plus the number of groups
// that are better by more than noise, so that groups nobody can tell apart share
// it; 0 is none. Tied counts the groups that differ from this one by noise only.
type Line struct {
	Spread
	Versions []int         `json:"definition_versions"`
	Within   int           `json:"within"`
	Rate     float64       `json:"rate"`
	Wilson   stat.Interval `json:"wilson95"`
	TooFew   bool          `json:"too_few"`
	Overdue  int           `json:"overdue"`
	Rank     int           `json:"rank"`
	Tied     int           `json:"tied"`
}

// Bin counts pairs over OverS and up to and including UptoS seconds; UptoS 0 is
// without end.
type Bin struct {
	OverS int64 `json:"over_s"`
	UptoS int64 `json:"upto_s,omitempty"`
	N     int   `json:"n"`
}

// binEdges are the bins in use at Chinese centres (weekly 110 report of Ankang:
// signed in, out, fed back), in seconds. Out is read as leaving for the scene, and
// all three are counted from the dispatch: the report does not say.
var binEdges = map[Clock][]int64{
	ClockAcknowledge: {30, 60, 120, 180},
	SpanDeparture:    {5 * 60, 10 * 60, 15 * 60, 30 * 60},
	SpanFeedback:     {30 * 60, 60 * 60, 2 * 60 * 60, 4 * 60 * 60},
}

// tally gathers the judgements of one clock of one group.
type tally struct {
	Line
	took    []int64 // whole seconds
	version int     // the last one added: versions seldom change
}

func newTally(group string, c Clock) *tally {
	t := &tally{Line: Line{Spread: Spread{Group: group, Clock: c}, Versions: []int{}}}
	for i, edge := range append(binEdges[c], 0) {
		t.Bins = append(t.Bins, Bin{UptoS: edge})
		if i > 0 {
			t.Bins[i].OverS = t.Bins[i-1].UptoS
		}
	}
	return t
}

func (t *tally) add(j *Judgement, in *Incident, now time.Time) {
	switch j.Verdict {
	case VerdictWithin:
		t.Within++
		t.time(j)
	case VerdictLate, VerdictMeasured:
		t.time(j)
	case VerdictMissing:
		t.Missing++
	case VerdictInverted:
		t.Inverted++
	case VerdictCensored:
		t.Censored++
	case VerdictExcluded:
		t.Excluded++
	default:
		t.Running++
	}
	if j.Overdue(in, now) {
		t.Overdue++
	}
	if slices.Contains(in.Revised, j.Clock) {
		t.Revised++
	}
	t.use(j)
}

func (t *tally) time(j *Judgement) {
	t.took = append(t.took, j.Seconds)
	took, bin := j.took(), 0
	for took > seconds(t.Bins[bin].UptoS) && t.Bins[bin].UptoS > 0 {
		bin++
	}
	t.Bins[bin].N++
}

func (t *tally) use(j *Judgement) {
	if j.Version == t.version || j.Verdict == VerdictExcluded {
		return
	}
	t.version = j.Version
	if !slices.Contains(t.Versions, j.Version) {
		t.Versions = append(t.Versions, j.Version)
		slices.Sort(t.Versions)
	}
}

// sum is the line of everything added.
func (t *tally) sum() Line {
	l := t.Line
	if binEdges[l.Clock] == nil {
		l.Bins = nil
	}
	if l.N = len(t.took); l.N > 0 {
		slices.Sort(t.took)
		l.P50, l.P90, l.P95 = stat.Quantile(t.took, 500), stat.Quantile(t.took, 900), stat.Quantile(t.took, 950)
		l.Rate = float64(l.Within) / float64(l.N)
	}
	l.Wilson, l.TooFew = stat.Wilson95(l.Within, l.N), stat.TooFew(l.N)
	return l
}

func newTallies(group string, measures []Clock) []*tally {
	list := make([]*tally, len(measures))
	for i, c := range measures {
		list[i] = newTally(group, c)
	}
	return list
}

// sums are the lines of every group: clocks in their order, with ranks where
// groups answer for them, then spans.
func (g Group) sums(groups map[string][]*tally) (lines []Line, spread []Spread) {
	lines, spread = []Line{}, []Spread{}
	for i, c := range g.measures() {
		of := []Line{}
		for _, tallies := range groups {
			of = append(of, tallies[i].sum())
		}
		if slices.Contains(Spans, c) {
			ByNone.sort(of)
			for _, l := range of {
				spread = append(spread, l.Spread)
			}
			continue
		}
		if ranked[g] {
			rank(of)
		}
		g.sort(of)
		lines = append(lines, of...)
	}
	return lines, spread
}

// rank gives the lines of one clock their ranks. The difference of two is more
// than noise when their intervals do not overlap, drawn so wide that in 95 of 100
// tables all of them hold: where many are compared, some differ by chance.
func rank(lines []Line) {
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Compare(tooFew(a), tooFew(b)) })
	few := slices.IndexFunc(lines, func(l Line) bool { return l.TooFew })
	if few < 0 {
		few = len(lines)
	}
	enough, bounds := lines[:few], make([]stat.Interval, few)
	for i, l := range enough {
		bounds[i] = stat.Wilson(l.Within, l.N, stat.Simultaneous(few))
	}
	for i := range enough {
		enough[i].Rank = 1
		for k := range enough {
			switch {
			case bounds[k].Low > bounds[i].High:
				enough[i].Rank++
			case k != i && bounds[k].High >= bounds[i].Low:
				enough[i].Tied++
			}
		}
	}
}

// Group is what a report is broken down by.
type Group string

const (
	ByNone      Group = "none"
	ByStation   Group = "station"
	ByCallTaker Group = "call_taker"
	ByKind      Group = "kind"
	ByArea      Group = "area"
	ByHour      Group = "hour"
	ByDay       Group = "day"
	ByWeek      Group = "week"  // named by its Monday
	ByMonth     Group = "month" // 2026-03
)

// ranked are the groups that answer for their clocks. A kind, an area or an hour
// does not, so ranking them would say nothing.
var ranked = map[Group]bool{ByStation: true, ByCallTaker: true}

// measures are the clocks that a report of a group shows. A call-taker answers
// for the first clock alone.
func (g Group) measures() []Clock {
	if g == ByCallTaker {
		return []Clock{ClockDispatch}
	}
	return slices.Concat(Clocks, Spans)
}

// of is the group that an incident falls into; hours and days are those of the
// centre.
func (g Group) of(in *Incident, zone *time.Location) string {
	switch g {
	case ByStation:
		return in.StationID
	case ByCallTaker:
		return in.CallTaker
	case ByKind:
		return in.KindCode
	case ByArea:
		return in.class()
	case ByHour:
		return strconv.Itoa(in.Called.At.In(zone).Hour())
	case ByDay:
		return in.Called.At.In(zone).Format(time.DateOnly)
	case ByWeek:
		called := in.Called.At.In(zone)
		return called.AddDate(0, 0, -(int(called.Weekday())+6)%7).Format(time.DateOnly)
	case ByMonth:
		return in.Called.At.In(zone).Format("2006-01")
	}
	return ""
}

// sort orders the lines of one clock: ranked groups the best first and those with
// too few last, hours by number, others by name.
func (g Group) sort(lines []Line) {
	slices.SortFunc(lines, func(a, b Line) int {
		by := 0
		switch {
		case ranked[g]:
			by = cmp.Or(cmp.Compare(tooFew(a), tooFew(b)), cmp.Compare(b.Wilson.Low, a.Wilson.Low))
		case g == ByHour:
			by = cmp.Compare(len(a.Group), len(b.Group))
		}
		return cmp.Or(by, cmp.Compare(a.Group, b.Group))
	})
}

func tooFew(l Line) int {
	if l.TooFew {
		return 1
	}
	return 0
}
