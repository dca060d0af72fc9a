package pace

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/platform/fault"
)

// at is a moment so many seconds after a call that comes half a minute before
// midnight in UTC, 07:59:30 in China.
func at(s float64) time.Time {
	return time.Date(2026, 3, 1, 23, 59, 30, 0, time.UTC).Add(time.Duration(s * float64(time.Second)).Round(time.Millisecond))
}

func stamp(s float64) Stamp { return Stamp{At: at(s), Seq: 1, Known: at(s)} }

// Targets short enough to read: a minute for the first clock, two for the second.
var (
	dispatching   = Definition{Clock: ClockDispatch, Version: 1, Start: StepCalled, End: StepDispatched, WarnPercent: 75, Targets: map[string]int64{"urban": 60, "other": 90}}
	acknowledging = Definition{Clock: ClockAcknowledge, Version: 1, Start: StepDispatched, End: StepAcknowledged, WarnPercent: 75, Targets: map[string]int64{"urban": 120}}
	arriving      = Definition{Clock: ClockArrival, Version: 1, Start: StepCalled, End: StepOnScene, WarnPercent: 75, Targets: map[string]int64{"urban": 480}}
)

func TestJudge(t *testing.T) {
	closed, withdrawn := OutcomeClosed, OutcomeWithdrawn
	for _, c := range []struct {
		rule    string
		d       *Definition
		s       Stamps
		outcome Outcome
		now     float64
		want    Verdict
		seconds int64
		overdue bool
	}{
		{"exactly at the target is within, over midnight", &dispatching, Stamps{Called: stamp(0), Dispatched: stamp(60)}, "", 70, VerdictWithin, 60, false},
		{"a millisecond more is late, of the same whole seconds", &dispatching, Stamps{Called: stamp(0), Dispatched: stamp(60.001)}, "", 70, VerdictLate, 60, false},
		{"part of a second is dropped", &dispatching, Stamps{Called: stamp(0), Dispatched: stamp(41.999)}, "", 70, VerdictWithin, 41, false},
		{"no time at all is within", &dispatching, Stamps{Called: stamp(0), Dispatched: stamp(0)}, "", 70, VerdictWithin, 0, false},
		{"the end lies before the start", &dispatching, Stamps{Called: stamp(0), Dispatched: stamp(-1)}, "", 70, VerdictInverted, 0, false},
		{"still running at the due moment", &dispatching, Stamps{Called: stamp(0)}, "", 60, VerdictRunning, 0, false},
		{"breached a millisecond later", &dispatching, Stamps{Called: stamp(0)}, "", 60.001, VerdictBreached, 0, true},
		{"withdrawn before the target ran out", &dispatching, Stamps{Called: stamp(0), Ended: stamp(30)}, withdrawn, 90, VerdictCensored, 0, false},
		{"withdrawn after it", &dispatching, Stamps{Called: stamp(0), Ended: stamp(61)}, withdrawn, 90, VerdictCensored, 0, true},
		{"merged before the dispatch", &dispatching, Stamps{Called: stamp(0), Ended: stamp(30)}, OutcomeMerged, 90, VerdictCensored, 0, false},
		{"merged after the dispatch keeps what was decided", &dispatching, Stamps{Called: stamp(0), Dispatched: stamp(20), Ended: stamp(30)}, OutcomeMerged, 90, VerdictWithin, 20, false},
		{"closed without a stamp", &dispatching, Stamps{Called: stamp(0), Ended: stamp(30)}, closed, 90, VerdictMissing, 0, false},
		{"closed, and then the stamp became known", &dispatching, Stamps{Called: stamp(0), Dispatched: stamp(20), Ended: stamp(30)}, closed, 90, VerdictWithin, 20, false},
		{"not dispatched yet", &acknowledging, Stamps{Called: stamp(0)}, "", 900, VerdictWaiting, 0, false},
		{"withdrawn before the start", &acknowledging, Stamps{Called: stamp(0), Ended: stamp(30)}, withdrawn, 900, VerdictCensored, 0, false},
		{"closed before the start", &acknowledging, Stamps{Called: stamp(0), Ended: stamp(30)}, closed, 900, VerdictMissing, 0, false},
		{"arrived without a word", &acknowledging, Stamps{Called: stamp(0), Dispatched: stamp(9), OnScene: stamp(99)}, "", 900, VerdictMissing, 0, false},
		{"arrived without a dispatch stamp", &dispatching, Stamps{Called: stamp(0), OnScene: stamp(99)}, "", 900, VerdictMissing, 0, false},
		{"there already when sent", &arriving, Stamps{Called: stamp(0), Dispatched: stamp(40), OnScene: stamp(40)}, "", 50, VerdictWithin, 40, false},
		{"a span has no target and no due moment", &spans[0], Stamps{Called: stamp(0), Dispatched: stamp(40)}, "", 90000, VerdictRunning, 0, false},
		{"a span is measured", &spans[0], Stamps{Called: stamp(0), Dispatched: stamp(40), OnScene: stamp(9040)}, "", 90000, VerdictMeasured, 9000, false},
		{"a span with its end before its start", &spans[0], Stamps{Called: stamp(0), Dispatched: stamp(40), OnScene: stamp(30)}, "", 90000, VerdictInverted, 0, false},

		{"reopened in time: the end is undone", &arriving, Stamps{Called: stamp(0), Dispatched: stamp(9), Ended: stamp(30), Reopened: stamp(50)}, withdrawn, 60, VerdictRunning, 0, false},
		{"and the clock is kept", &arriving, Stamps{Called: stamp(0), Dispatched: stamp(9), Ended: stamp(30), Reopened: stamp(50), OnScene: stamp(470)}, withdrawn, 500, VerdictWithin, 470, false},
		{"closed again", &arriving, Stamps{Called: stamp(0), Dispatched: stamp(9), Reopened: stamp(50), Ended: stamp(400)}, closed, 500, VerdictMissing, 0, false},
		{"reopened after the target: over with the first response", &arriving, Stamps{Called: stamp(0), Dispatched: stamp(9), Ended: stamp(30), Reopened: stamp(9000)}, withdrawn, 9999, VerdictCensored, 0, false},
		{"what the second response does is not its", &arriving, Stamps{Called: stamp(0), Dispatched: stamp(9), Ended: stamp(30), Reopened: stamp(9000), OnScene: stamp(9300)}, withdrawn, 9999, VerdictCensored, 0, false},
		{"what the first did is, though it became known late", &arriving, Stamps{Called: stamp(0), Dispatched: stamp(9), Ended: stamp(30), Reopened: stamp(9000), OnScene: stamp(25)}, withdrawn, 9999, VerdictWithin, 25, false},
		{"a clock that starts with the second response is judged", &acknowledging, Stamps{Called: stamp(0), Ended: stamp(30), Reopened: stamp(9000), Dispatched: stamp(9010)}, withdrawn, 9999, VerdictBreached, 0, true},
	} {
		in := &Incident{AreaClass: "urban", Outcome: c.outcome, Stamps: c.s}
		j := Judge(c.d, in, at(c.now))
		if j.Verdict != c.want || j.Seconds != c.seconds || j.Overdue(in, at(c.now)) != c.overdue {
			t.Errorf("%s: got %s %d overdue %v, want %s %d %v", c.rule, j.Verdict, j.Seconds, j.Overdue(in, at(c.now)), c.want, c.seconds, c.overdue)
		}
		if in.Stamps != c.s {
			t.Errorf("%s: judging changed the incident", c.rule)
		}
	}
}

