package bus

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
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
	seen  int64      // looked through up to here; what is between has nobody's ear
	moved time.Time  // when the cursor was
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

	lookThrough = 8192 // facts, of which few may be heard, are looked through at once
	skipAtLeast = 1024 // a cursor that only passes over facts moves in such steps, or after lookIdle

	retryLook   = 16 // full batches after which parked facts are looked at
	maxAttempts = 10
	firstRetry  = 200 * time.Millisecond
	lastRetry   = 5 * time.Minute
)

// errUnheard is why a parked fact fails after an upgrade took its handler away.
var errUnheard = errors.New("nobody hears this fact any more")

// errOvertaken says that another node has moved the cursor: nothing was done.
var errOvertaken = errors.New("another node has taken these facts")

// item is a fact with its effect; run is nil for a fact that nobody hears any
// more.
type item struct {
	Envelope
	run handler
}

// step takes the next batch and what is due of the parked ones; it reports how
// many facts moved.
func (c *consumer) step(ctx context.Context) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch, to, err := c.read(ctx)
	if err != nil {
		return 0, err
	}
	n, err := c.pass(ctx, batch, to)
	if err != nil {
		c.pos = unknown
		return overtaken(err)
	}
	if c.full++; n > 0 && c.full < retryLook {
		return n, nil
	}
	c.full = 0
	retried, err := c.retry(ctx)
	if err != nil {
		return overtaken(err)
	}
	return n + retried, nil
}

// pass brings the consumer up to a position, or as far into the batch as its
// time allows.
func (c *consumer) pass(ctx context.Context, batch []item, to int64) (int, error) {
	before := c.seen
	if len(batch) > 0 {
		err := c.takeAll(ctx, batch, to)
		return int(c.seen - before), err
	}
	c.seen = to
	if c.seen-c.pos < skipAtLeast && time.Since(c.moved) < lookIdle {
		return int(c.seen - before), nil
	}
	return int(c.seen - before), c.catchUp(ctx)
}

// catchUp moves the cursor over what was looked through and is heard by nobody.
func (c *consumer) catchUp(ctx context.Context) error {
	if c.seen == c.pos {
		return nil
	}
	err := c.bus.db.Background(ctx, func(tx *sqldb.Tx) error { return Advance(tx, c.name, c.pos, c.seen) })
	if err == nil {
		c.pos, c.moved = c.seen, time.Now()
	}
	return err
}

// overtaken makes nothing of having been second: somebody has moved the facts.
func overtaken(err error) (int, error) {
	if errors.Is(err, errOvertaken) {
		return 1, nil
	}
	return 0, err
}

// read loads and decodes the next batch of what the consumer hears, outside the
// writer, and says how far the stream was looked through for it.
func (c *consumer) read(ctx context.Context) (batch []item, to int64, err error) {
	facts, err := sqldb.Read(ctx, c.bus.db, func(tx *sqldb.Tx) (facts []Envelope, err error) {
		if c.pos == unknown {
			if c.pos, err = Cursor(tx, c.name); err != nil {
				return nil, err
			}
			c.seen = c.pos
		}
		if to, err = sqldb.Get(tx, Queries["Head"], sqldb.ScanInt); err != nil || to <= c.seen {
			return nil, err
		}
		to = min(to, c.seen+lookThrough)
		return sqldb.List(tx, Queries["Heard"], scanEnvelope, c.seen, to, c.names(), c.limit)
	})
	if len(facts) == c.limit {
		to = facts[c.limit-1].Pos
	}
	for _, f := range facts {
		batch = append(batch, c.prepare(f))
	}
	return batch, max(to, c.seen), err
}

// names of the facts that the consumer hears.
func (c *consumer) names() string { return sqldb.Texts(slices.Sorted(maps.Keys(c.decoders))) }

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
func (c *consumer) takeAll(ctx context.Context, batch []item, to int64) error {
	n, err := c.take(ctx, batch, to, func(tx *sqldb.Tx, f item, _ map[string]bool) error { return f.run(tx) })
	if err != nil && !errors.Is(err, errOvertaken) {
		n, err = c.take(ctx, batch, to, c.apart)
	}
	if err != nil {
		return err
	}
	if n < len(batch) {
		to = batch[n-1].Pos
	}
	c.pos, c.seen, c.moved = to, to, time.Now()
	switch {
	case n < len(batch):
		c.limit = max(n, leastBatch)
	case n == c.limit:
		c.limit = min(2*n, mostBatch)
	}
	return nil
}

// take runs one transaction: effects and cursor, both or neither. It reports how
// many facts of the batch it came to.
func (c *consumer) take(ctx context.Context, batch []item, to int64, handle func(*sqldb.Tx, item, map[string]bool) error) (taken int, err error) {
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
		if taken < len(batch) {
			return Advance(tx, c.name, c.pos, batch[taken-1].Pos)
		}
		return Advance(tx, c.name, c.pos, to)
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
