package bus

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"zhian/platform/sqldb"
)

// handler is one fact's effect, decoded and waiting for its transaction.
type handler func(tx *sqldb.Tx) error

type decoder func(e Envelope) (handler, error)

// consumer is one room's place in the stream.
type consumer struct {
	bus      *Bus
	name     string
	urgent   bool
	decoders map[string]decoder

	mu    sync.Mutex // one step at a time
	pos   int64      // cursor as this node knows it, or unknown
	limit int        // facts to read next
	full  int        // batches since parked facts were looked at
}

const (
	unknown = -1
	// A batch spares commits, but the one writer is not to be held so long that
	// a caller at the console notices: after that long the batch ends where it
	// is. On PostgreSQL nobody waits for it.
	firstBatch, leastBatch, mostBatch = 256, 16, 2048
	holdSQLite, holdPostgres          = 4 * time.Millisecond, 200 * time.Millisecond
	holdUrgent                        = 12 * time.Millisecond // people wait on either side

	retryLook   = 16 // full batches after which parked facts are looked at
	maxAttempts = 10
	firstRetry  = 200 * time.Millisecond
	lastRetry   = 5 * time.Minute
)

// errUnheard is why a parked fact fails after an upgrade took its handler away.
var errUnheard = errors.New("nobody hears this fact any more")

// errOvertaken says that another node has moved the cursor: nothing was done.
var errOvertaken = errors.New("another node has taken these facts")

// item is a fact with its effect; run is nil for facts that nobody hears.
type item struct {
	Envelope
	run handler
}

// step takes the next batch and what is due of the parked ones; it reports how
// many facts moved.
func (c *consumer) step(ctx context.Context) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch, err := c.read(ctx)
	if err != nil {
		return 0, err
	}
	n, err := c.takeAll(ctx, batch)
	if err != nil {
		c.pos = unknown
		return overtaken(err)
	}
	if c.full++; len(batch) > 0 && n == len(batch) && c.full < retryLook {
		return n, nil
	}
	c.full = 0
	retried, err := c.retry(ctx)
	if err != nil {
		return overtaken(err)
	}
	return n + retried, nil
}

// overtaken makes nothing of having been second: somebody has moved the facts.
func overtaken(err error) (int, error) {
	if errors.Is(err, errOvertaken) {
		return 1, nil
	}
	return 0, err
}

// read loads and decodes the next batch, outside the writer.
func (c *consumer) read(ctx context.Context) ([]item, error) {
	facts, err := sqldb.Read(ctx, c.bus.db, func(tx *sqldb.Tx) (facts []Envelope, err error) {
		if c.pos == unknown {
			if c.pos, err = Cursor(tx, c.name); err != nil {
				return nil, err
			}
		}
		return Since(tx, c.pos, c.limit)
	})
	batch := make([]item, 0, len(facts))
	for _, f := range facts {
		batch = append(batch, c.prepare(f))
	}
	return batch, err
}

// prepare decodes a fact; one that cannot be decoded fails when its turn comes.
func (c *consumer) prepare(e Envelope) item {
	decode := c.decoders[e.Name]
	if decode == nil {
		return item{Envelope: e}
	}
	run, err := decode(e)
	if err != nil {
		run = func(*sqldb.Tx) error { return err }
	}
	return item{e, run}
}

// takeAll hands a batch to the handlers: straight through, and when one of them
// fails and takes the others back, again with each in a savepoint of its own, so
// that only that one is parked.
func (c *consumer) takeAll(ctx context.Context, batch []item) (int, error) {
	if len(batch) == 0 {
		return 0, nil
	}
	n, err := c.take(ctx, batch, func(tx *sqldb.Tx, f item, _ map[string]bool) error { return f.run(tx) })
	if err != nil && !errors.Is(err, errOvertaken) {
		n, err = c.take(ctx, batch, c.apart)
	}
	if err != nil {
		return 0, err
	}
	c.pos = batch[n-1].Pos
	switch {
	case n < len(batch):
		c.limit = max(n, leastBatch)
	case n == c.limit:
		c.limit = min(2*n, mostBatch)
	}
	return n, nil
}

