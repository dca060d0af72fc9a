package bus

import (
	"context"
	"math/rand/v2"
	"time"

	"zhian/platform/sqldb"
)

// consumer is one room's place in the stream.
type consumer struct {
	bus      *Bus
	name     string
	handlers map[string]handler
}

const (
	// batchSize is a compromise: one commit for many facts, but the writer is
	// not to be held so long that a caller at the console notices.
	batchSize   = 256
	maxAttempts = 10
	firstRetry  = 200 * time.Millisecond
	lastRetry   = 5 * time.Minute
)

// step takes the next batch and what is due of the parked ones; it reports how
// many facts moved.
func (c *consumer) step(ctx context.Context) (int, error) {
	n, err := c.take(ctx, c.handle)
	if err != nil {
		// One of them failed and took the whole batch back: go again with each
		// in a savepoint of its own, so that only that one is parked.
		n, err = c.take(ctx, c.handleApart)
	}
	if err != nil {
		return n, err
	}
	retried, err := c.retry(ctx)
	return n + retried, err
}

// take hands one batch to the handlers and advances the cursor with their effects.
func (c *consumer) take(ctx context.Context, handle func(*sqldb.Tx, Envelope, map[string]bool) error) (taken int, err error) {
	err = c.bus.db.Background(ctx, func(tx *sqldb.Tx) error {
		taken = 0
		facts, err := c.next(tx)
		if err != nil || len(facts) == 0 {
			return err
		}
		blocked, err := c.blocked(tx)
		if err != nil {
			return err
		}
		for _, f := range facts {
			if c.handlers[f.Name] == nil {
				continue
			}
			if err := handle(tx, f, blocked); err != nil {
				return err
			}
		}
		taken = len(facts)
		_, err = tx.Exec(Queries["Advance"], c.name, facts[len(facts)-1].Pos)
		return err
	})
	return taken, err
}

func (c *consumer) next(tx *sqldb.Tx) ([]Envelope, error) {
	pos, err := sqldb.Get(tx, Queries["Cursor"], sqldb.ScanInt, c.name)
	if err != nil && err != sqldb.ErrNone {
		return nil, err
	}
	return Since(tx, pos, batchSize)
}

func (c *consumer) blocked(tx *sqldb.Tx) (map[string]bool, error) {
	keys, err := sqldb.List(tx, Queries["BlockedKeys"], sqldb.ScanString, c.name)
	if err != nil {
		return nil, err
	}
	blocked := make(map[string]bool, len(keys))
	for _, k := range keys {
		blocked[k] = true
	}
	return blocked, nil
}

// handle is the fast way: no savepoint, the first failure ends the batch.
func (c *consumer) handle(tx *sqldb.Tx, f Envelope, blocked map[string]bool) error {
	if blocked[f.Key] {
		return c.park(tx, f, 0, nil)
	}
	return c.handlers[f.Name](tx, f)
}

func (c *consumer) handleApart(tx *sqldb.Tx, f Envelope, blocked map[string]bool) error {
	if blocked[f.Key] {
		return c.park(tx, f, 0, nil)
	}
	err := tx.Try(func() error { return c.handlers[f.Name](tx, f) })
	if err == nil {
		return nil
	}
	blocked[f.Key] = true
	return c.park(tx, f, 1, err)
}

// park keeps a fact that failed, or that stands behind one of its key.
func (c *consumer) park(tx *sqldb.Tx, f Envelope, attempts int, cause error) error {
	text := ""
	if cause != nil {
		text = cause.Error()
	}
	_, err := tx.Exec(Queries["Park"], c.name, f.Pos, f.Name, f.Key, string(f.Body), f.At.UnixMilli(),
		attempts, c.bus.now().Add(delay(attempts)).UnixMilli(), text, "parked")
	return err
}

// delay grows exponentially with full jitter.
func delay(attempts int) time.Duration {
	if attempts == 0 {
		return 0
	}
	ceiling := min(firstRetry<<(attempts-1), lastRetry)
	return ceiling/2 + rand.N(ceiling/2)
}

// retry gives the oldest parked fact of each key another chance.
func (c *consumer) retry(ctx context.Context) (moved int, err error) {
	var due []Failure
	_, err = sqldb.Read(ctx, c.bus.db, func(tx *sqldb.Tx) (int, error) {
		due, err = sqldb.List(tx, Queries["Due"], scanFailure, c.name, c.bus.now().UnixMilli(), batchSize)
		return 0, err
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
		err := tx.Try(func() error { return c.handlers[f.Name](tx, f.Envelope) })
		if err == nil {
			_, err = tx.Exec(Queries["Unpark"], c.name, f.Pos)
			return err
		}
		state, attempts := "parked", f.Attempts+1
		if attempts >= maxAttempts {
			state = "dead"
		}
		_, err = tx.Exec(Queries["FailedAgain"], c.name, f.Pos, attempts, c.bus.now().Add(delay(attempts)).UnixMilli(), err.Error(), state)
		return err
	})
}