func TestWhereAClockDoesNotApply(t *testing.T) {
	ds := Definitions{{Clock: ClockDispatch, Version: 1, Start: StepCalled, End: StepDispatched, Targets: map[string]int64{"urban": 60, "other": 90},
		ExcludedKinds: []string{"3"}, From: at(0), Until: at(10)}}
	for _, c := range []struct {
		rule, area, kind string
		called           float64
		because          string
		target           int64
	}{
		{"in its first moment", "urban", "4", 0, "", 60},
		{"other areas have their own target", "other", "4", 5, "", 90},
		{"a place in no known area is judged as other", "", "4", 5, "", 90},
		{"no target for the class", "complex", "4", 5, ExcludedByArea, 0},
		{"an excluded kind", "urban", "3", 5, ExcludedByKind, 0},
		{"before the first version", "urban", "4", -0.001, ExcludedByDefinition, 0},
		{"its last moment is not its own", "urban", "4", 10, ExcludedByDefinition, 0},
	} {
		in := &Incident{AreaClass: c.area, KindCode: c.kind, Stamps: Stamps{Called: stamp(c.called)}}
		j := ds.Judge(ClockDispatch, in, at(20))
		if j.Because != c.because || (j.Verdict == VerdictExcluded) != (c.because != "") || j.TargetS != c.target {
			t.Errorf("%s: %+v", c.rule, j)
		}
	}
}

