package incident

import (
	"context"
	"slices"
	"strconv"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// CandidateList is the units that the caller may send, free and near ones first,
// and why others are no good choice: how many units each shortfall speaks against.
type CandidateList struct {
	Items      []Candidate    `json:"items"`
	Free       int            `json:"free"`
	Shortfalls map[string]int `json:"shortfalls"` // no_candidates: 1 when there is no unit at all
	Estimate   Estimate       `json:"estimate"`
}

// candidatesShown is how many units a person is shown.
const candidatesShown = 100

// Candidates are the units that could be sent, best first, each with what speaks
// against it. Fault: Conflict incident.no_point while nobody knows the place.
func (s *Service) Candidates(ctx context.Context, q ByID) (CandidateList, error) {
	in, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Incident, error) { return s.readable(ctx, tx, q.ID) })
	if err != nil {
		return CandidateList{}, err
	}
	if in.Position == nil {
		return CandidateList{}, fault.New(fault.Conflict, "incident.no_point")
	}
	list := CandidateList{Shortfalls: map[string]int{}, Estimate: s.Units.Estimate()}
	list.Items = s.Units.Rank(*in.Position, candidatesShown, nil, s.commands(ctx))
	for _, c := range list.Items {
		if c.free() {
			list.Free++
		}
		for _, key := range c.Shortfalls {
			list.Shortfalls[key]++
		}
	}
	if len(list.Items) == 0 {
		list.Shortfalls["no_candidates"] = 1
	}
	return list, nil
}

// commands says of which organisations the caller may send units.
func (s *Service) commands(ctx context.Context) func(orgID string) bool {
	return func(orgID string) bool { return s.may(ctx, permDispatch, orgID) }
}

// Order sends units.
type Order struct {
	When
	UnitIDs []string `json:"unit_ids" required:"true" max:"600" items:"max:\"64\""`
	Reserve bool     `json:"reserve"`
	// TimeUnknown is for records of the past that do not say when a unit was sent:
	// it was no later than occurred_at, and no clock counts it.
	TimeUnknown bool   `json:"time_unknown"`
	Reason      string `json:"reason" max:"200"` // required when a nearer free unit is passed over
}

// step is what the order makes of a unit: a reserved one stays free.
func (o Order) step() Step {
	if o.Reserve {
		return StepReserved
	}
	return StepDispatched
}

// Dispatch sends one or more units, or books them for later; all or none. A unit
// that is at the place already counts as arrived when it is sent. Faults:
// Forbidden incident.time_must_be_said for time_unknown from who may not fill in
// the past; Conflict incident.nearer_unit_passed_over at /reason, naming the nearer unit,
// when a free one would be there sooner and no reason is given; Invalid
// incident.unit_named_twice, incident.before_the_call; Conflict
// incident.unit_already_assigned and those of the unit: unit.off_duty,
// unit.out_of_service; NotFound unit.not_found.
func (s *Service) Dispatch(ctx context.Context, o Order) (Incident, error) {
	return s.change(ctx, o.When, permDispatch, func(tx *sqldb.Tx, in Incident, at time.Time) (moves []Move, err error) {
		for i, unit := range o.UnitIDs {
			if slices.Contains(o.UnitIDs[:i], unit) {
				return nil, fault.At("/unit_ids/"+strconv.Itoa(i), "incident.unit_named_twice")
			}
		}
		if o.TimeUnknown && !s.may(ctx, permBackfill, in.StationID) {
			return nil, &fault.Error{Kind: fault.Forbidden, Key: "incident.time_must_be_said", Path: "/time_unknown"}
		}
		seen := s.ranking(ctx, in, o, at)
		for _, unit := range o.UnitIDs {
			more, err := s.assign(ctx, tx, in, o, unit, seen, at)
			if err != nil {
				return nil, err
			}
			moves = append(moves, more...)
			seen.shown = 0 // the entry of the first unit keeps the ranking for all
		}
		return moves, seen.mayPass(o)
	})
}

// assign engages one unit of an order.
func (s *Service) assign(ctx context.Context, tx *sqldb.Tx, in Incident, o Order, unit string, seen ranking, at time.Time) ([]Move, error) {
	sent, err := s.send(ctx, tx, unit, in.ID, o.step(), at)
	if err != nil {
		return nil, err
	}
	m, err := in.Assign(unit, sent.Crew, o.Reserve, o.Reason, at)
	m.Detail.Muted, m.Detail.Shortfalls, m.Detail.Ranking, m.Detail.TimeUnknown = sent.Muted, seen.shortfalls(unit), seen.around(unit), o.TimeUnknown && !o.Reserve
	if err != nil || o.Reserve || !seen.there(unit) {
		return []Move{m}, err
	}
	arrived := moved(KindStep, at, Detail{UnitID: unit, Step: StepOnScene, AlreadyThere: true})
	return []Move{m, arrived}, s.follow(tx, unit, in.ID, StepOnScene, at)
}

