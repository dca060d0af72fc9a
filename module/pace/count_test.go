package pace

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/module/incident"
	"zhian/platform/fault"
	"zhian/platform/sqldb/sqldbtest"

	"zhian/platform/bus"
)

// life is a stretch of a random centre's life: calls come, units are sent, steps
// are told late and out of order, times are corrected, incidents end and are
// reopened.
func (d *desk) life(random *rand.Rand, from, to float64) {
	d.Helper()
	for now := from; now < to; now += float64(random.IntN(40)) {
		d.clock = at(now)
		ago := now - float64(random.IntN(300))
		if len(d.files) < 12 && random.IntN(3) == 0 {
			id := fmt.Sprint("I", len(d.files)+10)
			d.call(id, now-float64(random.IntN(30)), inStation(stations[random.IntN(3)]), inArea([]string{"urban", "other", ""}[random.IntN(3)]),
				func(a *incident.About) {
					a.CallTaker, a.KindCode = fmt.Sprint("c", random.IntN(2)), []string{"3", "4", "4"}[random.IntN(3)]
				})
			continue
		}
		ids := make([]string, 0, len(d.files))
		for id := range d.files {
			ids = append(ids, id)
		}
		if len(ids) == 0 {
			continue
		}
		slices.Sort(ids)
		d.happens(random, d.files[ids[random.IntN(len(ids))]], ago)
		d.sweep()
	}
}

func (d *desk) happens(random *rand.Rand, f *file, ago float64) {
	d.Helper()
	steps := []incident.Step{incident.StepAcknowledged, incident.StepEnRoute, incident.StepOnScene, incident.StepVideo}
	open := f.about.Status.Open()
	switch n := random.IntN(10); {
	case open && (f.units == 0 || n == 0):
		f.dispatch(ago, fmt.Sprint("u", f.units+1))
	case f.units > 0 && n < 5:
		f.step(ago, steps[random.IntN(len(steps))], 1+random.IntN(f.units))
	case n == 5:
		f.contact(ago, true)
	case f.units > 0 && n == 6:
		f.correct([]string{"dispatched", "on_scene", "acknowledged"}[random.IntN(3)], 1+random.IntN(f.units), ago)
	case n == 7:
		f.correct("called_at", 0, ago)
	case n == 8 && open:
		f.end(ago, []incident.Status{incident.StatusClosed, incident.StatusWithdrawn}[random.IntN(2)])
	case n == 9 && !open:
		f.about.Status = incident.StatusReceived
		f.change(ago, incident.Changed{Kind: incident.KindReopened})
	case n == 9:
		f.about.KindCode = []string{"3", "4"}[random.IntN(2)]
		f.change(ago, incident.Changed{Kind: incident.KindCorrected, Field: "kind"})
	}
}

// A report that is asked for later as it was known at a moment is, to the letter,
// the report of that moment.
func TestReportAsItWasKnown(t *testing.T) {
	each(t, func(d *desk) {
		random := rand.New(rand.NewPCG(11, 12))
		type kept struct {
			at   time.Time
			by   Group
			text string
		}
		var then []kept
		for part := range 12 {
			d.life(random, float64(part*300), float64(part*300+300))
			for _, by := range []Group{ByNone, ByStation, ByKind} {
				then = append(then, kept{d.clock, by, d.text(Question{By: by, Selection: Selection{From: at(-600), To: at(3000)}})})
			}
		}
		different := 0
		for i, k := range then {
			got := d.text(Question{By: k.by, Selection: Selection{From: at(-600), To: at(3000), KnownAt: k.at}})
			if got != k.text {
				d.Fatalf("by %s as known at %s:\ngot  %s\nwant %s", k.by, k.at, got, k.text)
			}
			if i >= 3 && k.text != then[i-3].text {
				different++
			}
		}
		if different < len(then)/2 || d.line(Question{}, "", ClockDispatch).Revised == 0 {
			d.Errorf("only %d of %d reports differ from the one before: nothing was tried", different, len(then))
		}
		if _, err := d.Report(d.ctx, Question{Selection: Selection{From: at(0), To: at(1), KnownAt: d.clock.Add(time.Second)}}); fault.KeyOf(err) != "pace.not_known_yet" {
			d.Errorf("what is not known yet: %v", err)
		}
	})
}

func (d *desk) text(q Question) string {
	d.Helper()
	text, err := json.Marshal(d.report(q).Items)
	if err != nil {
		d.Fatal(err)
	}
	return string(text)
}

