package identity

import (
	"context"
	"strings"
	"sync"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of.
type Deps struct {
	DB        *sqldb.DB
	Bus       *bus.Bus
	Now       func() time.Time
	IDs       *ident.Maker
	Gate      Rights
	Passwords Passwords
	Auditor   Auditor
	Policy    Policy
}

// Service keeps accounts and sessions.
type Service struct {
	Deps
	open  cache
	decoy func() (string, error)
}

// New makes the service.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	s.decoy = sync.OnceValues(func() (string, error) { return s.Passwords.Hash(context.Background(), ident.Secret()) })
	return s
}

const (
	permRead    httpapi.Perm = "identity.read"
	permWrite   httpapi.Perm = "identity.write"
	permSession httpapi.Perm = "identity.session.end"
)

// LogIn is what a person types, or a handset remembers.
type LogIn struct {
	Login    string `json:"login" required:"true" max:"40"`
	Password string `json:"password" required:"true" max:"128"`
	DeviceID string `json:"device_id" max:"64"`
}

// LoggedIn holds the token: the only time that it is shown.
type LoggedIn struct {
	Token   string  `json:"token"`
	Session Session `json:"session"`
	Account Account `json:"account"`
}

// LogIn opens a session. A refusal is the same for a wrong password and an
// unknown account, in words and in time.
func (s *Service) LogIn(ctx context.Context, in LogIn) (LoggedIn, error) {
	a, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Account, error) {
		return sqldb.Get(tx, Queries["AccountByLogin"], scanAccount, strings.ToLower(in.Login))
	})
	if err != nil && err != sqldb.ErrNone {
		return LoggedIn{}, err
	}
	right, stale, err := s.compare(ctx, a.hash, in.Password)
	if err != nil {
		return LoggedIn{}, err
	}
	if refusal := a.judge(right, s.Now()); refusal != nil {
		return LoggedIn{}, s.refuse(ctx, a, right, refusal)
	}
	if stale {
		if a.hash, err = s.Passwords.Hash(ctx, in.Password); err != nil {
			return LoggedIn{}, err
		}
	}
	return s.welcome(ctx, a, in.DeviceID)
}

// compare takes as long for an account that does not exist as for one that does:
// the time to refuse tells nobody which accounts there are.
func (s *Service) compare(ctx context.Context, hash, password string) (right, stale bool, err error) {
	if hash != "" {
		return s.Passwords.Verify(ctx, hash, password)
	}
	if hash, err = s.decoy(); err == nil {
		_, _, err = s.Passwords.Verify(ctx, hash, password)
	}
	return false, false, err
}

// judge says why a log-in is refused; nil lets it in.
func (a Account) judge(right bool, now time.Time) error {
	if a.ID == "" {
		return fault.New(fault.Unauthenticated, "identity.wrong_credentials")
	}
	if err := a.MayTry(now); err != nil {
		return err
	}
	if !right {
		return fault.New(fault.Unauthenticated, "identity.wrong_credentials")
	}
	return nil
}

// refuse records a failed log-in and counts it against the account.
func (s *Service) refuse(ctx context.Context, a Account, right bool, refusal error) error {
	err := s.DB.Do(ctx, func(tx *sqldb.Tx) error {
		if a.ID != "" && !right && a.MayTry(s.Now()) == nil {
			fresh, err := accountByID(tx, a.ID)
			if err != nil {
				return err
			}
			if err := updateAccount(tx, fresh.Failed(s.Policy, s.Now())); err != nil {
				return err
			}
		}
		return s.Auditor.Record(tx, s.event(ctx, a, fault.KeyOf(refusal)))
	})
	if err != nil {
		return err
	}
	return refusal
}

func (s *Service) welcome(ctx context.Context, a Account, device string) (LoggedIn, error) {
	token := ident.Secret()
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (LoggedIn, error) {
		now := s.Now().UTC().Truncate(time.Millisecond)
		fresh, err := accountByID(tx, a.ID)
		if err == nil {
			err = fresh.MayTry(now) // it may have been turned off since the password was compared
		}
		if err != nil {
			return LoggedIn{}, err
		}
		fresh.hash = a.hash
		if err := updateAccount(tx, fresh.Succeeded(now)); err != nil {
			return LoggedIn{}, err
		}
		session := Session{ID: s.IDs.Next(), UserID: a.ID, OrgID: a.OrgID, Kind: a.Kind, DeviceID: device, Address: httpapi.ClientAddress(ctx),
			Method: "password", StartedAt: now, SeenAt: now, EndsAt: now.Add(s.Policy.Absolute), name: a.DisplayName, tokenHash: HashToken(token)}
		if err := insertSession(tx, session); err != nil {
			return LoggedIn{}, err
		}
		return LoggedIn{token, session, a.Succeeded(now)}, s.Auditor.Record(tx, s.event(ctx, a, "ok"))
	})
}

func (s *Service) event(ctx context.Context, a Account, result string) httpapi.AuditEvent {
	return httpapi.AuditEvent{At: s.Now(), Actor: httpapi.Principal{UserID: a.ID, OrgID: a.OrgID, Kind: a.Kind}, Address: httpapi.ClientAddress(ctx),
		RequestID: httpapi.RequestID(ctx), Class: httpapi.AuditLogin, Action: "log in", Object: "sessions", Result: result}
}

// LogOut ends the caller's session.
func (s *Service) LogOut(ctx context.Context, _ httpapi.Nothing) (httpapi.Nothing, error) {
	who := httpapi.Caller(ctx)
	return s.EndSession(ctx, Ending{ID: who.SessionID})
}

// Ending names a session.
type Ending struct {
	ID string `path:"id"`
}

// EndSession ends a session: one's own, or as one who may.
func (s *Service) EndSession(ctx context.Context, e Ending) (httpapi.Nothing, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (none httpapi.Nothing, err error) {
		who := httpapi.Caller(ctx)
		one, err := sqldb.Get(tx, Queries["SessionByID"], scanSession, e.ID)
		if err == sqldb.ErrNone || err == nil && one.UserID != who.UserID && !s.Gate.Can(who, permSession, one.OrgID) {
			return none, fault.New(fault.NotFound, "identity.no_such_session")
		}
		if err != nil {
			return none, err
		}
		return none, s.end(tx, one, who.UserID)
	})
}

// OfUser asks for the sessions of one account.
type OfUser struct {
	UserID string `query:"user_id" max:"64"` // empty: one's own
}

// Sessions lists open sessions: one's own, or another's as one who may end them.
func (s *Service) Sessions(ctx context.Context, q OfUser) (page httpapi.List[Session], err error) {
	who := httpapi.Caller(ctx)
	if q.UserID == "" {
		q.UserID = who.UserID
	}
	page.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Session, error) {
		a, err := accountByID(tx, q.UserID)
		if err == nil && a.ID != who.UserID && !s.Gate.Can(who, permSession, a.OrgID) {
			err = fault.New(fault.NotFound, "identity.no_such_account")
		}
		if err != nil {
			return nil, err
		}
		return sqldb.List(tx, Queries["OpenSessions"], scanSession, q.UserID, s.Now().UnixMilli())
	})
	return page, err
}

// Me is the caller's own account.
func (s *Service) Me(ctx context.Context, _ httpapi.Nothing) (Account, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Account, error) { return accountByID(tx, httpapi.Caller(ctx).UserID) })
}
