package identity

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"zhian/platform/fault"
)

// Policy is what the centre asks of log-ins (GB/T 22239-2019, 8.1.4.1 a and b).
type Policy struct {
	MinLength   int                 // of a password, in characters
	MaxFailures int                 // in a row, then the account is locked
	LockFor     time.Duration       // and so long
	Idle        time.Duration       // after which a session of a person is over
	Absolute    time.Duration       // after which any session is
	InviteFor   time.Duration       // a one-time token is good for
	MaxSessions int                 // open ones of an account; the one used longest ago ends
	Chains      map[string][]string // factors of a log-in by kind of account
	Address     Slowing             // of failures from one address
}

// Slowing makes whoever fails again and again wait: the first so many failures
// cost nothing, each further one doubles the wait. A failure is forgotten after a
// while, so that an office behind one address is not shut out by its typing errors.
type Slowing struct {
	Free   int
	First  time.Duration
	Most   time.Duration
	Forget time.Duration // one failure
}

// DefaultPolicy is the profile of level 3.
var DefaultPolicy = Policy{MinLength: 10, MaxFailures: 5, LockFor: 15 * time.Minute, Idle: 30 * time.Minute, Absolute: 12 * time.Hour,
	InviteFor: 72 * time.Hour, MaxSessions: 10, Chains: map[string][]string{userKind: {byPassword}, serviceKind: {byPassword}},
	Address: Slowing{Free: 20, First: time.Second, Most: time.Minute, Forget: 10 * time.Second}}

const (
	maxPassword = 128 // bytes
	minClasses  = 3
	maxReason   = 500
)

// CheckPassword refuses passwords that are short, of one kind of character, or
// contain the log-in name.
func (p Policy) CheckPassword(password, login string) error {
	classes := map[string]bool{}
	for _, r := range password {
		classes[classOf(r)] = true
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

func classOf(r rune) string {
	switch {
	case unicode.IsUpper(r):
		return "upper"
	case unicode.IsLower(r):
		return "lower"
	case unicode.IsDigit(r):
		return "digit"
	}
	return "other"
}

// CheckLogin refuses names that cannot be told apart or typed.
func CheckLogin(login string) error {
	if len(login) < 2 || len(login) > 40 || strings.Trim(strings.ToLower(login), "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
		return fault.At("/login", "identity.login_malformed")
	}
	return nil
}

// MayTry says whether a log-in may be tried at all. To a stranger, an account that
// is shut looks as if it were not there.
func (a Account) MayTry(now time.Time) error {
	switch {
	case a.State != Active:
		return wrongCredentials()
	case now.Before(a.LockedUntil):
		return fault.New(fault.Unauthenticated, "identity.locked")
	}
	return nil
}

func wrongCredentials() error { return fault.New(fault.Unauthenticated, "identity.wrong_credentials") }

// Failed counts a failure and locks at the limit.
func (a Account) Failed(p Policy, now time.Time) Account {
	a.failures++
	if a.failures >= p.MaxFailures {
		a.failures, a.LockedUntil = 0, now.Add(p.LockFor)
	}
	return a
}

// Succeeded forgets the failures.
func (a Account) Succeeded(now time.Time) Account {
	a.failures, a.LockedUntil, a.LastLoginAt = 0, time.Time{}, now
	return a
}

// WithPassword is the account with a password that has just been set: what locked
// it is forgotten, what disabled it is not.
func (a Account) WithPassword(hash string, now time.Time) Account {
	a.hash, a.PasswordAt, a.failures, a.LockedUntil = hash, now, 0, time.Time{}
	if a.State == Invited {
		a.State = Active
	}
	return a
}

// Enabled is the state that an account comes back to.
func (a Account) Enabled() string {
	if a.hash == "" {
		return Invited
	}
	return Active
}

// TooMany picks the open sessions that end when one more begins: those used
// longest ago.
func (p Policy) TooMany(open []Session) []Session {
	if p.MaxSessions == 0 || len(open) < p.MaxSessions {
		return nil
	}
	byUse := slices.SortedStableFunc(slices.Values(open), func(a, b Session) int { return a.SeenAt.Compare(b.SeenAt) })
	return byUse[:len(byUse)-p.MaxSessions+1]
}

// tally is the failures of one address or one unknown name.
type tally struct {
	level float64 // failures that are not forgotten
	at    time.Time
	until time.Time // when the next try is heard
}

// now is the tally as it has been forgotten until a moment.
func (t tally) now(s Slowing, at time.Time) tally {
	if passed := at.Sub(t.at); passed > 0 && s.Forget > 0 {
		t.level = max(0, t.level-float64(passed)/float64(s.Forget))
	}
	t.at = at
	return t
}

// failed is the tally after one more failure.
func (t tally) failed(s Slowing, at time.Time) tally {
	t = t.now(s, at)
	t.level++
	if over := int(t.level) - s.Free; over > 0 {
		wait := s.Most
		if over < 30 {
			wait = min(s.Most, s.First<<(over-1))
		}
		t.until = at.Add(wait)
	}
	return t
}
