package twin

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimeLeapsThenRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		clock := NewTime(start.Add(-time.Hour), 60, time.Now)
		for _, step := range []struct {
			until, now time.Time
			took       time.Duration
		}{
			{start.Add(-30 * time.Minute), start.Add(-30 * time.Minute), 0}, // leaps
			{start.Add(-40 * time.Minute), start.Add(-30 * time.Minute), 0}, // never back
			{start.Add(2 * time.Minute), start.Add(2 * time.Minute), 2 * time.Second},
			{start, start.Add(2 * time.Minute), 0},
			{start.Add(time.Hour), start.Add(time.Hour), 58 * time.Second},
		} {
			before := time.Now()
			if err := clock.Wait(t.Context(), step.until); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(before); took != step.took || !clock.Now().Equal(step.now) {
				t.Errorf("until %v took %v and it is %v", step.until, took, clock.Now())
			}
		}
	})
}

func TestTimeDoesNotLeapOverThePresent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		clock := NewTime(start.Add(-time.Hour), 1, time.Now)
		caught := 0
		clock.WhenCaught(func() { caught++ })
		if err := clock.Wait(t.Context(), start.Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		if synctest.Wait(); caught != 0 {
			t.Error("it has a second before it")
		}
		if err := clock.Wait(t.Context(), start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if synctest.Wait(); caught != 1 || !clock.Now().Equal(time.Now()) {
			t.Errorf("at speed 1 it is the world's clock; it says %v at %v", clock.Now(), time.Now())
		}
	})
}

func TestTimeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	clock := NewTime(time.Now().Add(-time.Hour), 1, time.Now)
	for _, until := range []time.Time{time.Now().Add(-time.Minute), time.Now().Add(time.Hour)} {
		if err := clock.Wait(ctx, until); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}