// Whatever an incident's stamps are, each clock has one verdict, and knowing more
// never makes an answer a question again.
func TestEveryIncidentHasOneAnswer(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		in := &Incident{AreaClass: "urban", Outcome: []Outcome{OutcomeClosed, OutcomeWithdrawn, OutcomeMerged}[random.IntN(3)]}
		in.Called = stamp(0)
		for _, step := range steps[1 : len(steps)-1] {
			if random.IntN(2) == 0 {
				*in.of(step) = stamp(float64(random.IntN(700) - 50))
			}
		}
		for _, d := range []*Definition{&dispatching, &acknowledging, &arriving, &spans[0]} {
			now := at(float64(random.IntN(1000)))
			j := Judge(d, in, now)
			later := Judge(d, in, now.Add(time.Hour))
			switch {
			case j.Verdict == "" || j.Verdict == VerdictExcluded:
				t.Fatalf("%+v: %+v", in, j)
			case j.Verdict.Decided() && later != j:
				t.Fatalf("%+v: %+v and an hour later %+v", in, j, later)
			case j.Verdict == VerdictWithin && j.took() > seconds(j.TargetS):
				t.Fatalf("%+v: %+v", in, j)
			case !in.Ended.At.IsZero() && j.Running():
				t.Fatalf("ended, and %+v", j)
			}
		}
	}
}

func TestRevised(t *testing.T) {
	finding := func(v Verdict, seconds int64) Finding { return Finding{1, v, seconds} }
	for _, c := range []struct {
		was, is Finding
		want    bool
	}{
		{finding(VerdictRunning, 0), finding(VerdictWithin, 50), false},
		{finding(VerdictWaiting, 0), finding(VerdictCensored, 0), false},
		{finding(VerdictBreached, 0), finding(VerdictLate, 70), false},
		{finding(VerdictBreached, 0), finding(VerdictMissing, 0), false},
		{finding(VerdictBreached, 0), finding(VerdictCensored, 0), false},
		{finding(VerdictBreached, 0), finding(VerdictWithin, 50), true},
		{finding(VerdictBreached, 0), finding(VerdictRunning, 0), true},
		{finding(VerdictWithin, 50), finding(VerdictWithin, 50), false},
		{finding(VerdictWithin, 50), finding(VerdictWithin, 49), true},
		{finding(VerdictWithin, 50), Finding{2, VerdictWithin, 50}, true},
		{finding(VerdictMissing, 0), finding(VerdictLate, 70), true},
		{finding(VerdictCensored, 0), finding(VerdictRunning, 0), true},
		{Finding{}, finding(VerdictWithin, 50), false},
	} {
		if got := c.was.RevisedBy(c.is); got != c.want {
			t.Errorf("%+v → %+v: %v", c.was, c.is, got)
		}
	}
}

