package kafka

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

const (
	inboxBatch = 500
	firstWait  = 200 * time.Millisecond
	lastWait   = 30 * time.Second
)

// Inbox takes facts in, each with one effect.
type Inbox struct {
	DB       *sqldb.DB
	Dial     func() (*kgo.Client, error) // Address.Consumer
	Consumer string
	Log      *slog.Logger
	// Handle has its effect in tx. An error means "not now": everything waits and
	// is tried again, so that order holds. What Handle cannot use it keeps itself,
	// with the reason, and returns nil.
	Handle func(tx *sqldb.Tx, origin string, f bus.Envelope) error
}

// Run takes facts in until ctx ends. After a fault it starts anew where the last
// transaction ended.
func (in *Inbox) Run(ctx context.Context) error {
	wait := firstWait
	for ctx.Err() == nil {
		worked, err := in.session(ctx)
		if ctx.Err() != nil {
			break
		}
		in.Log.Error("facts are not taken in for now", "consumer", in.Consumer, "error", err)
		if worked {
			wait = firstWait
		}
		pause(ctx, wait/2+rand.N(wait/2))
		wait = min(2*wait, lastWait)
	}
	return ctx.Err()
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// session is the life of one client.
func (in *Inbox) session(ctx context.Context) (worked bool, err error) {
	client, err := in.Dial()
	if err != nil {
		return false, err
	}
	defer client.Close()
	for {
		n, err := in.Step(ctx, client)
		if err != nil {
			return worked, err
		}
		worked = worked || n > 0
	}
}

// Step polls once, gives every fact its one effect and then commits the offsets;
// it reports how many effects there were. After a fault the client's place is not
// where the effects are: the caller ends it and starts anew.
func (in *Inbox) Step(ctx context.Context, client *kgo.Client) (effects int, err error) {
	fetched := client.PollRecords(ctx, inboxBatch)
	if fetched.IsClientClosed() || ctx.Err() != nil {
		return 0, errors.Join(fetched.Err0(), ctx.Err())
	}
	// A partition that cannot be read now is asked again by the client itself.
	fetched.EachError(func(topic string, partition int32, err error) {
		in.Log.Warn("a partition cannot be read for now", "topic", topic, "partition", partition, "error", err)
	})
	effects, err = in.take(ctx, fetched)
	if err != nil {
		return 0, err
	}
	return effects, client.CommitUncommittedOffsets(ctx)
}

// place is where one origin's facts come in.
type place struct {
	topic     string
	partition int32
	origin    string
}

// take runs one transaction for everything that was fetched.
func (in *Inbox) take(ctx context.Context, fetched kgo.Fetches) (int, error) {
	at := map[place][]bus.Envelope{}
	var order []place
	fetched.EachRecord(func(r *kgo.Record) {
		origin, f, ours := fact(r)
		if !ours {
			return
		}
		p := place{r.Topic, r.Partition, origin}
		if at[p] == nil {
			order = append(order, p)
		}
		at[p] = append(at[p], f)
	})
	if len(order) == 0 {
		return 0, nil
	}
	return sqldb.Write(ctx, in.DB, func(tx *sqldb.Tx) (effects int, err error) {
		for _, p := range order {
			n, err := in.takeAt(tx, p, at[p])
			if err != nil {
				return 0, err
			}
			effects += n
		}
		return effects, nil
	})
}

// errOvertaken says that another node has taken the same facts in.
var errOvertaken = errors.New("another node has taken these facts in")

func (in *Inbox) takeAt(tx *sqldb.Tx, p place, facts []bus.Envelope) (effects int, err error) {
	before, err := sqldb.Get(tx, Queries["TakenIn"], sqldb.ScanInt, in.Consumer, p.topic, p.partition, p.origin)
	if err != nil && !errors.Is(err, sqldb.ErrNone) {
		return 0, err
	}
	pos := before
	for _, f := range facts {
		if f.Pos <= pos {
			continue // repeated
		}
		if err := in.Handle(tx, p.origin, f); err != nil {
			return 0, err
		}
		pos = f.Pos
		effects++
	}
	if effects == 0 {
		return 0, nil
	}
	moved, err := tx.Exec(Queries["TakeIn"], in.Consumer, p.topic, p.partition, p.origin, pos, before)
	if err == nil && moved == 0 {
		err = errOvertaken
	}
	return effects, err
}
