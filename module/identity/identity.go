// Package identity knows who is at the door: accounts of the service's own
// staff, how they log in, their devices and their sessions.
//
//	account: invited ─set up→ active ⇄ locked (by failures or by an administrator, for a time)
//	         invited · active ⇄ disabled
//	session: open ─idle 30 min · absolute 12 h · ended · one too many · account or device shut→ over
//	device:  [unknown] ─log-in→ known ⇄ blocked
//
// A log-in is a chain of factors (Policy.Chains); the password is the one that
// there is. Sessions are opaque random tokens of which only a hash is stored; each
// request asks a cache that the end of a session empties at once.
//
// Of its staff the service keeps a log-in name, a name to show and an
// organisation. Whatever happens at the door is an audit event of the class
// "login", written here.
//
// Publishes: identity.session_ended, identity.account_changed. Hears its own
// facts, so that a session ended on one node is over on all.
package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Account is a member of the service's own staff, or a program. The display name
// is what boards show; it is staff data, not that of people who call for help.
type Account struct {
	ID          string    `json:"id"`
	Login       string    `json:"login"`
	DisplayName string    `json:"display_name"`
	OrgID       string    `json:"org_id"`
	Kind        string    `json:"kind"`  // user or service
	State       string    `json:"state"` // invited, active, disabled
	CreatedAt   time.Time `json:"created_at"`
	CreatedBy   string    `json:"created_by"`
	PasswordAt  time.Time `json:"password_at,omitzero"` // when the password was set
	LastLoginAt time.Time `json:"last_login_at,omitzero"`
	LockedUntil time.Time `json:"locked_until,omitzero"`
	StateReason string    `json:"state_reason,omitempty"` // why somebody disabled or locked it
	EditCount   int64     `json:"version"`

	hash     string
	failures int
}

// fields are what the audit log says of it: no name.
func (a Account) fields() map[string]string {
	f := map[string]string{"org_id": a.OrgID, "kind": a.Kind, "state": a.State}
	if !a.LockedUntil.IsZero() {
		f["locked_until"] = a.LockedUntil.UTC().Format(time.RFC3339)
	}
	return f
}

// Version rises with every edit; logging in is none.
func (a Account) Version() int64 { return a.EditCount }

// Account states.
const (
	Invited  = "invited"
	Active   = "active"
	Disabled = "disabled"
)

// Kinds of accounts: people, and programs, whose sessions do not end for being idle.
const (
	userKind    = "user"
	serviceKind = "service"
)

// Session is a log-in that lasts.
type Session struct {
	ID        string    `json:"id"`
	UserID    string    `json:"user_id"`
	OrgID     string    `json:"org_id"`
	Kind      string    `json:"kind"`
	DeviceID  string    `json:"device_id,omitempty"`
	Address   string    `json:"address"`
	Method    string    `json:"method"` // the factors: "password"
	StartedAt time.Time `json:"started_at"`
	SeenAt    time.Time `json:"seen_at"`
	EndsAt    time.Time `json:"ends_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	EndedBy   string    `json:"ended_by,omitempty"`
	Current   bool      `json:"current,omitempty"` // the one that asks

	name      string
	number    uint32 // of the user, in this process
	tokenHash string
}

// Over says whether the session has ended, by itself or not.
func (s Session) Over(p Policy, now time.Time) bool {
	return !s.EndedAt.IsZero() || !now.Before(s.EndsAt) || s.Kind != serviceKind && now.Sub(s.SeenAt) > p.Idle
}

// Device is a handset or another machine that somebody has logged in on by its id.
type Device struct {
	ID          string    `json:"id"`
	UserID      string    `json:"user_id"` // who logged in on it last
	OrgID       string    `json:"org_id"`  // theirs
	FirstAt     time.Time `json:"first_at"`
	SeenAt      time.Time `json:"seen_at"` // last log-in, or when it was blocked
	BlockedAt   time.Time `json:"blocked_at,omitzero"`
	BlockedBy   string    `json:"blocked_by,omitempty"`
	BlockReason string    `json:"block_reason,omitempty"`
}

// Blocked says that nobody may log in on the device.
func (d Device) Blocked() bool { return !d.BlockedAt.IsZero() }

// HashToken is what is stored of a token: whoever reads the table cannot log in
// with it.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
