package notify

import (
	"cmp"
	"time"
)

// About is what every fact of a message carries: no word of it, and nothing of
// those whom it tells of.
type About struct {
	MessageID  string    `json:"message_id"`
	Version    int64     `json:"version"`
	Class      Class     `json:"class"`
	Type       string    `json:"type"`
	Subject    Subject   `json:"subject"`
	OrgID      string    `json:"org_id"`
	Sender     string    `json:"sender"`
	OccurredAt time.Time `json:"occurred_at"`
}

// FactKey orders facts beside those of what they are about.
func (a About) FactKey() string { return cmp.Or(a.Subject.ID, a.MessageID) }

func (m Message) about(at time.Time) About {
	return About{m.ID, m.EditCount, m.Class, m.Type, m.Subject, m.OrgID, m.Sender, at}
}

// Withholding is somebody who was not asked, and why.
type Withholding struct {
	UserID string `json:"user_id"`
	Reason string `json:"reason"`
}

// Queued says that a message waits to be sent to its recipients.
type Queued struct {
	About
	Users []string `json:"users"`
}

// Progressed says that a delivery has become something else, or that its
// recipient has done something with the message.
type Progressed struct {
	About
	DeliveryID string `json:"delivery_id,omitempty"`
	UserID     string `json:"user_id"`
	Rung       int    `json:"rung"`
	Channel    string `json:"channel,omitempty"`
	Device     string `json:"device,omitempty"` // that the recipient used
	State      State  `json:"state"`
	Reason     string `json:"reason,omitempty"`
}

// Shortfall says that nobody of those named could be paged.
type Shortfall struct {
	About
	Withheld []Withholding `json:"withheld"`
}

// Escalated says that nobody has acknowledged in time, and who is asked now.
type Escalated struct {
	About
	Rung     int      `json:"rung"`
	Audience Audience `json:"audience"`
	Users    []string `json:"users"`
}

// Withdrawn says that a message is not wanted any more.
type Withdrawn struct {
	About
	Reason string   `json:"reason"`
	Users  []string `json:"users"` // to be told
}

func (Queued) FactName() string     { return "notify.queued" }
func (Progressed) FactName() string { return "notify.progressed" }
func (Shortfall) FactName() string  { return "notify.shortfall" }
func (Escalated) FactName() string  { return "notify.escalated" }
func (Withdrawn) FactName() string  { return "notify.withdrawn" }
