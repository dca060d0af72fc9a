package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

// Reader is the relay's name among the readers of the bus: its cursor holds the
// facts that the brokers have not had, and operations see how far it is behind.
const Reader = "kafka"

const (
	relayBatch = 1000
	lookEvery  = 20 * time.Millisecond
	ackLimit   = 10 * time.Second
)

// Relay takes the facts of one database to Kafka. Origin names the installation
// among all that share the topics.
type Relay struct {
	DB     *sqldb.DB
	Dial   func() (*kgo.Client, error) // Address.Producer
	Origin string
	Prefix string // of topics: "zhian." makes "zhian.incident"
	Log    *slog.Logger
}

// Run relays on one node at a time until ctx ends; what fails is tried again,
// with a new client, perhaps on another node.
func (r *Relay) Run(ctx context.Context) error {
	failing := false
	return r.DB.Lead(ctx, "kafka.relay", func(ctx context.Context) error {
		err := r.relay(ctx, func() {
			if failing {
				failing = false
				r.Log.Info("facts go to the brokers again")
			}
		})
		if err != nil && ctx.Err() == nil && !failing {
			failing = true
			r.Log.Error("facts do not go to the brokers for now", "error", err)
		}
		return err
	})
}

// relay steps until something fails. Closing the client is what ends a produce
// that waits for brokers: one whose fate is unknown cannot be called back.
func (r *Relay) relay(ctx context.Context, worked func()) error {
	client, err := r.Dial()
	if err != nil {
		return err
	}
	defer client.Close()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		n, err := r.Step(ctx, client)
		if err != nil {
			return err
		}
		if n > 0 {
			worked()
			continue
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Step relays one batch and reports how many facts it held. After a fault the
// client is closed.
func (r *Relay) Step(ctx context.Context, client *kgo.Client) (int, error) {
	var pos int64
	facts, err := sqldb.Read(ctx, r.DB, func(tx *sqldb.Tx) (facts []bus.Envelope, err error) {
		if pos, err = bus.Cursor(tx, Reader); err != nil {
			return nil, err
		}
		return bus.Since(tx, pos, relayBatch)
	})
	if err != nil || len(facts) == 0 {
		return 0, err
	}
	if err := r.produce(ctx, client, facts); err != nil {
		return 0, fmt.Errorf("relay after %d: %w", pos, err)
	}
	err = r.DB.Background(ctx, func(tx *sqldb.Tx) error { return bus.Advance(tx, Reader, pos, facts[len(facts)-1].Pos) })
	if err != nil {
		return 0, err
	}
	return len(facts), nil
}

func (r *Relay) produce(ctx context.Context, client *kgo.Client, facts []bus.Envelope) error {
	records := make([]*kgo.Record, len(facts))
	for i, f := range facts {
		records[i] = record(r.Prefix, r.Origin, f)
	}
	ctx, cancel := context.WithTimeout(ctx, ackLimit)
	defer cancel()
	defer context.AfterFunc(ctx, client.Close)()
	return client.ProduceSync(ctx, records...).FirstErr()
}
