package audit

import (
	"context"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Spread asks how what a filter finds lies over a time, which has both ends.
type Spread struct {
	Filter
	BarMinutes int `query:"bar_minutes" required:"true" min:"1" max:"525600"`
}

// Histogram is how many events there are in each bar. The first begins at From; all
// are as long but the last, which ends where the time does.
type Histogram struct {
	From       time.Time `json:"from"`
	To         time.Time `json:"to"` // exclusive
	BarMinutes int       `json:"bar_minutes"`
	Counts     []int     `json:"counts"`
	Total      int       `json:"total"`
}

// barsMax is how many bars there are at most: more than a screen shows apart.
const barsMax = 1000

// Histogram counts, of what the caller's organisations did. Faults: Invalid
// "audit.period_needed" and "audit.period_empty" at to, "audit.too_many_bars" at
// bar_minutes.
func (s *Service) Histogram(ctx context.Context, q Spread) (h Histogram, err error) {
	width := time.Duration(q.BarMinutes) * time.Minute
	switch length := q.To.Sub(q.From); {
	case q.From.IsZero() || q.To.IsZero():
		return h, fault.At("to", "audit.period_needed")
	case length <= 0:
		return h, fault.At("to", "audit.period_empty")
	case length > barsMax*width:
		return h, fault.With(fault.At("bar_minutes", "audit.too_many_bars"), "max", barsMax)
	}
	h = Histogram{From: q.From.UTC(), To: q.To.UTC(), BarMinutes: q.BarMinutes, Counts: make([]int, (q.To.Sub(q.From)+width-1)/width)}
	bars, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]bar, error) {
		return sqldb.List(tx, q.way("Count"), scanBar, append(q.args(), width.Milliseconds())...)
	})
	scope := s.Gate.Scope(httpapi.Caller(ctx), permRead)
	for _, b := range bars {
		if scope.All || b.org != "" && scope.Covers(b.org) {
			h.Counts[b.at] += b.n
			h.Total += b.n
		}
	}
	return h, err
}

// bar is what one organisation did in one bar.
type bar struct {
	org   string
	at, n int
}

func scanBar(r sqldb.Scanner) (b bar, err error) {
	return b, r.Scan(&b.org, &b.at, &b.n)
}
