package twin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"zhian/platform/apiclient"
	"zhian/platform/geo"
)

// Order is what a visitor at a console has done to an incident: sent a unit, or
// ended it. The city's people take it as it comes.
type Order struct {
	ID    string
	Unit  int // index in City.Units; -1 where the incident has ended
	At    time.Time
	Kind  string
	Point geo.Point
}

// Visitors is a Centre that others use as well.
type Visitors interface {
	Centre
	// Orders are those that have come since it was last asked.
	Orders() []Order
}

// A crew that a visitor sends does at once what others do in time: whoever looks
// on sees what follows from the order.
const (
	keenAcknowledge = 5 * time.Second
	keenEnRoute     = 6 * time.Second // after it
	keenContact     = 15 * time.Second
	keenVideo       = 25 * time.Second
)

// keen is a duty without forgotten buttons and lost networks.
func (duty Duty) keen() Duty {
	way, there := duty.OnScene-duty.EnRoute, duty.Clear-duty.OnScene
	duty.Acknowledge = min(duty.Acknowledge, keenAcknowledge)
	duty.EnRoute = duty.Acknowledge + keenEnRoute
	duty.OnScene = duty.EnRoute + way
	duty.Contact, duty.Answered = duty.Acknowledge+keenContact, true
	duty.Video = duty.Acknowledge + keenVideo
	duty.Clear = max(duty.OnScene+there, duty.Video, duty.Contact)
	duty.Presses = Presses{EnRoute: duty.EnRoute, OnScene: duty.OnScene, Clear: duty.Clear}
	duty.Lost = Loss{}
	return duty
}

// visited takes what visitors have done: their incidents are theirs, and the
// crews that they send go.
func (d *drive) visited() {
	v, shared := d.centre.(Visitors)
	if !shared {
		return
	}
	for _, o := range v.Orders() {
		delete(d.waiting, o.ID)
		if o.Unit >= 0 {
			d.obey(o)
		}
	}
}

// obey lets a crew go as soon as it has nothing else to do.
func (d *drive) obey(o Order) {
	if d.busy[o.Unit] {
		o.At = o.At.Add(noUnitPause)
		d.later(o.At, func(context.Context) error {
			d.obey(o)
			return nil
		})
		return
	}
	call := Call{Ref: o.ID, At: o.At, Kind: o.Kind, Point: o.Point}
	d.perform(call, o.ID, o.Unit, o.At, d.city.Behave(call, d.city.Units[o.Unit], d.at[o.Unit]).keen())
}

// visitors is what a post hears of other people's doings.
type visitors struct {
	lock   sync.Mutex
	own    map[string]bool // incident and unit of the city's own orders
	orders []Order
}

func (v *visitors) did(id, unitID string) {
	v.lock.Lock()
	defer v.lock.Unlock()
	v.own[id+" "+unitID] = true
}

// foreign says that an order was not the city's own; an own one is heard once.
func (v *visitors) foreign(id, unitID string) bool {
	v.lock.Lock()
	defer v.lock.Unlock()
	own := v.own[id+" "+unitID]
	delete(v.own, id+" "+unitID)
	return !own
}

func (v *visitors) add(o Order) {
	v.lock.Lock()
	defer v.lock.Unlock()
	v.orders = append(v.orders, o)
}

// Orders of visitors since it was last asked.
func (p *Post) Orders() []Order {
	p.visitors.lock.Lock()
	defer p.visitors.lock.Unlock()
	list := p.visitors.orders
	p.visitors.orders = nil
	return list
}

// Attend listens at a console for what visitors do, until ctx ends.
func (p *Post) Attend(ctx context.Context, trouble func(error)) {
	var session *apiclient.Client
	for ctx.Err() == nil {
		next, err := p.desks[0].as(ctx, session)
		if err == nil {
			err = next.Watch(ctx, 0, func(f apiclient.Frame) {
				if err := p.heard(ctx, f); err != nil && ctx.Err() == nil {
					trouble(err)
				}
			})
			var refused *apiclient.Refused
			if session = nil; errors.As(err, &refused) && refused.Status == http.StatusUnauthorized {
				session = next
			}
		}
		select {
		case <-time.After(reconnect):
		case <-ctx.Done():
		}
	}
}

func (p *Post) heard(ctx context.Context, f apiclient.Frame) error {
	var fact struct {
		IncidentID string    `json:"incident_id"`
		UnitID     string    `json:"unit_id"`
		At         time.Time `json:"occurred_at"`
	}
	if f.Type != "incident.dispatched" && f.Type != "incident.ended" {
		return nil
	}
	if err := json.Unmarshal(f.Data, &fact); err != nil {
		return err
	}
	if f.Type == "incident.ended" {
		p.visitors.add(Order{ID: fact.IncidentID, Unit: -1})
		return nil
	}
	unit, known := p.index[fact.UnitID]
	if !known || !p.visitors.foreign(fact.IncidentID, fact.UnitID) {
		return nil
	}
	return p.sent(ctx, fact.IncidentID, unit, fact.At)
}

// sent learns where the visitor's unit goes; its crew takes up its handset.
func (p *Post) sent(ctx context.Context, id string, unit int, at time.Time) error {
	var in struct {
		Kind     string `json:"kind_code"`
		Station  string `json:"station_id"`
		Position *struct {
			Lat float64 `json:"lat"`
			Lon float64 `json:"lon"`
		} `json:"position"`
	}
	if err := p.desks[0].get(ctx, "/v1/incidents/"+url.PathEscape(id), &in); err != nil {
		return err
	}
	p.lock.Lock()
	if p.desk[id] == nil {
		p.stations[id], p.desk[id] = in.Station, p.desks[0]
	}
	p.lock.Unlock()
	o := Order{ID: id, Unit: unit, At: at, Kind: in.Kind}
	if in.Position != nil {
		o.Point = geo.Point{Lat: in.Position.Lat, Lon: in.Position.Lon}
	}
	p.visitors.add(o)
	return p.handsets[unit].switchOn(ctx, p.life)
}
