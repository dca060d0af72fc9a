package incident

import (
	"cmp"
	"slices"
	"time"
)

// Fold makes an incident of its entries, in the order of their numbers. It is
// the only way that an incident comes to be.
func Fold(entries []Entry) Incident { return Incident{}.after(entries) }

// Apply is the incident with one more entry.
func (in Incident) Apply(e Entry) Incident { return in.after([]Entry{e}) }

// after is the incident with more entries; the one it is called on stays as it
// was.
func (in Incident) after(entries []Entry) Incident {
	in.Assignments = slices.Clone(in.Assignments)
	for _, e := range entries {
		in.take(e)
	}
	in.settle()
	return in
}

// take adds an entry. It never fails: what may happen is decided before an entry
// is written (rules.go), and what is written has happened.
func (in *Incident) take(e Entry) {
	in.EntryCount = e.Seq
	if apply, known := appliers[e.Kind]; known {
		apply(in, e)
	}
}

// settle finds the status of an open incident; no entry needs to know it.
func (in *Incident) settle() {
	if in.Status.Open() {
		in.Status = in.furthest()
	}
}

var appliers = map[Kind]func(*Incident, Entry){
	KindReceived:    (*Incident).applyReceived,
	KindAssigned:    (*Incident).applyAssigned,
	KindStep:        (*Incident).applyStep,
	KindContacted:   (*Incident).applyContacted,
	KindHazardsSeen: (*Incident).applyHazardsSeen,
	KindFeedback:    (*Incident).applyFeedback,
	KindPriority:    func(in *Incident, e Entry) { in.Priority = e.Detail.Priority },
	KindCorrected:   (*Incident).applyCorrected,
	KindUnassigned:  (*Incident).applyUnassigned,
	KindMerged:      func(in *Incident, e Entry) { in.Status, in.MergedInto = StatusMerged, e.Detail.Other },
	KindAbsorbed: func(in *Incident, e Entry) {
		in.Absorbed = append(in.Absorbed[:len(in.Absorbed):len(in.Absorbed)], e.Detail.Other)
	},
	KindLinked: func(in *Incident, e Entry) {
		in.Linked = append(in.Linked[:len(in.Linked):len(in.Linked)], e.Detail.Other)
	},
	KindUnlinked: func(in *Incident, e Entry) {
		in.Linked = slices.DeleteFunc(slices.Clone(in.Linked), func(id ID) bool { return id == e.Detail.Other })
	},
	KindTransferred: func(in *Incident, e Entry) { in.end(StatusTransferred, e) },
	KindWithdrawn:   func(in *Incident, e Entry) { in.end(StatusWithdrawn, e) },
	KindClosed:      (*Incident).applyClosed,
	KindReopened:    (*Incident).applyReopened,

	KindPushDelivered:    (*Incident).applyNews,
	KindPushSeen:         (*Incident).applyNews,
	KindPushAcknowledged: (*Incident).applyNews,
	KindPushShortfall:    (*Incident).applyNews,
	KindPushEscalated:    (*Incident).applyNews,
}

func (in *Incident) applyReceived(e Entry) {
	c := e.Detail.Call
	in.ID, in.Status, in.Source = e.IncidentID, StatusReceived, e.Source
	in.KindCode, in.Priority, in.Placing, in.Risk = c.KindCode, c.Priority, c.Placing, c.Risk
	in.Number, in.Narrative, in.ExternalRef, in.CallTaker = c.Number, c.Narrative, c.ExternalRef, c.CallTaker
	in.Reporter, in.HasContact = e.Contact, !e.Contact.IsZero()
	in.CalledAt, in.RecordedAt, in.HeldUntil = e.OccurredAt, e.RecordedAt, c.HeldUntil
	in.Assignments = []Assignment{}
}

func (in *Incident) applyAssigned(e Entry) {
	d, at := e.Detail, e.OccurredAt
	if d.TimeUnknown {
		at = time.Time{}
	}
	// A unit that was reserved and is now sent keeps its assignment.
	if a := in.assignment(d.UnitID); a != nil && a.State == StepReserved && d.Step == StepDispatched {
		a.State, a.DispatchedAt, a.Crew, a.Muted, a.Shortfalls = StepDispatched, at, d.Crew, d.Muted, d.Shortfalls
		a.Reason = cmp.Or(d.Reason, a.Reason)
		return
	}
	a := Assignment{No: len(in.Assignments) + 1, UnitID: d.UnitID, Crew: d.Crew, Muted: d.Muted, State: d.Step, Reason: d.Reason, Shortfalls: d.Shortfalls}
	*a.at(d.Step) = at
	in.Assignments = append(in.Assignments, a)
}

