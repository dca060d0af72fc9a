package org

// Changed says that the tree is not what it was.
type Changed struct {
	OrgID string `json:"org_id"`
}

func (Changed) FactName() string { return "org.changed" }

// FactKey orders the changes of one organisation.
func (c Changed) FactKey() string { return c.OrgID }
