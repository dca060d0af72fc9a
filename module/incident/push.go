package incident

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhian/module/notify"
	"zhian/platform/fault"
)

// Push is the first push (P6.1): what the crew of a unit that was sent sees of
// the incident on its handsets. It says that the reporter can be called, never who
// they are: the number is revealed for that purpose alone.
type Push struct {
	IncidentID   ID          `json:"incident_id"`
	Number       string      `json:"number"`
	UnitID       string      `json:"unit_id"`
	No           int         `json:"no"` // of the assignment
	KindCode     string      `json:"kind_code"`
	Priority     int         `json:"priority"`
	Address      string      `json:"address"`
	Position     *Position   `json:"position,omitempty"`
	Unsettled    bool        `json:"place_unsettled,omitzero"`
	Doubts       []string    `json:"place_doubts,omitempty"`
	StationID    string      `json:"station_id"`
	Narrative    string      `json:"narrative,omitempty"`
	Risk         Risk        `json:"risk"`
	Hazards      []Hazard    `json:"hazards,omitempty"`     // to be acknowledged before the push counts as seen
	HazardCount  int         `json:"hazard_count,omitzero"` // all of them
	HasContact   bool        `json:"has_contact"`
	CalledAt     time.Time   `json:"called_at"`
	DispatchedAt time.Time   `json:"dispatched_at"`
	With         []OtherUnit `json:"with,omitempty"`   // other units on this incident
	Nearby       []NearUnit  `json:"nearby,omitempty"` // units that could come
}

// OtherUnit is another unit that was sent to the same incident.
type OtherUnit struct {
	UnitID string `json:"unit_id"`
	State  Step   `json:"state"`
}

// NearUnit is a unit around the place.
type NearUnit struct {
	UnitID    string   `json:"unit_id"`
	CallSign  string   `json:"call_sign"`
	State     string   `json:"state"`
	DistanceM *float64 `json:"distance_m,omitzero"` // by road, estimated
	EtaS      *float64 `json:"eta_s,omitzero"`
}

// How much a handset is told of: what a crew can read on the way.
const (
	withMost    = 20
	nearbyMost  = 3
	hazardsMost = 20
)

// Compose makes the push of one assignment from what is known at the time. near
// are the units that could come, best first.
func Compose(in Incident, a Assignment, near []Candidate) Push {
	p := Push{IncidentID: in.ID, Number: in.Number, UnitID: a.UnitID, No: a.No, KindCode: in.KindCode, Priority: in.Priority, Address: in.Address,
		Position: in.Position, Unsettled: in.Unsettled, Doubts: in.Doubts, StationID: in.StationID, Narrative: in.Narrative, Risk: in.Risk,
		Hazards: in.Hazards[:min(len(in.Hazards), hazardsMost)], HazardCount: len(in.Hazards), HasContact: in.HasContact, CalledAt: in.CalledAt, DispatchedAt: a.DispatchedAt}
	sent := map[string]bool{}
	for _, other := range in.Assignments {
		if !other.live() {
			continue
		}
		if sent[other.UnitID] = true; other.No != a.No && len(p.With) < withMost {
			p.With = append(p.With, OtherUnit{other.UnitID, other.State})
		}
	}
	for _, c := range near {
		if !sent[c.UnitID] && len(p.Nearby) < nearbyMost {
			p.Nearby = append(p.Nearby, NearUnit{c.UnitID, c.CallSign, c.State, c.DistanceM, c.EtaS})
		}
	}
	return p
}

// Draft is the message that carries the push to the crew. One assignment has one,
// however often its dispatch is heard of.
func (p Push) Draft(crew []string, orgID, sender string) notify.Draft {
	subject := assigned(p.IncidentID, p.UnitID, p.No)
	return notify.Draft{Key: "incident.push/" + subject.ID + "/" + subject.Part, Class: notify.Dispatch, Type: "incident.push",
		Subject: subject, OrgID: orgID, Sender: sender, To: crew, Gated: len(p.Hazards) > 0, Body: p}
}

