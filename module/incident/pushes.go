package incident

import (
	"zhian/module/notify"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// ladder is who acts when nobody does.
var ladder = httpapi.Principal{UserID: "notify", Kind: "service"}

// onDispatched pushes to the crew. A dispatch that is entered long after it
// happened has none; one that has been taken back meanwhile needs none.
func (s *Service) onDispatched(tx *sqldb.Tx, f Dispatched) error {
	if len(f.Crew) == 0 {
		return nil
	}
	in, err := s.locked(tx, f.IncidentID)
	if err != nil {
		return err
	}
	a := in.numbered(f.No)
	if a == nil || !a.live() || !in.Status.Open() {
		return nil
	}
	order, err := sqldb.Get(tx, Queries["Entry"], scanEntry, f.IncidentID, f.Version)
	if err != nil {
		return err
	}
	var near []Candidate
	if in.Position != nil {
		near = s.Units.Rank(*in.Position, nearbyMost+1, nil, func(string) bool { return true })
	}
	_, err = s.Pager.Queue(tx, Compose(in, *a, near).Draft(f.Crew, f.OrgID, order.By))
	return err
}

// onProgressed spares an officer who has acknowledged the incident to acknowledge
// the message, too; who is on the way or there has as well. A unit that happened to
// be there when it was sent has acknowledged nothing.
func (s *Service) onProgressed(tx *sqldb.Tx, f Progressed) error {
	if rank[f.Step] < rank[StepAcknowledged] {
		return nil
	}
	return s.answered(tx, f.About, f.UnitID, f.No)
}

func (s *Service) answered(tx *sqldb.Tx, about About, unitID string, no int) error {
	press, err := sqldb.Get(tx, Queries["Entry"], scanEntry, about.IncidentID, about.Version)
	if err != nil || press.Detail.AlreadyThere {
		return err
	}
	return s.Pager.Answer(tx, assigned(about.IncidentID, unitID, no), press.By, press.Device, about.OccurredAt)
}

// onChanged takes the push back from a unit that was taken off, and hears the
// press of one that was there when it was sent.
func (s *Service) onChanged(tx *sqldb.Tx, f Changed) error {
	if f.Kind == KindStep {
		return s.answered(tx, f.About, f.UnitID, f.No)
	}
	if f.Kind != KindUnassigned {
		return nil
	}
	in, err := s.locked(tx, f.IncidentID)
	if err != nil {
		return err
	}
	for _, a := range in.takenOff(f.UnitID) {
		if err := s.Pager.Withdraw(tx, assigned(f.IncidentID, a.UnitID, a.No), string(KindUnassigned)); err != nil {
			return err
		}
	}
	return nil
}

// hear records what became of a push in the timeline of its incident.
func (s *Service) hear(tx *sqldb.Tx, about notify.About, k Kind, n News, by httpapi.Principal) error {
	if about.Subject.Kind != SubjectKind {
		return nil
	}
	in, err := s.locked(tx, ID(about.Subject.ID))
	if err != nil {
		return err
	}
	n.MessageID, n.No = about.MessageID, assignmentOf(about.Subject)
	m, concerns := in.Hear(k, n, about.OccurredAt)
	if !concerns {
		return nil
	}
	source := "console"
	switch {
	case by == ladder:
		source = "notify"
	case by.DeviceID != "":
		source = "handset"
	}
	_, err = s.record(httpapi.As(tx.Context(), by), tx, in, []Move{m}, source, s.Now())
	return err
}

// MaySee says whether a push may be opened (notify.Owner).
func (s *Service) MaySee(tx *sqldb.Tx, subject notify.Subject) error {
	in, err := s.shown(tx, ID(subject.ID))
	if err != nil {
		return err
	}
	return in.MayBeSeen(assignmentOf(subject))
}