// send engages a unit that the caller may command. What is entered long after it
// happened says nothing about who is on duty now, so it leaves the units' present
// states alone; but a timeline never names a unit that there is not.
func (s *Service) send(ctx context.Context, tx *sqldb.Tx, unit string, id ID, step Step, at time.Time) (sent Sent, err error) {
	if s.longPast(at) {
		sent.OrgID, err = s.Units.Owner(tx, unit)
	} else {
		sent, err = s.Units.Send(tx, unit, id, step)
	}
	if err == nil && !s.may(ctx, permDispatch, sent.OrgID) {
		err = fault.With(fault.New(fault.NotFound, "unit.not_found"), "unit_id", unit)
	}
	return sent, err
}

func (s *Service) longPast(at time.Time) bool { return at.Before(s.Now().Add(-backfillWindow)) }

// ranking is what the house proposed when an order was given: the best units and
// those of the order. It is empty where nothing can be said: no place, or an
// order of the past.
type ranking struct {
	list  []Candidate
	order []string
	shown int // how many of the best an entry keeps
}

// rankingShown is how many units the entry of an order keeps: enough to see what
// the alternatives would have cost.
const rankingShown = 5

func (s *Service) ranking(ctx context.Context, in Incident, o Order, at time.Time) ranking {
	r := ranking{order: o.UnitIDs, shown: rankingShown}
	if in.Position != nil && !s.longPast(at) {
		r.list = s.Units.Rank(*in.Position, rankingShown, o.UnitIDs, s.commands(ctx))
	}
	return r
}

func (r ranking) of(unit string) *Candidate {
	for i := range r.list {
		if r.list[i].UnitID == unit {
			return &r.list[i]
		}
	}
	return nil
}

func (r ranking) shortfalls(unit string) []string {
	if c := r.of(unit); c != nil {
		return c.Shortfalls
	}
	return nil
}

func (r ranking) there(unit string) bool {
	c := r.of(unit)
	return c != nil && c.There
}

// around is what an entry keeps: the unit itself and the best of the ranking.
func (r ranking) around(unit string) (kept []Ranked) {
	best := 0
	for _, c := range r.list {
		if c.UnitID != unit && best >= r.shown {
			continue
		}
		if c.UnitID != unit {
			best++
		}
		kept = append(kept, Ranked{c.UnitID, c.DistanceM, c.EtaS, c.Shortfalls})
	}
	return kept
}

// mayPass wants a reason where a free unit outside the order would be there
// sooner than one in it.
func (r ranking) mayPass(o Order) error {
	if o.Reserve || o.Reason != "" {
		return nil
	}
	for _, unit := range r.order {
		nearer, own := r.passedOver(unit)
		if nearer == nil {
			continue
		}
		err := fault.With(&fault.Error{Kind: fault.Conflict, Key: "incident.nearer_unit_passed_over", Path: "/reason"}, "unit_id", nearer.UnitID)
		err = fault.With(fault.With(err, "call_sign", nearer.CallSign), "distance_m", *nearer.DistanceM)
		err = fault.With(fault.With(err, "eta_s", *nearer.EtaS), "instead", unit)
		if own != nil && own.EtaS != nil {
			err = fault.With(fault.With(err, "instead_distance_m", *own.DistanceM), "instead_eta_s", *own.EtaS)
		}
		return err
	}
	return nil
}

// noticeableS is by how many seconds a unit must be nearer to count as nearer:
// estimates are no better.
const noticeableS = 15

// passedOver is the best free unit outside the order that would be there sooner
// than a unit of it; a unit that nobody knows the place of is no near one.
func (r ranking) passedOver(unit string) (nearer, own *Candidate) {
	if len(r.list) == 0 {
		return nil, nil
	}
	own = r.of(unit)
	for i := range r.list {
		c := &r.list[i]
		if !c.free() || c.EtaS == nil || slices.Contains(r.order, c.UnitID) {
			continue
		}
		if own == nil || own.EtaS == nil || *c.EtaS+noticeableS < *own.EtaS {
			return c, own
		}
		return nil, own
	}
	return nil, own
}

func (c Candidate) free() bool { return len(c.Shortfalls) == 0 }

// Unassigning takes a unit off an incident.
type Unassigning struct {
	When
	UnitID string `json:"unit_id" required:"true" max:"64"`
	Reason string `json:"reason" required:"true" max:"500"`
}

// Unassign takes a unit off. Fault: Conflict incident.unit_not_assigned.
func (s *Service) Unassign(ctx context.Context, u Unassigning) (Incident, error) {
	return s.change(ctx, u.When, permDispatch, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		m, err := in.Unassign(u.UnitID, u.Reason, at)
		if err != nil {
			return nil, err
		}
		return []Move{m}, s.follow(tx, u.UnitID, in.ID, StepCleared, at)
	})
}
