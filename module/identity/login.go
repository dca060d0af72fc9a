package identity

import (
	"context"
	"net/http"
	"strings"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// LogIn is what a person types, or a handset remembers.
type LogIn struct {
	Login    string `json:"login" required:"true" max:"40"`
	Password string `json:"password" required:"true" max:"128"`
	DeviceID string `json:"device_id" max:"64"` // of a handset: its session stays open while it is connected
	Cookie   bool   `json:"cookie"`             // for browsers: the token comes as a cookie that no script can read, and nowhere else
}

// LoggedIn holds the token: the only time that it is shown.
type LoggedIn struct {
	Token   string  `json:"token,omitempty"` // empty if it comes as a cookie
	Session Session `json:"session"`
	Account Account `json:"account"`

	cookie string
	policy Policy
}

// Cookie holds the token if that was asked for (httpapi.Cookied).
func (l LoggedIn) Cookie(secure bool) *http.Cookie {
	if l.cookie == "" {
		return nil
	}
	return cookie(l.cookie, secure, int(l.policy.Absolute.Seconds()))
}

// The browser's session. Over TLS its name says that no other host of the domain
// can have set it (RFC 6265bis §4.1.3.2).
const (
	cookieName   = "zhian_session"
	secureCookie = "__Host-" + cookieName
)

func cookie(value string, secure bool, maxAge int) *http.Cookie {
	name := cookieName
	if secure {
		name = secureCookie
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}

// LogIn opens a session. A refusal is the same for a wrong password and an
// unknown account, in words and in time.
func (s *Service) LogIn(ctx context.Context, in LogIn) (LoggedIn, error) {
	in.Login = strings.ToLower(in.Login)
	if err := s.guard.hear(httpapi.ClientAddress(ctx), s.Now()); err != nil {
		return LoggedIn{}, err
	}
	a, err := sqldb.One(ctx, s.DB, Queries["AccountByLogin"], scanAccount, in.Login)
	if err == sqldb.ErrNone {
		a, err = s.guard.stranger(in.Login), nil
	}
	if err != nil {
		return LoggedIn{}, err
	}
	a, right, method, err := s.prove(ctx, a, in)
	if err != nil {
		return LoggedIn{}, err
	}
	refusal := a.MayTry(s.Now())
	if refusal == nil && !right {
		refusal = wrongCredentials()
	}
	if refusal != nil {
		return LoggedIn{}, s.refuse(ctx, a, in, method, right, refusal)
	}
	return s.welcome(ctx, a, in, method)
}

// prove goes through the whole chain whatever the first factor says.
func (s *Service) prove(ctx context.Context, a Account, in LogIn) (proven Account, right bool, method string, err error) {
	kind := a.Kind
	if kind == "" {
		kind = userKind
	}
	chain := s.Policy.Chains[kind]
	right = len(chain) > 0
	for _, name := range chain {
		var ok bool
		if a, ok, err = s.factors[name].Prove(ctx, a, in); err != nil {
			return a, false, "", err
		}
		right = right && ok
	}
	return a, right, strings.Join(chain, "+"), nil
}

// refuse records a failed log-in and counts it against the account and the address.
func (s *Service) refuse(ctx context.Context, a Account, in LogIn, method string, right bool, refusal error) error {
	now := s.Now()
	s.guard.blame(s.Policy, httpapi.ClientAddress(ctx), now)
	counts := !right && a.MayTry(now) == nil
	if a.ID == "" && counts {
		s.guard.blameStranger(s.Policy, in.Login, now)
	}
	err := s.DB.Do(ctx, func(tx *sqldb.Tx) error {
		if a.ID != "" && counts {
			fresh, err := accountByID(tx, a.ID)
			if err != nil {
				return err
			}
			if err := noteLogin(tx, fresh.Failed(s.Policy, now)); err != nil {
				return err
			}
		}
		return s.Auditor.Record(tx, s.atDoor(ctx, named(a, in.Login), "log in", "sessions", method, fault.KeyOf(refusal)))
	})
	if err != nil {
		return err
	}
	return refusal
}

// named is an account with the name that was given. What is no log-in name may be
// a password typed in the wrong field, and is not written down.
func named(a Account, login string) Account {
	if a.Login == "" && CheckLogin(login) == nil {
		a.Login = login
	}
	return a
}

func (s *Service) welcome(ctx context.Context, a Account, in LogIn, method string) (LoggedIn, error) {
	token := ident.Secret()
	out, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (LoggedIn, error) {
		now := s.moment()
		fresh, err := accountByID(tx, a.ID)
		if err == nil {
			err = fresh.MayTry(now) // it may have been turned off since the password was compared
		}
		if err == nil {
			err = s.meet(tx, in.DeviceID, fresh)
		}
		if err != nil {
			return LoggedIn{}, err
		}
		fresh.hash = a.hash
		fresh = fresh.Succeeded(now)
		if err := noteLogin(tx, fresh); err != nil {
			return LoggedIn{}, err
		}
		session := Session{ID: s.IDs.Next(), UserID: a.ID, OrgID: a.OrgID, Kind: a.Kind, DeviceID: in.DeviceID, Address: httpapi.ClientAddress(ctx),
			Method: method, StartedAt: now, SeenAt: now, EndsAt: now.Add(s.Policy.Absolute), name: a.DisplayName, tokenHash: HashToken(token)}
		if err := s.begin(tx, session); err != nil {
			return LoggedIn{}, err
		}
		return LoggedIn{Session: session, Account: fresh}, s.Auditor.Record(tx, s.atDoor(ctx, fresh, "log in", "sessions/"+session.ID, method, "ok"))
	})
	if fault.KeyOf(err) == "identity.device_blocked" {
		return out, s.refuse(ctx, a, in, method, true, err)
	}
	out.policy = s.Policy
	if in.Cookie {
		out.cookie = token
	} else {
		out.Token = token
	}
	return out, err
}

// LoggedOut takes the browser's cookie back.
type LoggedOut struct{ httpapi.Nothing }

// Cookie replaces the session's by one that is over (httpapi.Cookied).
func (LoggedOut) Cookie(secure bool) *http.Cookie { return cookie("", secure, -1) }

// LogOut ends the caller's session.
func (s *Service) LogOut(ctx context.Context, _ httpapi.Nothing) (LoggedOut, error) {
	who := httpapi.Caller(ctx)
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (none LoggedOut, err error) {
		one, err := sqldb.Get(tx, Queries["SessionByID"], scanSession, who.SessionID)
		if err != nil {
			return none, err
		}
		a, err := accountByID(tx, one.UserID)
		if err != nil {
			return none, err
		}
		if err := s.end(tx, one, who.UserID); err != nil {
			return none, err
		}
		return none, s.Auditor.Record(tx, s.atDoor(ctx, a, "log out", "sessions/"+one.ID, one.Method, "ok"))
	})
}
