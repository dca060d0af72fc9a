package incident

import (
	"slices"
	"time"

	"zhian/platform/crypto"
	"zhian/platform/fault"
)

// Move is one decision: the entry to append. Its incident, number, author and
// recording time are the service's to fill in.
type Move struct {
	Kind       Kind
	OccurredAt time.Time
	Detail     Detail
	Contact    crypto.Sealed[Contact] // of a call
	Counter    int64                  // of the handset that sent it
}

func moved(k Kind, at time.Time, d Detail) Move { return Move{Kind: k, OccurredAt: at, Detail: d} }

// A device's clock may be off by the slack; more than that is a
// mistake. Times further back than the window need the permission to backfill.
const (
	clockSlack     = 2 * time.Minute
	backfillWindow = 24 * time.Hour
)

// CheckTime refuses times that cannot be; path is where it stands. Zero means
// now. Faults: Invalid incident.time_in_the_future, incident.time_too_far_back.
func CheckTime(path string, at, now time.Time, mayBackfill bool) (time.Time, error) {
	switch {
	case at.IsZero():
		return now, nil
	case at.After(now.Add(clockSlack)):
		return at, fault.At(path, "incident.time_in_the_future")
	case at.Before(now.Add(-backfillWindow)) && !mayBackfill:
		return at, fault.At(path, "incident.time_too_far_back")
	}
	return at, nil
}

func (in Incident) mustBeOpen() error {
	if !in.Status.Open() {
		return fault.New(fault.Conflict, "incident.not_open_"+string(in.Status))
	}
	return nil
}

// Receive opens an incident.
func Receive(c Call, contact crypto.Sealed[Contact], at time.Time) Move {
	return Move{Kind: KindReceived, OccurredAt: at, Detail: Detail{Call: &c}, Contact: contact}
}

// Assign sends a unit, or books it for later.
func (in Incident) Assign(unitID string, crew []string, reserve bool, reason string, at time.Time) (Move, error) {
	if err := in.mustBeOpen(); err != nil {
		return Move{}, err
	}
	step := StepDispatched
	if reserve {
		step = StepReserved
	}
	a := in.assignment(unitID)
	if a != nil && a.live() && (reserve || a.State != StepReserved) {
		return Move{}, fault.With(fault.New(fault.Conflict, "incident.unit_already_assigned"), "unit_id", unitID)
	}
	if at.Before(in.CalledAt) {
		return Move{}, fault.At("/occurred_at", "incident.before_the_call")
	}
	return moved(KindAssigned, at, Detail{UnitID: unitID, Crew: crew, Step: step, Reason: reason}), nil
}

// Advance records that a unit has reached a step. Steps may be skipped (crews
// forget to press) and may arrive out of order (a handset without network); a
// step that is known already with an earlier time, or by a correction, says
// nothing new; but who was there when sent may say so once.
func (in Incident) Advance(unitID string, step Step, at time.Time) (Move, error) {
	a, err := in.sent(unitID)
	if err != nil {
		return Move{}, err
	}
	confirms := step == StepOnScene && a.AlreadyThere && !a.Confirmed
	if known := *a.at(step); !known.IsZero() && !confirms && (!at.Before(known) || a.corrected(step)) {
		return Move{}, fault.New(fault.Conflict, "incident.already_"+string(step))
	}
	// A time before the dispatch is kept: the report counts it as inverted.
	return moved(KindStep, at, Detail{UnitID: unitID, Step: step}), nil
}

// sent is the assignment of a unit that has been sent; late news of a closed
// incident is welcome.
func (in Incident) sent(unitID string) (*Assignment, error) {
	a := in.assignment(unitID)
	switch {
	case a == nil:
		return nil, fault.With(fault.New(fault.Conflict, "incident.unit_not_assigned"), "unit_id", unitID)
	case a.State == StepReserved:
		return nil, fault.New(fault.Conflict, "incident.unit_only_reserved")
	case !in.Status.Open() && in.Status != StatusClosed:
		return nil, in.mustBeOpen()
	}
	return a, nil
}

// OpenVideo records that a unit's scene video is open. The first packet says
// more than a click, also when it came later; of equal evidence the earlier counts.
func (in Incident) OpenVideo(unitID, evidence string, at time.Time) (Move, error) {
	a, err := in.sent(unitID)
	if err != nil {
		return Move{}, err
	}
	better := a.VideoBy == EvidenceClick && evidence == EvidenceFirstPacket
	earlier := a.VideoBy == evidence && at.Before(a.VideoAt)
	if a.VideoBy != "" && (a.corrected(StepVideo) || !better && !earlier) {
		return Move{}, fault.New(fault.Conflict, "incident.already_"+string(StepVideo))
	}
	return moved(KindStep, at, Detail{UnitID: unitID, Step: StepVideo, Evidence: evidence}), nil
}

// leads says whether a step takes the unit further. One that is told late, after
// a later step or after the end, is history: the unit may be elsewhere by now.
func (in Incident) leads(m Move) bool {
	a := in.of(m.Detail)
	return in.Status.Open() && a != nil && a.live() && rank[m.Detail.Step] > rank[a.State]
}

// Contact records a call back to the reporter.
func (in Incident) Contact(unitID string, answered bool, at time.Time) (Move, error) {
	return moved(KindContacted, at, Detail{UnitID: unitID, Answered: answered}), in.mustBeOpen()
}

// SeeHazards records that a unit has read the hazards of the place.
func (in Incident) SeeHazards(unitID string, at time.Time) (Move, error) {
	if in.assignment(unitID) == nil {
		return Move{}, fault.With(fault.New(fault.Conflict, "incident.unit_not_assigned"), "unit_id", unitID)
	}
	return moved(KindHazardsSeen, at, Detail{UnitID: unitID}), nil
}

