// Package kafka takes facts to Kafka for systems outside, and takes facts of
// other systems in. Out: one elected node reads the bus and produces to the topic
// of the fact's module, keyed by the fact's key, so that order per key holds; the
// cursor moves after all brokers have acknowledged, so a crash repeats facts and
// loses none. In: an inbox row and the effect share a transaction, so that each
// fact has exactly one effect however often it comes.
package kafka

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the cursor of the relay and the inbox.
var Schema = sqldb.Schema{Room: "kafka", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this room, for the guard that prepares them on both engines.
var Queries = sqldb.Load("kafka", queriesText)

const (
	relayBatch = 500
	lookEvery  = 50 * time.Millisecond
	ackLimit   = 10 * time.Second
	// The position and the origin of a fact travel in headers.
	headerPos, headerOrigin, headerName = "zhian-pos", "zhian-origin", "zhian-name"
)

// Relay takes the facts of one database to Kafka. Origin names the installation.
type Relay struct {
	DB     *sqldb.DB
	Client *kgo.Client // idempotent, all brokers acknowledge: what kgo does by default
	Origin string
	Prefix string // of topics: "zhian." makes "zhian.incident"
}

// Run relays on one node at a time until ctx ends; what fails is tried again.
func (r *Relay) Run(ctx context.Context) error {
	return r.DB.Lead(ctx, "kafka.relay", func(ctx context.Context) error {
		look := time.NewTicker(lookEvery)
		defer look.Stop()
		for ctx.Err() == nil {
			if n, err := r.Step(ctx); err == nil && n > 0 {
				continue
			}
			select {
			case <-look.C:
			case <-ctx.Done():
			}
		}
		return ctx.Err()
	})
}

// Step relays one batch and reports how many facts it held.
func (r *Relay) Step(ctx context.Context) (int, error) {
	facts, err := sqldb.Read(ctx, r.DB, func(tx *sqldb.Tx) ([]bus.Envelope, error) {
		pos, err := sqldb.Get(tx, Queries["Relayed"], sqldb.ScanInt, r.Origin)
		if err != nil && !errors.Is(err, sqldb.ErrNone) {
			return nil, err
		}
		return bus.Since(tx, pos, relayBatch)
	})
	if err != nil || len(facts) == 0 {
		return 0, err
	}
	records := make([]*kgo.Record, len(facts))
	for i, f := range facts {
		records[i] = r.record(f)
	}
	acked, cancel := context.WithTimeout(ctx, ackLimit)
	defer cancel()
	if err := r.Client.ProduceSync(acked, records...).FirstErr(); err != nil {
		return 0, fmt.Errorf("relay after %d: %w", facts[0].Pos-1, err)
	}
	err = r.DB.Background(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(Queries["Advance"], r.Origin, facts[len(facts)-1].Pos)
		return err
	})
	return len(facts), err
}

func (r *Relay) record(f bus.Envelope) *kgo.Record {
	module, _, _ := strings.Cut(f.Name, ".")
	return &kgo.Record{
		Topic: r.Prefix + module, Key: []byte(f.Key), Value: f.Body, Timestamp: f.At,
		Headers: []kgo.RecordHeader{
			{Key: headerPos, Value: strconv.AppendInt(nil, f.Pos, 10)},
			{Key: headerOrigin, Value: []byte(r.Origin)},
			{Key: headerName, Value: []byte(f.Name)},
		},
	}
}

// Inbox takes facts in. Client consumes as a group with autocommit off.
type Inbox struct {
	DB       *sqldb.DB
	Client   *kgo.Client
	Consumer string
	Now      func() time.Time
	Handle   func(tx *sqldb.Tx, origin string, f bus.Envelope) error
}

// Step polls once, gives every fact its one effect and then commits the offsets;
// it reports how many effects there were. After a fault nothing was committed:
// the caller ends the client and starts anew, and what had its effect is known.
func (in *Inbox) Step(ctx context.Context) (effects int, err error) {
	fetched := in.Client.PollFetches(ctx)
	if err := fetched.Err(); err != nil {
		return 0, err
	}
	for _, r := range fetched.Records() {
		fresh, err := in.take(ctx, r)
		if err != nil {
			return effects, err
		}
		if fresh {
			effects++
		}
	}
	return effects, in.Client.CommitUncommittedOffsets(ctx)
}

// take reports whether the record was new.
func (in *Inbox) take(ctx context.Context, r *kgo.Record) (bool, error) {
	headers := map[string]string{}
	for _, h := range r.Headers {
		headers[h.Key] = string(h.Value)
	}
	pos, err := strconv.ParseInt(headers[headerPos], 10, 64)
	if err != nil {
		return false, nil // not one of ours
	}
	f := bus.Envelope{Meta: bus.Meta{Pos: pos, At: r.Timestamp}, Name: headers[headerName], Key: string(r.Key), Body: r.Value}
	return sqldb.Write(ctx, in.DB, func(tx *sqldb.Tx) (bool, error) {
		n, err := tx.Exec(Queries["TakeIn"], in.Consumer, headers[headerOrigin], pos, in.Now().UnixMilli())
		if err != nil || n == 0 {
			return false, err
		}
		return true, in.Handle(tx, headers[headerOrigin], f)
	})
}
