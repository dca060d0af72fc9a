package incident

import (
	"context"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Prioritising raises or lowers the priority: 1 is the highest.
type Prioritising struct {
	When
	Priority int    `json:"priority" required:"true" min:"1" max:"4"`
	Reason   string `json:"reason" required:"true" max:"500"`
}

// Prioritise raises or lowers the priority. Fault: Invalid incident.same_priority.
func (s *Service) Prioritise(ctx context.Context, p Prioritising) (Incident, error) {
	return s.moving(ctx, p.When, permDispatch, func(in Incident, at time.Time) (Move, error) {
		return in.Prioritise(p.Priority, p.Reason, at)
	})
}

// Reasoned is a decision that needs its reason and nothing else.
type Reasoned struct {
	When
	Reason string `json:"reason" required:"true" max:"500"`
}

// Withdraw ends an incident that needs nobody any more; its units are free.
func (s *Service) Withdraw(ctx context.Context, r Reasoned) (Incident, error) {
	return s.ending(ctx, r.When, permRespond, func(in Incident, at time.Time) (Move, error) { return in.Withdraw(r.Reason, at) })
}

// Closing ends an incident with how it was settled.
type Closing struct {
	When
	Disposition string `json:"disposition" required:"true" max:"64"`
	UnitID      string `json:"unit_id" max:"64"` // whose handset says so
	No          int    `json:"no" min:"1"`
}

// Close ends an incident with its disposition; its units are free. Faults:
// Invalid incident.unknown_disposition, incident.before_the_call.
func (s *Service) Close(ctx context.Context, c Closing) (Incident, error) {
	if _, known := s.Ends[c.Disposition]; !known {
		return Incident{}, fault.At("/disposition", "incident.unknown_disposition")
	}
	return s.ending(ctx, c.When, permRespond, func(in Incident, at time.Time) (Move, error) {
		if c.Counter > 0 {
			return in.Keep(KindClosed, at, Detail{UnitID: c.UnitID, No: c.No, Disposition: c.Disposition})
		}
		return in.Close(c.Disposition, at)
	})
}

// ending is change for moves that end an incident and free its units.
func (s *Service) ending(ctx context.Context, w When, perm httpapi.Perm, decide func(in Incident, at time.Time) (Move, error)) (Incident, error) {
	return s.change(ctx, w, perm, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		m, err := decide(in, at)
		if err != nil || m.Detail.idle() {
			return []Move{m}, err
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

// Handing gives a neighbour's call to the neighbour.
type Handing struct {
	When
	To     string `json:"to" required:"true" max:"100"` // the neighbour's centre, and who there took it
	Reason string `json:"reason" required:"true" max:"500"`
}

// Transfer hands a call outside of every station's area to the neighbour whose it
// is, and ends it here; nothing is sent anywhere: the person who presses has told
// the neighbour. Faults: Conflict incident.not_outside, incident.units_still_assigned.
func (s *Service) Transfer(ctx context.Context, h Handing) (Incident, error) {
	return s.moving(ctx, h.When, permDispatch, func(in Incident, at time.Time) (Move, error) {
		return in.Transfer(h.To, h.Reason, at)
	})
}

// Reopen takes an incident up again that was closed, withdrawn or transferred.
// Fault: Conflict incident.not_closed.
func (s *Service) Reopen(ctx context.Context, r Reasoned) (Incident, error) {
	return s.moving(ctx, r.When, permDispatch, func(in Incident, at time.Time) (Move, error) { return in.Reopen(r.Reason, at) })
}

// Merging puts an incident into another that tells of the same event.
type Merging struct {
	When
	Into   ID     `json:"into" required:"true" max:"64"`
	Reason string `json:"reason" max:"500"`
}

// Merge puts the incident into another; both timelines say so. Units stay with
// the incident they were sent to: those of the one that goes must be taken off
// first. Faults: Invalid incident.merge_with_itself, incident.merge_into_not_open
// at /into; Conflict incident.units_still_assigned.
func (s *Service) Merge(ctx context.Context, m Merging) (Incident, error) {
	return s.both(ctx, m.When, m.Into, func(in, into Incident, at time.Time) (gone, grown Move, err error) {
		return in.Merge(into, m.Reason, at)
	})
}

// Linking says that two incidents have to do with one another.
type Linking struct {
	When
	Other  ID     `json:"other" required:"true" max:"64"`
	Reason string `json:"reason" required:"true" max:"500"`
	Undo   bool   `json:"undo"` // they have nothing to do with one another after all
}

// Link relates two incidents that stay two; both timelines say so. Faults:
// Invalid incident.linked_with_itself; Conflict incident.already_linked,
// incident.not_linked.
func (s *Service) Link(ctx context.Context, l Linking) (Incident, error) {
	return s.both(ctx, l.When, l.Other, func(in, other Incident, at time.Time) (one, two Move, err error) {
		return in.Link(other, l.Undo, l.Reason, at)
	})
}

// both is change for a decision that two incidents' timelines tell of.
func (s *Service) both(ctx context.Context, w When, other ID, decide func(in, other Incident, at time.Time) (one, two Move, err error)) (Incident, error) {
	return s.change(ctx, w, permDispatch, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		second, err := s.visible(ctx, tx, other, permDispatch)
		if err != nil {
			return nil, err
		}
		one, two, err := decide(in, second, at)
		if err != nil {
			return nil, err
		}
		_, err = s.record(ctx, tx, second, []Move{two}, or(w.Source, "console"), s.Now())
		return []Move{one}, err
	})
}
