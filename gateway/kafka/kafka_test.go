package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"zhian/gateway/kafka"
	"zhian/platform/bus"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

type moved struct{ Thing, Step string }

func (moved) FactName() string  { return "thing.moved" }
func (m moved) FactKey() string { return m.Thing }

func client(t *testing.T, c *kfake.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	k, err := kgo.NewClient(append(opts, kgo.SeedBrokers(c.ListenAddrs()...), kgo.RetryBackoffFn(func(int) time.Duration { return time.Millisecond }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

// Brokers that fail, a relay that repeats, a handler that fails: one effect each, in order per key.
func TestEveryFactHasOneEffectThroughFaults(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "zhian.thing"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	db := sqldbtest.New(t, bus.Schema, kafka.Schema)
	facts := bus.New(db, time.Now)
	relay := &kafka.Relay{DB: db, Client: client(t, cluster), Origin: "here", Prefix: "zhian."}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = db.Do(ctx, func(tx *sqldb.Tx) error {
		for i := range 60 {
			if err := facts.Publish(tx, time.Now(), moved{fmt.Sprint("k", i%3), fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cluster.ControlKey(int16(kmsg.Metadata), func(kmsg.Request) (kmsg.Response, error, bool) {
		return nil, errors.New("the connection broke"), true
	})
	if n, err := relay.Step(ctx); err != nil || n != 60 {
		t.Fatal(n, err)
	}
	// A relay that fell before its cursor moved sends everything again.
	again := &kafka.Relay{DB: sqldbCopy(t, db, facts), Client: client(t, cluster), Origin: "here", Prefix: "zhian."}
	if _, err := again.Step(ctx); err != nil {
		t.Fatal(err)
	}
	effects := map[string][]string{}
	broken := true
	open := func() *kafka.Inbox {
		return &kafka.Inbox{DB: db, Consumer: "reader", Now: time.Now,
			Client: client(t, cluster, kgo.ConsumerGroup("reader"), kgo.ConsumeTopics("zhian.thing"), kgo.DisableAutoCommit(),
				kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())),
			Handle: func(tx *sqldb.Tx, _ string, f bus.Envelope) error {
				if broken && f.Pos > 20 {
					return kerr.UnknownServerError
				}
				tx.AfterCommit(func() { effects[f.Key] = append(effects[f.Key], fmt.Sprint(f.Pos)) })
				return nil
			}}
	}
	inbox, total := open(), 0
	for total < 60 {
		n, err := inbox.Step(ctx)
		total += n
		if ctx.Err() != nil {
			t.Fatal("only ", total)
		}
		if err != nil {
			broken = false
			inbox.Client.Close()
			inbox = open()
		}
	}
	for key, got := range effects {
		var want []string
		for i := range 60 {
			if fmt.Sprint("k", i%3) == key {
				want = append(want, fmt.Sprint(i+1))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s had %v", key, got)
		}
	}
}

// sqldbCopy is a database with the same facts whose relay has not moved.
func sqldbCopy(t *testing.T, db *sqldb.DB, _ *bus.Bus) *sqldb.DB {
	t.Helper()
	list, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]bus.Envelope, error) { return bus.Since(tx, 0, 1000) })
	if err != nil {
		t.Fatal(err)
	}
	twin := sqldbtest.New(t, bus.Schema, kafka.Schema)
	err = twin.Do(t.Context(), func(tx *sqldb.Tx) error {
		for _, e := range list {
			if _, err := tx.Exec(bus.Queries["Publish"], e.Name, e.Key, string(e.Body), e.At.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return twin
}
