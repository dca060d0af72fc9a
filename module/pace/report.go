package pace

import (
	"slices"

	"zhian/platform/stat"
)

// Line is one clock of one group. N counts valid pairs; missing, inverted and
// censored pairs are counted beside it and never enter the rate. Percentiles
// are type 7 on whole seconds.
type Line struct {
	Group    string        `json:"group"`
	Clock    Clock         `json:"clock"`
	N        int           `json:"n"`
	Missing  int           `json:"missing"`
	Inverted int           `json:"inverted"`
	Censored int           `json:"censored"`
	Within   int           `json:"within"`
	Rate     float64       `json:"rate"`
	Wilson   stat.Interval `json:"wilson95"`
	P50      float64       `json:"p50_s"`
	P90      float64       `json:"p90_s"`
	P95      float64       `json:"p95_s"`
	TooFew   bool          `json:"too_few"`
}

// Summarise counts the judgements of one clock of one group. A clock that is
// still open is censored: its duration is known only to be longer.
func Summarise(group string, clock Clock, judged []Judgement) Line {
	l := Line{Group: group, Clock: clock}
	var seconds []int64
	for _, j := range judged {
		switch j.Verdict {
		case Within:
			l.Within++
			seconds = append(seconds, j.Seconds)
		case Late:
			seconds = append(seconds, j.Seconds)
		case Missing:
			l.Missing++
		case Inverted:
			l.Inverted++
		default:
			l.Censored++
		}
	}
	l.N = len(seconds)
	l.TooFew = stat.TooFew(l.N)
	l.Wilson = stat.Wilson95(l.Within, l.N)
	if l.N == 0 {
		return l
	}
	slices.Sort(seconds)
	l.Rate = float64(l.Within) / float64(l.N)
	l.P50, l.P90, l.P95 = stat.Quantile(seconds, 500), stat.Quantile(seconds, 900), stat.Quantile(seconds, 950)
	return l
}

// Distinct reports whether the difference of two rates is more than noise:
// both have enough observations and their intervals do not overlap.
func Distinct(a, b Line) bool {
	return !a.TooFew && !b.TooFew && (a.Wilson.High < b.Wilson.Low || b.Wilson.High < a.Wilson.Low)
}
