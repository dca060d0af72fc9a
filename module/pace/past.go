package pace

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

// Past takes whole incidents of a time in which nobody listened, as if somebody
// had: each fact at the moment when it was recorded, each broken clock a moment
// after it broke. Nobody hears of it.
type Past struct {
	s      *Service
	called map[incident.ID]time.Time
}

// Past begins such a time.
func (s *Service) Past() *Past { return &Past{s, map[incident.ID]time.Time{}} }

// Remember keeps an incident that has ended, told by all its facts in the order in
// which they were recorded; one that was merged goes before the one that it went
// into. It answers what broke, by due time.
func (p *Past) Remember(tx *sqldb.Tx, facts []bus.Fact) ([]Breach, error) {
	m := memory{definitions: p.s.definitions(), watches: map[Clock]Watch{}, stamps: map[Step][]numbered{}, breaches: map[Clock]Breach{}}
	for _, f := range facts {
		n, err := said(f, func(id incident.ID) (time.Time, error) { return p.called[id], nil })
		if err == nil {
			err = m.hear(tx, n)
		}
		if err != nil {
			return nil, err
		}
	}
	if m.in.Ended.At.IsZero() || len(m.watches) > 0 {
		return nil, fmt.Errorf("%s has not ended", m.in.ID)
	}
	p.called[incident.ID(m.in.ID)] = m.in.Called.At
	return m.keep(tx)
}

// Explain gives a breach that was remembered its reason, as somebody gave it then.
func (p *Past) Explain(tx *sqldb.Tx, b Breach, w Why, by string, at time.Time) error {
	if err := w.check(tx); err != nil {
		return err
	}
	_, err := b.explained(tx, w, by, at)
	return err
}

// memory is one incident on its way through its past: what Service.hear and
// Service.sweep keep in rows, in memory.
type memory struct {
	definitions Definitions
	in          Incident
	stamps      map[Step][]numbered
	watches     map[Clock]Watch
	breaches    map[Clock]Breach
}

type numbered struct {
	number int64
	Stamp
}

func (m *memory) put(_ string, step Step, number int64, s Stamp) error {
	list := slices.DeleteFunc(m.stamps[step], func(n numbered) bool { return n.number == number })
	m.stamps[step] = append(list, numbered{number, s})
	return nil
}

func (m *memory) first(_ string, step Step, notBefore time.Time) (Stamp, error) {
	list := m.stamps[step]
	if len(list) == 0 {
		return Stamp{}, nil
	}
	early := func(n numbered) int {
		if n.At.Before(notBefore) {
			return 1
		}
		return 0
	}
	return slices.MinFunc(list, func(a, b numbered) int {
		return cmp.Or(early(a)-early(b), a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq))
	}).Stamp, nil
}

// hear takes a fact, after what came due before it was recorded.
func (m *memory) hear(tx *sqldb.Tx, n news) error {
	m.sweep(n.RecordedAt)
	before := m.in
	next, err := before.hears(m, n)
	if err != nil || before.same(&next) {
		return err
	}
	turns := m.definitions.turns(slices.Collect(maps.Values(m.watches)), &before, &next, n.entry())
	next.Revised = revised(before.Revised, turns)
	if before.ID != "" && before.replacedBy(&next) {
		if err := keepPast(tx, &before, n.RecordedAt); err != nil {
			return err
		}
	}
	m.in = next
	for _, t := range turns {
		if err := m.take(tx, t, n.entry()); err != nil {
			return err
		}
	}
	return nil
}

// sweep announces what came due before a moment.
func (m *memory) sweep(now time.Time) {
	for clock, w := range m.watches {
		for !w.Next.IsZero() && w.Next.Before(now) {
			at := w.Next
			j := m.definitions.Judge(clock, &m.in, at)
			if w, _ = w.advance(j.Verdict, at); w.Stage == StageBreached {
				m.broke(w, at)
			}
		}
		m.watches[clock] = w
	}
}

func (m *memory) broke(w Watch, at time.Time) {
	b, stood := m.breaches[w.Clock]
	if !stood {
		b = Breach{ID: breachID(m.in.ID, w.Clock), IncidentID: m.in.ID, Clock: w.Clock, BrokeAt: at, StationID: m.in.StationID}
	}
	b.Version, b.DueAt, b.State = w.Version, w.Due, BreachOpen
	m.breaches[w.Clock] = b
}

// take does with one clock's turn what Service.take does.
func (m *memory) take(tx *sqldb.Tx, t turn, e entry) error {
	clock := t.is.Clock
	switch watched, runs := t.watch, t.is.Running() && m.in.Live(); {
	case !runs:
		delete(m.watches, clock)
	case t.watched && watched.Due.Equal(t.is.Due) && watched.Version == t.is.Version:
	default:
		m.watches[clock] = t.definition.watch(m.in.ID, t.is, e.known)
	}
	if t.broke() && m.in.Live() {
		m.broke(Watch{Clock: clock, Version: t.is.Version, Due: t.is.Due}, e.known)
	}
	if !t.revised() {
		return nil
	}
	if b, stood := m.breaches[clock]; stood && t.clears() {
		b.State = BreachLifted
		m.breaches[clock] = b
	}
	return keepRevision(tx, m.in.ID, t, e)
}

// keep writes what is left of it all.
func (m *memory) keep(tx *sqldb.Tx) (list []Breach, err error) {
	if err := keep(tx, &m.in); err != nil {
		return nil, err
	}
	var calls []sqldb.Call
	for step, stamps := range m.stamps {
		for _, s := range stamps {
			calls = append(calls, Queries["Stamp"].With(m.in.ID, string(step), s.number, s.At.UnixMilli(), s.Seq, s.Known.UnixMilli()))
		}
	}
	if err := tx.ExecAll(calls...); err != nil {
		return nil, err
	}
	for _, b := range m.breaches {
		if err := keepBreach(tx, &m.in, Watch{Clock: b.Clock, Version: b.Version, Due: b.DueAt}, b.BrokeAt); err != nil {
			return nil, err
		}
		if b.State == BreachLifted {
			if _, err := tx.Exec(Queries["Lift"], m.in.ID, string(b.Clock)); err != nil {
				return nil, err
			}
		}
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b Breach) int { return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Clock, b.Clock)) })
	return list, nil
}
