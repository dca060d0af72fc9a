package unit

// Changed says that a unit's state, crew or register entry is not what it was.
type Changed struct {
	UnitID  string `json:"unit_id"`
	OrgID   string `json:"org_id"`
	State   State  `json:"state"`
	Version int64  `json:"version"`
}

func (Changed) FactName() string { return "unit.changed" }

// FactKey orders the changes of one unit.
func (c Changed) FactKey() string { return c.UnitID }