// Behind every figure of every line there are as many incidents as it says.
func TestDrillingDownCountsTheSame(t *testing.T) {
	each(t, func(d *desk) {
		random := rand.New(rand.NewPCG(13, 14))
		d.life(random, 0, 3000)
		hour := func(text string) *int {
			var h int
			fmt.Sscan(text, &h)
			return &h
		}
		figures := 0
		for _, by := range []Group{ByNone, ByStation, ByCallTaker, ByKind, ByArea, ByHour} {
			r := d.report(Question{By: by})
			for _, spread := range r.Spans {
				r.Items = append(r.Items, Line{Spread: spread})
			}
			for _, l := range r.Items {
				q := Behind{Clock: l.Clock, Selection: Selection{From: at(-1e6), To: at(1e6)}}
				switch by {
				case ByStation:
					q.StationID = l.Group
				case ByCallTaker:
					q.CallTaker = l.Group
				case ByKind:
					q.KindCode = l.Group
				case ByArea:
					q.AreaClass = l.Group
				case ByHour:
					q.Hour = hour(l.Group)
				}
				if by == ByNone || random.IntN(6) == 0 {
					figures += d.drill(by, l, q)
				}
			}
		}
		if figures < 150 {
			d.Errorf("only %d figures were looked behind", figures)
		}
	})
}

func (d *desk) drill(by Group, l Line, q Behind) (figures int) {
	d.Helper()
	behind := func(change func(q *Behind)) (n int) {
		asked := q
		change(&asked)
		for asked.Limit = 5; ; {
			page, err := d.Judgements(d.ctx, asked)
			if err != nil {
				d.Fatal(err)
			}
			n += len(page.Items)
			if asked.After = page.Next; asked.After == "" {
				return n
			}
		}
	}
	verdicts := func(list ...Verdict) int { return behind(func(q *Behind) { q.Verdicts = list }) }
	checks := map[string][2]int{
		"n":        {l.N, verdicts(VerdictWithin, VerdictLate, VerdictMeasured)},
		"missing":  {l.Missing, verdicts(VerdictMissing)},
		"inverted": {l.Inverted, verdicts(VerdictInverted)},
		"censored": {l.Censored, verdicts(VerdictCensored)},
		"running":  {l.Running, verdicts(VerdictWaiting, VerdictRunning, VerdictBreached)},
		"excluded": {l.Excluded, verdicts(VerdictExcluded)},
		"revised":  {l.Revised, behind(func(q *Behind) { q.Revised = true })},
		"all":      {l.N + l.Missing + l.Inverted + l.Censored + l.Running + l.Excluded, behind(func(*Behind) {})},
	}
	if slices.Contains(Clocks, l.Clock) {
		checks["within"] = [2]int{l.Within, verdicts(VerdictWithin)}
		checks["overdue"] = [2]int{l.Overdue, behind(func(q *Behind) { q.Overdue = true })}
	}
	for _, b := range l.Bins {
		checks[fmt.Sprint("bin over ", b.OverS)] = [2]int{b.N, behind(func(q *Behind) { q.OverS, q.UptoS = b.OverS, b.UptoS })}
	}
	for name, n := range checks {
		if n[0] != n[1] {
			d.Errorf("by %s, %q %s: %s is %d and %d are behind it", by, l.Group, l.Clock, name, n[0], n[1])
		}
	}
	return len(checks)
}

