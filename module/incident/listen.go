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

// Listen hears what other nodes have received, pushes to those who are sent, and
// records what becomes of that.
func (s *Service) Listen() {
	s.listenPushes()
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

// pusher is this module's place in the stream for all that concerns pushes, so
// that an unassignment is never overtaken by its dispatch.
const pusher = "incident.push"

func (s *Service) listenPushes() {
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
	list, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Recent, error) {
		return sqldb.List(tx, Queries["RecentOnes"], scanRecent, s.Now().Add(-rememberedFor).UnixMilli())
	})
	for _, r := range list {
		s.recent.add(r, s.Now())
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
