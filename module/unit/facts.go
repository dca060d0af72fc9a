package unit

import "time"

// Changed says that a unit's state, crew or register entry is not what it was.
type Changed struct {
	UnitID     string    `json:"unit_id"`
	Version    int64     `json:"version"`
	OrgID      string    `json:"org_id"`
	From       string    `json:"from_org_id,omitempty"` // whose it was, when that is another
	CallSign   string    `json:"call_sign"`
	State      State     `json:"state"`
	StateSince time.Time `json:"state_since"`
}

func (Changed) FactName() string { return "unit.changed" }

// FactKey orders the changes of one unit.
func (c Changed) FactKey() string { return c.UnitID }
