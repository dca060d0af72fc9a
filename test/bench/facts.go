package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"zhian/gateway/kafka"
	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

// stepped is a fact of ordinary size.
type stepped struct {
	Thing string    `json:"thing"`
	Step  int       `json:"step"`
	At    time.Time `json:"at"`
	Note  string    `json:"note"`
}

func (stepped) FactName() string  { return "bench.stepped" }
func (s stepped) FactKey() string { return s.Thing }

var effects = sqldb.Schema{Room: "bench", Files: fstest.MapFS{"schema/0001_bench.sql": {Data: []byte(
	`CREATE TABLE bench_effect (thing TEXT NOT NULL, step BIGINT NOT NULL, PRIMARY KEY (thing, step)); -- clustered`)}}}

var effectQueries = sqldb.Load("bench", `
-- name: Effect
INSERT INTO bench_effect (thing, step) VALUES ($1, $2)

-- name: Count
SELECT count(*) FROM bench_effect
`)

const (
	manyFacts = 200_000
	factKeys  = 1000
)

// facts: from the outbox to a handler in the process, with an effect on disk for
// each fact, and without one; and through the relay to a Kafka broker (kfake, a
// broker inside this process). The bare relay reads the same rows in batches and
// moves a cursor after each.
func facts(ctx context.Context, say func(Line)) (err error) {
	dir, err := os.MkdirTemp("", "zhian-facts")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := sqldb.Open(ctx, filepath.Join(dir, "facts.db"), sqldb.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx, bus.Schema, kafka.Schema, effects); err != nil {
		return err
	}
	b := bus.New(db, time.Now)
	if err := publishAll(ctx, db, b); err != nil {
		return err
	}
	bare, err := bareRelay(ctx, db)
	if err != nil {
		return err
	}
	say(Line{Name: "facts.bare_relay", Value: bare, Unit: "facts/s"})
	if err := handled(ctx, db, b, bare, say); err != nil {
		return err
	}
	return relayed(ctx, db, bare, say)
}

func publishAll(ctx context.Context, db *sqldb.DB, b *bus.Bus) error {
	const batch = 5000
	for first := 0; first < manyFacts; first += batch {
		err := db.Do(ctx, func(tx *sqldb.Tx) error {
			for i := range batch {
				n := first + i
				f := stepped{fmt.Sprintf("thing-%d", n%factKeys), n / factKeys, time.UnixMilli(int64(n)), "two people argue about a parked car"}
				if err := b.Publish(tx, time.Now(), f); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bareRelay is what reading everything once in batches of 500 costs, with a
// durable cursor after each.
func bareRelay(ctx context.Context, db *sqldb.DB) (float64, error) {
	advance := sqldb.Statement("bench", "Advance", `INSERT INTO bench_effect (thing, step) VALUES ('cursor', $1)`)
	forget := sqldb.Statement("bench", "Forget", `DELETE FROM bench_effect`)
	begun := time.Now()
	for pos := int64(0); ; {
		list, err := sqldb.Read(ctx, db, func(tx *sqldb.Tx) ([]bus.Envelope, error) { return bus.Since(tx, pos, 500) })
		if err != nil {
			return 0, err
		}
		if len(list) == 0 {
			break
		}
		pos = list[len(list)-1].Pos
		if err := db.Do(ctx, func(tx *sqldb.Tx) error { _, err := tx.Exec(advance, pos); return err }); err != nil {
			return 0, err
		}
	}
	rate := manyFacts / time.Since(begun).Seconds()
	return rate, db.Do(ctx, func(tx *sqldb.Tx) error { _, err := tx.Exec(forget); return err })
}

func handled(ctx context.Context, db *sqldb.DB, b *bus.Bus, bare float64, say func(Line)) error {
	heard := 0
	bus.On(b, "bench.hears", func(*sqldb.Tx, bus.Meta, stepped) error { heard++; return nil })
	begun := time.Now()
	if _, err := b.Deliver(ctx); err != nil {
		return err
	}
	rate := manyFacts / time.Since(begun).Seconds()
	say(Line{Name: "facts", Value: rate, Unit: "facts/s", Limit: 100000, RatioTo: "facts.bare_relay", Ratio: rate / bare})
	if heard != manyFacts {
		return fmt.Errorf("%d facts were heard %d times", manyFacts, heard)
	}

	writer := bus.New(db, time.Now)
	bus.On(writer, "bench.writes", func(tx *sqldb.Tx, _ bus.Meta, f stepped) error {
		_, err := tx.Exec(effectQueries["Effect"], f.Thing, f.Step)
		return err
	})
	begun = time.Now()
	if _, err := writer.Deliver(ctx); err != nil {
		return err
	}
	rate = manyFacts / time.Since(begun).Seconds()
	say(Line{Name: "facts.with_a_row_each", Value: rate, Unit: "facts/s", RatioTo: "facts.bare_relay", Ratio: rate / bare})
	rows, err := sqldb.Read(ctx, db, func(tx *sqldb.Tx) (int64, error) { return sqldb.Get(tx, effectQueries["Count"], sqldb.ScanInt) })
	if err == nil && rows != manyFacts {
		err = fmt.Errorf("%d facts had %d effects", manyFacts, rows)
	}
	return err
}

// relayed takes the same facts to a broker and reads them back: each once, and
// in order per key.
func relayed(ctx context.Context, db *sqldb.DB, bare float64, say func(Line)) error {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(8, "bench.bench"))
	if err != nil {
		return err
	}
	defer broker.Close()
	out, err := kgo.NewClient(kgo.SeedBrokers(broker.ListenAddrs()...), kgo.ProducerLinger(0))
	if err != nil {
		return err
	}
	defer out.Close()
	relay := kafka.Relay{DB: db, Origin: "bench", Prefix: "bench."}
	begun := time.Now()
	for sent := 0; sent < manyFacts; {
		n, err := relay.Step(ctx, out)
		if err != nil {
			return err
		}
		sent += n
	}
	rate := manyFacts / time.Since(begun).Seconds()
	say(Line{Name: "facts.to_kafka", Value: rate, Unit: "facts/s", Limit: 100000, RatioTo: "facts.bare_relay", Ratio: rate / bare})
	return readBack(ctx, broker)
}

func readBack(ctx context.Context, broker *kfake.Cluster) error {
	in, err := kgo.NewClient(kgo.SeedBrokers(broker.ListenAddrs()...), kgo.ConsumeTopics("bench.bench"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer in.Close()
	next := map[string]int{}
	for got := 0; got < manyFacts; {
		fetched := in.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			return err
		}
		for _, r := range fetched.Records() {
			var f stepped
			if err := json.Unmarshal(r.Value, &f); err != nil {
				return err
			}
			if f.Step != next[f.Thing] {
				return fmt.Errorf("%s: step %d came where %d was next", f.Thing, f.Step, next[f.Thing])
			}
			next[f.Thing]++
			got++
		}
	}
	return nil
}
