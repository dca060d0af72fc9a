package unit

import (
	"context"
	"time"

	"zhian/platform/bus"
	"zhian/platform/live"
	"zhian/platform/sqldb"
)

// Listen lets this node's fleet follow the changes that other nodes make.
func (s *Service) Listen() {
	bus.Tail(s.Bus, func(_ bus.Meta, f Changed) {
		if s.fleet.has(f.UnitID, f.Version) {
			return
		}
		u, err := sqldb.Read(context.Background(), s.DB, func(tx *sqldb.Tx) (Unit, error) { return peek(tx, f.UnitID) })
		if err == nil {
			s.fleet.put(u)
		}
	})
}

// Start learns the fleet and where it is.
func (s *Service) Start(ctx context.Context) error {
	s.looked.Store(s.now().UnixMilli())
	units, err := sqldb.Read(ctx, s.DB, everyone)
	if err != nil {
		return err
	}
	for _, u := range units {
		s.fleet.put(u)
	}
	fixes, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]lastFix, error) { return lastFixes(tx, units) })
	for _, f := range fixes {
		s.fleet.move(f.unitID, f.fix)
	}
	return err
}

// overlap is how far the clocks of two nodes may be apart.
const overlap = 5 * time.Second

// Look takes in the positions that other nodes have received since the last look.
func (s *Service) Look(ctx context.Context) error {
	now := s.now()
	fixes, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]lastFix, error) {
		return sqldb.List(tx, Queries["FixesSince"], scanLastFix, s.looked.Load()-overlap.Milliseconds())
	})
	if err != nil {
		return err
	}
	for _, f := range fixes {
		s.fleet.move(f.unitID, f.fix)
	}
	s.looked.Store(now.UnixMilli())
	return nil
}

// topic is under which screens see units, at the unit's organisation.
const topic = "unit"

// Moved is the signal that a unit on duty is somewhere else.
type Moved struct {
	UnitID    string    `json:"unit_id"`
	At        time.Time `json:"at"`
	Lat       float64   `json:"lat"` // WGS-84
	Lon       float64   `json:"lon"`
	AccuracyM float64   `json:"accuracy_m"`
}

// Show tells screens of changes; a unit that has gone to another organisation is
// told of at both.
func (s *Service) Show(h *live.Hub) {
	h.Open(topic, permRead)
	live.Project(h, func(_ bus.Meta, f Changed) []live.Message {
		return []live.Message{{Topic: topic, OrgID: f.OrgID, OrgWas: f.From, Type: f.FactName(), Data: f}}
	})
}
