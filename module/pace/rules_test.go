package pace

import (
	"testing"
	"time"
)

func at(s int) time.Time {
	return time.Date(2026, 3, 1, 23, 59, 30, 0, time.UTC).Add(time.Duration(s) * time.Second)
}

func TestJudge(t *testing.T) {
	none := time.Time{}
	for _, c := range []struct {
		name  string
		clock Clock
		s     Stamps
		now   int
		want  Verdict
		secs  int64
	}{
		{"exactly the target, over midnight", Dispatch, Stamps{Called: at(0), Dispatched: at(60)}, 70, Within, 60},
		{"one second late", Dispatch, Stamps{Called: at(0), Dispatched: at(61)}, 70, Late, 61},
		{"end before start", Dispatch, Stamps{Called: at(0), Dispatched: at(-1)}, 70, Inverted, 0},
		{"running at the due moment", Dispatch, Stamps{Called: at(0)}, 60, Running, 0},
		{"past the due moment", Dispatch, Stamps{Called: at(0)}, 61, Breached, 0},
		{"withdrawn before dispatch", Dispatch, Stamps{Called: at(0), Ended: at(30)}, 90, Censored, 0},
		{"closed without a stamp", Dispatch, Stamps{Called: at(0), Ended: at(30), Completed: true}, 90, Missing, 0},
		{"not dispatched yet", Acknowledge, Stamps{Called: at(0)}, 900, Waiting, 0},
		{"arrived without a word", Acknowledge, Stamps{Called: at(0), Dispatched: at(9), Arrived: at(99)}, 900, Missing, 0},
		{"arrived without a dispatch stamp", Dispatch, Stamps{Called: at(0), Dispatched: none, Arrived: at(99)}, 900, Missing, 0},
	} {
		d := Definition{Clock: c.clock, Version: 1, Targets: map[string]int64{"urban": 60}}
		j, ok := Judge(d, c.s, "urban", at(c.now))
		if !ok || j.Verdict != c.want || j.Seconds != c.secs {
			t.Errorf("%s: got %+v %v, want %s %d", c.name, j, ok, c.want, c.secs)
		}
	}
}

func TestDefinitionHoldsOnlyWhereItSays(t *testing.T) {
	d := Definition{Clock: Dispatch, Targets: map[string]int64{"urban": 60}, From: at(0), To: at(10)}
	for name, c := range map[string]struct {
		area   string
		called int
		want   bool
	}{"first moment": {"urban", 0, true}, "before": {"urban", -1, false}, "end is open": {"urban", 10, false}, "other area": {"other", 5, false}} {
		if _, ok := Judge(d, Stamps{Called: at(c.called)}, c.area, at(20)); ok != c.want {
			t.Errorf("%s: judged %v", name, ok)
		}
	}
}

func TestSummariseKeepsBadPairsOutOfTheRate(t *testing.T) {
	l := Summarise("S1", Dispatch, []Judgement{{Verdict: Within, Seconds: 10}, {Verdict: Late, Seconds: 70}, {Verdict: Missing},
		{Verdict: Inverted}, {Verdict: Censored}, {Verdict: Breached}})
	if l.N != 2 || l.Missing != 1 || l.Inverted != 1 || l.Censored != 2 || l.Rate != 0.5 || l.P50 != 40 || l.P90 != 64 || !l.TooFew {
		t.Errorf("got %+v", l)
	}
	if empty := Summarise("S2", Dispatch, nil); empty.N != 0 || empty.Wilson.Low != 0 || empty.Wilson.High != 1 || !empty.TooFew {
		t.Errorf("nothing counted: %+v", empty)
	}
}

func TestRanksWithinNoiseAreNotDistinct(t *testing.T) {
	line := func(within, n int) Line {
		js := make([]Judgement, n)
		for i := range js {
			js[i].Verdict = Late
			if i < within {
				js[i].Verdict = Within
			}
		}
		return Summarise("S", Dispatch, js)
	}
	if Distinct(line(24, 30), line(26, 30)) || Distinct(line(0, 29), line(100, 100)) {
		t.Error("noise or too few was called a difference")
	}
	if !Distinct(line(40, 100), line(90, 100)) {
		t.Error("a clear difference was not seen")
	}
}