// take runs one transaction: effects and cursor, both or neither. It reports how
// many facts of the batch it came to.
func (c *consumer) take(ctx context.Context, batch []item, handle func(*sqldb.Tx, item, map[string]bool) error) (taken int, err error) {
	run := c.bus.db.Background
	if c.urgent {
		run = c.bus.db.Do
	}
	err = run(ctx, func(tx *sqldb.Tx) error {
		began := time.Now()
		taken = 0
		any, err := sqldb.Get(tx, Queries["AnyBlocked"], sqldb.ScanInt, c.name)
		if err != nil {
			return err
		}
		blocked := map[string]bool{}
		for _, f := range batch {
			if taken > 0 && time.Since(began) > c.hold() {
				break
			}
			if err := c.one(tx, f, any > 0, blocked, handle); err != nil {
				return err
			}
			taken++
		}
		return Advance(tx, c.name, c.pos, batch[taken-1].Pos)
	})
	return taken, err
}

func (c *consumer) hold() time.Duration {
	if c.bus.db.Dialect == sqldb.Postgres {
		return holdPostgres
	}
	if c.urgent {
		return holdUrgent
	}
	return holdSQLite
}

// one gives a fact its effect, or parks it behind an earlier one of its key.
func (c *consumer) one(tx *sqldb.Tx, f item, any bool, blocked map[string]bool, handle func(*sqldb.Tx, item, map[string]bool) error) error {
	if f.run == nil {
		return nil
	}
	behind := blocked[f.Key]
	if any && !behind {
		n, err := sqldb.Get(tx, Queries["Blocked"], sqldb.ScanInt, c.name, f.Key)
		if err != nil {
			return err
		}
		behind = n > 0
	}
	if behind {
		return c.park(tx, f.Envelope, 0, "")
	}
	return handle(tx, f, blocked)
}

func (c *consumer) apart(tx *sqldb.Tx, f item, blocked map[string]bool) error {
	cause := tx.Try(func() error { return f.run(tx) })
	if cause == nil {
		return nil
	}
	blocked[f.Key] = true
	c.bus.Log.Error("a fact could not be handled and is parked", "consumer", c.name, "fact", f.Name, "pos", f.Pos, "error", cause)
	return c.park(tx, f.Envelope, 1, cause.Error())
}

// park keeps a fact that failed, or that stands behind one of its key.
func (c *consumer) park(tx *sqldb.Tx, f Envelope, attempts int, cause string) error {
	_, err := tx.Exec(Queries["Park"], c.name, f.Pos, f.Name, f.Key, string(f.Body), f.At.UnixMilli(),
		attempts, c.bus.now().Add(delay(attempts)).UnixMilli(), cause)
	return err
}

// delay doubles from firstRetry to lastRetry; half of it is random, so that
// those who failed together do not come back together.
func delay(attempts int) time.Duration {
	if attempts == 0 {
		return 0
	}
	ceiling := min(firstRetry<<(attempts-1), lastRetry)
	return ceiling/2 + rand.N(ceiling/2)
}

// retry gives the oldest parked fact of each key another chance.
func (c *consumer) retry(ctx context.Context) (moved int, err error) {
	due, err := sqldb.Read(ctx, c.bus.db, func(tx *sqldb.Tx) ([]Failure, error) {
		return sqldb.List(tx, Queries["Due"], scanFailure, c.name, c.bus.now().UnixMilli(), firstBatch)
	})
	for _, f := range due {
		if err := c.again(ctx, f); err != nil {
			return moved, err
		}
		moved++
	}
	return moved, err
}

func (c *consumer) again(ctx context.Context, f Failure) error {
	return c.bus.db.Background(ctx, func(tx *sqldb.Tx) error {
		cause := errUnheard
		if again := c.prepare(f.Envelope); again.run != nil {
			cause = tx.Try(func() error { return again.run(tx) })
		}
		if cause == nil {
			return once(tx.Exec(Queries["Unpark"], c.name, f.Pos))
		}
		state, attempts := Parked, f.Attempts+1
		if attempts >= maxAttempts {
			state = Dead
			c.bus.Log.Error("a fact is given up until a person decides", "consumer", c.name, "fact", f.Name, "pos", f.Pos, "error", cause)
		}
		return once(tx.Exec(Queries["FailedAgain"], attempts, c.bus.now().Add(delay(attempts)).UnixMilli(), cause.Error(), state, c.name, f.Pos))
	})
}

// once takes the transaction back when another node was quicker.
func once(changed int64, err error) error {
	if err == nil && changed == 0 {
		return errOvertaken
	}
	return err
}
