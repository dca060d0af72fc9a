package bus

import (
	"context"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// States of a failure.
const (
	Parked    = "parked"    // tried again by itself
	Dead      = "dead"      // waits for a person
	Discarded = "discarded" // a person decided that it has no effect
)

// Failure is a fact that a consumer could not take. Its body is not shown: who
// mends a handler has the position.
type Failure struct {
	Envelope
	Attempts  int
	Error     string
	State     string
	DecidedAt time.Time
	DecidedBy string
	Reason    string
}

func scanFailure(r sqldb.Scanner) (f Failure, err error) {
	var at, decided int64
	err = r.Scan(&f.Pos, &f.Name, &f.Key, &f.Body, &at, &f.Attempts, &f.Error, &f.State, &decided, &f.DecidedBy, &f.Reason)
	f.At = time.UnixMilli(at)
	if decided > 0 {
		f.DecidedAt = time.UnixMilli(decided).UTC()
	}
	return f, err
}

// Failures lists what a consumer could not take, oldest first, after a position;
// state "" is every state.
func (b *Bus) Failures(ctx context.Context, consumer, state string, after int64, limit int) ([]Failure, error) {
	return sqldb.Read(ctx, b.db, func(tx *sqldb.Tx) ([]Failure, error) {
		return sqldb.List(tx, Queries["Failures"], scanFailure, consumer, after, state, limit)
	})
}

// FailureID names one failure.
type FailureID struct {
	Consumer string `path:"consumer" required:"true" max:"64"`
	Pos      int64  `path:"pos" required:"true" min:"1"`
}

// Resend gives a fact its attempts back and has it tried at once.
func (b *Bus) Resend(ctx context.Context, id FailureID) (httpapi.Nothing, error) {
	return b.change(ctx, "bus.no_such_failure", func(tx *sqldb.Tx) (int64, error) {
		return tx.Exec(Queries["Resend"], id.Consumer, id.Pos)
	})
}

// Discarding says that a fact shall have no effect, and why.
type Discarding struct {
	Consumer string `path:"consumer" required:"true" max:"64"`
	Pos      int64  `path:"pos" required:"true" min:"1"`
	Reason   string `json:"reason" required:"true" max:"500"`
}

// Discard gives a parked or dead fact up and lets those behind it go on. The row
// stays, with the caller and the reason.
func (b *Bus) Discard(ctx context.Context, d Discarding) (httpapi.Nothing, error) {
	return b.change(ctx, "bus.no_such_failure", func(tx *sqldb.Tx) (int64, error) {
		return tx.Exec(Queries["Discard"], b.now().UnixMilli(), httpapi.Caller(ctx).UserID, d.Reason, d.Consumer, d.Pos)
	})
}

// change makes one decision of a person; it wakes the loops for what it set free.
func (b *Bus) change(ctx context.Context, missing string, fn func(*sqldb.Tx) (int64, error)) (httpapi.Nothing, error) {
	return sqldb.Write(ctx, b.db, func(tx *sqldb.Tx) (none httpapi.Nothing, err error) {
		n, err := fn(tx)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, missing)
		}
		tx.AfterCommit(b.readers.ring)
		return none, err
	})
}
