package identity

// SessionEnded says that a session must not be served any more.
type SessionEnded struct {
	SessionID string `json:"session_id"`
	TokenHash string `json:"token_hash"`
	UserID    string `json:"user_id"`
}

// AccountChanged says that an account was made, set up, disabled or enabled.
type AccountChanged struct {
	UserID string `json:"user_id"`
	State  string `json:"state"`
}

func (SessionEnded) FactName() string   { return "identity.session_ended" }
func (AccountChanged) FactName() string { return "identity.account_changed" }

// FactKey orders the facts of one account.
func (f SessionEnded) FactKey() string   { return f.UserID }
func (f AccountChanged) FactKey() string { return f.UserID }
