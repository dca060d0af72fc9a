package incident

import (
	"context"
	"time"

	"zhian/module/notify"
	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/live"
	"zhian/platform/sqldb"
)

// duplicates are the open incidents of the caller's scope that a call may be
// about, nearest first.
func (s *Service) duplicates(ctx context.Context, p Placing, at time.Time) []Duplicate {
	found := nearest{place: p, at: at, list: []Duplicate{}, wanted: func(r Recent) bool { return s.may(ctx, permRead, r.StationID) }}
	if p.Position != nil {
		s.recent.around(*p.Position, func(some []*Recent) { found.look(some...) })
	}
	if p.Key != "" {
		s.recent.at(p.Key, func(some []*Recent) {
			for _, r := range some {
				if p.Position == nil || r.Position == nil { // the grid has told the others
					found.look(r)
				}
			}
		})
	}
	return found.list
}

// Listen follows what other nodes receive, end, place and take up again, so that
// every node proposes the same duplicates; it pushes to those who are sent, and
// records what becomes of that.
func (s *Service) Listen() {
	s.listenPushes()
	bus.Tail(s.Bus, func(_ bus.Meta, f Received) {
		if !s.recent.has(f.IncidentID) {
			s.follows(f.IncidentID) // another node's; what was said of its place is in no fact
		}
	})
	bus.Tail(s.Bus, func(_ bus.Meta, f Ended) { s.recent.forget(f.IncidentID) })
	bus.Tail(s.Bus, func(_ bus.Meta, f Changed) {
		if f.Kind == KindCorrected || f.Kind == KindReopened {
			s.follows(f.IncidentID)
		}
	})
}

// follows remembers an incident as it is now, unless it has ended.
func (s *Service) follows(id ID) {
	row, err := sqldb.One(context.Background(), s.DB, Queries["Row"], scanRow, id)
	switch {
	case err != nil: // the next correction tries again; nothing but a proposal hangs on it
	case row.Status.Open():
		s.recent.add(row.recent(), s.Now())
	default:
		s.recent.forget(id)
	}
}

// pusher is this module's place in the stream for all that concerns pushes, so
// that an unassignment is never overtaken by its dispatch.
const pusher = "incident.push"

func (s *Service) listenPushes() {
	bus.Urgent(s.Bus, pusher) // who is sent must know at once, however busy intake is
	bus.On(s.Bus, pusher, func(tx *sqldb.Tx, _ bus.Meta, f Dispatched) error { return s.onDispatched(tx, f) })
	bus.On(s.Bus, pusher, func(tx *sqldb.Tx, _ bus.Meta, f Progressed) error { return s.onProgressed(tx, f) })
	bus.On(s.Bus, pusher, func(tx *sqldb.Tx, _ bus.Meta, f Ended) error {
		return s.Pager.Withdraw(tx, notify.Subject{Kind: SubjectKind, ID: string(f.IncidentID)}, string(f.Status))
	})
	bus.On(s.Bus, pusher, func(tx *sqldb.Tx, _ bus.Meta, f Changed) error { return s.onChanged(tx, f) })
	bus.On(s.Bus, pusher, func(tx *sqldb.Tx, _ bus.Meta, f notify.Progressed) error {
		kind, told := newsOf[f.State]
		if !told {
			return nil
		}
		return s.hear(tx, f.About, kind, News{UserID: f.UserID, Rung: f.Rung, Channel: f.Channel}, httpapi.Principal{UserID: f.UserID, DeviceID: f.Device})
	})
	bus.On(s.Bus, pusher, func(tx *sqldb.Tx, _ bus.Meta, f notify.Shortfall) error {
		return s.hear(tx, f.About, KindPushShortfall, News{Withheld: f.Withheld}, ladder)
	})
	bus.On(s.Bus, pusher, func(tx *sqldb.Tx, _ bus.Meta, f notify.Escalated) error {
		return s.hear(tx, f.About, KindPushEscalated, News{Rung: f.Rung, Audience: f.Audience, Users: f.Users}, ladder)
	})
}

// Start remembers what came in before this node was up.
func (s *Service) Start(ctx context.Context) error {
	list, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Row, error) {
		return sqldb.List(tx, Queries["OpenSince"], scanRow, s.Now().Add(-rememberedFor).UnixMilli())
	})
	for _, r := range list {
		s.recent.add(r.recent(), s.Now())
	}
	return err
}

// topic is under which screens see incidents, at the organisation that answers.
const topic = "incident"

// Show tells screens of every entry: enough to change a row or to ask for it. An
// incident that has gone to another station is told of at both.
func (s *Service) Show(h *live.Hub) {
	h.Open(topic, permRead)
	live.Project(h, func(_ bus.Meta, f Received) []live.Message { return shown(f, f.About, "") })
	live.Project(h, func(_ bus.Meta, f Dispatched) []live.Message { return shown(f, f.About, "") })
	live.Project(h, func(_ bus.Meta, f Progressed) []live.Message { return shown(f, f.About, "") })
	live.Project(h, func(_ bus.Meta, f Contacted) []live.Message { return shown(f, f.About, "") })
	live.Project(h, func(_ bus.Meta, f Ended) []live.Message { return shown(f, f.About, "") })
	live.Project(h, func(_ bus.Meta, f Changed) []live.Message { return shown(f, f.About, f.From) })
}

func shown(f bus.Fact, a About, was string) []live.Message {
	return []live.Message{{Topic: topic, OrgID: a.OrgID, OrgWas: was, Type: f.FactName(), Data: f}}
}
