package incident

import (
	"context"
	"slices"
	"strconv"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// moving is change for rules that decide one move from the incident alone.
func (s *Service) moving(ctx context.Context, w When, perm httpapi.Perm, decide func(in Incident, at time.Time) (Move, error)) (Incident, error) {
	return s.change(ctx, w, perm, func(_ *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		m, err := decide(in, at)
		return []Move{m}, err
	})
}

// Order sends units.
type Order struct {
	When
	UnitIDs []string `json:"unit_ids" required:"true" max:"600" items:"max:\"64\""`
	Reserve bool     `json:"reserve"`
	Reason  string   `json:"reason" max:"200"` // why a nearer free unit was passed over
}

// Dispatch sends one or more units, or books them for later.
func (s *Service) Dispatch(ctx context.Context, o Order) (Incident, error) {
	return s.change(ctx, o.When, permDispatch, func(tx *sqldb.Tx, in Incident, at time.Time) (moves []Move, err error) {
		for i, unit := range o.UnitIDs {
			if slices.Contains(o.UnitIDs[:i], unit) {
				return nil, fault.At("/unit_ids/"+strconv.Itoa(i), "incident.unit_named_twice")
			}
			sent, err := s.send(tx, unit, in.ID, o.step(), at)
			if err != nil {
				return nil, err
			}
			m, err := in.Assign(unit, sent.Crew, o.Reserve, o.Reason, at)
			if err != nil {
				return nil, err
			}
			moves = append(moves, m)
		}
		return moves, nil
	})
}

// step is what the order makes of a unit: a reserved one stays free.
func (o Order) step() Step {
	if o.Reserve {
		return StepReserved
	}
	return StepDispatched
}

// send engages a unit. What is entered long after it happened says nothing about
// who is on duty now, so it leaves the units' present states alone.
func (s *Service) send(tx *sqldb.Tx, unit string, id ID, step Step, at time.Time) (Sent, error) {
	if s.longPast(at) {
		return Sent{}, nil
	}
	return s.Units.Send(tx, unit, id, step)
}

func (s *Service) follow(tx *sqldb.Tx, unit string, id ID, step Step, at time.Time) error {
	if s.longPast(at) {
		return nil
	}
	return s.Units.Follow(tx, unit, id, step, s.Now())
}

func (s *Service) longPast(at time.Time) bool { return at.Before(s.Now().Add(-backfillWindow)) }

// Press is a unit's report that it has reached a step.
type Press struct {
	When
	UnitID string `json:"unit_id" required:"true" max:"64"`
	Step   Step   `json:"step" required:"true" enum:"acknowledged,en_route,on_scene,cleared"`
}

// Advance records a unit's step. Its own state follows.
func (s *Service) Advance(ctx context.Context, p Press) (Incident, error) {
	return s.change(ctx, p.When, permRespond, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		m, err := in.Advance(p.UnitID, p.Step, at)
		if err != nil || !in.leads(p.UnitID, p.Step) {
			return []Move{m}, err
		}
		return []Move{m}, s.follow(tx, p.UnitID, in.ID, p.Step, at)
	})
}

// Video says that a unit's scene video is open, and how that is known.
type Video struct {
	When
	UnitID   string `json:"unit_id" required:"true" max:"64"`
	Evidence string `json:"evidence" required:"true" enum:"click,first_packet"`
}

// OpenVideo records it. The unit's own state does not follow: video can be open
// on the way and on the scene.
func (s *Service) OpenVideo(ctx context.Context, v Video) (Incident, error) {
	return s.moving(ctx, v.When, permRespond, func(in Incident, at time.Time) (Move, error) {
		return in.OpenVideo(v.UnitID, v.Evidence, at)
	})
}

// CallBack is an attempt to reach the reporter.
type CallBack struct {
	When
	UnitID   string `json:"unit_id" max:"64"`
	Answered bool   `json:"answered"`
}

// Contact records a call back.
func (s *Service) Contact(ctx context.Context, c CallBack) (Incident, error) {
	return s.moving(ctx, c.When, permRespond, func(in Incident, at time.Time) (Move, error) {
		return in.Contact(c.UnitID, c.Answered, at)
	})
}

// Remark is a text, by a unit or not.
type Remark struct {
	When
	UnitID string `json:"unit_id" max:"64"`
	Text   string `json:"text" required:"true" max:"4000" lines:"true"`
}