// SubjectKind is the kind of subject of messages about incidents.
const SubjectKind = "incident"

// assigned is an assignment as messages name it.
func assigned(id ID, unitID string, no int) notify.Subject {
	return notify.Subject{Kind: SubjectKind, ID: string(id), Part: fmt.Sprintf("%s/%d", unitID, no)}
}

// assignmentOf is the number that a subject names, 0 for none.
func assignmentOf(s notify.Subject) int {
	no, err := strconv.Atoi(s.Part[strings.LastIndexByte(s.Part, '/')+1:])
	if s.Kind != SubjectKind || err != nil {
		return 0
	}
	return no
}

// numbered is the assignment with a number; nil when there is none.
func (in *Incident) numbered(no int) *Assignment {
	if no < 1 || no > len(in.Assignments) {
		return nil
	}
	return &in.Assignments[no-1]
}

// MayBeSeen says whether a unit may open its push: not before it has acknowledged
// the hazards of the place.
func (in Incident) MayBeSeen(no int) error {
	a := in.numbered(no)
	if a == nil || len(in.Hazards) == 0 || a.HazardsSeen {
		return nil
	}
	return fault.With(fault.New(fault.Conflict, "incident.hazards_not_seen"), "unit_id", a.UnitID)
}

// News is what became of a push, in an entry.
type News struct {
	MessageID string               `json:"message_id"`
	No        int                  `json:"no"` // of the assignment
	UserID    string               `json:"user_id,omitempty"`
	Rung      int                  `json:"rung,omitzero"` // of the ladder that asked them; 0 is the crew
	Channel   string               `json:"channel,omitempty"`
	Audience  notify.Audience      `json:"audience,omitempty"`
	Users     []string             `json:"users,omitempty"`
	Withheld  []notify.Withholding `json:"withheld,omitempty"`
}

// Entries about pushes.
const (
	KindPushDelivered    Kind = "push_delivered" // a device of the crew has it
	KindPushSeen         Kind = "push_seen"
	KindPushAcknowledged Kind = "push_acknowledged"
	KindPushShortfall    Kind = "push_shortfall" // nobody of the crew could be paged
	KindPushEscalated    Kind = "push_escalated" // nobody acknowledged in time
)

// newsOf is the entry that a delivery's state makes; others make none.
var newsOf = map[notify.State]Kind{notify.StateDelivered: KindPushDelivered, notify.StateSeen: KindPushSeen,
	notify.StateAcknowledged: KindPushAcknowledged}

// Hear records what became of a push.
func (in Incident) Hear(k Kind, n News, at time.Time) (Move, bool) {
	a := in.numbered(n.No)
	if a == nil {
		return Move{}, false
	}
	return Move{Kind: k, OccurredAt: at, Detail: Detail{UnitID: a.UnitID, News: &n}}, true
}

// applyNews keeps the first time that the crew got, saw and acknowledged its push.
func (in *Incident) applyNews(e Entry) {
	n := e.Detail.News
	a := in.numbered(n.No)
	if a == nil {
		return
	}
	moment := map[Kind]*time.Time{KindPushDelivered: &a.PushDeliveredAt, KindPushSeen: &a.PushSeenAt, KindPushAcknowledged: &a.PushAckedAt}[e.Kind]
	switch {
	case e.Kind == KindPushShortfall:
		a.PushShortfall = true
	case e.Kind == KindPushEscalated:
		a.PushEscalated = max(a.PushEscalated, n.Rung)
	case n.Rung == 0 && (moment.IsZero() || e.OccurredAt.Before(*moment)):
		*moment = e.OccurredAt
	}
}

// takenOff are a unit's assignments that it was taken off.
func (in Incident) takenOff(unitID string) (list []Assignment) {
	return slices.DeleteFunc(slices.Clone(in.Assignments), func(a Assignment) bool { return a.UnitID != unitID || !a.Withdrawn })
}
