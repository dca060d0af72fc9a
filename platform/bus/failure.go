package bus

import (
	"context"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// Failure is a fact that a consumer could not take yet (parked) or gave up (dead).
type Failure struct {
	Envelope
	Attempts int
	Error    string
	State    string
}

func scanFailure(r sqldb.Scanner) (f Failure, err error) {
	var at int64
	err = r.Scan(&f.Pos, &f.Name, &f.Key, &f.Body, &at, &f.Attempts, &f.Error, &f.State)
	f.At = time.UnixMilli(at)
	return f, err
}

// Failures lists what a consumer has parked, oldest first.
func (b *Bus) Failures(ctx context.Context, consumer string, limit int) ([]Failure, error) {
	return sqldb.Read(ctx, b.db, func(tx *sqldb.Tx) ([]Failure, error) {
		return sqldb.List(tx, Queries["Failures"], scanFailure, consumer, limit)
	})
}

// Resend gives a dead fact its attempts back.
func (b *Bus) Resend(ctx context.Context, consumer string, pos int64) error {
	defer b.wake()
	return b.change(ctx, func(tx *sqldb.Tx) (int64, error) {
		return tx.Exec(Queries["FailedAgain"], consumer, pos, 0, 0, "", "parked")
	})
}

// Discard drops a parked or dead fact for good and lets those behind it go on;
// the caller records who decided that and why.
func (b *Bus) Discard(ctx context.Context, consumer string, pos int64) error {
	defer b.wake()
	return b.change(ctx, func(tx *sqldb.Tx) (int64, error) { return tx.Exec(Queries["Unpark"], consumer, pos) })
}

func (b *Bus) change(ctx context.Context, fn func(*sqldb.Tx) (int64, error)) error {
	return b.db.Do(ctx, func(tx *sqldb.Tx) error {
		n, err := fn(tx)
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "bus.no_such_failure")
		}
		return err
	})
}

// Lag says how far a consumer is behind.
type Lag struct {
	Consumer string `json:"consumer"`
	Behind   int64  `json:"behind"` // facts not taken yet
	Parked   int64  `json:"parked"`
	Dead     int64  `json:"dead"`
}

// Lags reports every consumer that has ever run.
func (b *Bus) Lags(ctx context.Context) ([]Lag, error) {
	return sqldb.Read(ctx, b.db, func(tx *sqldb.Tx) ([]Lag, error) {
		head, err := sqldb.Get(tx, Queries["Head"], sqldb.ScanInt)
		if err != nil {
			return nil, err
		}
		return sqldb.List(tx, Queries["Counts"], func(r sqldb.Scanner) (l Lag, err error) {
			var pos int64
			err = r.Scan(&l.Consumer, &pos, &l.Parked, &l.Dead)
			l.Behind = head - pos
			return l, err
		})
	})
}
