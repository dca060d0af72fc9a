package twin

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"zhian/platform/geo"
)

// still is a clock that jumps to whatever is waited for.
type still struct {
	now  time.Time
	stop func(now time.Time) bool
}

func (s *still) Now() time.Time { return s.now }
func (s *still) Wait(ctx context.Context, until time.Time) error {
	if until.After(s.now) {
		s.now = until
	}
	if s.stop != nil && s.stop(s.now) {
		return context.Canceled
	}
	return ctx.Err()
}

// desk is a Centre that keeps what it was told and fails as the test says.
type desk struct {
	t         *testing.T
	city      *City
	clock     *still
	calls     map[string]Call
	ends      map[string][]string // id → dispositions and merges
	sent      map[string][]int
	presses   map[string][]Step
	fixes     int
	videos    int
	late      int
	told      int
	failEvery int // every n-th request fails as if the server were out
	noFree    bool
	strict    bool // refuses merges
}

func newDesk(t *testing.T, c *City, clock *still) *desk {
	return &desk{t: t, city: c, clock: clock, calls: map[string]Call{}, ends: map[string][]string{}, sent: map[string][]int{}, presses: map[string][]Step{}}
}

var errOut = errors.New("the server is out")

func (k *desk) ask(at time.Time) error {
	if at.After(k.clock.now) {
		k.t.Errorf("told at %v of what happens at %v", k.clock.now, at)
	}
	if k.clock.now.Sub(at) > 20*time.Second {
		k.late++
	}
	if k.told++; k.failEvery > 0 && k.told%k.failEvery == 0 {
		return errOut
	}
	return nil
}

func (k *desk) Receive(_ context.Context, call Call, at time.Time) (string, error) {
	if err := k.ask(at); err != nil {
		return "", err
	}
	id := fmt.Sprintf("i%d", len(k.calls))
	k.calls[id] = call
	return id, nil
}

func (k *desk) Merge(_ context.Context, id, into string, at time.Time) error {
	if err := k.ask(at); err != nil {
		return err
	}
	if k.strict || len(k.ends[into]) > 0 {
		return fmt.Errorf("not open: %w", ErrRefused)
	}
	k.ends[id] = append(k.ends[id], "merged")
	return nil
}

func (k *desk) Candidates(_ context.Context, id string) ([]int, error) {
	if k.noFree {
		return nil, nil
	}
	units := make([]int, len(k.city.Units))
	for i := range units {
		units[i] = i
	}
	place := k.calls[id].Point
	slices.SortFunc(units, func(a, b int) int {
		return int(geo.Distance(k.city.Units[a].Home, place) - geo.Distance(k.city.Units[b].Home, place))
	})
	return units, nil
}

func (k *desk) Dispatch(_ context.Context, id string, unit int, at time.Time) error {
	if err := k.ask(at); err != nil {
		return err
	}
	if unit%5 == 0 {
		return fmt.Errorf("off duty: %w", ErrRefused)
	}
	k.sent[id] = append(k.sent[id], unit)
	return nil
}

func (k *desk) Press(_ context.Context, id string, _ int, step Step, at time.Time) error {
	if err := k.ask(at); err != nil {
		return err
	}
	k.presses[id] = append(k.presses[id], step)
	return nil
}

func (k *desk) Contact(_ context.Context, _ string, _ int, _ bool, at time.Time) error {
	return k.ask(at)
}
func (k *desk) Video(_ context.Context, _ string, _ int, at time.Time) error {
	k.videos++
	return k.ask(at)
}
func (k *desk) Feedback(_ context.Context, _ string, _ int, text string, at time.Time) error {
	if text == "" {
		k.t.Error("empty feedback")
	}
	return k.ask(at)
}

func (k *desk) Close(_ context.Context, id, disposition string, at time.Time) error {
	if err := k.ask(at); err != nil {
		return err
	}
	k.ends[id] = append(k.ends[id], disposition)
	return nil
}

func (k *desk) Positions(_ context.Context, _ int, fixes []Fix) error {
	k.fixes += len(fixes)
	return k.ask(fixes[len(fixes)-1].At)
}

