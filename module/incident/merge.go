package incident

import (
	"slices"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// What a handset tells is kept, whatever has happened meanwhile: it tells what an
// officer has done, and that cannot be refused afterwards. An entry that the rules
// for a desk would have refused says so by its doubts, and the fold lets it change
// no more than it may (docs/adr/0032-merge.md).
const (
	DoubtRepeated = "repeated"             // known already, with an earlier time
	DoubtEnded    = "after_the_end"        // the incident had ended when it became known
	DoubtReopened = "before_the_reopening" // an end of the time before the incident was reopened
	DoubtTakenOff = "taken_off"            // the unit had been taken off when it became known
	DoubtClock    = "clock"                // the time that was said cannot be; the entry has the time of recording
	DoubtLate     = "late"                 // it became known more than a day after
)

// Keep makes the entry of what a handset tells. Faults: Conflict
// incident.unit_not_assigned, incident.unit_only_reserved: nobody was sent.
func (in Incident) Keep(k Kind, at time.Time, d Detail) (Move, error) {
	a := in.of(d)
	if a == nil && d.No == 0 {
		a = in.lastOf(d.UnitID)
	}
	switch {
	case a != nil && a.State == StepReserved && !a.Withdrawn:
		return Move{}, fault.New(fault.Conflict, "incident.unit_only_reserved")
	case a != nil:
		d.No = a.No
	case d.UnitID != "":
		return Move{}, fault.With(fault.New(fault.Conflict, "incident.unit_not_assigned"), "unit_id", d.UnitID)
	}
	d.Doubts = in.doubts(k, a, at, d)
	return moved(k, at, d), nil
}

func (in Incident) doubts(k Kind, a *Assignment, at time.Time, d Detail) (list []string) {
	moves := k != KindFeedback && k != KindNote && k != KindPicture // those are welcome at any time
	for _, doubt := range []struct {
		name  string
		holds bool
	}{
		{DoubtRepeated, a != nil && in.tells(k, *a, at, d)},
		{DoubtEnded, moves && !in.Status.Open()},
		{DoubtReopened, k == KindClosed && at.Before(in.ReopenedAt)},
		{DoubtTakenOff, a != nil && a.Withdrawn},
	} {
		if doubt.holds {
			list = append(list, doubt.name)
		}
	}
	return list
}

// tells says that an entry tells nothing new of an assignment.
func (in Incident) tells(k Kind, a Assignment, at time.Time, d Detail) bool {
	switch k {
	case KindHazardsSeen:
		return a.HazardsSeen
	case KindStep:
		known := *a.at(d.Step)
		return !known.IsZero() && !at.Before(known) && !(d.Step == StepCleared && a.ClearedByEnd) && !(d.Step == StepOnScene && a.AlreadyThere && !a.Confirmed)
	}
	return false
}

// of is the assignment that an entry is about: the one it names, or the newest of
// its unit that was not withdrawn.
func (in *Incident) of(d Detail) *Assignment {
	if d.No == 0 {
		return in.assignment(d.UnitID)
	}
	if a := in.numbered(d.No); a != nil && a.UnitID == d.UnitID {
		return a
	}
	return nil
}

// lastOf is the newest assignment of a unit, withdrawn or not.
func (in *Incident) lastOf(unitID string) *Assignment {
	for i := len(in.Assignments) - 1; i >= 0; i-- {
		if a := &in.Assignments[i]; a.UnitID == unitID {
			return a
		}
	}
	return nil
}

// has says that somebody was sent here, with whatever unit: they may read the
// incident and tell of it, whichever station answers for the place.
func (in Incident) has(userID string) bool {
	return slices.ContainsFunc(in.Assignments, func(a Assignment) bool {
		return a.State != StepReserved && slices.Contains(a.Crew, userID)
	})
}

// Sent says that somebody was sent to an incident.
func (s *Service) Sent(tx *sqldb.Tx, id, userID string) (bool, error) {
	in, err := s.shown(tx, ID(id))
	return err == nil && in.has(userID), err
}

// Report is the text that a unit has told, as it stands. Two that were written
// without knowledge of one another stand both, until a person who has read them
// writes a third.
type Report struct {
	Seq     int64     `json:"seq"`
	Text    string    `json:"text"`
	By      string    `json:"by"`
	Device  string    `json:"device,omitempty"`
	Counter int64     `json:"counter,omitzero"`
	At      time.Time `json:"at"`
}

// applyFeedback replaces the reports that the author had read (those up to the
// version they saw, and what the same handset wrote before). A feedback that says
// neither of a handset nor what was read is a line of the timeline and no report.
func (in *Incident) applyFeedback(e Entry) {
	a := in.of(e.Detail)
	if a == nil || e.Counter == 0 && e.Detail.Seen == 0 {
		return
	}
	own := func(r Report) bool { return e.Counter > 0 && r.Device == e.Device }
	if slices.ContainsFunc(a.Reports, func(r Report) bool { return own(r) && r.Counter > e.Counter }) {
		return // it wrote a later one, which became known first
	}
	a.Reports = slices.DeleteFunc(slices.Clone(a.Reports), func(r Report) bool { return own(r) || r.Seq <= e.Detail.Seen })
	a.Reports = append(a.Reports, Report{e.Seq, e.Detail.Text, e.By, e.Device, e.Counter, e.OccurredAt})
}

// Ending is an end that was told after another had been written down: that one
// stands, and a person decides by reopening.
type Ending struct {
	Seq         int64     `json:"seq"`
	Disposition string    `json:"disposition"`
	By          string    `json:"by"`
	At          time.Time `json:"at"`
}

// idle says that an entry of an end changes nothing: another stands already, or it
// belongs to the time before the incident was reopened.
func (d Detail) idle() bool {
	return slices.Contains(d.Doubts, DoubtEnded) || slices.Contains(d.Doubts, DoubtReopened)
}

// clocked is the time of what a handset tells, with what is to be said of it. A
// time that cannot be is not believed: the time of recording stands for it, since
// that flatters no clock.
func (in Incident) clocked(said, now time.Time) (at time.Time, d Detail) {
	at = said
	if at.After(now.Add(clockSlack)) || at.Before(in.CalledAt.Add(-clockSlack)) {
		return now, Detail{SaidAt: said.UTC().Truncate(time.Millisecond), Doubts: []string{DoubtClock}}
	}
	if now.Sub(at) > backfillWindow {
		d.Doubts = []string{DoubtLate}
	}
	return at, d
}

// said is the time that was told, believed or not.
func (e Entry) said() time.Time {
	if !e.Detail.SaidAt.IsZero() {
		return e.Detail.SaidAt
	}
	return e.OccurredAt
}
