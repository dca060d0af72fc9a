package twin

import (
	"cmp"
	"context"
	"errors"
	"hash/fnv"
	"net/url"
	"slices"
	"sync"
	"time"

	"zhian/platform/apiclient"
)

// Post is a Centre behind a server's API: the desks of the call-takers, a handset
// per unit, and the radios of the units that wait.
type Post struct {
	desks    []*seat
	radio    *seat
	handsets []*handset
	guests   map[string]*seat // by role
	ids      []string         // of units, in the order of City.Units
	index    map[string]int   // of units, by id
	orgs     []string         // of units
	city     *City
	staff    map[string]Member // by number
	life     *life             // of the handsets' connections
	visitors visitors

	lock     sync.Mutex
	stations map[string]string // incident → the organisation that answers for it
	desk     map[string]*seat  // incident → who took its call
}

var _ Visitors = (*Post)(nil)

// Member is somebody of the staff as the centre knows them.
type Member struct{ UserID, OrgID string }

// Member finds somebody by staff number; the zero one when there is nobody.
func (p *Post) Member(number string) Member { return p.staff[number] }

// UnitID is a unit as the centre knows it.
func (p *Post) UnitID(unit int) string { return p.ids[unit] }

// DeviceID is the handset of a unit.
func (p *Post) DeviceID(unit int) string { return p.handsets[unit].device }

// Source names the city's people in timelines; with a call's Ref it is unique.
const Source = "twin"

// crossed is why a unit of the own station goes although another is nearer.
const crossed = "own_station_first"

// Receive takes a call down; one that the server has already is found again.
func (p *Post) Receive(ctx context.Context, call Call, at time.Time) (string, error) {
	var in struct {
		ID        string `json:"id"`
		StationID string `json:"station_id"`
	}
	desk := p.deskOf(call)
	err := desk.post(ctx, "/v1/incidents", call.Ref, object{
		"kind_code": call.Kind, "priority": call.Priority, "address": call.Address,
		"position":  object{"lat": call.Told.Lat, "lon": call.Told.Lon, "uncertainty_m": 30},
		"narrative": call.Narrative, "contact": object{"phone": call.Phone},
		"occurred_at": at.UTC(), "source": Source, "external_ref": call.Ref}, &in)
	var refused *apiclient.Refused
	if errors.As(err, &refused) && refused.Key == "incident.already_received" {
		if id, named := refused.Params["id"].(string); named {
			in.ID = id
			err = desk.get(ctx, "/v1/incidents/"+url.PathEscape(id), &in)
		}
	}
	if err != nil {
		return "", err
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.stations[in.ID], p.desk[in.ID] = in.StationID, desk
	return in.ID, nil
}

// deskOf is who takes a call: the same one whenever it is asked.
func (p *Post) deskOf(call Call) *seat {
	h := fnv.New32a()
	h.Write([]byte(call.Ref))
	return p.desks[h.Sum32()%uint32(len(p.desks))]
}

// console is the desk that an incident came to.
func (p *Post) console(id string) *seat {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.desk[id]
}

// tell adds one thing to an incident's timeline. The key holds all that makes
// it what it is.
func (p *Post) tell(ctx context.Context, who *seat, id, what, detail string, at time.Time, body object) error {
	body["occurred_at"], body["source"] = at.UTC(), Source
	return who.post(ctx, "/v1/incidents/"+url.PathEscape(id)+"/"+what, id+"-"+what+"-"+detail, body, nil)
}

// Merge joins an incident to another.
func (p *Post) Merge(ctx context.Context, id, into string, at time.Time) error {
	return p.tell(ctx, p.console(id), id, "merge", into, at, object{"into": into, "reason": "same_event"})
}

// Candidates are the units of the incident's own station, nearest first; of any
// station where no station answers for the place. Of two that are as near, the
// one with the lower number comes first.
func (p *Post) Candidates(ctx context.Context, id string) ([]int, error) {
	var list struct {
		Items []candidate `json:"items"`
	}
	if err := p.console(id).get(ctx, "/v1/incidents/"+url.PathEscape(id)+"/candidates", &list); err != nil {
		return nil, err
	}
	p.lock.Lock()
	own := p.stations[id]
	p.lock.Unlock()
	slices.SortFunc(list.Items, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.DistanceM, b.DistanceM), cmp.Compare(p.index[a.UnitID], p.index[b.UnitID]))
	})
	var units []int
	for _, c := range list.Items {
		i, known := p.index[c.UnitID]
		if known && (own == "" || p.orgs[i] == own) {
			units = append(units, i)
		}
	}
	return units, nil
}

