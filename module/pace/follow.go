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
		if next, err = next.hears(rows{tx}, news{About: n.About, step: StepCalled, number: own, at: n.CalledAt}); err != nil {
			return err
		}
	}
	if next, err = next.hears(rows{tx}, n); err != nil || before.same(&next) {
		return err
	}
	return s.follow(tx, &before, &next, n.entry())
}

// stamps is where the moments of one incident are kept.
type stamps interface {
	put(incidentID string, step Step, number int64, s Stamp) error
	// first is the stamp of a step that counts: the earliest one that is not before
	// a moment, or the earliest.
	first(incidentID string, step Step, notBefore time.Time) (Stamp, error)
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
func (in Incident) hears(kept stamps, n news) (Incident, error) {
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
	one := Stamp{At: n.at, Seq: n.Version, Known: n.RecordedAt}
	err := kept.put(in.ID, n.step, n.number, one)
	if err != nil {
		return in, err
	}
	if fresh {
		*in.of(n.step) = one
		return in, nil
	}
	if *in.of(n.step), err = kept.first(in.ID, n.step, time.Time{}); err != nil {
		return in, err
	}
	if n.step == StepDispatched || n.step == StepContacted {
		// A call back before the dispatch was not the crew's.
		in.Contacted, err = kept.first(in.ID, StepContacted, in.Dispatched.At)
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
	next.Revised = revised(before.Revised, turns)
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

// revised are the clocks whose answers have changed, with those of this turn.
func revised(before []Clock, turns []turn) []Clock {
	list := slices.Clone(before)
	for _, t := range turns {
		if t.revised() && !slices.Contains(list, t.is.Clock) {
			list = append(list, t.is.Clock)
		}
	}
	return list
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
	return s.definitions().turns(watches, before, next, e), nil
}

func (d Definitions) turns(watches []Watch, before, next *Incident, e entry) []turn {
	turns := make([]turn, len(Clocks))
	for i, c := range Clocks {
		t := turn{definition: d.InForce(c, next.Called.At), is: d.Judge(c, next, e.known)}
		if before.ID != "" {
			t.was = d.Judge(c, before, e.known)
		}
		if k := slices.IndexFunc(watches, func(w Watch) bool { return w.Clock == c }); k >= 0 {
			t.watch, t.watched = watches[k], true
		}
		t.was, t.is = t.watch.told(t.was), t.watch.told(t.is)
		turns[i] = t
	}
	return turns
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

// clears tells that a breach, if there is one, turns out to have been none. One
// whose end will never be known stays.
func (t turn) clears() bool {
	switch t.is.Verdict {
	case VerdictLate, VerdictBreached, VerdictMissing, VerdictCensored:
		return false
	}
	return true
}

// lift takes a breach back that was none.
func (t turn) lift(tx *sqldb.Tx, in *Incident) (bool, error) {
	if !t.clears() {
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
	if err := keepRevision(tx, in.ID, t, e); err != nil {
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
	if err = keepBreach(tx, in, w, s.Now()); err != nil || standing > 0 {
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
