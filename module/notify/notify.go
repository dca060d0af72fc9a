// Package notify brings messages to people and knows what became of each.
//
//	message ─→ recipients ─→ a delivery per recipient and channel ─→ attempts
//
//	queued → sent → delivered → seen → acknowledged      (steps are skipped, never taken back)
//	  └─→ failed · expired · cancelled                  (sent → failed: a late refusal)
//
// The body of a message is structured data: each channel renders it. A message
// has a class. Those of class dispatch go before all others in every queue, page
// nobody who is off duty, muted or logged out, and climb a ladder (ladder.go)
// until somebody acknowledges: the same people again, their leaders, who sent it.
// Each step is recorded when it is taken. A deadline is the message's due time, a
// row; a restart loses none.
//
// A delivery goes to its channel when the message is queued, when its recipient
// connects, and when a failed attempt is due again. It carries its id, so that
// one that comes twice is shown once. What a person has done with a message is
// theirs, whichever channel they used: it is kept with the recipient.
//
// Publishes: notify.queued, .progressed, .shortfall, .escalated, .withdrawn.
// Hears: notify.queued and .escalated, on every node, to send.
package notify

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Class says how urgent a message is.
type Class string

const (
	Dispatch Class = "dispatch" // somebody must go: acknowledged, or it climbs
	Reminder Class = "reminder" // something is due
	Notice   Class = "notice"   // good to know
)

// State is how far a delivery is.
type State string

const (
	StateQueued       State = "queued"
	StateSent         State = "sent" // the channel took it
	StateDelivered    State = "delivered"
	StateSeen         State = "seen"
	StateAcknowledged State = "acknowledged"
	StateFailed       State = "failed"
	StateExpired      State = "expired"   // its time was over before it could be sent
	StateCancelled    State = "cancelled" // not wanted any more before it was sent
)

// Subject is what a message is about; Part is a part of it that is notified by
// itself: one assignment of an incident.
type Subject struct {
	Kind string `json:"kind,omitempty"`
	ID   string `json:"id,omitempty"`
	Part string `json:"part,omitempty"`
}

// Draft is a message to be queued.
type Draft struct {
	Key     string // the same key is the same message
	Class   Class
	Type    string // what the body is: "incident.push"
	Subject Subject
	OrgID   string   // whom it concerns: its leaders are asked, those who may read there see it
	Sender  string   // user
	To      []string // users
	Gated   bool     // not seen before the subject's owner allows it
	Body    any      // has a JSON form
}

// Message is one that was queued.
type Message struct {
	ID              string         `json:"id"`
	Key             string         `json:"key"`
	Class           Class          `json:"class"`
	Type            string         `json:"type"`
	Subject         Subject        `json:"subject"`
	OrgID           string         `json:"org_id"`
	Sender          string         `json:"sender"`
	Gated           bool           `json:"gated,omitzero"`
	Body            jsontext.Value `json:"body"`
	QueuedAt        time.Time      `json:"queued_at"`
	DueAt           time.Time      `json:"due_at,omitzero"` // when it climbs, if nobody acknowledges
	AnsweredAt      time.Time      `json:"answered_at,omitzero"`
	AnsweredBy      string         `json:"answered_by,omitempty"`
	WithdrawnAt     time.Time      `json:"withdrawn_at,omitzero"`
	WithdrawnReason string         `json:"withdrawn_reason,omitempty"`
	EditCount       int64          `json:"version"`

	ladder []Rung
	next   int // rung
}

// Version rises with everything that happens to the message.
func (m Message) Version() int64 { return m.EditCount }

// over says that nobody need be asked any more.
func (m Message) over() bool { return !m.AnsweredAt.IsZero() || !m.WithdrawnAt.IsZero() }

// Recipient is somebody whom a message is for, and what they have done with it.
type Recipient struct {
	UserID         string    `json:"user_id"`
	Rung           int       `json:"rung"`               // of the ladder that asked them; 0 at once
	Withheld       string    `json:"withheld,omitempty"` // why they were not asked: off_duty, muted, logged_out, no_device
	AddedAt        time.Time `json:"added_at"`
	DeliveredAt    time.Time `json:"delivered_at,omitzero"`
	SeenAt         time.Time `json:"seen_at,omitzero"`
	AcknowledgedAt time.Time `json:"acknowledged_at,omitzero"`
}

// Delivery is a message on its way to one recipient through one channel. Round
// counts those that a person sent again after a failure.
type Delivery struct {
	ID             string    `json:"id"`
	MessageID      string    `json:"message_id"`
	UserID         string    `json:"user_id"`
	Channel        string    `json:"channel"`
	Round          int       `json:"round"`
	State          State     `json:"state"`
	Reason         string    `json:"reason,omitempty"` // of an end that nobody wished
	Attempts       int       `json:"attempts"`
	NextAt         time.Time `json:"next_at,omitzero"` // of the next attempt; zero waits for the recipient
	QueuedAt       time.Time `json:"queued_at"`
	SentAt         time.Time `json:"sent_at,omitzero"`
	DeliveredAt    time.Time `json:"delivered_at,omitzero"`
	SeenAt         time.Time `json:"seen_at,omitzero"`
	AcknowledgedAt time.Time `json:"acknowledged_at,omitzero"`
	EndedAt        time.Time `json:"ended_at,omitzero"`
}

// Attempt is one hand-over to a channel.
type Attempt struct {
	DeliveryID string    `json:"delivery_id"`
	No         int       `json:"no"` // from 1
	At         time.Time `json:"at"`
	Outcome    Outcome   `json:"outcome"`
	Answer     string    `json:"answer,omitempty"` // the channel's own words
	Reminder   int       `json:"reminder,omitzero"`
}

// Outcome is what came of an attempt.
type Outcome string

const (
	Taken   Outcome = "taken"   // the channel has it
	Nobody  Outcome = "nobody"  // no connection of the recipient: it waits
	Trouble Outcome = "trouble" // try again
	Refused Outcome = "refused" // never try again
)

// Step is a rung that was taken.
type Step struct {
	Rung     int       `json:"rung"`
	Audience Audience  `json:"audience"`
	At       time.Time `json:"at"`
	Users    []string  `json:"users"` // who was asked; nobody is a result, too
}

// Parcel is what a channel is handed: enough to show the message without asking
// back, and the id by which one that comes twice is known.
type Parcel struct {
	DeliveryID string         `json:"delivery_id"`
	MessageID  string         `json:"message_id"`
	UserID     string         `json:"user_id"`
	Class      Class          `json:"class"`
	Type       string         `json:"type"`
	Subject    Subject        `json:"subject"`
	Gated      bool           `json:"gated,omitzero"`
	Reminder   int            `json:"reminder,omitzero"` // how often it was reminded of
	QueuedAt   time.Time      `json:"queued_at"`
	Body       jsontext.Value `json:"body"`
}
