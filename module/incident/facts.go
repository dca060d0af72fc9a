package incident

import (
	"cmp"
	"time"
)

// About is what every fact of an incident carries: enough to judge its clocks
// and to know whom it concerns, and nothing of a person.
type About struct {
	IncidentID ID        `json:"incident_id"`
	Version    int64     `json:"version"`
	Status     Status    `json:"status"`
	StationID  string    `json:"station_id"` // empty while none answers: ask for permissions at OrgID
	OrgID      string    `json:"org_id"`     // the station, or the centre for it
	AreaClass  string    `json:"area_class"`
	KindCode   string    `json:"kind_code"`
	Priority   int       `json:"priority"`
	CallTaker  string    `json:"call_taker"`
	CalledAt   time.Time `json:"called_at"`
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
}

// FactKey orders the facts of one incident.
func (a About) FactKey() string { return string(a.IncidentID) }

// Received says that a call has become an incident.
type Received struct {
	About
	Source   string    `json:"source"`
	Number   string    `json:"number"`
	Position *Position `json:"position,omitempty"`
}

// Dispatched says that a unit was sent.
type Dispatched struct {
	About
	No     int      `json:"no"`
	UnitID string   `json:"unit_id"`
	Crew   []string `json:"crew"`
	Muted  []string `json:"muted,omitempty"` // of the crew: not to be paged

	TimeUnknown bool `json:"time_unknown,omitzero"` // a record of the past does not say when: occurred_at is no dispatch time
}

// Progressed says that a unit has reached a step.
type Progressed struct {
	About
	No           int       `json:"no"`
	UnitID       string    `json:"unit_id"`
	Step         Step      `json:"step"`
	DispatchedAt time.Time `json:"dispatched_at,omitzero"`
	AlreadyThere bool      `json:"already_there,omitzero"` // on_scene: the unit was there when it was sent
}

// Contacted says that the reporter was called back.
type Contacted struct {
	About
	UnitID   string `json:"unit_id"`
	Answered bool   `json:"answered"`
}

// Ended says that the incident is closed, withdrawn, merged or transferred.
type Ended struct {
	About
	Disposition string `json:"disposition,omitempty"`
	Other       ID     `json:"other,omitempty"`
}

// Changed says that something else was added or corrected: clocks judge anew.
type Changed struct {
	About
	Kind   Kind      `json:"kind"`
	Field  string    `json:"field,omitempty"`
	UnitID string    `json:"unit_id,omitempty"`
	No     int       `json:"no,omitzero"`
	At     time.Time `json:"at,omitzero"`
	Other  ID        `json:"other,omitempty"`       // absorbed: the incident that came into this one
	From   string    `json:"from_org_id,omitempty"` // a corrected place: who answered before, when that is another
}

func (Received) FactName() string   { return "incident.received" }
func (Dispatched) FactName() string { return "incident.dispatched" }
func (Progressed) FactName() string { return "incident.progressed" }
func (Contacted) FactName() string  { return "incident.contacted" }
func (Ended) FactName() string      { return "incident.ended" }
func (Changed) FactName() string    { return "incident.changed" }

// fact is what others hear of an entry, after it is part of in. Root answers for
// what no station does.
func (in Incident) fact(e Entry, root string) interface {
	FactName() string
	FactKey() string
} {
	about := About{in.ID, in.EntryCount, in.Status, in.StationID, cmp.Or(in.StationID, root), in.AreaClass, in.KindCode, in.Priority,
		in.CallTaker, in.CalledAt, e.OccurredAt, e.RecordedAt}
	a := in.of(e.Detail)
	switch {
	case e.Kind == KindReceived:
		return Received{about, in.Source, in.Number, in.Position}
	case e.Kind == KindAssigned && e.Detail.Step == StepDispatched && a != nil:
		return Dispatched{about, a.No, a.UnitID, a.Crew, a.Muted, e.Detail.TimeUnknown}
	case e.Kind == KindStep && a != nil && !a.Withdrawn && a.at(e.Detail.Step).Equal(e.OccurredAt): // another only confirms
		return Progressed{about, a.No, a.UnitID, e.Detail.Step, a.DispatchedAt, e.Detail.AlreadyThere}
	case e.Kind == KindContacted:
		return Contacted{about, e.Detail.UnitID, e.Detail.Answered}
	case e.Kind == KindClosed && !e.Detail.idle(), e.Kind == KindWithdrawn, e.Kind == KindMerged, e.Kind == KindTransferred:
		return Ended{about, in.Disposition, in.MergedInto}
	}
	c := Changed{About: about, Kind: e.Kind, Field: e.Detail.Field, UnitID: e.Detail.UnitID, At: e.Detail.At, Other: e.Detail.Other}
	if a != nil {
		c.No = a.No
	}
	if e.Detail.Place != nil && cmp.Or(e.Detail.From, root) != about.OrgID {
		c.From = cmp.Or(e.Detail.From, root)
	}
	return c
}
