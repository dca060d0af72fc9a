package sqldb

import (
	"context"
	"database/sql"
	"hash/fnv"
	"time"
)

// leadRetry is how often a node asks again for a lead that another one holds,
// and how often the holder makes sure that it still has it: a takeover is done
// within two of these.
const leadRetry = 500 * time.Millisecond

// Lead runs fn on one node at a time and again after it returns, until ctx ends.
// On SQLite the process is alone with its file. On PostgreSQL the lead is an
// advisory lock of a session: it falls with the node that holds it.
func (db *DB) Lead(ctx context.Context, name string, fn func(context.Context) error) error {
	for ctx.Err() == nil {
		if db.Dialect == SQLite {
			if err := fn(ctx); err != nil {
				pause(ctx)
			}
			continue
		}
		if err := db.leadOnce(ctx, name, fn); err != nil {
			pause(ctx)
		}
	}
	return ctx.Err()
}

func (db *DB) leadOnce(ctx context.Context, name string, fn func(context.Context) error) error {
	c, err := db.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	key := lockKey(name)
	for {
		var mine bool
		if err := c.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&mine); err != nil {
			return err
		}
		if mine {
			break
		}
		if !pause(ctx) {
			return ctx.Err()
		}
	}
	defer c.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", key)
	led, stop := context.WithCancel(ctx)
	defer stop()
	go watch(led, c, stop)
	return fn(led)
}

// watch ends the lead when the session that holds its lock is gone.
func watch(ctx context.Context, c *sql.Conn, stop func()) {
	for pause(ctx) {
		if err := c.PingContext(ctx); err != nil {
			stop()
			return
		}
	}
}

func pause(ctx context.Context) bool {
	t := time.NewTimer(leadRetry)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func lockKey(name string) int64 {
	h := fnv.New64a()
	h.Write([]byte("zhian/" + name))
	return int64(h.Sum64())
}
