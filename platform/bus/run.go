package bus

import (
	"context"
	"errors"
	"sync"
	"time"

	"zhian/platform/sqldb"
)

// tail is this node's observers and how far they have come.
type tail struct {
	mu       sync.Mutex
	pos      int64
	handlers map[string][]func(Envelope) error
	all      []func(Envelope)
}

func (t *tail) on(name string, h func(Envelope) error) {
	if t.handlers == nil {
		t.handlers = map[string][]func(Envelope) error{}
	}
	t.handlers[name] = append(t.handlers[name], h)
}

// How often a loop looks without being woken. On SQLite every fact comes from
// this process and wakes it, so the look is only for retries; on PostgreSQL other
// nodes write too.
const (
	lookSQLite   = time.Second
	lookPostgres = 20 * time.Millisecond
	keep         = 24 * time.Hour
)

// Start notes where the stream stands: observers get what comes after.
func (b *Bus) Start(ctx context.Context) error {
	head, err := sqldb.Read(ctx, b.db, func(tx *sqldb.Tx) (int64, error) {
		return sqldb.Get(tx, Queries["Head"], sqldb.ScanInt)
	})
	if err != nil {
		return err
	}
	b.tail.mu.Lock()
	b.tail.pos = head
	b.tail.mu.Unlock()
	b.head.Store(head)
	return nil
}

// Run delivers until ctx ends. Consumers run on one node, observers on each.
func (b *Bus) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	loops.Go(func() { b.loop(ctx, b.observe) })
	for _, c := range b.consumers {
		loops.Go(func() {
			b.db.Lead(ctx, "bus."+c.name, func(ctx context.Context) error { b.loop(ctx, c.step); return nil })
		})
	}
	if b.db.Dialect == sqldb.Postgres {
		loops.Go(func() {
			b.db.Lead(ctx, "bus", func(ctx context.Context) error { b.loop(ctx, b.place); return nil })
		})
	}
	loops.Go(func() { b.db.Lead(ctx, "bus.trim", b.trimHourly) })
	loops.Wait()
	return ctx.Err()
}

// loop steps while there is work, then waits to be woken. A step that fails
// (the database is out) waits for the next look.
func (b *Bus) loop(ctx context.Context, step func(context.Context) (int, error)) {
	look := lookSQLite
	if b.db.Dialect == sqldb.Postgres {
		look = lookPostgres
	}
	woken := b.waker()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for ctx.Err() == nil {
		n, err := step(ctx)
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-woken:
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// place gives positions to facts that nobody can overtake any more.
func (b *Bus) place(ctx context.Context) (n int, err error) {
	err = b.db.Do(ctx, func(tx *sqldb.Tx) error {
		placed, err := sqldb.Get(tx, Queries["Place"], sqldb.ScanInt)
		n = int(placed)
		return err
	})
	if n > 0 {
		b.wake()
	}
	return n, err
}

// observe hands new facts to this node's observers.
func (b *Bus) observe(ctx context.Context) (int, error) {
	b.tail.mu.Lock()
	defer b.tail.mu.Unlock()
	facts, err := sqldb.Read(ctx, b.db, func(tx *sqldb.Tx) ([]Envelope, error) {
		return Since(tx, b.tail.pos, batchSize)
	})
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, f := range facts {
		for _, h := range b.tail.handlers[f.Name] {
			errs = append(errs, h(f))
		}
		for _, h := range b.tail.all {
			h(f)
		}
		b.tail.pos = f.Pos
		b.head.Store(f.Pos)
	}
	return len(facts), errors.Join(errs...)
}

func (b *Bus) trimHourly(ctx context.Context) error {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for {
		select {
		case <-hour.C:
			if err := b.trim(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// trim deletes facts that are old and that every consumer has passed, but never
// the newest: on SQLite its row number is what the next one counts from.
func (b *Bus) trim(ctx context.Context) error {
	return b.db.Background(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(Queries["Trim"], b.now().Add(-keep).UnixMilli())
		return err
	})
}

// Deliver takes everything there is now, parked facts that are due included, and
// reports how many facts moved. Tests and tools use it; Run does it for a server.
func (b *Bus) Deliver(ctx context.Context) (total int, err error) {
	for {
		if err := b.settle(ctx); err != nil {
			return total, err
		}
		moved, err := b.observe(ctx)
		if err != nil {
			return total, err
		}
		for _, c := range b.consumers {
			n, err := c.step(ctx)
			if err != nil {
				return total, err
			}
			moved += n
		}
		if moved == 0 {
			return total, nil
		}
		total += moved
	}
}

// settle waits until every committed fact has its position.
func (b *Bus) settle(ctx context.Context) error {
	for b.db.Dialect == sqldb.Postgres {
		if _, err := b.place(ctx); err != nil {
			return err
		}
		left, err := sqldb.Read(ctx, b.db, func(tx *sqldb.Tx) (int64, error) {
			return sqldb.Get(tx, Queries["Unplaced"], sqldb.ScanInt)
		})
		if err != nil || left == 0 {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		time.Sleep(time.Millisecond) // an older transaction is still running
	}
	return nil
}
