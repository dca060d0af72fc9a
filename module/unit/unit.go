// Package unit keeps the units that respond: patrol cars, foot patrols, their
// crews on duty, their states and where they are.
//
//	available ⇄ out_of_service
//	available → dispatched → en_route → on_scene → available
//
// A unit can have several engagements; its state is that of the one that is
// furthest, so that a second assignment never takes a unit off a scene. Positions
// are of units on duty only, are kept for thirty days, and are never those of a
// person off duty.
//
// Publishes: unit.changed. Hears: unit.changed, for the fleet that each node holds
// in memory. Incidents call it in their transaction.
package unit

import (
	"slices"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
)

// State is what a unit is doing.
type State string

const (
	Available    State = "available"
	Dispatched   State = "dispatched"
	EnRoute      State = "en_route"
	OnScene      State = "on_scene"
	OutOfService State = "out_of_service"
)

// Unit is a crew with its vehicle, as it is sent.
type Unit struct {
	ID         string       `json:"id"`
	CallSign   string       `json:"call_sign"`
	Kind       string       `json:"kind"` // car, motorcycle, foot, boat
	OrgID      string       `json:"org_id"`
	State      State        `json:"state"`
	StateSince time.Time    `json:"state_since"`
	Crew       []Member     `json:"crew"`
	Engaged    []Engagement `json:"engaged"`
	LastFix    *Fix         `json:"last_fix,omitempty"` // WGS-84; of a unit on duty
	EditCount  int64        `json:"version"`
}

// Version rises with every change of the unit itself.
func (u Unit) Version() int64 { return u.EditCount }

// Duty is one person's time in a unit, as it was.
type Duty struct {
	UserID string    `json:"user_id"`
	UnitID string    `json:"unit_id"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero while it goes on
}

// Member is somebody on duty in a unit. A muted one has asked not to be paged.
type Member struct {
	UserID string    `json:"user_id"`
	Muted  bool      `json:"muted,omitempty"`
	Since  time.Time `json:"since"`
}

// Engagement is an incident that a unit is on.
type Engagement struct {
	IncidentID string `json:"incident_id"`
	State      State  `json:"state"`
}

var rank = map[State]int{Available: 0, Dispatched: 1, EnRoute: 2, OnScene: 3}

// stateOf is what a step of an assignment makes of a unit; a cleared one is free.
var stateOf = map[string]State{"reserved": Available, "dispatched": Dispatched, "acknowledged": Dispatched, "en_route": EnRoute, "on_scene": OnScene}

// MaySend says why a unit cannot be sent: nobody on duty, or out of service.
func (u Unit) MaySend() error {
	switch {
	case u.State == OutOfService:
		return fault.With(fault.New(fault.Conflict, "unit.out_of_service"), "unit_id", u.ID)
	case len(u.Crew) == 0:
		return fault.With(fault.New(fault.Conflict, "unit.off_duty"), "unit_id", u.ID)
	}
	return nil
}

// Follow is the unit after a step of one engagement. A step behind the state that
// the engagement has already reached says nothing new.
func (u Unit) Follow(incidentID, step string, now time.Time) Unit {
	next := make([]Engagement, 0, len(u.Engaged)+1)
	seen := false
	state, goesOn := stateOf[step]
	for _, e := range u.Engaged {
		if e.IncidentID == incidentID {
			seen = true
			if !goesOn {
				continue
			}
			if rank[state] > rank[e.State] {
				e.State = state
			}
		}
		next = append(next, e)
	}
	if !seen && goesOn && state != Available {
		next = append(next, Engagement{incidentID, state})
	}
	u.Engaged = next
	return u.inState(u.furthest(), now)
}

func (u Unit) furthest() State {
	if u.State == OutOfService {
		return OutOfService
	}
	best := Available
	for _, e := range u.Engaged {
		if rank[e.State] > rank[best] {
			best = e.State
		}
	}
	return best
}

func (u Unit) inState(s State, now time.Time) Unit {
	if u.State != s {
		u.State, u.StateSince = s, now
	}
	return u
}

// Rest takes a unit out of service or back; one that is engaged stays.
func (u Unit) Rest(out bool, now time.Time) (Unit, error) {
	switch {
	case out && len(u.Engaged) > 0:
		return u, fault.New(fault.Conflict, "unit.engaged")
	case out == (u.State == OutOfService):
		return u, fault.New(fault.Conflict, "unit.already_so")
	case out:
		return u.inState(OutOfService, now), nil
	}
	return u.inState(Available, now), nil
}

// Board puts somebody on duty in the unit. Who is in it already stays on duty
// since then and only mutes or unmutes: that is not news to the history.
func (u Unit) Board(m Member) (next Unit, joined bool) {
	for i, known := range u.Crew {
		if known.UserID == m.UserID {
			u.Crew = slices.Clone(u.Crew)
			u.Crew[i].Muted = m.Muted
			return u, false
		}
	}
	u.Crew = append(slices.Clip(u.Crew), m)
	return u, true
}

// Leave takes somebody off duty; the last one cannot leave an engaged unit.
func (u Unit) Leave(userID string) (Unit, error) {
	left := u.without(userID)
	switch {
	case len(left) == len(u.Crew):
		return u, fault.New(fault.Conflict, "unit.not_in_crew")
	case len(left) == 0 && len(u.Engaged) > 0:
		return u, fault.New(fault.Conflict, "unit.engaged")
	}
	u.Crew = left
	return u, nil
}

func (u Unit) without(userID string) []Member {
	left := make([]Member, 0, len(u.Crew))
	for _, m := range u.Crew {
		if m.UserID != userID {
			left = append(left, m)
		}
	}
	return left
}

// Fix is one position of a unit.
type Fix struct {
	At        time.Time `json:"at" required:"true"`
	Lat       float64   `json:"lat" min:"-90" max:"90"`
	Lon       float64   `json:"lon" min:"-180" max:"180"`
	AccuracyM float64   `json:"accuracy_m" min:"0" max:"100000"`
}

// from is the fix in the datum of the house.
func (f Fix) from(d geo.Datum) Fix {
	p := geo.Convert(geo.Point{Lat: f.Lat, Lon: f.Lon}, d)
	f.Lat, f.Lon, f.At = p.Lat, p.Lon, f.At.UTC().Truncate(time.Millisecond)
	return f
}

// A fix is refused when its time cannot be.
const (
	fixAhead = 2 * time.Minute
	fixOld   = 24 * time.Hour
)

// CheckFix says why a fix is not taken; "" takes it.
func CheckFix(f Fix, now time.Time) string {
	switch {
	case !(geo.Point{Lat: f.Lat, Lon: f.Lon}).Valid() || f.Lat == 0 && f.Lon == 0:
		return "unit.fix_without_place"
	case f.At.After(now.Add(fixAhead)):
		return "unit.fix_in_the_future"
	case f.At.Before(now.Add(-fixOld)):
		return "unit.fix_too_old"
	}
	return ""
}
