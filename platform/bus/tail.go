package bus

import (
	"context"
	"errors"
	"sync"

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

const observeBatch = 512

// observe hands new facts to this node's observers. One that cannot be decoded is
// reported and passed over: an observer keeps nothing, the store does.
func (b *Bus) observe(ctx context.Context) (int, error) {
	b.tail.mu.Lock()
	defer b.tail.mu.Unlock()
	facts, err := sqldb.Read(ctx, b.db, func(tx *sqldb.Tx) ([]Envelope, error) {
		return Since(tx, b.tail.pos, observeBatch)
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
	if err := errors.Join(errs...); err != nil {
		b.Log.Error("facts passed over by observers", "error", err)
	}
	return len(facts), nil
}
