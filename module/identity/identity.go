// Package identity knows who is at the door: accounts of the service's own
// staff, how they log in, and their sessions.
//
//	account: invited ─set up→ active ⇄ locked (15 minutes) ; active ⇄ disabled
//	session: open ─idle 30 min · absolute 12 h · ended · account disabled→ over
//
// A log-in is a chain of factors; the password is the one that exists. Sessions
// are opaque random tokens of which only a hash is stored; each request asks a
// cache that the end of a session empties at once.
//
// Publishes: identity.session_ended, identity.account_changed. Hears its own
// facts, so that a session ended on one node is over on all.
package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode"

	"zhian/platform/fault"
)

// Account is a member of the service's own staff. The display name is what
// boards show; it is staff data, not that of people who call for help.
type Account struct {
	ID          string    `json:"id"`
	Login       string    `json:"login"`
	DisplayName string    `json:"display_name"`
	OrgID       string    `json:"org_id"`
	Kind        string    `json:"kind"`  // user or service
	State       string    `json:"state"` // invited, active, disabled
	CreatedAt   time.Time `json:"created_at"`
	CreatedBy   string    `json:"created_by"`
	LastLoginAt time.Time `json:"last_login_at,omitzero"`
	EditCount   int64     `json:"version"`

	hash        string
	failures    int
	lockedUntil time.Time
}

// Version rises with every change.
func (a Account) Version() int64 { return a.EditCount }

// Account states.
const (
	Invited  = "invited"
	Active   = "active"
	Disabled = "disabled"
)

// Policy is what the centre asks of log-ins (GB/T 22239-2019, 8.1.4.1 a and b).
type Policy struct {
	MinLength   int
	MaxFailures int
	LockFor     time.Duration
	Idle        time.Duration
	Absolute    time.Duration
	InviteFor   time.Duration
}

// DefaultPolicy is the profile of level 3.
var DefaultPolicy = Policy{MinLength: 10, MaxFailures: 5, LockFor: 15 * time.Minute, Idle: 30 * time.Minute, Absolute: 12 * time.Hour, InviteFor: 72 * time.Hour}

const (
	maxPassword = 128
	minClasses  = 3
)

// CheckPassword refuses passwords that are short, of one kind of character, or
// contain the log-in name.
func (p Policy) CheckPassword(password, login string) error {
	classes := map[string]bool{}
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			classes["upper"] = true
		case unicode.IsLower(r):
			classes["lower"] = true
		case unicode.IsDigit(r):
			classes["digit"] = true
		default:
			classes["other"] = true
		}
	}
	switch {
	case len([]rune(password)) < p.MinLength:
		return fault.With(fault.At("/password", "identity.password_too_short"), "min", p.MinLength)
	case len(password) > maxPassword:
		return fault.At("/password", "identity.password_too_long")
	case len(classes) < minClasses:
		return fault.At("/password", "identity.password_too_simple")
	case login != "" && strings.Contains(strings.ToLower(password), strings.ToLower(login)):
		return fault.At("/password", "identity.password_holds_login")
	}
	return nil
}

// CheckLogin refuses names that cannot be told apart or typed.
func CheckLogin(login string) error {
	if len(login) < 2 || len(login) > 40 || strings.Trim(strings.ToLower(login), "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
		return fault.At("/login", "identity.login_malformed")
	}
	return nil
}

// MayTry says whether a log-in may be tried at all.
func (a Account) MayTry(now time.Time) error {
	switch {
	case a.State == Disabled || a.State == Invited:
		return fault.New(fault.Unauthenticated, "identity.wrong_credentials")
	case now.Before(a.lockedUntil):
		return fault.New(fault.Unauthenticated, "identity.locked")
	}
	return nil
}

// Failed counts a wrong password and locks at the limit.
func (a Account) Failed(p Policy, now time.Time) Account {
	a.failures++
	if a.failures >= p.MaxFailures {
		a.failures, a.lockedUntil = 0, now.Add(p.LockFor)
	}
	return a
}

// Succeeded forgets the failures.
func (a Account) Succeeded(now time.Time) Account {
	a.failures, a.lockedUntil, a.LastLoginAt = 0, time.Time{}, now
	return a
}

// Session is a log-in that lasts.
type Session struct {
	ID        string    `json:"id"`
	UserID    string    `json:"user_id"`
	OrgID     string    `json:"org_id"`
	Kind      string    `json:"kind"`
	DeviceID  string    `json:"device_id,omitempty"`
	Address   string    `json:"address"`
	Method    string    `json:"method"`
	StartedAt time.Time `json:"started_at"`
	SeenAt    time.Time `json:"seen_at"`
	EndsAt    time.Time `json:"ends_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	EndedBy   string    `json:"ended_by,omitempty"`

	name      string
	number    uint32 // of the user, in this process
	tokenHash string
}

// Over says whether the session has ended, by itself or not.
func (s Session) Over(p Policy, now time.Time) bool {
	return !s.EndedAt.IsZero() || !now.Before(s.EndsAt) || s.Kind != "service" && now.Sub(s.SeenAt) > p.Idle
}

// HashToken is what is stored of a token: whoever reads the table cannot log in
// with it.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
