package pace

import (
	"slices"
	"time"

	"zhian/platform/sqldb"
)

// hear takes what a fact says into the incident, and sees to what follows from it.
func (s *Service) hear(tx *sqldb.Tx, n news) error {
	before, err := byID(tx, "Lock", string(n.IncidentID))
	if err != nil {
		return err
	}
	if err := crew(tx, n); err != nil {
		return err
	}
	next := before
	if before.ID == "" && n.step != StepCalled {
		// Its first facts are not kept any more; what every fact says of it is.
		if next, err = next.hears(tx, news{About: n.About, step: StepCalled, number: own, at: n.CalledAt}); err != nil {
			return err
		}
	}
	if next, err = next.hears(tx, n); err != nil || before.same(&next) {
		return err
	}
	return s.follow(tx, &before, &next, n.entry())
}

// crew keeps who is on the incident: those who can act on its clocks.
func crew(tx *sqldb.Tx, n news) (err error) {
	switch id := string(n.IncidentID); {
	case n.board != "":
		_, err = tx.Exec(Queries["Board"], id, n.board)
	case n.leave != "":
		_, err = tx.Exec(Queries["Leave"], id, n.leave)
	case n.step == StepEnded:
		_, err = tx.Exec(Queries["LeaveAll"], id)
	}
	return err
}

// hears is the incident after a fact.
func (in Incident) hears(tx *sqldb.Tx, n news) (Incident, error) {
	fresh := in.ID == ""
	in.ID, in.StationID, in.AreaClass, in.KindCode, in.CallTaker = string(n.IncidentID), n.OrgID, n.AreaClass, n.KindCode, n.CallTaker
	switch n.step {
	case "":
		return in, nil
	case StepEnded:
		in.Ended, in.Outcome = Stamp{At: n.at, Seq: n.Version, Known: n.RecordedAt}, Outcome(n.Status)
		return in, nil
	case StepReopened:
		in.Reopened = Stamp{At: n.at, Seq: n.Version, Known: n.RecordedAt}
		return in, nil
	}
	_, err := tx.Exec(Queries["Stamp"], in.ID, string(n.step), n.number, n.at.UnixMilli(), n.Version, n.RecordedAt.UnixMilli())
	if err != nil {
		return in, err
	}
	if fresh {
		*in.of(n.step) = Stamp{At: n.at, Seq: n.Version, Known: n.RecordedAt}
		return in, nil
	}
	if *in.of(n.step), err = first(tx, in.ID, n.step, time.Time{}); err != nil {
		return in, err
	}
	if n.step == StepDispatched || n.step == StepContacted {
		// A call back before the dispatch was not the crew's.
		in.Contacted, err = first(tx, in.ID, StepContacted, in.Dispatched.At)
	}
	return in, err
}

func (in *Incident) same(o *Incident) bool {
	return in.ID == o.ID && in.StationID == o.StationID && in.AreaClass == o.AreaClass && in.KindCode == o.KindCode &&
		in.Outcome == o.Outcome && in.Stamps == o.Stamps
}

// turn is what a change of an incident means to one clock.
type turn struct {
	definition *Definition
	was, is    Judgement
	watch      Watch // the running clock, when it runs
	watched    bool
}

func (t turn) revised() bool { return t.was.finding().RevisedBy(t.is.finding()) }

// follow keeps the changed incident and everything that its clocks make of it.
func (s *Service) follow(tx *sqldb.Tx, before, next *Incident, e entry) error {
	turns, err := s.turns(tx, before, next, e)
	if err != nil {
		return err
	}
	next.Revised = slices.Clone(before.Revised)
	for _, t := range turns {
		if t.revised() && !slices.Contains(next.Revised, t.is.Clock) {
			next.Revised = append(next.Revised, t.is.Clock)
		}
	}
	if before.ID != "" && before.replacedBy(next) {
		if err := keepPast(tx, before, e.known); err != nil {
			return err
		}
	}
	if err := keep(tx, next); err != nil {
		return err
	}
	if before.ID != "" && before.StationID != next.StationID {
		if _, err := tx.Exec(Queries["Rehome"], next.StationID, next.ID); err != nil {
			return err
		}
	}
	for _, t := range turns {
		if err := s.take(tx, next, t, e); err != nil {
			return err
		}
	}
	return nil
}

