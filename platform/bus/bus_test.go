package bus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

type moved struct {
	Thing string
	Step  int
}

func (moved) FactName() string  { return "thing.moved" }
func (m moved) FactKey() string { return m.Thing }

var effects = sqldb.Schema{Room: "thing", Files: fstest.MapFS{"schema/0001_effect.sql": {Data: []byte(
	`CREATE TABLE thing_effect (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, thing TEXT NOT NULL, step BIGINT NOT NULL);`)}}}

var queries = sqldb.Load("thing", `
-- name: Effect
INSERT INTO thing_effect (thing, step) VALUES ($1, $2)

-- name: Effects
SELECT thing || ' ' || CAST(step AS TEXT) FROM thing_effect ORDER BY seq
`)

type bench struct {
	t   testing.TB
	db  *sqldb.DB
	bus *bus.Bus
	now time.Time
}

func each(t *testing.T, test func(b *bench)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(newBench(t, db)) }, bus.Schema, effects)
}

func newBench(t testing.TB, db *sqldb.DB) *bench {
	b := &bench{t: t, db: db, now: time.Unix(1_700_000_000, 0)}
	b.bus = bus.New(db, func() time.Time { return b.now })
	if err := b.bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) publish(facts ...moved) {
	b.t.Helper()
	err := b.db.Do(b.t.Context(), func(tx *sqldb.Tx) error {
		for _, f := range facts {
			if err := b.bus.Publish(tx, b.now, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) deliver() {
	b.t.Helper()
	if _, err := b.bus.Deliver(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) effects() []string {
	b.t.Helper()
	got, err := sqldb.Read(b.t.Context(), b.db, func(tx *sqldb.Tx) ([]string, error) {
		return sqldb.List(tx, queries["Effects"], sqldb.ScanString)
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

func (b *bench) want(want ...string) {
	b.t.Helper()
	if got := b.effects(); !slices.Equal(got, want) {
		b.t.Errorf("effects %v, want %v", got, want)
	}
}

func record(tx *sqldb.Tx, f moved) error {
	_, err := tx.Exec(queries["Effect"], f.Thing, f.Step)
	return err
}

func TestEveryFactHasExactlyOneEffectInOrder(t *testing.T) {
	each(t, func(b *bench) {
		bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error { return record(tx, f) })
		b.publish(moved{"a", 1}, moved{"b", 1})
		b.publish(moved{"a", 2})
		b.deliver()
		b.deliver()
		b.want("a 1", "b 1", "a 2")
	})
}

func TestFactOfAChangeThatFailedDoesNotExist(t *testing.T) {
	each(t, func(b *bench) {
		bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error { return record(tx, f) })
		b.db.Do(b.t.Context(), func(tx *sqldb.Tx) error {
			if err := b.bus.Publish(tx, b.now, moved{"a", 1}); err != nil {
				return err
			}
			return errors.New("the change was refused")
		})
		b.deliver()
		b.want()
	})
}

// A failing fact holds back its own key, and no other.
func TestFailureKeepsTheOrderOfItsKey(t *testing.T) {
	each(t, func(b *bench) {
		broken := true
		bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error {
			if err := record(tx, f); err != nil {
				return err
			}
			if broken && f.Thing == "a" {
				return errors.New("broken")
			}
			return nil
		})
		b.publish(moved{"a", 1}, moved{"b", 1}, moved{"a", 2})
		b.deliver()
		b.publish(moved{"a", 3}, moved{"b", 2})
		b.deliver()
		b.want("b 1", "b 2")
		broken = false
		b.now = b.now.Add(time.Minute)
		b.deliver()
		b.want("b 1", "b 2", "a 1", "a 2", "a 3")
	})
}

func TestPoisonedFactIsDeadAfterTenAttemptsAndCanBeResent(t *testing.T) {
	each(t, func(b *bench) {
		broken := true
		bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error {
			if broken {
				panic("poisoned")
			}
			return record(tx, f)
		})
		b.publish(moved{"a", 1}, moved{"a", 2})
		for range 12 {
			b.deliver()
			b.now = b.now.Add(time.Hour)
		}
		failures, err := b.bus.Failures(b.t.Context(), "reader", "", 0, 10)
		if err != nil || len(failures) != 2 || failures[0].State != "dead" || failures[1].State != "parked" {
			b.t.Fatalf("%+v, %v", failures, err)
		}
		lags, err := b.bus.Lags(b.t.Context())
		if err != nil || len(lags) != 1 || lags[0].Consumer != "reader" || lags[0].Behind != 0 || lags[0].Parked != 1 || lags[0].Dead != 1 {
			b.t.Errorf("%+v, %v", lags, err)
		}
		broken = false
		if _, err := b.bus.Resend(b.t.Context(), bus.FailureID{Consumer: "reader", Pos: failures[0].Pos}); err != nil {
			b.t.Fatal(err)
		}
		b.deliver()
		b.want("a 1", "a 2")
	})
}

func TestDiscardLetsTheOthersGoOn(t *testing.T) {
	each(t, func(b *bench) {
		bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error {
			if f.Step == 1 {
				return errors.New("broken")
			}
			return record(tx, f)
		})
		b.publish(moved{"a", 1}, moved{"a", 2})
		b.deliver()
		failures, err := b.bus.Failures(b.t.Context(), "reader", "", 0, 10)
		if err != nil || len(failures) != 2 {
			b.t.Fatalf("%+v, %v", failures, err)
		}
		ctx := httpapi.As(b.t.Context(), httpapi.Principal{UserID: "engineer"})
		giveUp := bus.Discarding{Consumer: "reader", Pos: failures[0].Pos, Reason: "the thing is no more"}
		if _, err := b.bus.Discard(ctx, giveUp); err != nil {
			b.t.Fatal(err)
		}
		b.deliver()
		b.want("a 2")
		kept, err := b.bus.Failures(b.t.Context(), "reader", bus.Discarded, 0, 10)
		if err != nil || len(kept) != 1 || kept[0].DecidedBy != "engineer" || kept[0].Reason != giveUp.Reason || string(kept[0].Body) != `{"Thing":"a","Step":1}` {
			b.t.Errorf("the record of the decision: %+v, %v", kept, err)
		}
		if _, err := b.bus.Discard(ctx, giveUp); !fault.Is(err, fault.NotFound) {
			b.t.Errorf("discarded twice: %v", err)
		}
		if _, err := b.bus.Resend(ctx, bus.FailureID{Consumer: "reader", Pos: giveUp.Pos}); !fault.Is(err, fault.NotFound) {
			b.t.Errorf("resent after it was discarded: %v", err)
		}
		b.publish(moved{"a", 3})
		b.deliver()
		b.want("a 2", "a 3")
	})
}

// Two nodes that both think they lead, at once, again and again: one effect each.
func TestTwoLeadersHaveOneEffect(t *testing.T) {
	each(t, func(b *bench) {
		other := bus.New(b.db, func() time.Time { return b.now })
		for _, node := range []*bus.Bus{b.bus, other} {
			bus.On(node, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error { return record(tx, f) })
		}
		var want []string
		for round := range 30 {
			var facts []moved
			for i := range 10 {
				f := moved{"a", 10*round + i}
				facts, want = append(facts, f), append(want, fmt.Sprint(f.Thing, " ", f.Step))
			}
			b.publish(facts...)
			var nodes sync.WaitGroup
			for _, node := range []*bus.Bus{b.bus, other} {
				nodes.Go(func() { node.Deliver(b.t.Context()) })
			}
			nodes.Wait()
		}
		b.deliver()
		b.want(want...)
	})
}

func TestUndecodableFactIsParkedAndNotLost(t *testing.T) {
	each(t, func(b *bench) {
		bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error { return record(tx, f) })
		err := b.db.Do(b.t.Context(), func(tx *sqldb.Tx) error { return b.bus.Publish(tx, b.now, broken{}) })
		if err != nil {
			b.t.Fatal(err)
		}
		b.publish(moved{"b", 1})
		b.deliver()
		b.want("b 1")
		if failures, err := b.bus.Failures(b.t.Context(), "reader", bus.Parked, 0, 10); err != nil || len(failures) != 1 {
			b.t.Errorf("%+v, %v", failures, err)
		}
	})
}

// broken goes under the name of moved and is something else.
type broken struct{ Step string }

func (broken) FactName() string { return "thing.moved" }
func (broken) FactKey() string  { return "a" }

func TestFactTooLargeForABrokerIsRefused(t *testing.T) {
	b := newBench(t, sqldbtest.New(t, bus.Schema, effects))
	err := b.db.Do(t.Context(), func(tx *sqldb.Tx) error {
		return b.bus.Publish(tx, b.now, moved{strings.Repeat("a", 1<<20), 1})
	})
	if err == nil {
		t.Error("a fact of a megabyte was published")
	}
}

// Facts are trimmed a day after everybody has had them, and not before.
func TestTrimWaitsForEveryReader(t *testing.T) {
	each(t, func(b *bench) {
		bus.On(b.bus, "reader", func(*sqldb.Tx, bus.Meta, moved) error { return nil })
		b.bus.Outward("relay")
		if err := b.bus.Start(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		b.backlog(2500) // more than goes at once
		kept := func() (oldest, newest int64) {
			if _, err := b.db.Sweep(b.t.Context(), b.now, bus.Retention[0]); err != nil {
				b.t.Fatal(err)
			}
			newest, err := sqldb.Read(b.t.Context(), b.db, func(tx *sqldb.Tx) (n int64, err error) {
				oldest, n, err = bus.Span(tx)
				return n, err
			})
			if err != nil {
				b.t.Fatal(err)
			}
			return oldest, newest
		}
		b.now = b.now.Add(72 * time.Hour)
		if oldest, newest := kept(); oldest != 1 || newest != 2500 {
			b.t.Errorf("the relay has had nothing and %d…%d are kept", oldest, newest)
		}
		err := b.db.Do(b.t.Context(), func(tx *sqldb.Tx) error { return bus.Advance(tx, "relay", 0, 2400) })
		if err != nil {
			b.t.Fatal(err)
		}
		if oldest, newest := kept(); oldest != 2401 || newest != 2500 {
			b.t.Errorf("the relay is at 2400 and %d…%d are kept", oldest, newest)
		}
		if err := b.db.Do(b.t.Context(), func(tx *sqldb.Tx) error { return bus.Advance(tx, "relay", 0, 2500) }); err == nil {
			b.t.Error("the cursor was moved by one who did not know where it stands")
		}
		if _, err := b.bus.Retire(b.t.Context(), bus.Retirement{Consumer: "relay"}); !fault.Is(err, fault.Conflict) {
			b.t.Errorf("a relay that this node runs was retired: %v", err)
		}
		later := bus.New(b.db, func() time.Time { return b.now })
		if _, err := later.Retire(b.t.Context(), bus.Retirement{Consumer: "relay"}); err != nil {
			b.t.Fatal(err)
		}
		if oldest, newest := kept(); oldest != 2500 || newest != 2500 {
			b.t.Errorf("nobody waits and %d…%d are kept", oldest, newest)
		}
		b.publish(moved{"a", 1})
		b.deliver()
		if _, newest := kept(); newest != 2501 {
			b.t.Errorf("after the trim the next fact is %d", newest)
		}
	})
}

func TestConsumersDoNotDisturbEachOther(t *testing.T) {
	each(t, func(b *bench) {
		bus.On(b.bus, "broken", func(*sqldb.Tx, bus.Meta, moved) error { return errors.New("broken") })
		bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error { return record(tx, f) })
		b.publish(moved{"a", 1})
		b.deliver()
		b.want("a 1")
	})
}

func TestConsumerKnowsSinceWhenFactsWait(t *testing.T) {
	each(t, func(b *bench) {
		bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error { return record(tx, f) })
		waiting := func() time.Time {
			at, err := sqldb.Read(b.t.Context(), b.db, func(tx *sqldb.Tx) (time.Time, error) { return b.bus.Waiting(tx, "reader") })
			if err != nil {
				b.t.Fatal(err)
			}
			return at
		}
		if at := waiting(); !at.IsZero() {
			b.t.Errorf("nothing was published, and something waits since %v", at)
		}
		first := b.now
		b.publish(moved{"a", 1})
		b.now = b.now.Add(time.Minute)
		b.publish(moved{"b", 1})
		if at := waiting(); !at.Equal(first) {
			b.t.Errorf("waiting since %v, want %v", at, first)
		}
		b.deliver()
		if at := waiting(); !at.IsZero() {
			b.t.Errorf("everything is taken, and something waits since %v", at)
		}
	})
}

type stood struct{ Thing string }

func (stood) FactName() string  { return "thing.stood" }
func (s stood) FactKey() string { return s.Thing }

// A consumer is only handed what it hears, in batches that others do not fill up,
// and passes over the rest without a fact in between being lost.
func TestConsumerPassesOverWhatItDoesNotHear(t *testing.T) {
	each(t, func(b *bench) {
		var heard []string
		bus.On(b.bus, "stander", func(_ *sqldb.Tx, _ bus.Meta, s stood) error {
			heard = append(heard, s.Thing)
			return nil
		})
		var want []string
		for i := range 12 {
			err := b.db.Do(b.t.Context(), func(tx *sqldb.Tx) error { return b.bus.Publish(tx, b.now, stood{fmt.Sprint(i)}) })
			if err != nil {
				b.t.Fatal(err)
			}
			want = append(want, fmt.Sprint(i))
			b.publish(slices.Repeat([]moved{{"a", i}}, 1000)...)
		}
		b.deliver()
		if !slices.Equal(heard, want) {
			b.t.Errorf("heard %v", heard)
		}
		b.publish(moved{"a", 0})
		b.deliver()
		lags, err := b.bus.Lags(b.t.Context())
		if err != nil || len(lags) != 1 || lags[0].Behind != 0 {
			b.t.Errorf("behind: %+v, %v", lags, err)
		}
	})
}

func TestObserversSeeOnlyWhatCameAfterTheStart(t *testing.T) {
	each(t, func(b *bench) {
		b.publish(moved{"a", 1})
		if _, err := b.bus.Deliver(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		later := bus.New(b.db, func() time.Time { return b.now })
		var seen []string
		bus.Tail(later, func(_ bus.Meta, f moved) { seen = append(seen, fmt.Sprint(f.Thing, f.Step)) })
		if err := later.Start(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		b.publish(moved{"a", 2})
		if _, err := later.Deliver(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		if !slices.Equal(seen, []string{"a2"}) {
			b.t.Errorf("saw %v", seen)
		}
	})
}

// On PostgreSQL a transaction that began earlier can commit later: a reader that
// followed seq would pass over its fact.
func TestLateCommitIsNotPassedOver(t *testing.T) {
	b := newBench(t, sqldbtest.Postgres(t, bus.Schema, effects))
	bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error { return record(tx, f) })
	written, release, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- b.db.Do(t.Context(), func(tx *sqldb.Tx) error {
			if err := b.bus.Publish(tx, b.now, moved{"late", 1}); err != nil {
				return err
			}
			close(written)
			<-release
			return nil
		})
	}()
	<-written
	b.publish(moved{"early", 1})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	b.bus.Deliver(ctx)
	b.want()
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	b.deliver()
	got := b.effects()
	slices.Sort(got)
	if !slices.Equal(got, []string{"early 1", "late 1"}) {
		t.Errorf("effects %v", got)
	}
}

func TestRunDeliversUntilItsEnd(t *testing.T) {
	each(t, func(b *bench) {
		taken := make(chan int, 1)
		bus.On(b.bus, "reader", func(tx *sqldb.Tx, _ bus.Meta, f moved) error {
			tx.AfterCommit(func() { taken <- f.Step })
			return record(tx, f)
		})
		ctx, stop := context.WithCancel(b.t.Context())
		ended := make(chan error)
		go func() { ended <- b.bus.Run(ctx) }()
		b.publish(moved{"a", 1})
		select {
		case <-taken:
		case <-time.After(10 * time.Second):
			b.t.Error("not delivered")
		}
		stop()
		<-ended
		b.want("a 1")
	})
}

// The limit to compare with is a bare loop over the same rows: read a batch, move
// a cursor, nobody hears them.
func BenchmarkOutboxToHandler(b *testing.B) {
	engines := map[string]func(testing.TB, ...sqldb.Schema) *sqldb.DB{"sqlite": sqldbtest.New, "postgres": sqldbtest.Postgres}
	for name, open := range engines {
		b.Run(name, func(b *testing.B) {
			x := newBench(b, open(b, bus.Schema, effects))
			x.backlog(b.N)
			bare := x.bareRelay(b)
			taken := 0
			bus.On(x.bus, "reader", func(*sqldb.Tx, bus.Meta, moved) error { taken++; return nil })
			b.ResetTimer()
			x.deliver()
			rate := float64(taken) / b.Elapsed().Seconds()
			b.ReportMetric(rate, "facts/s")
			b.ReportMetric(bare, "bare/s")
			b.ReportMetric(rate/bare, "ratio")
			if taken != b.N {
				b.Errorf("%d facts had %d effects", b.N, taken)
			}
		})
	}
}

func (b *bench) backlog(n int) {
	const batch = 1000
	for first := 0; first < n; first += batch {
		var facts []moved
		for i := first; i < min(first+batch, n); i++ {
			facts = append(facts, moved{fmt.Sprint("key", i%100), i})
		}
		b.publish(facts...)
	}
	b.deliver() // gives positions on PostgreSQL
}

// bareRelay is how many facts a second the cheapest loop takes.
func (b *bench) bareRelay(t testing.TB) float64 {
	const batch = 500
	began, pos, taken := time.Now(), int64(0), 0
	for {
		facts, err := sqldb.Read(b.t.Context(), b.db, func(tx *sqldb.Tx) ([]bus.Envelope, error) { return bus.Since(tx, pos, batch) })
		if err != nil {
			t.Fatal(err)
		}
		if len(facts) == 0 {
			return float64(taken) / time.Since(began).Seconds()
		}
		last := facts[len(facts)-1].Pos
		if err := b.db.Do(b.t.Context(), func(tx *sqldb.Tx) error { return bus.Advance(tx, "bare", pos, last) }); err != nil {
			t.Fatal(err)
		}
		pos, taken = last, taken+len(facts)
	}
}
