package bus

import (
	"context"
	"errors"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Outward announces a reader of the stream that moves its own cursor: a relay to
// a broker. Facts that it has not passed are kept, however long that takes. It
// must be called before Start.
func (b *Bus) Outward(name string) { b.outward = append(b.outward, name) }

// Cursor is how far a reader has come; 0 before its first fact.
func Cursor(tx *sqldb.Tx, name string) (int64, error) {
	pos, err := sqldb.Get(tx, Queries["Cursor"], sqldb.ScanInt, name)
	if errors.Is(err, sqldb.ErrNone) {
		return 0, nil
	}
	return pos, err
}

// Advance moves a reader's cursor, if it still stands where the caller thinks it
// does: two nodes that both think they lead cannot both move it.
func Advance(tx *sqldb.Tx, name string, from, to int64) error {
	return once(tx.Exec(Queries["Advance"], name, to, from))
}

// register gives every reader a cursor, so that nothing it has yet to read is
// trimmed.
func (b *Bus) register(ctx context.Context) error {
	return b.db.Do(ctx, func(tx *sqldb.Tx) error {
		for _, name := range b.readerNames() {
			if _, err := tx.Exec(Queries["Register"], name); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Bus) readerNames() []string {
	names := append([]string{}, b.outward...)
	for _, c := range b.consumers {
		names = append(names, c.name)
	}
	return names
}

// Lag says how far a reader is behind.
type Lag struct {
	Consumer string        `json:"consumer"`
	Behind   int64         `json:"behind"` // facts not taken yet
	Age      time.Duration `json:"-"`      // of the oldest of them
	AgeMS    int64         `json:"age_ms"`
	Parked   int64         `json:"parked"`
	Dead     int64         `json:"dead"`
	pos      int64
}

// Lags reports every reader that has ever run.
func (b *Bus) Lags(ctx context.Context) ([]Lag, error) {
	return sqldb.Read(ctx, b.db, func(tx *sqldb.Tx) ([]Lag, error) {
		head, err := sqldb.Get(tx, Queries["Head"], sqldb.ScanInt)
		if err != nil {
			return nil, err
		}
		lags, err := sqldb.List(tx, Queries["Counts"], func(r sqldb.Scanner) (l Lag, err error) {
			err = r.Scan(&l.Consumer, &l.pos, &l.Parked, &l.Dead)
			return l, err
		})
		for i := range lags {
			if err := lags[i].measure(tx, head, b.now()); err != nil {
				return nil, err
			}
		}
		return lags, err
	})
}

func (l *Lag) measure(tx *sqldb.Tx, head int64, now time.Time) error {
	l.Behind = max(0, head-l.pos)
	at, err := sqldb.Get(tx, Queries["OldestBehind"], sqldb.ScanInt, l.pos)
	if err == nil && at > 0 {
		l.Age = max(0, now.Sub(time.UnixMilli(at)))
		l.AgeMS = l.Age.Milliseconds()
	}
	return err
}

// Retirement names a reader that is no more.
type Retirement struct {
	Consumer string `path:"consumer" required:"true" max:"64"`
}

// Retire forgets the cursor of a reader that no longer exists, so that it does
// not hold facts for ever. One that this node runs is not retired.
func (b *Bus) Retire(ctx context.Context, r Retirement) (httpapi.Nothing, error) {
	for _, name := range b.readerNames() {
		if name == r.Consumer {
			return httpapi.Nothing{}, fault.New(fault.Conflict, "bus.consumer_is_running")
		}
	}
	return b.change(ctx, "bus.no_such_consumer", func(tx *sqldb.Tx) (int64, error) { return tx.Exec(Queries["Retire"], r.Consumer) })
}

// keep is how long facts are kept at least: an observer that was away for less
// misses nothing.
const keep = 24 * time.Hour

// Retention of facts: those that are old and that every reader has passed, a few
// at a time so that the writer is not held; never the newest: on SQLite its row
// number is what the next one counts from.
var Retention = []sqldb.Retention{{Table: "bus_fact", Column: "at", Keep: keep, Query: Queries["Trim"]}}
