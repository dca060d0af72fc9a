package incident

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

func TestNumberFormats(t *testing.T) {
	for text, want := range map[string]string{
		"{date}-{serial}":          "20260501-00042",
		"330784-{date}-{serial:4}": "330784-20260501-0042",
		"J{serial:6}/{date}":       "J000042/20260501",
		"{date}{serial:1}":         "2026050142",
		"{serial}":                 "",
		"{date}{date}":             "",
		"{date}-{serial}<b>":       "",
		"":                         "",
	} {
		f, err := ParseNumberFormat(text)
		if (err == nil) != (want != "") || err == nil && f.number("20260501", 42) != want {
			t.Errorf("%q: %q, %v, want %q", text, f.number("20260501", 42), err, want)
		}
	}
	if got := (NumberFormat{}).number("20260501", 123456); got != "20260501-123456" {
		t.Errorf("a long day: %s", got)
	}
}

// Many callers on two nodes never get one number twice; on one node the numbers
// of one caller rise, and a new day begins with 1.
func TestNumbersAreUniqueAcrossNodesAndBeginAnewEachDay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		zone := time.FixedZone("", 8*3600)
		nodes := []*numbers{{db: db, zone: zone}, {db: db, zone: zone}}
		evening := time.Date(2026, 5, 1, 15, 59, 0, 0, time.UTC) // 23:59 there
		var mu sync.Mutex
		seen := map[string]bool{}
		var callers sync.WaitGroup
		for caller := range 8 {
			callers.Go(func() {
				last := ""
				for range 200 {
					got, err := nodes[caller%2].take(t.Context(), evening)
					mu.Lock()
					if err != nil || seen[got] || got <= last {
						t.Errorf("%s after %s, seen %v, %v", got, last, seen[got], err)
					}
					seen[got], last = true, got
					mu.Unlock()
				}
			})
		}
		callers.Wait()
		got, err := nodes[0].take(t.Context(), evening.Add(time.Minute))
		if err != nil || got != "20260502-00001" {
			t.Errorf("after midnight: %s, %v", got, err)
		}
		// A clock that is set back a little stays with the day; one that was wrong does not.
		for _, c := range []struct {
			at   time.Time
			want string
		}{{evening, "20260502-0000"}, {evening.Add(48 * time.Hour), "20260503-0000"}, {evening.Add(-72 * time.Hour), "20260428-0000"}} {
			if got, err = nodes[0].take(t.Context(), c.at); err != nil || seen[got] || !strings.HasPrefix(got, c.want) {
				t.Errorf("at %s: %s, %v", c.at, got, err)
			}
		}
	}, Schema)
}

func TestNoNumberWithoutTheDatabase(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		n := &numbers{db: db, zone: time.UTC}
		db.Close()
		if got, err := n.take(t.Context(), t0); err == nil {
			t.Errorf("%s without a database, %v", got, err)
		}
		ended, stop := context.WithCancel(t.Context())
		stop()
		if got, err := n.take(ended, t0); err == nil {
			t.Errorf("%s for somebody who has gone", got)
		}
	}, Schema)
}

// A block that was asked for while the disk was full fails when there is room
// again: that is no reason to refuse the call that waits for it.
func TestAnOldFailureIsNotTheNextCalls(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		n := &numbers{db: db, zone: time.UTC, day: t0.UTC().Format("20060102"), coming: make(chan struct{})}
		go func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.err = errors.New("the disk was full")
			close(n.coming)
			n.coming = nil
		}()
		if got, err := n.take(t.Context(), t0); err != nil || got == "" {
			t.Errorf("%q, %v", got, err)
		}
	}, Schema)
}

// Blocks grow under load and shrink when it is over, so that a quiet centre
// loses few numbers at a restart.
func TestBlocksFollowTheLoad(t *testing.T) {
	n := &numbers{}
	now := t0
	for range 20 {
		now = now.Add(time.Second)
		n.size(now)
	}
	if n.howMany != largeBlock {
		t.Errorf("under load: %d", n.howMany)
	}
	for range 20 {
		now = now.Add(time.Minute)
		n.size(now)
	}
	if n.howMany != smallBlock {
		t.Errorf("in a quiet night: %d", n.howMany)
	}
}