// Whoever may not see staff sees, of call-takers, only themselves, and the ranks
// are those among all.
func TestCallTakersSeeThemselves(t *testing.T) {
	each(t, func(d *desk) {
		taker := func(id string) func(a *incident.About) { return func(a *incident.About) { a.CallTaker = id } }
		for i := range 40 {
			d.call(fmt.Sprint("A", i), float64(i), taker("alice")).dispatch(float64(i+20), "u1")
			d.call(fmt.Sprint("B", i), float64(i), taker("bob")).dispatch(float64(i+99), "u1")
		}
		q := Question{By: ByCallTaker, Selection: Selection{From: at(0), To: at(100)}}
		all := d.report(q).Items
		if len(all) != 2 || all[0].Group != "alice" || all[0].Rank != 1 || all[1].Rank != 2 {
			d.Errorf("%+v", all)
		}
		mine, err := d.Report(d.as("bob"), q)
		if err != nil || len(mine.Items) != 1 || mine.Items[0].Group != "bob" || mine.Items[0].N != 40 || mine.Items[0].Rank != 2 {
			d.Errorf("%+v, %v", mine.Items, err)
		}
		behind, err := d.Judgements(d.as("bob"), Behind{Clock: ClockDispatch, Selection: Selection{From: at(0), To: at(100), CallTaker: "alice"}})
		if err != nil || len(behind.Items) != 0 {
			d.Errorf("bob sees alice's incidents as hers: %+v, %v", behind, err)
		}
		total, err := d.Report(d.as("bob"), Question{Selection: Selection{From: at(0), To: at(100), CallTaker: "alice"}})
		if err != nil || len(total.Items) != 0 {
			d.Errorf("bob sees alice's rate by asking for her: %+v, %v", total.Items, err)
		}
		if _, err := d.Report(d.ctx, Question{Selection: Selection{From: at(1), To: at(1)}}); fault.KeyOf(err) != "pace.period_empty" {
			d.Errorf("no time at all: %v", err)
		}
		local, err := d.Report(d.as("stranger"), Question{Selection: Selection{From: at(0), To: at(100)}})
		if err != nil || len(local.Items) != 0 {
			d.Errorf("a stranger counts %+v, %v", local.Items, err)
		}
	})
}

// A report begins with its first moment and ends before its last; hours are those
// of the centre.
func TestPeriods(t *testing.T) {
	each(t, func(d *desk) {
		for i, s := range []float64{0, 30, 60, 90} {
			d.call(fmt.Sprint("I", i), s).dispatch(s+10, "u1")
		}
		for _, c := range []struct {
			from, to float64
			n        int
		}{{0, 60, 2}, {0.001, 60, 1}, {0, 60.001, 3}, {30, 90, 2}} {
			if l := d.line(Question{Selection: Selection{From: at(c.from), To: at(c.to)}}, "", ClockDispatch); l.N != c.n {
				d.Errorf("[%v, %v): %d", c.from, c.to, l.N)
			}
		}
		// The calls come 30 seconds before eight o'clock in China, and after.
		if a, b := d.line(Question{By: ByHour}, "7", ClockDispatch), d.line(Question{By: ByHour}, "8", ClockDispatch); a.N != 1 || b.N != 3 {
			d.Errorf("%d before eight, %d after", a.N, b.N)
		}
	})
}

func TestCSV(t *testing.T) {
	d := newDesk(t, sqldbtest.New(t, bus.Schema, Schema))
	for i := range 30 {
		f := d.call(fmt.Sprint("I", i), float64(i)).dispatch(float64(i+20), "u1").step(float64(i+30+i*10), incident.StepAcknowledged, 1)
		f.end(999, incident.StatusClosed)
	}
	file, err := d.ReportCSV(d.ctx, Question{By: ByStation, Selection: Selection{From: at(0), To: at(1000)}})
	if err != nil || file.Type != "text/csv; charset=utf-8" || file.Name != "pace-station-20260302.csv" {
		t.Fatalf("%s %s, %v", file.Name, file.Type, err)
	}
	var body strings.Builder
	if err := file.Write(&body); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(body.String(), "\xef\xbb\xbf")
	if !ok || strings.Count(text, "\r\n") != 9 {
		t.Errorf("%q", text)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{
		0: "group,clock,definition_versions,n,within,rate,wilson95_low,wilson95_high,too_few,rank,tied,p50_s,p90_s,p95_s,missing,inverted,censored,running,excluded,overdue,revised,bins_upto_s,bin_1,bin_2,bin_3,bin_4,bin_5",
		1: "S1,dispatch,1,30,30,1.0000,0.8865,1.0000,0,1,0,20,20,20,0,0,0,0,0,0,0,,,,,,",
		2: "S1,acknowledge,1,30,12,0.4000,0.2459,0.5768,0,1,0,155,271,285.5,0,0,0,0,0,0,0,30/60/120/180/,3,3,6,6,12",
		4: "S1,contact,,0,0,0.0000,0.0000,1.0000,1,0,0,0,0,0,0,0,0,0,30,0,0,,,,,,",
		7: "S1,departure,,0,,,,,,,,0,0,0,30,0,0,0,0,,0,300/600/900/1800/,0,0,0,0,0",
	} {
		if got := strings.Join(rows[i], ","); got != want {
			t.Errorf("row %d:\n%s\n%s", i, got, want)
		}
	}
}
