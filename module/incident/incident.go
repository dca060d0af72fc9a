// Package incident owns an incident from the call to its disposition.
//
// Everything that happens to an incident is one appended Entry of its timeline;
// an Incident is Fold(entries), and can be folded again at any time.
//
//	received ─dispatch→ dispatched ─acknowledge→ acknowledged ─en route→ en_route ─on scene→ on_scene ─close→ closed
//	    └────────── merged · withdrawn · transferred (from any open status) ──────────┘      closed ─reopen→ …
//
// The status is that of the unit that is furthest since the call or the last
// reopening; each unit has an Assignment with states of its own. Times that arrive
// late are kept and put where they belong: the first arrival is the earliest one,
// whenever it became known, unless a person has corrected it.
//
// A call is taken in whatever is said of its place. What no station answers for,
// because nobody knows where it is or because it is a neighbour's, is the
// centre's own: only who has a permission over the whole centre has it there.
//
// Publishes: incident.received, .dispatched, .progressed, .contacted, .ended,
// .changed. Hears: its own facts, to know recent incidents for duplicates and to
// push to those who are sent; what becomes of a push (notify), to record it.
package incident

import (
	"slices"
	"time"

	"zhian/platform/crypto"
)

// ID identifies an incident.
type ID string

// Status is where an incident stands.
type Status string

const (
	StatusReceived     Status = "received"
	StatusDispatched   Status = "dispatched"
	StatusAcknowledged Status = "acknowledged"
	StatusEnRoute      Status = "en_route"
	StatusOnScene      Status = "on_scene"
	StatusClosed       Status = "closed"
	StatusMerged       Status = "merged"
	StatusWithdrawn    Status = "withdrawn"
	StatusTransferred  Status = "transferred"
)

// Open says that the incident still needs somebody.
func (s Status) Open() bool {
	switch s {
	case StatusClosed, StatusMerged, StatusWithdrawn, StatusTransferred:
		return false
	}
	return true
}

// Step is a stage that a unit reaches in an assignment, in this order.
type Step string

const (
	StepReserved     Step = "reserved"
	StepDispatched   Step = "dispatched"
	StepAcknowledged Step = "acknowledged"
	StepEnRoute      Step = "en_route"
	StepOnScene      Step = "on_scene"
	StepCleared      Step = "cleared"
	// StepVideo stands beside the order: video can be opened on the way, and it
	// moves no state.
	StepVideo Step = "scene_video"
)

// Evidence of an opened video. A click only asks for it; the first packet shows
// that it came, and outranks the click.
const (
	EvidenceClick       = "click"
	EvidenceFirstPacket = "first_packet"
)

// rank orders steps; a unit's state only moves forward along it.
var rank = map[Step]int{StepReserved: 0, StepVideo: 0, StepDispatched: 1, StepAcknowledged: 2, StepEnRoute: 3, StepOnScene: 4, StepCleared: 5}

// Kind is what an entry says.
type Kind string

const (
	KindReceived    Kind = "received"
	KindAssigned    Kind = "assigned" // reserved or dispatched
	KindStep        Kind = "step"
	KindContacted   Kind = "contacted"
	KindHazardsSeen Kind = "hazards_seen"
	KindFeedback    Kind = "feedback"
	KindPicture     Kind = "picture"
	KindNote        Kind = "note"
	KindPriority    Kind = "priority"
	KindCorrected   Kind = "corrected"
	KindUnassigned  Kind = "unassigned"
	KindMerged      Kind = "merged"   // this incident went into another
	KindAbsorbed    Kind = "absorbed" // another incident came into this one
	KindLinked      Kind = "linked"   // has to do with another incident
	KindUnlinked    Kind = "unlinked"
	KindTransferred Kind = "transferred" // to the neighbour whose call it is
	KindWithdrawn   Kind = "withdrawn"
	KindClosed      Kind = "closed"
	KindReopened    Kind = "reopened"
)

// Entry is one line of the timeline. It has two times: when it happened and when
// we learnt it.
type Entry struct {
	IncidentID ID        `json:"incident_id"`
	Seq        int64     `json:"seq"` // from 1
	Kind       Kind      `json:"kind"`
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
	By         string    `json:"by"`               // user id
	Device     string    `json:"device,omitempty"` // the handset it came from
	Counter    int64     `json:"counter,omitzero"` // the handset's own number of it
	Source     string    `json:"source"`           // console, handset, call_centre, replay …
	Detail     Detail    `json:"detail"`

	// Contact is the caller's, in the entry of a call: sealed, and no more than
	// ciphertext once its key is gone.
	Contact crypto.Sealed[Contact] `json:"contact,omitzero"`
}