// Kept is how one clock was kept, as the centre reports it.
type Kept struct {
	Clock  string  `json:"clock"`
	N      int     `json:"n"`
	Within int     `json:"within"`
	P50    float64 `json:"p50_s"`
	P90    float64 `json:"p90_s"`
}

// Clocks asks the centre's report about calls in [from, to).
func (p *Post) Clocks(ctx context.Context, from, to time.Time) ([]Kept, error) {
	var page struct {
		Items []Kept `json:"items"`
	}
	span := url.Values{"from": {from.UTC().Format(time.RFC3339)}, "to": {to.UTC().Format(time.RFC3339)}}
	err := p.desks[0].get(ctx, "/v1/pace/report?"+span.Encode(), &page)
	return page.Items, err
}

// Guests are the log-in names that wait for visitors, by role.
func (p *Post) Guests() map[string]string {
	logins := map[string]string{}
	for role, s := range p.guests {
		logins[role] = s.login
	}
	return logins
}

// Admit sees to it that a guest has their password.
func (p *Post) Admit(ctx context.Context, login string) error {
	for _, s := range p.guests {
		if s.login == login {
			return s.setUp(ctx)
		}
	}
	return nil // somebody who has it already
}

type candidate struct {
	UnitID    string  `json:"unit_id"`
	DistanceM float64 `json:"distance_m"`
}

// Dispatch sends a unit from the console. Its crew, who may be sent, has its
// handset on.
func (p *Post) Dispatch(ctx context.Context, id string, unit int, at time.Time) error {
	if err := p.handsets[unit].switchOn(ctx, p.life); err != nil {
		return err
	}
	p.visitors.did(id, p.ids[unit])
	return p.tell(ctx, p.console(id), id, "dispatch", p.ids[unit], at, object{"unit_ids": []string{p.ids[unit]}, "reason": crossed})
}

// Press is a button on the unit's handset.
func (p *Post) Press(ctx context.Context, id string, unit int, step Step, at time.Time) error {
	return p.tell(ctx, p.handsets[unit].seat, id, "advance", p.ids[unit]+"-"+string(step), at, object{"unit_id": p.ids[unit], "step": step})
}

// Contact is the crew's call back to the reporter.
func (p *Post) Contact(ctx context.Context, id string, unit int, answered bool, at time.Time) error {
	return p.tell(ctx, p.handsets[unit].seat, id, "contact", p.ids[unit], at, object{"unit_id": p.ids[unit], "answered": answered})
}

// Video is the first picture of the crew's camera.
func (p *Post) Video(ctx context.Context, id string, unit int, at time.Time) error {
	return p.tell(ctx, p.handsets[unit].seat, id, "video", p.ids[unit], at, object{"unit_id": p.ids[unit], "evidence": "first_packet"})
}

// Feedback is the crew's report.
func (p *Post) Feedback(ctx context.Context, id string, unit int, text string, at time.Time) error {
	return p.tell(ctx, p.handsets[unit].seat, id, "feedback", p.ids[unit], at, object{"unit_id": p.ids[unit], "text": text})
}

// Close ends an incident at the console.
func (p *Post) Close(ctx context.Context, id, disposition string, at time.Time) error {
	return p.tell(ctx, p.console(id), id, "close", disposition, at, object{"disposition": disposition})
}

// Positions come from the unit's handset.
func (p *Post) Positions(ctx context.Context, unit int, fixes []Fix) error {
	return p.positions(ctx, p.handsets[unit].seat, unit, fixes)
}

// Waits comes from the unit's own radio: a crew that waits has no reason to hold
// its handset.
func (p *Post) Waits(ctx context.Context, unit int, fix Fix) error {
	return p.positions(ctx, p.radio, unit, []Fix{fix})
}

func (p *Post) positions(ctx context.Context, from *seat, unit int, fixes []Fix) error {
	list := make([]object, len(fixes))
	for i, f := range fixes {
		list[i] = object{"at": f.At.UTC(), "lat": f.Point.Lat, "lon": f.Point.Lon, "accuracy_m": 8}
	}
	return from.post(ctx, "/v1/units/"+url.PathEscape(p.ids[unit])+"/positions", "", object{"datum": "wgs84", "fixes": list}, nil)
}
