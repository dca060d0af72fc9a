package twin

import (
	"context"
	"sync"
	"time"
)

// Time is one clock for a house and its city. It begins in the past and leaps to
// whatever is waited for, until it has caught up with the world: so there is
// history within seconds, told as it happened. From then on it runs, a number of
// times as fast as the world's.
type Time struct {
	world func() time.Time
	speed float64

	mu     sync.Mutex
	leapt  time.Time // where it stands while it leaps
	began  time.Time // of the world, when it began to run; zero while it leaps
	caught []func()  // told in this order when it begins to run
}

var _ Clock = (*Time)(nil)

// NewTime begins at a moment in the past of the world's clock.
func NewTime(past time.Time, speed float64, world func() time.Time) *Time {
	return &Time{world: world, speed: speed, leapt: past}
}

// Now is what the house and the city take for the present.
func (t *Time) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now()
}

func (t *Time) now() time.Time {
	if t.began.IsZero() {
		return t.leapt
	}
	return t.began.Add(time.Duration(float64(t.world().Sub(t.began)) * t.speed))
}

// Wait leaps, or sleeps until the moment has come.
func (t *Time) Wait(ctx context.Context, until time.Time) error {
	left := t.leap(until)
	if left <= 0 {
		return ctx.Err()
	}
	sleep := time.NewTimer(left)
	defer sleep.Stop()
	select {
	case <-sleep.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leap goes as far as it may and says how long the world has to wait for the rest.
func (t *Time) leap(until time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.world(); t.began.IsZero() && !until.After(now) {
		if until.After(t.leapt) {
			t.leapt = until
		}
		return 0
	} else if t.began.IsZero() {
		t.began = now
		go func(tell []func()) {
			for _, do := range tell {
				do()
			}
		}(t.caught)
	}
	return time.Duration(float64(until.Sub(t.now())) / t.speed)
}

// WhenCaught calls once the past is told and the clock runs.
func (t *Time) WhenCaught(do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.caught = append(t.caught, do)
}