// Detail is what an entry carries; each kind uses its own few members.
type Detail struct {
	Call         *Call     `json:"call,omitempty"`
	UnitID       string    `json:"unit_id,omitempty"`
	Crew         []string  `json:"crew,omitempty"`
	No           int       `json:"no,omitzero"`          // of the assignment, where a handset says it
	Muted        []string  `json:"muted,omitempty"`      // of the crew: not to be paged
	Shortfalls   []string  `json:"shortfalls,omitempty"` // what spoke against the unit when it was sent
	Ranking      []Ranked  `json:"ranking,omitempty"`    // what the house proposed then, best first
	Step         Step      `json:"step,omitempty"`
	Evidence     string    `json:"evidence,omitempty"`     // scene_video: click or first_packet
	AlreadyThere bool      `json:"already_there,omitzero"` // on_scene: by its position when it was sent
	TimeUnknown  bool      `json:"time_unknown,omitzero"`  // assigned: sent, no later than the entry says
	Reason       string    `json:"reason,omitempty"`
	Text         string    `json:"text,omitempty"`
	Answered     bool      `json:"answered,omitzero"`
	Priority     int       `json:"priority,omitzero"`
	Disposition  string    `json:"disposition,omitempty"`
	Other        ID        `json:"other,omitempty"`
	Field        string    `json:"field,omitempty"` // corrected: address, point, kind, called_at or a step
	Place        *Placing  `json:"place,omitempty"`
	From         string    `json:"from_station,omitempty"` // who answered before the place was corrected
	Risk         *Risk     `json:"risk,omitempty"`         // judged again after a correction
	KindCode     string    `json:"kind_code,omitempty"`
	At           time.Time `json:"at,omitzero"`
	News         *News     `json:"news,omitempty"` // of a push
	Picture      *Picture  `json:"picture,omitempty"`
	Seen         int64     `json:"seen,omitzero"`    // feedback: the version that its author had read
	Doubts       []string  `json:"doubts,omitempty"` // of what a handset told (merge.go)
	SaidAt       time.Time `json:"said_at,omitzero"` // the time that it said, which cannot be
}

// Ranked is a unit as the house saw it when an order was given.
type Ranked struct {
	UnitID     string   `json:"unit_id"`
	DistanceM  *float64 `json:"distance_m,omitzero"`
	EtaS       *float64 `json:"eta_s,omitzero"`
	Shortfalls []string `json:"shortfalls,omitempty"`
}

// Call is what intake has learnt.
type Call struct {
	Number   string `json:"number"`
	KindCode string `json:"kind_code"`
	Priority int    `json:"priority"`
	Placing
	Narrative   string    `json:"narrative,omitempty"`
	ExternalRef string    `json:"external_ref,omitempty"`
	CallTaker   string    `json:"call_taker"`
	HeldUntil   time.Time `json:"held_until,omitzero"` // a node kept the call until then: the database was out
	Risk        Risk      `json:"risk"`
}

// Position is a WGS-84 point with its uncertainty in metres.
type Position struct {
	Lat          float64 `json:"lat"`
	Lon          float64 `json:"lon"`
	UncertaintyM float64 `json:"uncertainty_m,omitzero"`
}

// Hazard is what responders must know of a place before they go in: who wrote it
// and until when it holds. It is never about a person.
type Hazard struct {
	ID    string    `json:"id"`
	Kind  string    `json:"kind"`
	Note  string    `json:"note"`
	By    string    `json:"by"`
	Until time.Time `json:"until"`
}

