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
	listen[incident.Received](s)
	listen[incident.Dispatched](s)
	listen[incident.Progressed](s)
	listen[incident.Contacted](s)
	listen[incident.Ended](s)
	listen[incident.Changed](s)
	bus.Tail(s.Bus, func(bus.Meta, Defined) { s.readDefinitions(context.Background()) })
}

func listen[F bus.Fact](s *Service) {
	bus.On(s.Bus, consumer, func(tx *sqldb.Tx, _ bus.Meta, f F) error {
		n, err := said(f, func(id incident.ID) (time.Time, error) {
			other, err := byID(tx, "Lock", string(id))
			return other.Called.At, err
		})
		if err != nil {
			return err
		}
		return s.hear(tx, n)
	})
}

// said is what a fact says to clocks; called tells when the call of another
// incident came, zero when that is not known.
func said(f bus.Fact, called func(incident.ID) (time.Time, error)) (n news, err error) {
	switch f := f.(type) {
	case incident.Received:
		n = news{About: f.About, step: StepCalled, number: own, at: f.CalledAt}
	case incident.Dispatched:
		if n = (news{About: f.About, step: StepDispatched, number: int64(f.No), at: f.OccurredAt, board: f.UnitID}); f.TimeUnknown {
			n.step = ""
		}
	case incident.Progressed:
		if n = (news{About: f.About, step: Step(f.Step), number: int64(f.No), at: f.OccurredAt}); f.Step == incident.StepCleared {
			n.step, n.leave = "", f.UnitID
		}
	case incident.Contacted:
		if n = (news{About: f.About, number: f.Version, at: f.OccurredAt}); f.Answered {
			n.step = StepContacted
		}
	case incident.Ended:
		n = news{About: f.About, step: StepEnded, number: f.Version, at: f.OccurredAt}
	case incident.Changed:
		return changed(f, called)
	}
	return n, nil
}

// changed reads what a fact that fits no other type says.
func changed(f incident.Changed, called func(incident.ID) (time.Time, error)) (n news, err error) {
	n = news{About: f.About, number: f.Version, at: f.OccurredAt}
	switch f.Kind {
	case incident.KindFeedback:
		n.step = StepFeedback
	case incident.KindReopened:
		n.step = StepReopened
	case incident.KindUnassigned:
		n.leave = f.UnitID
	case incident.KindAbsorbed:
		n.step = StepCalled
		if n.at, err = called(f.Other); err == nil && n.at.IsZero() {
			err = fmt.Errorf("%s came into %s and is not known", f.Other, f.IncidentID)
		}
	case incident.KindCorrected:
		switch {
		case f.Field == string(StepCalled)+"_at":
			n.step, n.number, n.at = StepCalled, own, f.CalledAt
		case slices.Contains(steps, Step(f.Field)):
			n.step, n.number, n.at = Step(f.Field), int64(f.No), f.At
		}
	}
	return n, err
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
