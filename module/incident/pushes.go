package incident

import (
	"sync"

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
	in, err := s.folded(tx, f.IncidentID)
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
	press, err := sqldb.Get(tx, Queries["Entry"], scanEntry, f.IncidentID, f.Version)
	if err != nil || press.Detail.AlreadyThere {
		return err
	}
	return s.Pager.Answer(tx, assigned(f.IncidentID, f.UnitID, f.No), press.By, press.Device, f.OccurredAt)
}

// onChanged takes the push back from a unit that was taken off.
func (s *Service) onChanged(tx *sqldb.Tx, f Changed) error {
	if f.Kind != KindUnassigned {
		return nil
	}
	in, err := s.folded(tx, f.IncidentID)
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
	in, err := s.folded(tx, ID(about.Subject.ID))
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
	next, err := s.record(httpapi.As(tx.Context(), by), tx, in, []Move{m}, source, s.Now())
	if err == nil {
		s.fold.keep(tx, next)
	}
	return err
}

// MaySee says whether a push may be opened (notify.Owner).
func (s *Service) MaySee(tx *sqldb.Tx, subject notify.Subject) error {
	in, err := byID(tx, ID(subject.ID))
	if err != nil {
		return err
	}
	return in.MayBeSeen(assignmentOf(subject))
}

// lastFold is the incident that was folded last: when hundreds of units are sent
// to one, its timeline is not read again for each of them.
type lastFold struct {
	mu   sync.Mutex
	in   Incident
	tx   *sqldb.Tx // that made it; nil once it is committed
	hold bool
}

// folded is an incident as of now, locked against others who change it.
func (s *Service) folded(tx *sqldb.Tx, id ID) (Incident, error) {
	version, err := sqldb.Get(tx, Queries["Lock"], sqldb.ScanInt, id)
	if err != nil {
		return Incident{}, err
	}
	if in, ok := s.fold.get(tx, id, version); ok {
		return in, nil
	}
	in, err := byID(tx, id)
	if err == nil {
		s.fold.keep(tx, in)
	}
	return in, err
}

func (l *lastFold) get(tx *sqldb.Tx, id ID, version int64) (Incident, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.in, l.hold && (l.tx == nil || l.tx == tx) && l.in.ID == id && l.in.EntryCount == version
}

// keep holds an incident for the rest of tx, and beyond if it commits: what is
// rolled back has not happened.
func (l *lastFold) keep(tx *sqldb.Tx, in Incident) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.in, l.tx, l.hold = in, tx, true
	tx.AfterCommit(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.tx == tx {
			l.tx = nil
		}
	})
}
