package incident

import (
	"context"
	"time"

	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

func (s *Service) duplicates(p *Position, at time.Time) []Duplicate {
	if p == nil {
		return []Duplicate{}
	}
	near := []Duplicate{}
	s.recent.around(*p, func(some []Recent) { near = appendNear(near, *p, at, some) })
	return nearest(near)
}

// remember keeps what later calls are compared with.
func (s *Service) remember(in Incident) {
	if in.Position != nil {
		s.recent.add(Recent{in.ID, in.Address, in.KindCode, in.CalledAt, *in.Position}, s.Now())
	}
}

// Listen hears what other nodes have received.
func (s *Service) Listen() {
	bus.Tail(s.Bus, func(_ bus.Meta, f Received) {
		if f.CalledAt.Before(s.Now().Add(-rememberedFor)) || s.recent.has(f.IncidentID) {
			return
		}
		in, err := sqldb.Read(context.Background(), s.DB, func(tx *sqldb.Tx) (Incident, error) { return byID(tx, f.IncidentID) })
		if err == nil {
			s.remember(in)
		}
	})
}

// Start remembers what came in before this node was up.
func (s *Service) Start(ctx context.Context) error {
	list, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Recent, error) {
		return sqldb.List(tx, Queries["RecentOnes"], scanRecent, s.Now().Add(-rememberedFor).UnixMilli())
	})
	for _, r := range list {
		s.recent.add(r, s.Now())
	}
	return err
}