func (in *Incident) applyStep(e Entry) {
	a := in.of(e.Detail)
	if a == nil {
		return
	}
	// The first press counts, whichever becomes known first, unless a person has
	// corrected the time; of a video the best evidence, and an entry with worse is
	// never written.
	at := a.at(e.Detail.Step)
	if e.Detail.Step == StepCleared && a.ClearedByEnd && !a.corrected(StepCleared) {
		*at, a.ClearedByEnd = time.Time{}, false // the crew knows better than the end
	}
	if at.IsZero() || e.OccurredAt.Before(*at) && !a.corrected(e.Detail.Step) || e.Detail.Step == StepVideo {
		*at = e.OccurredAt
	}
	if e.Detail.Step == StepVideo {
		a.VideoBy = e.Detail.Evidence
	}
	if e.Detail.Step == StepOnScene {
		a.Confirmed = a.Confirmed || a.AlreadyThere
		a.AlreadyThere = a.AlreadyThere || e.Detail.AlreadyThere
	}
	if rank[e.Detail.Step] > rank[a.State] {
		a.State = e.Detail.Step
	}
}

func (in *Incident) applyContacted(e Entry) {
	if e.Detail.Answered && (in.ContactedAt.IsZero() || e.OccurredAt.Before(in.ContactedAt)) {
		in.ContactedAt = e.OccurredAt
	}
}

func (in *Incident) applyHazardsSeen(e Entry) {
	if a := in.of(e.Detail); a != nil {
		a.HazardsSeen = true
	}
}

func (in *Incident) applyCorrected(e Entry) {
	d := e.Detail
	if d.Risk != nil {
		in.Risk = *d.Risk
	}
	switch d.Field {
	case "point", "address":
		in.Placing = *d.Place
	case "kind":
		in.KindCode = d.KindCode
	case "called_at":
		in.CalledAt = d.At
	default:
		if a := in.assignment(d.UnitID); a != nil {
			*a.at(Step(d.Field)) = d.At
			if step := Step(d.Field); !a.corrected(step) {
				a.Corrected = append(slices.Clip(a.Corrected), step)
			}
		}
	}
}

func (in *Incident) applyUnassigned(e Entry) {
	if a := in.assignment(e.Detail.UnitID); a != nil {
		a.Withdrawn, a.Reason = true, e.Detail.Reason
	}
}

func (in *Incident) applyClosed(e Entry) {
	if !e.Detail.idle() {
		in.Disposition = e.Detail.Disposition
		in.end(StatusClosed, e)
		return
	}
	if e.Detail.Disposition != in.Disposition && in.Status == StatusClosed {
		in.Rivals = append(slices.Clip(in.Rivals), Ending{e.Seq, e.Detail.Disposition, e.By, e.OccurredAt})
	}
}

// end frees the units that are still assigned; what was only reserved lapses.
func (in *Incident) end(s Status, e Entry) {
	in.Status, in.ClosedAt = s, e.OccurredAt
	for i := range in.Assignments {
		switch a := &in.Assignments[i]; {
		case !a.live():
		case a.State == StepReserved:
			a.Withdrawn = true
		default:
			a.State, a.ClearedAt, a.ClearedByEnd = StepCleared, e.OccurredAt, true
		}
	}
}

func (in *Incident) applyReopened(e Entry) {
	in.Status, in.ClosedAt, in.Disposition, in.Past = StatusReceived, time.Time{}, "", len(in.Assignments)
	in.ReopenedAt, in.Rivals = e.OccurredAt, nil
}

// assignment is the newest assignment of a unit that was not withdrawn; nil when
// it has none.
func (in *Incident) assignment(unitID string) *Assignment {
	for i := len(in.Assignments) - 1; i >= 0; i-- {
		if a := &in.Assignments[i]; a.UnitID == unitID && !a.Withdrawn {
			return a
		}
	}
	return nil
}

// furthest is the status that the units' states add up to, since the incident was
// last reopened.
func (in Incident) furthest() Status {
	best := StatusReceived
	for _, a := range in.Assignments[min(in.Past, len(in.Assignments)):] {
		if s := a.status(); progress[s] > progress[best] {
			best = s
		}
	}
	return best
}

// status is what one unit makes of the incident: how far it has come, also after
// it has cleared.
func (a Assignment) status() Status {
	switch {
	case a.Withdrawn, a.State == StepReserved:
		return StatusReceived
	case a.State != StepCleared:
		return Status(a.State)
	case !a.OnSceneAt.IsZero():
		return StatusOnScene
	case !a.EnRouteAt.IsZero():
		return StatusEnRoute
	case !a.AckedAt.IsZero():
		return StatusAcknowledged
	}
	return StatusDispatched
}

// progress orders the statuses of open incidents.
var progress = map[Status]int{StatusReceived: 0, StatusDispatched: 1, StatusAcknowledged: 2, StatusEnRoute: 3, StatusOnScene: 4}
