package bus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"zhian/platform/bus"
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
		failures, err := b.bus.Failures(b.t.Context(), "reader", 10)
		if err != nil || len(failures) != 2 || failures[0].State != "dead" || failures[1].State != "parked" {
			b.t.Fatalf("%+v, %v", failures, err)
		}
		lags, err := b.bus.Lags(b.t.Context())
		if err != nil || len(lags) != 1 || lags[0] != (bus.Lag{Consumer: "reader", Parked: 1, Dead: 1}) {
			b.t.Errorf("%+v, %v", lags, err)
		}
		broken = false
		if err := b.bus.Resend(b.t.Context(), "reader", failures[0].Pos); err != nil {
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
		failures, err := b.bus.Failures(b.t.Context(), "reader", 10)
		if err != nil || len(failures) != 2 {
			b.t.Fatalf("%+v, %v", failures, err)
		}
		if err := b.bus.Discard(b.t.Context(), "reader", failures[0].Pos); err != nil {
			b.t.Fatal(err)
		}
		b.deliver()
		b.want("a 2")
		if err := b.bus.Discard(b.t.Context(), "reader", failures[0].Pos); err == nil {
			b.t.Error("discarded twice")
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

func BenchmarkOutboxToHandler(b *testing.B) {
	db := sqldbtest.New(b, bus.Schema, effects)
	x := newBench(b, db)
	taken := 0
	bus.On(x.bus, "reader", func(*sqldb.Tx, bus.Meta, moved) error { taken++; return nil })
	facts := make([]moved, 1000)
	for i := range facts {
		facts[i] = moved{fmt.Sprint("key", i%100), i}
	}
	for range (b.N + 999) / 1000 {
		x.publish(facts...)
	}
	b.ResetTimer()
	x.deliver()
	b.ReportMetric(float64(taken)/b.Elapsed().Seconds(), "facts/s")
}
