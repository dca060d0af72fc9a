package pace

import "time"

// Alarm is what is said of a running clock: ids and times, and who can still act.
type Alarm struct {
	IncidentID string    `json:"incident_id"`
	Clock      Clock     `json:"clock"`
	Version    int       `json:"definition_version"`
	StationID  string    `json:"station_id"`
	StartedAt  time.Time `json:"started_at"`
	DueAt      time.Time `json:"due_at"`
	CanAct     []Actor   `json:"can_act"`
}

// FactKey orders the facts of one incident.
func (a Alarm) FactKey() string { return a.IncidentID }

// Warned says that a clock is about to break.
type Warned struct{ Alarm }

// Breached says that a clock has broken. Over tells that its end is known too, so
// that nobody need hurry any more.
type Breached struct {
	Alarm
	BreachID string `json:"breach_id"`
	Over     bool   `json:"over,omitempty"`
}

// Revised says that an answer once given has changed because of an entry, and
// whether a breach was none after all.
type Revised struct {
	IncidentID string    `json:"incident_id"`
	Clock      Clock     `json:"clock"`
	StationID  string    `json:"station_id"`
	Was        Finding   `json:"was"`
	Is         Finding   `json:"is"`
	Seq        int64     `json:"seq"`
	KnownAt    time.Time `json:"known_at"`
	Lifted     bool      `json:"lifted,omitempty"`
}

// FactKey orders the facts of one incident.
func (r Revised) FactKey() string { return r.IncidentID }

// Defined says that a clock has a new version: every node reads them anew.
type Defined struct {
	Clock   Clock `json:"clock"`
	Version int   `json:"version"`
}

// FactKey orders the versions of one clock.
func (d Defined) FactKey() string { return string(d.Clock) }

func (Warned) FactName() string   { return "pace.warned" }
func (Breached) FactName() string { return "pace.breached" }
func (Revised) FactName() string  { return "pace.revised" }
func (Defined) FactName() string  { return "pace.defined" }
