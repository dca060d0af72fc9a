package access

// Changed says that grants are not what they were: every node compiles anew.
type Changed struct {
	GrantID string `json:"grant_id"`
	UserID  string `json:"user_id"`
}

func (Changed) FactName() string { return "access.changed" }

// FactKey orders the changes of one user.
func (c Changed) FactKey() string { return c.UserID }
