package sqldb

import "context"

// Rider travels in a transaction that somebody else writes: the web API uses one
// to keep the answer to a request under its Idempotency-Key in the very
// transaction that did the work, and another way to write its audit event.
type Rider interface {
	Before(tx *Tx) error            // an error ends the transaction with that error
	After(tx *Tx, result any) error // result is what Write returns
}

type riderKey struct{}

// seat holds a rider that rides once: the first transaction of a request.
type seat struct{ rider Rider }

// WithRider sends a rider with the first Write made under ctx.
func WithRider(ctx context.Context, r Rider) context.Context {
	return context.WithValue(ctx, riderKey{}, &seat{r})
}

func takeRider(ctx context.Context) Rider {
	s, ok := ctx.Value(riderKey{}).(*seat)
	if !ok || s.rider == nil {
		return nil
	}
	r := s.rider
	s.rider = nil
	return r
}
