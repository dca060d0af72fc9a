package app

import (
	"context"
	"errors"
	"time"

	"zhian/module/incident"
	"zhian/module/pace"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/twin"
)

// past is the centre of the weeks before a demonstration begins: what the city's
// people tell it is worked out by the rules of every day, in memory, and written
// down in the order in which it was recorded. It is a twin.Centre.
type past struct {
	app   *App
	city  *twin.City
	post  *twin.Post
	clock *still
	until time.Time

	incidents *incident.Past
	clocks    *pace.Past
	open      map[string]*lived
	where     []geo.Point // of units: the place of their last incident
	pages     agenda
	count     int // of the pages so far
	ids       *ident.Maker
}

// still is a clock that stands where it was last waited for.
type still struct{ at time.Time }

func (s *still) Now() time.Time { return s.at }

func (s *still) Wait(ctx context.Context, until time.Time) error {
	if until.After(s.at) {
		s.at = until
	}
	return ctx.Err()
}

// lived is one incident of the past.
type lived struct {
	*incident.Memory
	call twin.Call
	desk twin.User
	into []*lived // that went into it
}

// remember writes down a share of what happened between two moments. What had not
// ended by then is left out: the city's own day begins without it.
func (a *App) remember(ctx context.Context, city *twin.City, post *twin.Post, from, to time.Time, share float64) error {
	clock := &still{from}
	p := &past{app: a, city: city, post: post, clock: clock, until: to, open: map[string]*lived{}, where: make([]geo.Point, len(city.Units)),
		incidents: a.Incident.Past(clock.Now), clocks: a.Pace.Past(), ids: ident.NewMaker(clock.Now)}
	for i, u := range city.Units {
		p.where[i] = u.Home
	}
	p.routine(from, to)
	var failed error
	err := city.Tell(ctx, p, clock, to, share, func(err error) {
		if !errors.Is(err, twin.ErrRefused) { // the city's people take a refusal as it comes
			failed = errors.Join(failed, err)
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	return p.fill(ctx)
}

// as is ctx of a member of the staff.
func (p *past) as(ctx context.Context, number string) context.Context {
	return httpapi.As(ctx, p.member(number))
}

func (p *past) member(number string) httpapi.Principal {
	m := p.post.Member(number)
	return httpapi.Principal{Kind: "user", UserID: m.UserID, OrgID: m.OrgID}
}

// crew is ctx of the officer who holds a unit's handset.
func (p *past) crew(ctx context.Context, unit int) context.Context {
	who := p.member(p.city.Units[unit].Crew[0])
	who.DeviceID = p.post.DeviceID(unit)
	return httpapi.As(ctx, who)
}

// took is who of the two call-takers on shift takes a call.
func (p *past) took(call twin.Call) twin.User {
	shift := p.city.Shift(call.At)
	if p.city.Chance("desk", call.Ref) < 0.5 {
		return shift[0]
	}
	return shift[1]
}

// Receive takes a call down.
func (p *past) Receive(ctx context.Context, call twin.Call, at time.Time) (string, error) {
	desk := p.took(call)
	m, err := p.incidents.Receive(p.as(ctx, desk.Number), incident.Intake{KindCode: call.Kind, Priority: call.Priority, Address: call.Address,
		Position:  &incident.Point{Lat: call.Told.Lat, Lon: call.Told.Lon, UncertaintyM: toldWithin},
		Narrative: call.Narrative, Contact: &incident.Contact{Phone: call.Phone}, Source: twin.Source, ExternalRef: call.Ref}, at)
	if err != nil {
		return "", err
	}
	p.open[string(m.ID)] = &lived{Memory: m, call: call, desk: desk}
	return string(m.ID), nil
}

// toldWithin is how exact a caller's position is, in metres.
const toldWithin = 30

// Candidates are the units of the station, nearest first.
func (p *past) Candidates(_ context.Context, id string) ([]int, error) {
	call := p.open[id].call
	return p.city.Nearest(call.Station, call.Point, func(unit int) geo.Point { return p.where[unit] }), nil
}

// record adds a move of the desk, or of a unit.
func (p *past) record(ctx context.Context, id string, unit int, decide func(in incident.Incident) (incident.Move, error)) error {
	l := p.open[id]
	if l == nil {
		return twin.ErrRefused // it has ended
	}
	move, err := decide(l.Incident)
	if err != nil {
		return errors.Join(twin.ErrRefused, err)
	}
	if unit == desk {
		return l.Record(p.as(ctx, l.desk.Number), twin.Source, move)
	}
	return l.Record(p.crew(ctx, unit), twin.Source, move)
}

const desk = -1

// Dispatch sends a unit.
func (p *past) Dispatch(ctx context.Context, id string, unit int, at time.Time) error {
	var crew []string
	for _, number := range p.city.Units[unit].Crew {
		crew = append(crew, p.post.Member(number).UserID)
	}
	return p.record(ctx, id, desk, func(in incident.Incident) (incident.Move, error) {
		return in.Assign(p.post.UnitID(unit), crew, false, "", at)
	})
}

// Press is a button on a handset.
func (p *past) Press(ctx context.Context, id string, unit int, step twin.Step, at time.Time) error {
	return p.record(ctx, id, unit, func(in incident.Incident) (incident.Move, error) {
		return in.Advance(p.post.UnitID(unit), incident.Step(step), at)
	})
}

// Contact is a call back to the reporter.
func (p *past) Contact(ctx context.Context, id string, unit int, answered bool, at time.Time) error {
	return p.record(ctx, id, unit, func(in incident.Incident) (incident.Move, error) {
		return in.Contact(p.post.UnitID(unit), answered, at)
	})
}

// Video is the first picture of a camera.
func (p *past) Video(ctx context.Context, id string, unit int, at time.Time) error {
	return p.record(ctx, id, unit, func(in incident.Incident) (incident.Move, error) {
		return in.OpenVideo(p.post.UnitID(unit), incident.EvidenceFirstPacket, at)
	})
}

// Feedback is a crew's report; from then on the crew is free, where it is.
func (p *past) Feedback(ctx context.Context, id string, unit int, text string, at time.Time) error {
	if l := p.open[id]; l != nil {
		p.where[unit] = l.call.Point
	}
	return p.record(ctx, id, unit, func(in incident.Incident) (incident.Move, error) {
		return in.Report(p.post.UnitID(unit), text, at)
	})
}

// Merge joins an incident to another; both are written when the other has ended.
func (p *past) Merge(ctx context.Context, id, into string, at time.Time) error {
	l, other := p.open[id], p.open[into]
	if other == nil {
		return twin.ErrRefused
	}
	gone, grown, err := l.Incident.Merge(other.Incident, "same_event", at)
	if err != nil {
		return errors.Join(twin.ErrRefused, err)
	}
	ctx = p.as(ctx, l.desk.Number)
	if err := errors.Join(l.Record(ctx, twin.Source, gone), other.Record(ctx, twin.Source, grown)); err != nil {
		return err
	}
	other.into = append(other.into, l)
	delete(p.open, id)
	return nil
}

// Close ends an incident, which can be written then.
func (p *past) Close(ctx context.Context, id, disposition string, at time.Time) error {
	if err := p.record(ctx, id, desk, func(in incident.Incident) (incident.Move, error) { return in.Close(disposition, at) }); err != nil {
		return err
	}
	l := p.open[id]
	delete(p.open, id)
	p.later(p.clock.at, func(tx *sqldb.Tx) error {
		for _, one := range append(l.into, l) {
			if err := p.write(tx, one); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

// Positions and Waits are not told of the past.
func (p *past) Positions(context.Context, int, []twin.Fix) error { return nil }

// Waits is not told either.
func (p *past) Waits(context.Context, int, twin.Fix) error { return nil }

// write keeps an incident and what became of its clocks.
func (p *past) write(tx *sqldb.Tx, l *lived) error {
	if err := l.Write(tx); err != nil {
		return err
	}
	broken, err := p.clocks.Remember(tx, l.Facts)
	if err != nil {
		return err
	}
	p.consulted(l)
	for _, b := range broken {
		p.explain(l, b)
	}
	return nil
}