// A watch warns once, breaks once, and never goes back.
func TestWatch(t *testing.T) {
	j := Judge(&dispatching, &Incident{AreaClass: "urban", Stamps: Stamps{Called: stamp(0)}}, at(2))
	w := dispatching.watch("I1", j, at(2))
	type told struct {
		at    float64
		stage Stage
	}
	var got []told
	for s := 0.0; s <= 70; s += 0.5 {
		j := Judge(&dispatching, &Incident{AreaClass: "urban", Stamps: Stamps{Called: stamp(0)}}, at(s))
		next, announce := w.advance(j.Verdict, at(s))
		if announce {
			got = append(got, told{s, next.Stage})
		}
		w = next
	}
	if want := []told{{45, StageWarned}, {60.5, StageBreached}}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	slept := dispatching.watch("I1", j, at(2))
	if next, announce := slept.advance(VerdictBreached, at(600)); !announce || next.Stage != StageBreached || !next.Next.IsZero() {
		t.Errorf("after a long sleep: %+v, %v", next, announce)
	}
	late := dispatching.watch("I1", j, at(61))
	if late.Stage != StageWarned || !late.Next.Equal(at(121)) {
		t.Errorf("over when it became known: %+v", late)
	}
}

func TestWhoCanAct(t *testing.T) {
	for _, c := range []struct {
		clock Clock
		units []string
		want  []Actor
	}{
		{ClockDispatch, []string{"u1"}, []Actor{{Role: RoleCallTaker, OrgID: "S1"}, {Role: RoleDispatcher, OrgID: "S1"}}},
		{ClockArrival, []string{"u1", "u2"}, []Actor{{RoleCrew, "u1", "S1"}, {RoleCrew, "u2", "S1"}}},
		{ClockContact, nil, []Actor{{Role: RoleDispatcher, OrgID: "S1"}}},
	} {
		if got := WhoCanAct(c.clock, "S1", c.units); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v", c.clock, got)
		}
	}
}

func TestWhatCentresBeginWith(t *testing.T) {
	ds, err := Defaults()
	if err != nil || len(ds) != len(Clocks) {
		t.Fatalf("%+v, %v", ds, err)
	}
	targets := map[Clock]map[string]int64{}
	for _, d := range ds {
		targets[d.Clock] = d.Targets
	}
	all := func(near, other int64) map[string]int64 {
		return map[string]int64{"urban": near, "county_town": near, "market_town": near, "complex": near, "other": other}
	}
	want := map[Clock]map[string]int64{ClockDispatch: all(60, 60), ClockAcknowledge: all(120, 120), ClockVideo: all(180, 180),
		ClockContact: {"other": 300}, ClockArrival: all(480, 600)}
	if !reflect.DeepEqual(targets, want) {
		t.Errorf("got %v", targets)
	}
	reasons, err := DefaultReasons()
	if err != nil || len(reasons) != 17 || reasons[16].Code != "other" || !reasons[16].NeedsRemark || reasons[0].Name == "" {
		t.Errorf("%+v, %v", reasons, err)
	}
}

