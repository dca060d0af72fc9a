package incident

import (
	"context"
	"time"

	"zhian/module/notify"
	"zhian/platform/httpapi"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
)

// Located is what the gazetteer knows of a place.
type Located struct {
	Address   string    // of a bare point: what stands there
	Position  *Position // nil when it is not settled
	StationID string    // empty when none answers, or when that would be a guess
	AreaClass string
	Outside   bool   // there is a position, in no station's area
	Key       string // equal for two places of one address; empty when it is not known
	Hazards   []Hazard
	Doubts    []string // the words of placing.go
	Choices   []Choice // best first
}

// Choice is a place that a text may mean.
type Choice struct {
	PlaceID   string    `json:"place_id,omitempty"`
	Name      string    `json:"name"`
	Town      string    `json:"town"`
	Village   string    `json:"village,omitempty"`
	Position  *Position `json:"position,omitempty"`
	StationID string    `json:"station_id,omitempty"`
	Score     float64   `json:"score"` // 0 … 1
}

// Locator finds the place of a call: module/place. It asks no network and no
// database; an error means that it knows nothing now.
type Locator interface {
	Locate(ctx context.Context, address string, p *Point) (Located, error)
}

// Gate decides for one incident, and for lists of them: module/access.
type Gate interface {
	httpapi.Gate
	httpapi.Scoper
}

// Centre is the organisation over all stations: it answers for what no station
// does, and who has a permission there has it everywhere.
type Centre interface {
	// Root is its id; empty before there is one.
	Root() string
}

// Sent is what is known of a unit at the moment it is sent.
type Sent struct {
	OrgID string
	Crew  []string // user ids of those on duty
	Muted []string // those of the crew who are not to be paged
}

// Units is module/unit: it keeps the units' own states.
type Units interface {
	// Send checks that the unit may be sent, says who is on it, and engages it
	// unless the step is only "reserved".
	Send(tx *sqldb.Tx, unitID string, incident ID, step Step) (Sent, error)
	// Owner names the organisation of a unit, and refuses one that does not exist.
	Owner(tx *sqldb.Tx, unitID string) (orgID string, err error)
	// Follow lets the unit's state follow a step of its assignment.
	Follow(tx *sqldb.Tx, unitID string, incident ID, step Step, now time.Time) error
	// Rank lists the limit best units of wanted organisations as seen from a
	// place, and those named beside; free ones first, by the time they need. It
	// asks no database.
	Rank(p Position, limit int, named []string, wanted func(orgID string) bool) []Candidate
	// Estimate says how ways and times are reckoned.
	Estimate() Estimate
}

// Candidate is a unit that could be sent, and what speaks against it. Distances
// are metres, times seconds; they are missing where no position is known.
type Candidate struct {
	UnitID     string   `json:"unit_id"`
	CallSign   string   `json:"call_sign"`
	Kind       string   `json:"kind"`
	State      string   `json:"state"`
	Crew       int      `json:"crew"`
	StraightM  *float64 `json:"straight_m,omitzero"`
	DistanceM  *float64 `json:"distance_m,omitzero"` // by road, estimated
	EtaS       *float64 `json:"eta_s,omitzero"`      // estimated
	FixAgeS    *float64 `json:"fix_age_s,omitzero"`
	There      bool     `json:"there,omitzero"` // a new and good position says that it is at the place
	Shortfalls []string `json:"shortfalls"`     // why it is not a good choice; empty for a free one
}

// Estimate is how the ways and times of candidates are reckoned, so that nobody
// takes them for more than they are.
type Estimate struct {
	Way     string             `json:"way"` // straight_line: no road network is loaded
	Detour  float64            `json:"detour"`
	SpeedMS map[string]float64 `json:"speed_ms"` // by kind of unit
}

// Ledger commits to an entry in the transaction of its row: platform/ledger.
type Ledger interface {
	Leaf(source, ref string, data []byte) (ledger.Leaf, error)
}

// Pager brings pushes to people and knows what became of them: module/notify.
type Pager interface {
	Queue(tx *sqldb.Tx, d notify.Draft) (notify.Message, error)
	// Answer ends the asking: somebody has acknowledged by another way.
	Answer(tx *sqldb.Tx, s notify.Subject, by, device string, at time.Time) error
	// Withdraw takes back what was said about a subject.
	Withdraw(tx *sqldb.Tx, s notify.Subject, reason string) error
}
