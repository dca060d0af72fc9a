package replay

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"zhian/platform/apiclient"
)

// Options of a replay.
type Options struct {
	Workers  int                      // incidents in flight; 1 when zero
	Limits   map[string]time.Duration // by clock, instead of its own
	Progress func(done, total int)    // called after each incident; may be nil
}

// Play sends a plan to a server and reports what the server's timeline says
// afterwards. Incidents go side by side, the steps of one in their order.
func Play(ctx context.Context, server Server, plan *Plan, o Options) (Report, error) {
	clocks, err := withLimits(plan.Format.Clocks, o.Limits)
	if err != nil {
		return Report{}, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	results := playAll(ctx, stop, server, plan, o)
	if err := context.Cause(ctx); err != nil {
		return Report{}, err
	}
	return sum(plan, clocks, results), nil
}

// played is one incident as it ended.
type played struct {
	sent    int
	refused map[int]Reason // by row
	seen    []Sighting     // by row
}

func playAll(ctx context.Context, stop context.CancelCauseFunc, server Server, plan *Plan, o Options) []played {
	results := make([]played, len(plan.Incidents))
	next := make(chan int)
	var done int
	var lock sync.Mutex
	var workers sync.WaitGroup
	for range max(1, o.Workers) {
		workers.Go(func() {
			for i := range next {
				in := plan.Incidents[i]
				result, err := playOne(ctx, server, plan.Format.Kinds, in)
				if err != nil {
					stop(fmt.Errorf("%s: %w", in.Ref, err))
					continue
				}
				lock.Lock()
				results[i] = result
				done++
				if o.Progress != nil {
					o.Progress(done, len(plan.Incidents))
				}
				lock.Unlock()
			}
		})
	}
	feed(ctx, next, len(plan.Incidents))
	workers.Wait()
	return results
}

func feed(ctx context.Context, next chan<- int, n int) {
	defer close(next)
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			return
		}
	}
}

// playOne tells the server what it does not hold yet of one incident, then
// reads the timeline back.
func playOne(ctx context.Context, server Server, kinds Kinds, in *Incident) (played, error) {
	p := played{refused: map[int]Reason{}}
	id, fresh, err := server.Open(ctx, key(in, in.Steps[0]), opening(in, kinds))
	if reason := refusal(err); reason != "" {
		for i := range in.Rows {
			p.refused[i] = reason
		}
		return p, nil
	}
	if err != nil {
		return p, err
	}
	var held Timeline
	if !fresh {
		if held, err = server.Timeline(ctx, id); err != nil {
			return p, err
		}
	}
	told, err := p.tell(ctx, server, kinds, id, in, held)
	if err != nil {
		return p, err
	}
	p.sent = told + count(fresh)
	if fresh || told > 0 {
		if held, err = server.Timeline(ctx, id); err != nil {
			return p, err
		}
	}
	for _, row := range in.Rows {
		p.seen = append(p.seen, held.sight(row))
	}
	return p, nil
}

// tell sends the steps that are not held and reports how many were new. A
// refused step takes its row out, not the whole incident.
func (p *played) tell(ctx context.Context, server Server, kinds Kinds, id string, in *Incident, held Timeline) (told int, err error) {
	for _, s := range in.Steps[1:] {
		if held.holds(s) || p.refused[s.row] != "" {
			continue
		}
		e := Entry{Kind: s.Kind, At: s.At, Undated: s.Undated, Unit: s.Unit}
		if s.Kind == StepCall {
			e.Call = opening(in, kinds)
			e.Call.Ref, e.Call.At = s.Unit, s.At
		}
		fresh, err := server.Tell(ctx, key(in, s), id, e)
		if reason := refusal(err); reason != "" {
			p.refused[s.row] = reason
			continue
		}
		if err != nil {
			return told, err
		}
		told += count(fresh)
	}
	return told, nil
}

// refusal is the reason that a server's refusal gives a row; empty for other
// errors, and for those that would refuse every row alike.
func refusal(err error) Reason {
	var refused *apiclient.Refused
	if !errors.As(err, &refused) || refused.Status == http.StatusUnauthorized || refused.Status == http.StatusForbidden {
		return ""
	}
	return Reason("refused:" + refused.Key)
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// opening is the call that opens an incident. A server wants a place: where the
// file has none, the station's name stands for it.
func opening(in *Incident, kinds Kinds) Opening {
	c := in.First
	return Opening{Ref: in.Ref, At: c.On, Kind: kinds.Of(c.Kind), Address: cmp.Or(c.Address, c.Station, in.Ref),
		Narrative: c.Narrative, Point: c.Point}
}

// key names a step for ever: the same step of the same file has the same
// Idempotency-Key in every run.
func key(in *Incident, s Step) string {
	text := fmt.Sprintf("%s|%d|%s|%d", in.Ref, s.Kind, s.Unit, s.At.UnixMilli())
	digest := sha256.Sum256([]byte(text))
	return "replay-" + hex.EncodeToString(digest[:16])
}

func sum(plan *Plan, clocks []Clock, results []played) Report {
	r := Report{Rows: plan.Rows, Rejected: map[Reason]int{}}
	for reason, n := range plan.Rejected {
		r.Rejected[reason] = n
	}
	var seen []Sighting
	for i, p := range results {
		r.Sent += p.sent
		opened := false
		for row := range plan.Incidents[i].Rows {
			switch reason := p.refused[row]; {
			case reason != "":
				r.Rejected[reason]++
				continue
			case opened:
				r.Merged++
			default:
				r.Accepted++
				opened = true
			}
			seen = append(seen, p.seen[row])
		}
	}
	for _, c := range clocks {
		r.Clocks = append(r.Clocks, NamedFigures{c.Name, c.Measure(seen)})
	}
	return r
}

// withLimits sets limits of clocks. Naming one that this file has no stamps
// for is no error, so that one command line fits all files.
func withLimits(clocks []Clock, limits map[string]time.Duration) ([]Clock, error) {
	for name := range limits {
		if !slices.ContainsFunc(allClocks(), func(c Clock) bool { return c.Name == name }) {
			return nil, fmt.Errorf("limits: there is no clock %q", name)
		}
	}
	out := slices.Clone(clocks)
	for i, c := range out {
		if limit, ok := limits[c.Name]; ok {
			out[i].limit = limit
		}
	}
	return out, nil
}
