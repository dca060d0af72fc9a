package bus

import (
	"slices"
	"sync"

	"zhian/platform/sqldb"
)

// bells wakes loops; a loop that is awake already is not told twice.
type bells struct {
	mu   sync.Mutex
	list []chan struct{}
}

func (b *bells) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.list {
		select {
		case w <- struct{}{}:
		default: // it knows already
		}
	}
}

// hear is a loop's own bell, until it calls off.
func (b *bells) hear() (bell <-chan struct{}, off func()) {
	w := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, w)
	return w, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.list = slices.DeleteFunc(b.list, func(other chan struct{}) bool { return other == w })
	}
}

// published follows a commit: on SQLite there is something to read at once, on
// PostgreSQL it needs a position first, which another node may have to give.
func (b *Bus) published() {
	if b.db.Dialect == sqldb.SQLite {
		b.readers.ring()
		return
	}
	b.placer.ring()
	b.Tell()
}

// Wake is for signals from other nodes.
func (b *Bus) Wake() {
	b.placer.ring()
	b.peeker.ring()
	if b.db.Dialect == sqldb.SQLite {
		b.readers.ring()
	}
}