func (k *desk) Waits(_ context.Context, _ int, fix Fix) error {
	k.fixes++
	return k.ask(fix.At)
}

func (k *desk) live(hours int, trouble func(error)) {
	k.t.Helper()
	if err := k.city.Drive(k.t.Context(), k, k.clock, k.clock.now.Add(time.Duration(hours)*time.Hour), trouble); err != nil {
		k.t.Fatal(err)
	}
	for id, call := range k.calls {
		if len(k.ends[id]) != 1 {
			k.t.Errorf("%s (%s) ended %d times: %v", id, call.Ref, len(k.ends[id]), k.ends[id])
		}
		if merged := k.ends[id][0] == "merged"; merged == (len(k.sent[id]) > 0) || len(k.sent[id]) > 1 {
			k.t.Errorf("%s ended as %v with %v sent", id, k.ends[id], k.sent[id])
		}
	}
}

func TestDriveEndsEveryCallOnce(t *testing.T) {
	c := New(1)
	k := newDesk(t, c, &still{now: monday})
	refused := 0
	k.live(24, func(err error) {
		if refused++; !errors.Is(err, ErrRefused) {
			t.Errorf("trouble without a failure: %v", err)
		}
	})
	calls := slices.Collect(c.Calls(monday, monday.Add(24*time.Hour)))
	if len(k.calls) != len(calls) || len(calls) < 100 {
		t.Errorf("%d received of %d calls", len(k.calls), len(calls))
	}
	merged, steps := 0, 0
	for id := range k.calls {
		merged += int(one(k.ends[id][0] == "merged"))
		steps += len(k.presses[id])
	}
	if share := float64(k.videos) / float64(len(calls)-merged); math.Abs(share-(1-forgetsVideo)) > 0.1 {
		t.Errorf("%.2f of the crews opened their video", share)
	}
	if merged == 0 || k.fixes < 10*len(calls) || k.late == 0 || refused == 0 {
		t.Errorf("merged %d, fixes %d, told late %d, refused %d: each must happen in a day", merged, k.fixes, k.late, refused)
	}
	if mean := float64(steps) / float64(len(calls)-merged); math.Abs(mean-3.8) > 0.2 {
		t.Errorf("%.2f buttons pressed for a duty, want about 3.8 of 4: some are forgotten", mean)
	}
}

// A server that is out now and then makes things late, never lost.
func TestDriveOutlivesOutages(t *testing.T) {
	k := newDesk(t, New(1), &still{now: monday})
	k.failEvery = 4
	outs := 0
	k.live(6, func(err error) { outs += int(one(errors.Is(err, errOut))) })
	if outs < 100 {
		t.Errorf("only %d failures: the test shows nothing", outs)
	}
}

func TestDriveSendsWhenMergeIsRefused(t *testing.T) {
	k := newDesk(t, New(1), &still{now: monday})
	k.strict = true
	k.live(24, func(error) {})
	for id := range k.calls {
		if k.ends[id][0] == "merged" {
			t.Errorf("%s was merged", id)
		}
	}
}

func TestDriveIsTheSameEachTime(t *testing.T) {
	a, b := newDesk(t, New(9), &still{now: monday}), newDesk(t, New(9), &still{now: monday})
	a.live(5, func(error) {})
	b.live(5, func(error) {})
	if a.told != b.told || fmt.Sprint(a.sent) != fmt.Sprint(b.sent) || fmt.Sprint(a.ends) != fmt.Sprint(b.ends) {
		t.Error("two drives of one seed differ")
	}
}

func TestDriveStopsWithItsContext(t *testing.T) {
	clock := &still{now: monday}
	clock.stop = func(now time.Time) bool { return now.Sub(monday) > time.Hour }
	k := newDesk(t, New(1), clock)
	k.noFree = true
	if err := k.city.Drive(t.Context(), k, clock, monday.Add(24*time.Hour), func(error) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(k.sent) != 0 || clock.now.Sub(monday) > 2*time.Hour {
		t.Error("without a free unit nobody is sent, and the drive ends when it is told to")
	}
}