// Report adds a unit's feedback.
func (in Incident) Report(unitID, text string, at time.Time) (Move, error) {
	if in.assignment(unitID) == nil {
		return Move{}, fault.With(fault.New(fault.Conflict, "incident.unit_not_assigned"), "unit_id", unitID)
	}
	return moved(KindFeedback, at, Detail{UnitID: unitID, Text: text}), nil
}

// Note adds a remark; closed incidents take them too.
func (in Incident) Note(text string, at time.Time) (Move, error) {
	return moved(KindNote, at, Detail{Text: text}), nil
}

// Prioritise raises or lowers the priority, with the reason.
func (in Incident) Prioritise(priority int, reason string, at time.Time) (Move, error) {
	if priority == in.Priority {
		return Move{}, fault.At("/priority", "incident.same_priority")
	}
	return moved(KindPriority, at, Detail{Priority: priority, Reason: reason}), in.mustBeOpen()
}

// Unassign takes a unit off the incident.
func (in Incident) Unassign(unitID, reason string, at time.Time) (Move, error) {
	a := in.assignment(unitID)
	if a == nil || !a.live() {
		return Move{}, fault.With(fault.New(fault.Conflict, "incident.unit_not_assigned"), "unit_id", unitID)
	}
	return moved(KindUnassigned, at, Detail{UnitID: unitID, Reason: reason}), in.mustBeOpen()
}

// Merge puts this incident into another one that tells of the same event. Units
// must be taken off first: nobody may be on the way to an incident that is gone.
func (in Incident) Merge(into Incident, reason string, at time.Time) (gone, grown Move, err error) {
	switch {
	case in.ID == into.ID:
		return gone, grown, fault.At("/into", "incident.merge_with_itself")
	case !into.Status.Open():
		return gone, grown, fault.At("/into", "incident.merge_into_not_open")
	case in.hasLiveUnits():
		return gone, grown, fault.New(fault.Conflict, "incident.units_still_assigned")
	}
	return moved(KindMerged, at, Detail{Other: into.ID, Reason: reason}), moved(KindAbsorbed, at, Detail{Other: in.ID, Reason: reason}), in.mustBeOpen()
}

// Link relates two incidents that stay two, whatever has become of them, or
// takes that back.
func (in Incident) Link(other Incident, undo bool, reason string, at time.Time) (one, two Move, err error) {
	kind := KindLinked
	if undo {
		kind = KindUnlinked
	}
	switch linked := slices.Contains(in.Linked, other.ID); {
	case in.ID == other.ID:
		return one, two, fault.At("/other", "incident.linked_with_itself")
	case linked && !undo:
		return one, two, fault.New(fault.Conflict, "incident.already_linked")
	case !linked && undo:
		return one, two, fault.New(fault.Conflict, "incident.not_linked")
	}
	return moved(kind, at, Detail{Other: other.ID, Reason: reason}), moved(kind, at, Detail{Other: in.ID, Reason: reason}), nil
}

// Transfer gives a neighbour's call to the neighbour.
func (in Incident) Transfer(to, reason string, at time.Time) (Move, error) {
	switch {
	case !in.Outside:
		return Move{}, fault.New(fault.Conflict, "incident.not_outside")
	case in.hasLiveUnits():
		return Move{}, fault.New(fault.Conflict, "incident.units_still_assigned")
	}
	return moved(KindTransferred, at, Detail{Text: to, Reason: reason}), in.mustBeOpen()
}

// Withdraw ends an incident that needs nobody: the caller called it off.
func (in Incident) Withdraw(reason string, at time.Time) (Move, error) {
	return moved(KindWithdrawn, at, Detail{Reason: reason}), in.mustBeOpen()
}

// Close ends an incident with its disposition.
func (in Incident) Close(disposition string, at time.Time) (Move, error) {
	if at.Before(in.CalledAt) {
		return Move{}, fault.At("/occurred_at", "incident.before_the_call")
	}
	return moved(KindClosed, at, Detail{Disposition: disposition}), in.mustBeOpen()
}

// Reopen takes a closed, withdrawn or transferred incident up again.
func (in Incident) Reopen(reason string, at time.Time) (Move, error) {
	if in.Status.Open() || in.Status == StatusMerged {
		return Move{}, fault.New(fault.Conflict, "incident.not_closed")
	}
	return moved(KindReopened, at, Detail{Reason: reason}), nil
}

// Correct replaces a wrong value; the wrong one stays in the timeline.
func (in Incident) Correct(d Detail, at time.Time) (Move, error) {
	switch d.Field {
	case "point", "address":
		if d.Place == nil || d.Place.Unsettled {
			return Move{}, fault.At("/"+d.Field, "incident.place_not_settled")
		}
	case "kind":
		if d.KindCode == "" {
			return Move{}, fault.At("/kind_code", "request.required")
		}
	case "called_at":
		if d.At.IsZero() {
			return Move{}, fault.At("/at", "request.required")
		}
	default:
		_, isStep := rank[Step(d.Field)]
		a := in.assignment(d.UnitID)
		if !isStep || a == nil || d.At.IsZero() || !a.reached(Step(d.Field)) {
			return Move{}, fault.At("/field", "incident.nothing_to_correct")
		}
		if d.At.Before(in.CalledAt) {
			return Move{}, fault.At("/at", "incident.before_the_call")
		}
	}
	return moved(KindCorrected, at, d), nil
}

func (in Incident) hasLiveUnits() bool {
	for _, a := range in.Assignments {
		if a.live() {
			return true
		}
	}
	return false
}
