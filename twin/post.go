package twin

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"zhian/platform/apiclient"
)

// Post is a Centre behind a server's API: one console and a handset per unit.
type Post struct {
	console  *seat
	handsets []*seat
	ids      []string       // of units, in the order of City.Units
	index    map[string]int // of units, by id
	orgs     []string       // of units

	lock     sync.Mutex
	stations map[string]string // incident → the organisation that answers for it
}

var _ Centre = (*Post)(nil)

// source names this client in timelines; with a call's Ref it is unique.
const source = "twin"

// crossed is why a unit of the own station goes although another is nearer.
const crossed = "own_station_first"

// Receive takes a call down; one that the server has already is found again.
func (p *Post) Receive(ctx context.Context, call Call, at time.Time) (string, error) {
	var in struct {
		ID        string `json:"id"`
		StationID string `json:"station_id"`
	}
	err := p.console.post(ctx, "/v1/incidents", call.Ref, object{
		"kind_code": call.Kind, "priority": call.Priority, "address": call.Address,
		"position":  object{"lat": call.Told.Lat, "lon": call.Told.Lon, "uncertainty_m": 30},
		"narrative": call.Narrative, "contact": object{"phone": call.Phone},
		"occurred_at": at.UTC(), "source": source, "external_ref": call.Ref}, &in)
	var refused *apiclient.Refused
	if errors.As(err, &refused) && refused.Key == "incident.already_received" {
		if id, named := refused.Params["id"].(string); named {
			in.ID = id
			err = p.console.get(ctx, "/v1/incidents/"+url.PathEscape(id), &in)
		}
	}
	if err != nil {
		return "", err
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.stations[in.ID] = in.StationID
	return in.ID, nil
}

// tell adds one thing to an incident's timeline. The key holds all that makes
// it what it is.
func (p *Post) tell(ctx context.Context, who *seat, id, what, detail string, at time.Time, body object) error {
	body["occurred_at"], body["source"] = at.UTC(), source
	return who.post(ctx, "/v1/incidents/"+url.PathEscape(id)+"/"+what, id+"-"+what+"-"+detail, body, nil)
}

// Merge joins an incident to another.
func (p *Post) Merge(ctx context.Context, id, into string, at time.Time) error {
	return p.tell(ctx, p.console, id, "merge", into, at, object{"into": into, "reason": "same_event"})
}

// Candidates are the units of the incident's own station, nearest first; of any
// station where no station answers for the place.
func (p *Post) Candidates(ctx context.Context, id string) ([]int, error) {
	var list struct {
		Items []struct {
			UnitID string `json:"unit_id"`
		} `json:"items"`
	}
	if err := p.console.get(ctx, "/v1/incidents/"+url.PathEscape(id)+"/candidates", &list); err != nil {
		return nil, err
	}
	p.lock.Lock()
	own := p.stations[id]
	p.lock.Unlock()
	var units []int
	for _, candidate := range list.Items {
		i, known := p.index[candidate.UnitID]
		if known && (own == "" || p.orgs[i] == own) {
			units = append(units, i)
		}
	}
	return units, nil
}

// Dispatch sends a unit from the console.
func (p *Post) Dispatch(ctx context.Context, id string, unit int, at time.Time) error {
	return p.tell(ctx, p.console, id, "dispatch", p.ids[unit], at, object{"unit_ids": []string{p.ids[unit]}, "reason": crossed})
}

// Press is a button on the unit's handset.
func (p *Post) Press(ctx context.Context, id string, unit int, step Step, at time.Time) error {
	return p.tell(ctx, p.handsets[unit], id, "advance", p.ids[unit]+"-"+string(step), at, object{"unit_id": p.ids[unit], "step": step})
}

// Contact is the crew's call back to the reporter.
func (p *Post) Contact(ctx context.Context, id string, unit int, answered bool, at time.Time) error {
	return p.tell(ctx, p.handsets[unit], id, "contact", p.ids[unit], at, object{"unit_id": p.ids[unit], "answered": answered})
}

// Feedback is the crew's report.
func (p *Post) Feedback(ctx context.Context, id string, unit int, text string, at time.Time) error {
	return p.tell(ctx, p.handsets[unit], id, "feedback", p.ids[unit], at, object{"unit_id": p.ids[unit], "text": text})
}

// Close ends an incident at the console.
func (p *Post) Close(ctx context.Context, id, disposition string, at time.Time) error {
	return p.tell(ctx, p.console, id, "close", disposition, at, object{"disposition": disposition})
}

// Positions come from the unit's handset.
func (p *Post) Positions(ctx context.Context, unit int, fixes []Fix) error {
	list := make([]object, len(fixes))
	for i, f := range fixes {
		list[i] = object{"at": f.At.UTC(), "lat": f.Point.Lat, "lon": f.Point.Lon, "accuracy_m": 8}
	}
	return p.handsets[unit].post(ctx, "/v1/units/"+url.PathEscape(p.ids[unit])+"/positions", "", object{"datum": "wgs84", "fixes": list}, nil)
}
