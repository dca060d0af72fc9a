package sqldb

import (
	"context"
	"time"
)

// Retention says how long the rows of a table are kept. Each room that keeps
// what is personal or expires exports a list of them; the house sweeps them all.
type Retention struct {
	Table  string
	Column string        // BIGINT, Unix ms: from when the time counts; of rows with an end of their own, that end
	Keep   time.Duration // after Column
	Query  *Query        // deletes rows, some or all, whose Column is before $1
}

// Sweep deletes the rows whose time is over and reports how many. Each pass is a
// transaction of its own behind everybody else's.
func (db *DB) Sweep(ctx context.Context, now time.Time, r Retention) (deleted int64, err error) {
	for {
		var n int64
		err := db.Background(ctx, func(tx *Tx) (err error) {
			n, err = tx.Exec(r.Query, now.Add(-r.Keep).UnixMilli())
			return err
		})
		deleted += n
		if err != nil || n == 0 {
			return deleted, err
		}
	}
}