func TestNewVersions(t *testing.T) {
	now := at(0)
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	first := Definition{Clock: ClockDispatch, Version: 1, Start: StepCalled, End: StepDispatched, Targets: map[string]int64{"other": 60}}
	planned := first
	planned.Version, planned.From, planned.Until = 2, day(20), day(30)
	ended := first
	ended.Until = day(10)
	form := func(from, until time.Time) Definition {
		d := first
		d.From, d.Until = from, until
		return d
	}
	with := func(change func(d *Definition)) Definition {
		d := form(day(1), time.Time{})
		change(&d)
		return d
	}
	for _, c := range []struct {
		rule       string
		known      Definitions
		new        Definition
		key        string
		version    int
		superseded int
	}{
		{"the first one", nil, form(day(1), time.Time{}), "", 1, 0},
		{"the version without an end is superseded", Definitions{first}, form(day(1), time.Time{}), "", 2, 1},
		{"after one that ends", Definitions{ended}, form(day(10), time.Time{}), "", 2, 0},
		{"into one that ends", Definitions{ended}, form(day(9), time.Time{}), "pace.definition_overlaps", 0, 0},
		{"over a planned one", Definitions{ended, planned}, form(day(15), time.Time{}), "pace.definition_overlaps", 0, 0},
		{"between two", Definitions{ended, planned}, form(day(10), day(20)), "", 3, 0},
		{"another clock's versions do not matter", Definitions{acknowledging}, form(day(1), time.Time{}), "", 1, 0},
		{"in the past", Definitions{first}, form(day(-1), time.Time{}), "pace.definition_too_soon", 0, 0},
		{"in a minute", Definitions{first}, form(now.Add(time.Minute), time.Time{}), "pace.definition_too_soon", 0, 0},
		{"no time at all", nil, form(day(2), day(2)), "pace.period_empty", 0, 0},
		{"no such clock", nil, with(func(d *Definition) { d.Clock = "tea" }), "pace.unknown_clock", 0, 0},
		{"no such start", nil, with(func(d *Definition) { d.Start = StepEnded }), "pace.unknown_step", 0, 0},
		{"no way to it", nil, with(func(d *Definition) { d.End = StepCalled }), "pace.unknown_step", 0, 0},
		{"no target", nil, with(func(d *Definition) { d.Targets = nil }), "request.required", 0, 0},
		{"no such area", nil, with(func(d *Definition) { d.Targets = map[string]int64{"moon": 60} }), "pace.unknown_area_class", 0, 0},
		{"a target of nothing", nil, with(func(d *Definition) { d.Targets = map[string]int64{"urban": 0} }), "request.out_of_range", 0, 0},
		{"a target of days", nil, with(func(d *Definition) { d.Targets = map[string]int64{"urban": 86401} }), "request.out_of_range", 0, 0},
	} {
		before := slices.Clone(c.known)
		d, superseded, err := c.known.Define(c.new, now)
		if (err == nil) != (c.key == "") || err != nil && fault.KeyOf(err) != c.key {
			t.Errorf("%s: got %v, want %q", c.rule, err, c.key)
		}
		if err == nil && d.Version != c.version || (superseded != nil) != (c.superseded > 0) {
			t.Errorf("%s: version %d supersedes %+v", c.rule, d.Version, superseded)
		}
		if superseded != nil && (superseded.Version != c.superseded || !superseded.Until.Equal(c.new.From)) {
			t.Errorf("%s: %+v", c.rule, superseded)
		}
		if !reflect.DeepEqual(before, c.known) {
			t.Errorf("%s: what was known has changed", c.rule)
		}
	}
}

// What is stored of an incident comes back as it was.
func TestRecordIsWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2_000 {
		want := Incident{ID: "I1", StationID: "S1", AreaClass: "urban", KindCode: "4", CallTaker: "c1",
			Outcome: []Outcome{"", OutcomeClosed, OutcomeMerged}[random.IntN(3)]}
		want.Revised = append(want.Revised, Clocks[:random.IntN(4)]...)
		want.Called = Stamp{at(0), 1, at(31)}
		for _, step := range steps[1:] {
			if random.IntN(3) > 0 {
				offset := float64(random.IntN(4_000_000)-1_000_000) / 1000
				*want.of(step) = Stamp{at(offset), int64(random.IntN(500)), at(offset + float64(random.IntN(9_000_000)-4_000_000)/1000)}
			}
		}
		var got Incident
		if got.read(strings.TrimSuffix(want.record(), "\n"), names{}); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\ngot  %+v\nwant %+v", want.record(), got, want)
		}
	}
	var got Incident
	if got.read("I1\tS1\turban\t4\tc1\t\t\t1772409570000/0/1\t40000/40000/1", names{}); got.Stamps != (Stamps{Called: stamp(0), Dispatched: stamp(40)}) {
		t.Errorf("a record from before the last steps: %+v", got)
	}
	if (&Stamps{}).of("nothing") != nil {
		t.Error("a step that is none has a stamp")
	}
}
