package bus

import (
	"context"
	"sync"
	"time"

	"zhian/platform/sqldb"
)

// How often a loop looks without being woken. On SQLite every fact comes from
// this process and wakes it; on PostgreSQL other nodes write too, so one cheap
// look at the head wakes the readers. Parked facts wait for the slow look.
const (
	lookIdle   = time.Second
	lookOthers = 20 * time.Millisecond
)

// Start notes where the stream stands, so that observers get what comes after,
// and gives every consumer its cursor.
func (b *Bus) Start(ctx context.Context) error {
	head, err := sqldb.One(ctx, b.db, Queries["Head"], sqldb.ScanInt)
	if err != nil {
		return err
	}
	b.tail.mu.Lock()
	b.tail.pos = head
	b.tail.mu.Unlock()
	b.head.Store(head)
	return b.register(ctx)
}

// Run delivers until ctx ends. Consumers run on one node, observers on each.
func (b *Bus) Run(ctx context.Context) error {
	if err := b.register(ctx); err != nil {
		b.Log.Error("consumers have no cursor yet", "error", err)
	}
	var loops sync.WaitGroup
	loops.Go(func() { b.loop(ctx, "observers", lookIdle, &b.readers, b.observe) })
	for _, c := range b.consumers {
		loops.Go(func() { b.lead(ctx, "consumer."+c.name, lookIdle, &b.readers, c.step) })
	}
	if b.db.Dialect == sqldb.Postgres {
		loops.Go(func() { b.lead(ctx, "place", lookOthers, &b.placer, b.place) })
		loops.Go(func() { b.loop(ctx, "peek", lookOthers, &b.peeker, b.peek) })
	}
	loops.Wait()
	return ctx.Err()
}

// lead runs a loop on one node at a time.
func (b *Bus) lead(ctx context.Context, name string, look time.Duration, woken *bells, step func(context.Context) (int, error)) {
	b.db.Lead(ctx, "bus."+name, func(ctx context.Context) error {
		b.loop(ctx, name, look, woken, step)
		return nil
	})
}

// loop steps while there is work, then waits to be woken. A step that fails (the
// database is out) waits for the next look.
func (b *Bus) loop(ctx context.Context, name string, look time.Duration, bells *bells, step func(context.Context) (int, error)) {
	woken, off := bells.hear()
	defer off()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	failing := false
	for ctx.Err() == nil {
		n, err := step(ctx)
		failing = b.report(ctx, name, err, failing)
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

// report logs the beginning and the end of a failure, not each look in between.
func (b *Bus) report(ctx context.Context, name string, err error, failing bool) bool {
	failed := err != nil && ctx.Err() == nil
	switch {
	case failed && !failing:
		b.Log.Error("facts are not delivered for now", "loop", name, "error", err)
	case !failed && failing:
		b.Log.Info("facts are delivered again", "loop", name)
	}
	return failed
}

// place gives positions to facts that nobody can overtake any more.
func (b *Bus) place(ctx context.Context) (n int, err error) {
	err = b.db.Do(ctx, func(tx *sqldb.Tx) error {
		placed, err := sqldb.Get(tx, Queries["Place"], sqldb.ScanInt)
		n = int(placed)
		return err
	})
	if n > 0 && err == nil {
		b.peeker.ring()
		b.Tell()
	}
	return n, err
}

// peek wakes the readers of this node when any node has given new positions. It
// reports nothing to do: its own look is what drives it.
func (b *Bus) peek(ctx context.Context) (int, error) {
	head, err := sqldb.One(ctx, b.db, Queries["Head"], sqldb.ScanInt)
	if err == nil && b.top.Swap(head) != head {
		b.readers.ring()
	}
	return 0, err
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
			return total, b.catchUp(ctx)
		}
		total += moved
	}
}

// catchUp moves cursors that lag behind what was looked through.
func (b *Bus) catchUp(ctx context.Context) error {
	for _, c := range b.consumers {
		c.mu.Lock()
		err := c.catchUp(ctx)
		c.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// settle waits until every committed fact has its position.
func (b *Bus) settle(ctx context.Context) error {
	for b.db.Dialect == sqldb.Postgres {
		if _, err := b.place(ctx); err != nil {
			return err
		}
		left, err := sqldb.One(ctx, b.db, Queries["Unplaced"], sqldb.ScanInt)
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
