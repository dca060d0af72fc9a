package org

// Changed says that the tree is not what it was: some organisations, or any when it
// names none.
type Changed struct {
	OrgIDs []string `json:"org_ids,omitempty"`
}

func (Changed) FactName() string { return "org.changed" }

// FactKey puts all changes of the tree into one order.
func (Changed) FactKey() string { return "tree" }
