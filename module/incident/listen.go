package incident

import (
	"context"
	"sync"
	"time"

	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

// recents is what this node remembers of the last hours' incidents, to propose
// duplicates and to know busy addresses without asking the database.
type recents struct {
	mu        sync.RWMutex
	list      []Recent
	addresses map[string]int
}

const remembered = 2 * time.Hour

func (r *recents) add(one Recent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keep := r.list[:0]
	for _, old := range r.list {
		if one.CalledAt.Sub(old.CalledAt) < remembered {
			keep = append(keep, old)
		}
	}
	r.list = append(keep, one)
	if r.addresses == nil {
		r.addresses = map[string]int{}
	}
	if one.Address != "" {
		r.addresses[one.Address]++
	}
}

func (r *recents) at(address string) int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.addresses[address]
}

func (s *Service) duplicates(p *Position, at time.Time) []Duplicate {
	if p == nil {
		return []Duplicate{}
	}
	s.recent.mu.RLock()
	defer s.recent.mu.RUnlock()
	return Duplicates(*p, at, s.recent.list)
}

// Listen hears the module's own facts on every node.
func (s *Service) Listen() {
	bus.Tail(s.Bus, func(_ bus.Meta, f Received) {
		if f.CalledAt.Before(s.Now().Add(-remembered)) {
			return
		}
		in, err := sqldb.Read(context.Background(), s.DB, func(tx *sqldb.Tx) (Incident, error) { return byID(tx, f.IncidentID) })
		if err == nil && in.Position != nil {
			s.recent.add(Recent{in.ID, in.Address, in.KindCode, in.CalledAt, *in.Position})
		}
	})
}

// Start remembers what came in before this node was up.
func (s *Service) Start(ctx context.Context) error {
	list, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Recent, error) {
		return sqldb.List(tx, Queries["RecentOnes"], scanRecent, s.Now().Add(-remembered).UnixMilli())
	})
	for _, r := range list {
		s.recent.add(r)
	}
	return err
}
