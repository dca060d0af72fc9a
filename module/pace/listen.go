package pace

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/live"
	"zhian/platform/sqldb"
)

// consumer names this module on the bus.
const consumer = "pace"

// news is what one fact says to clocks: the stamps it brings, and the units that
// come or go.
type news struct {
	incident.About
	step   Step // "" when it brings no stamp
	number int64
	at     time.Time
	board  string
	leave  string
}

// entry is the entry of the timeline behind a fact.
type entry struct {
	seq   int64
	known time.Time
}

func (n news) entry() entry { return entry{n.Version, n.RecordedAt} }

// own is the number of what an incident has one of; calls that come into it and
// calls back are numbered by their entries, steps of units by their assignments.
const own = 0

// Listen keeps up with every incident.
func (s *Service) Listen() {
	bus.On(s.Bus, consumer, func(tx *sqldb.Tx, _ bus.Meta, f incident.Received) error {
		return s.hear(tx, news{About: f.About, step: StepCalled, number: own, at: f.CalledAt})
	})
	bus.On(s.Bus, consumer, func(tx *sqldb.Tx, _ bus.Meta, f incident.Dispatched) error {
		n := news{About: f.About, step: StepDispatched, number: int64(f.No), at: f.OccurredAt, board: f.UnitID}
		if f.TimeUnknown {
			n.step = ""
		}
		return s.hear(tx, n)
	})
	bus.On(s.Bus, consumer, func(tx *sqldb.Tx, _ bus.Meta, f incident.Progressed) error {
		n := news{About: f.About, step: Step(f.Step), number: int64(f.No), at: f.OccurredAt}
		if f.Step == incident.StepCleared {
			n.step, n.leave = "", f.UnitID
		}
		return s.hear(tx, n)
	})
	bus.On(s.Bus, consumer, func(tx *sqldb.Tx, _ bus.Meta, f incident.Contacted) error {
		n := news{About: f.About, number: f.Version, at: f.OccurredAt}
		if f.Answered {
			n.step = StepContacted
		}
		return s.hear(tx, n)
	})
	bus.On(s.Bus, consumer, func(tx *sqldb.Tx, _ bus.Meta, f incident.Ended) error {
		return s.hear(tx, news{About: f.About, step: StepEnded, number: f.Version, at: f.OccurredAt})
	})
	bus.On(s.Bus, consumer, func(tx *sqldb.Tx, _ bus.Meta, f incident.Changed) error {
		n, err := changed(tx, f)
		if err != nil {
			return err
		}
		return s.hear(tx, n)
	})
	bus.Tail(s.Bus, func(bus.Meta, Defined) { s.readDefinitions(context.Background()) })
}

// changed reads what a fact that fits no other type says.
func changed(tx *sqldb.Tx, f incident.Changed) (news, error) {
	n := news{About: f.About, number: f.Version, at: f.OccurredAt}
	switch f.Kind {
	case incident.KindFeedback:
		n.step = StepFeedback
	case incident.KindReopened:
		n.step = StepReopened
	case incident.KindUnassigned:
		n.leave = f.UnitID
	case incident.KindAbsorbed:
		other, err := byID(tx, "Lock", string(f.Other))
		if err == nil && other.ID == "" {
			err = fmt.Errorf("%s came into %s and is not known", f.Other, f.IncidentID)
		}
		n.step, n.at = StepCalled, other.Called.At
		return n, err
	case incident.KindCorrected:
		switch {
		case f.Field == string(StepCalled)+"_at":
			n.step, n.number, n.at = StepCalled, own, f.CalledAt
		case slices.Contains(steps, Step(f.Field)):
			n.step, n.number, n.at = Step(f.Field), int64(f.No), f.At
		}
	}
	return n, nil
}

// topic is under which screens see clocks, at the organisation that answers.
const topic = "pace"

// Show tells screens of warnings, breaches and revisions.
func (s *Service) Show(h *live.Hub) {
	h.Open(topic, permRead)
	live.Project(h, func(_ bus.Meta, f Warned) []live.Message { return shown(f, f.StationID) })
	live.Project(h, func(_ bus.Meta, f Breached) []live.Message { return shown(f, f.StationID) })
	live.Project(h, func(_ bus.Meta, f Revised) []live.Message { return shown(f, f.StationID) })
}

func shown(f bus.Fact, stationID string) []live.Message {
	return []live.Message{{Topic: topic, OrgID: stationID, Type: f.FactName(), Data: f}}
}