// Assignment is one unit's part in an incident. A unit that is sent twice has two.
type Assignment struct {
	No           int       `json:"no"` // from 1, in the order of assigning
	UnitID       string    `json:"unit_id"`
	Crew         []string  `json:"crew,omitempty"`
	State        Step      `json:"state"`
	Withdrawn    bool      `json:"withdrawn,omitzero"`
	Reason       string    `json:"reason,omitempty"` // why a nearer unit was passed over
	ReservedAt   time.Time `json:"reserved_at,omitzero"`
	DispatchedAt time.Time `json:"dispatched_at,omitzero"` // missing also where a record of the past does not say when
	AckedAt      time.Time `json:"acknowledged_at,omitzero"`
	EnRouteAt    time.Time `json:"en_route_at,omitzero"`
	OnSceneAt    time.Time `json:"on_scene_at,omitzero"`
	ClearedAt    time.Time `json:"cleared_at,omitzero"`
	ClearedByEnd bool      `json:"cleared_by_end,omitzero"` // nobody of the crew has said so
	VideoAt      time.Time `json:"scene_video_at,omitzero"`
	VideoBy      string    `json:"scene_video_evidence,omitempty"`
	HazardsSeen  bool      `json:"hazards_seen,omitzero"`
	Reports      []Report  `json:"reports,omitempty"`      // more than one: they contradict, and a person settles it
	AlreadyThere bool      `json:"already_there,omitzero"` // when it was sent: its arrival is no way
	Confirmed    bool      `json:"confirmed,omitzero"`     // and its crew has said so
	Corrected    []Step    `json:"corrected,omitempty"`    // whose times a person has settled
	Muted        []string  `json:"muted,omitempty"`        // of the crew: not to be paged
	Shortfalls   []string  `json:"shortfalls,omitempty"`   // when it was sent

	PushDeliveredAt time.Time `json:"push_delivered_at,omitzero"`
	PushSeenAt      time.Time `json:"push_seen_at,omitzero"`
	PushAckedAt     time.Time `json:"push_acknowledged_at,omitzero"`
	PushShortfall   bool      `json:"push_shortfall,omitzero"` // nobody of the crew could be paged
	PushEscalated   int       `json:"push_escalated,omitzero"` // the rung that was reached without an answer
}

// at is where the time of a step is kept.
func (a *Assignment) at(s Step) *time.Time {
	switch s {
	case StepReserved:
		return &a.ReservedAt
	case StepDispatched:
		return &a.DispatchedAt
	case StepAcknowledged:
		return &a.AckedAt
	case StepEnRoute:
		return &a.EnRouteAt
	case StepOnScene:
		return &a.OnSceneAt
	case StepVideo:
		return &a.VideoAt
	}
	return &a.ClearedAt
}

// reached tells that the unit has come to a step, also one of which nobody knows
// when it was: sent at an unknown time.
func (a Assignment) reached(s Step) bool {
	return !a.at(s).IsZero() || s == StepDispatched && rank[a.State] >= rank[s]
}

func (a Assignment) corrected(s Step) bool { return slices.Contains(a.Corrected, s) }

func (a Assignment) live() bool { return !a.Withdrawn && a.State != StepCleared }

// Incident is one event in the city that responders are asked to deal with.
type Incident struct {
	ID       ID     `json:"id"`
	Number   string `json:"number"` // for people; unique in the centre, and gaps mean nothing
	Status   Status `json:"status"`
	KindCode string `json:"kind_code"`
	Priority int    `json:"priority"`
	Placing
	Narrative   string       `json:"narrative,omitempty"`
	Source      string       `json:"source"`
	ExternalRef string       `json:"external_ref,omitempty"`
	CallTaker   string       `json:"call_taker"`
	CalledAt    time.Time    `json:"called_at"`
	RecordedAt  time.Time    `json:"recorded_at"`
	HeldUntil   time.Time    `json:"held_until,omitzero"` // from RecordedAt until then a node kept the call: the database was out
	ContactedAt time.Time    `json:"contacted_at,omitzero"`
	ClosedAt    time.Time    `json:"closed_at,omitzero"`
	ReopenedAt  time.Time    `json:"reopened_at,omitzero"`
	Disposition string       `json:"disposition,omitempty"`
	Rivals      []Ending     `json:"rival_endings,omitempty"` // told late, with another disposition
	MergedInto  ID           `json:"merged_into,omitempty"`
	Absorbed    []ID         `json:"absorbed,omitempty"`
	Linked      []ID         `json:"linked,omitempty"`
	Assignments []Assignment `json:"assignments"`
	Past        int          `json:"past,omitzero"` // how many of them were over when the incident was last reopened
	Risk        Risk         `json:"risk"`
	EntryCount  int64        `json:"version"`

	HasContact  bool                   `json:"has_contact"`
	Reporter    crypto.Sealed[Contact] `json:"contact,omitzero"`      // masked where one incident is read
	ContactGone bool                   `json:"contact_gone,omitzero"` // there was one; its time is over
}

// Version is how many entries the incident has; it rises with each.
func (in Incident) Version() int64 { return in.EntryCount }
