package replay

import (
	"encoding/json"
	"slices"
	"time"

	"zhian/platform/stat"
)

// moment is a stamp that a clock can start or end at.
type moment int

const (
	atCall moment = iota
	atDispatch
	atEnRoute
	atArrival
)

// Clock measures from one stamp to another, one pair for each row.
type Clock struct {
	Name  string
	from  moment
	to    moment
	unit  int // which of the row's units
	limit time.Duration
}

// The clocks that files allow. The limits of the first two are clocks 1 and 8
// of P10; en route has the limit of clock 2, and the rest that of arrival.
var (
	clockDispatch      = Clock{"dispatch", atCall, atDispatch, 0, time.Minute}
	clockArrival       = Clock{"arrival", atCall, atArrival, 0, 8 * time.Minute}
	clockSecondArrival = Clock{"second_arrival", atCall, atArrival, 1, 8 * time.Minute}
	clockEnRoute       = Clock{"en_route", atDispatch, atEnRoute, 0, 2 * time.Minute}
	clockFromDispatch  = Clock{"arrival_from_dispatch", atDispatch, atArrival, 0, 8 * time.Minute}
)

func allClocks() []Clock {
	return []Clock{clockDispatch, clockArrival, clockSecondArrival, clockEnRoute, clockFromDispatch}
}

func (m moment) of(call time.Time, a Assignment) time.Time {
	return [...]time.Time{call, a.Dispatched, a.EnRoute, a.Arrived}[m]
}

// Sighting is what the server's timeline says about one row.
type Sighting struct {
	Call  time.Time
	Units []Assignment
}

// Figures is one clock over all rows. N + Missing + Inverted are all pairs; a
// pair counts as missing when either stamp is, as inverted when it ends before
// it starts. Rate is Within out of N; percentiles are type 7 on whole seconds
// (a part of a second is dropped). Both are null without a pair.
type Figures struct {
	N        int      `json:"n"`
	Missing  int      `json:"missing"`
	Inverted int      `json:"inverted"`
	Within   int      `json:"within"`
	LimitS   int64    `json:"limit_s"`
	Rate     *float64 `json:"rate"`
	P50      *float64 `json:"p50_s"`
	P90      *float64 `json:"p90_s"`
	P95      *float64 `json:"p95_s"`
}

// Measure runs one clock over the rows that were accepted or merged.
func (c Clock) Measure(rows []Sighting) Figures {
	f := Figures{LimitS: int64(c.limit / time.Second)}
	var seconds []int64
	for _, row := range rows {
		if c.unit >= len(row.Units) {
			continue
		}
		from, to := c.from.of(row.Call, row.Units[c.unit]), c.to.of(row.Call, row.Units[c.unit])
		switch {
		case from.IsZero() || to.IsZero():
			f.Missing++
		case to.Before(from):
			f.Inverted++
		default:
			seconds = append(seconds, int64(to.Sub(from)/time.Second))
			if to.Sub(from) <= c.limit {
				f.Within++
			}
		}
	}
	f.N = len(seconds)
	if f.N == 0 {
		return f
	}
	slices.Sort(seconds)
	rate := float64(f.Within) / float64(f.N)
	p50, p90, p95 := stat.Quantile(seconds, 500), stat.Quantile(seconds, 900), stat.Quantile(seconds, 950)
	f.Rate, f.P50, f.P90, f.P95 = &rate, &p50, &p90, &p95
	return f
}

// Report is the end of a replay. Accepted + Merged + all of Rejected are Rows.
type Report struct {
	Rows     int            `json:"rows"`
	Accepted int            `json:"accepted"`
	Merged   int            `json:"merged"`
	Rejected map[Reason]int `json:"rejected"`
	Sent     int            `json:"sent"` // requests that changed something at the server; 0 on a second run
	Clocks   ClockFigures   `json:"clocks"`
}

// ClockFigures keeps the clocks in the order of the format.
type ClockFigures []NamedFigures

// NamedFigures is one clock of a report.
type NamedFigures struct {
	Name string
	Figures
}

// MarshalJSON writes one object, clock by name.
func (list ClockFigures) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, one := range list {
		if i > 0 {
			out = append(out, ',')
		}
		body, err := json.Marshal(one.Figures)
		if err != nil {
			return nil, err
		}
		name, err := json.Marshal(one.Name)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), body...)
	}
	return append(out, '}'), nil
}
