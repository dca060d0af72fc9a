package incident

import (
	"context"
	"time"

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
}

// Units is module/unit: it keeps the units' own states.
type Units interface {
	// Send checks that the unit may be sent, says who is on it, and engages it
	// unless the step is only "reserved".
	Send(tx *sqldb.Tx, unitID string, incident ID, step Step) (Sent, error)
	// Follow lets the unit's state follow a step of its assignment.
	Follow(tx *sqldb.Tx, unitID string, incident ID, step Step, now time.Time) error
	// Near lists units that could be sent to a place, nearest first.
	Near(ctx context.Context, p Position, limit int) ([]Candidate, error)
}

// Candidate is a unit that could be sent, and what speaks for and against it.
type Candidate struct {
	UnitID     string   `json:"unit_id"`
	CallSign   string   `json:"call_sign"`
	State      string   `json:"state"`
	DistanceM  float64  `json:"distance_m"` // straight line × 1.35: no road network is loaded
	PositionAt int64    `json:"position_at"`
	Shortfalls []string `json:"shortfalls"` // why it is not a good choice; empty for a good one
}

// Ledger commits to an entry in the transaction of its row: platform/ledger.
type Ledger interface {
	Leaf(source, ref string, data []byte) (ledger.Leaf, error)
}