// Feedback adds a unit's report from the scene.
func (s *Service) Feedback(ctx context.Context, r Remark) (Incident, error) {
	return s.moving(ctx, r.When, permRespond, func(in Incident, at time.Time) (Move, error) {
		return in.Report(r.UnitID, r.Text, at)
	})
}

// Note adds a remark of the console.
func (s *Service) Note(ctx context.Context, r Remark) (Incident, error) {
	return s.moving(ctx, r.When, permRespond, func(in Incident, at time.Time) (Move, error) { return in.Note(r.Text, at) })
}

// Seen says that a unit has read the hazards of the place.
type Seen struct {
	When
	UnitID string `json:"unit_id" required:"true" max:"64"`
}

// SeeHazards records it.
func (s *Service) SeeHazards(ctx context.Context, x Seen) (Incident, error) {
	return s.moving(ctx, x.When, permRespond, func(in Incident, at time.Time) (Move, error) { return in.SeeHazards(x.UnitID, at) })
}

// Decision is a change that needs its reason.
type Decision struct {
	When
	Reason      string `json:"reason" max:"500"`
	Priority    int    `json:"priority" min:"1" max:"4"`
	UnitID      string `json:"unit_id" max:"64"`
	Into        ID     `json:"into" max:"64"`
	Disposition string `json:"disposition" max:"64"`
}

func (d Decision) reasoned() error {
	if d.Reason == "" {
		return fault.At("/reason", "request.required")
	}
	return nil
}

// Prioritise raises or lowers the priority.
func (s *Service) Prioritise(ctx context.Context, d Decision) (Incident, error) {
	return s.moving(ctx, d.When, permDispatch, func(in Incident, at time.Time) (Move, error) {
		if err := d.reasoned(); err != nil {
			return Move{}, err
		}
		return in.Prioritise(d.Priority, d.Reason, at)
	})
}

// Unassign takes a unit off.
func (s *Service) Unassign(ctx context.Context, d Decision) (Incident, error) {
	return s.change(ctx, d.When, permDispatch, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		if err := d.reasoned(); err != nil {
			return nil, err
		}
		m, err := in.Unassign(d.UnitID, d.Reason, at)
		if err != nil {
			return nil, err
		}
		return []Move{m}, s.follow(tx, d.UnitID, in.ID, StepCleared, at)
	})
}

// Withdraw ends an incident that needs nobody any more; its units are free.
func (s *Service) Withdraw(ctx context.Context, d Decision) (Incident, error) {
	if err := d.reasoned(); err != nil {
		return Incident{}, err
	}
	return s.ending(ctx, d, func(in Incident, at time.Time) (Move, error) { return in.Withdraw(d.Reason, at) })
}

// Close ends an incident with its disposition; its units are free.
func (s *Service) Close(ctx context.Context, d Decision) (Incident, error) {
	if d.Disposition == "" {
		return Incident{}, fault.At("/disposition", "request.required")
	}
	return s.ending(ctx, d, func(in Incident, at time.Time) (Move, error) { return in.Close(d.Disposition, at) })
}

func (s *Service) ending(ctx context.Context, d Decision, decide func(in Incident, at time.Time) (Move, error)) (Incident, error) {
	return s.change(ctx, d.When, permRespond, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		m, err := decide(in, at)
		if err != nil {
			return nil, err
		}
		for _, a := range in.Assignments {
			if !a.live() {
				continue
			}
			if err := s.follow(tx, a.UnitID, in.ID, StepCleared, at); err != nil {
				return nil, err
			}
		}
		return []Move{m}, nil
	})
}

// Reopen takes a closed incident up again.
func (s *Service) Reopen(ctx context.Context, d Decision) (Incident, error) {
	return s.moving(ctx, d.When, permDispatch, func(in Incident, at time.Time) (Move, error) {
		if err := d.reasoned(); err != nil {
			return Move{}, err
		}
		return in.Reopen(d.Reason, at)
	})
}

// Merge puts the incident into another; both timelines say so.
func (s *Service) Merge(ctx context.Context, d Decision) (Incident, error) {
	return s.change(ctx, d.When, permDispatch, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		into, err := s.visible(ctx, tx, d.Into, permDispatch)
		if err != nil {
			return nil, err
		}
		gone, grown, err := in.Merge(into, at)
		if err != nil {
			return nil, err
		}
		if _, err := s.record(ctx, tx, into, []Move{grown}, or(d.Source, "console"), s.Now()); err != nil {
			return nil, err
		}
		return []Move{gone}, nil
	})
}