// turns judges every clock before and after the change, as of when it became known.
func (s *Service) turns(tx *sqldb.Tx, before, next *Incident, e entry) ([]turn, error) {
	var watches []Watch
	if before.ID != "" {
		var err error
		if watches, err = sqldb.List(tx, Queries["Watches"], scanWatch, next.ID); err != nil {
			return nil, err
		}
	}
	definitions := s.definitions()
	turns := make([]turn, len(Clocks))
	for i, c := range Clocks {
		t := turn{definition: definitions.InForce(c, next.Called.At), is: definitions.Judge(c, next, e.known)}
		if before.ID != "" {
			t.was = definitions.Judge(c, before, e.known)
		}
		if k := slices.IndexFunc(watches, func(w Watch) bool { return w.Clock == c }); k >= 0 {
			t.watch, t.watched = watches[k], true
		}
		t.was, t.is = t.watch.told(t.was), t.watch.told(t.is)
		turns[i] = t
	}
	return turns, nil
}

// take does what one clock's turn asks for: watch it or no longer, record a breach
// or lift it, and keep an answer that has changed.
func (s *Service) take(tx *sqldb.Tx, in *Incident, t turn, e entry) error {
	if err := t.rewatch(tx, in, e); err != nil {
		return err
	}
	if t.broke() && in.Live() {
		late := Watch{IncidentID: in.ID, Clock: t.is.Clock, Version: t.is.Version, Started: t.is.Start.At, Due: t.is.Due}
		if err := s.breach(tx, in, late, true); err != nil {
			return err
		}
	}
	if !t.revised() {
		return nil
	}
	lifted, err := t.lift(tx, in)
	if err != nil {
		return err
	}
	return s.revise(tx, in, t, e, lifted)
}

// broke tells that the clock is late now, and was not or by another due time.
func (t turn) broke() bool {
	return t.is.Verdict == VerdictLate && (t.was.Verdict != VerdictLate || !t.was.Due.Equal(t.is.Due))
}

// lift takes a breach back that turns out to have been none. One whose end will
// never be known stays.
func (t turn) lift(tx *sqldb.Tx, in *Incident) (bool, error) {
	switch t.is.Verdict {
	case VerdictLate, VerdictBreached, VerdictMissing, VerdictCensored:
		return false, nil
	}
	n, err := tx.Exec(Queries["Lift"], in.ID, string(t.is.Clock))
	return n > 0, err
}

// rewatch brings the watch in line with the clock.
func (t turn) rewatch(tx *sqldb.Tx, in *Incident, e entry) error {
	runs := t.is.Running() && in.Live()
	switch {
	case !runs && t.watched:
		return dropWatch(tx, t.watch)
	case !runs:
		return nil
	case t.watched && t.watch.Due.Equal(t.is.Due) && t.watch.Version == t.is.Version:
		return nil
	}
	return keepWatch(tx, t.definition.watch(in.ID, t.is, e.known))
}

func (s *Service) revise(tx *sqldb.Tx, in *Incident, t turn, e entry, lifted bool) error {
	was, is := t.was.finding(), t.is.finding()
	_, err := tx.Exec(Queries["Revise"], in.ID, e.seq, string(t.is.Clock), e.known.UnixMilli(),
		was.Version, string(was.Verdict), was.Seconds, is.Version, string(is.Verdict), is.Seconds)
	if err != nil {
		return err
	}
	return s.Bus.Publish(tx, s.Now(), Revised{IncidentID: in.ID, Clock: t.is.Clock, StationID: in.StationID, Was: was, Is: is,
		Seq: e.seq, KnownAt: e.known, Lifted: lifted})
}

// breach records that a clock has broken, and tells it once.
func (s *Service) breach(tx *sqldb.Tx, in *Incident, w Watch, over bool) error {
	id := breachID(in.ID, w.Clock)
	standing, err := sqldb.Get(tx, Queries["Standing"], sqldb.ScanInt, id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(Queries["Break"], id, in.ID, string(w.Clock), w.Version, in.StationID, w.Due.UnixMilli(), s.Now().UnixMilli())
	if err != nil || standing > 0 {
		return err
	}
	alarm, err := s.alarm(tx, in, w)
	if err != nil {
		return err
	}
	return s.Bus.Publish(tx, s.Now(), Breached{Alarm: alarm, BreachID: id, Over: over})
}

// alarm says of a running clock who can still act.
func (s *Service) alarm(tx *sqldb.Tx, in *Incident, w Watch) (Alarm, error) {
	units, err := sqldb.List(tx, Queries["Units"], sqldb.ScanString, in.ID)
	return Alarm{IncidentID: in.ID, Clock: w.Clock, Version: w.Version, StationID: in.StationID, StartedAt: w.Started, DueAt: w.Due,
		CanAct: WhoCanAct(w.Clock, in.StationID, units)}, err
}

func breachID(incidentID string, c Clock) string { return incidentID + "." + string(c) }
