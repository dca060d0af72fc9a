package identity

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// cache holds the sessions that this node has served, by the hash of their token.
type cache struct {
	mu   sync.RWMutex
	of   map[string]*cached
	byID map[string]string // hashes by the id of the session

	tidied int // how many were left when it was last looked through
}

type cached struct {
	Session
	touched time.Time // when seen_at was last written
}

// touchEvery spares a write per request; the idle limit is that much vaguer.
const touchEvery = time.Minute

// Authenticate finds the session of a request (httpapi.Authenticator).
func (s *Service) Authenticate(ctx context.Context, r *http.Request) (httpapi.Principal, error) {
	token := tokenOf(r)
	if token == "" {
		return httpapi.Principal{}, fault.New(fault.Unauthenticated, "identity.no_session")
	}
	session, err := s.session(ctx, HashToken(token))
	if err != nil {
		return httpapi.Principal{}, err
	}
	return httpapi.Principal{UserID: session.UserID, OrgID: session.OrgID, SessionID: session.ID, DeviceID: session.DeviceID,
		Name: session.name, Kind: session.Kind, Number: session.number}, nil
}

func tokenOf(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	for _, name := range []string{secureCookie, cookieName} {
		if c, err := r.Cookie(name); err == nil {
			return c.Value
		}
	}
	return ""
}

func (s *Service) session(ctx context.Context, hash string) (Session, error) {
	now := s.Now()
	s.open.mu.RLock()
	known := s.open.of[hash]
	s.open.mu.RUnlock()
	if known == nil {
		var err error
		if known, err = s.remember(ctx, hash); err != nil {
			return Session{}, err
		}
	}
	s.open.mu.Lock()
	defer s.open.mu.Unlock()
	if known.Over(s.Policy, now) {
		s.open.drop(hash)
		return Session{}, fault.New(fault.Unauthenticated, "identity.session_over")
	}
	s.see(known, now)
	return known.Session, nil
}

// see counts as a use, for who holds the lock.
func (s *Service) see(known *cached, now time.Time) {
	known.SeenAt = now
	if now.Sub(known.touched) > touchEvery {
		known.touched = now
		go s.touch(known.ID, now)
	}
}

// remember loads a session that this node has not served yet.
func (s *Service) remember(ctx context.Context, hash string) (*cached, error) {
	one, err := sqldb.One(ctx, s.DB, Queries["SessionByToken"], scanSession, hash)
	if err == sqldb.ErrNone {
		return nil, fault.New(fault.Unauthenticated, "identity.no_session")
	}
	if err != nil {
		return nil, err
	}
	one.number = s.Gate.Number(one.UserID)
	known := &cached{Session: one, touched: one.SeenAt}
	s.open.mu.Lock()
	defer s.open.mu.Unlock()
	s.open.keep(hash, known, func(c *cached) bool { return c.Over(s.Policy, s.Now()) })
	return known, nil
}

// tidyAt is how many sessions are in the cache when those that are over are
// looked for: nobody asks for them any more, so nobody else would find them.
const tidyAt = 1024

// keep is for who holds the lock.
func (c *cache) keep(hash string, known *cached, over func(*cached) bool) {
	if c.of == nil {
		c.of, c.byID = map[string]*cached{}, map[string]string{}
	}
	if len(c.of) >= tidyAt && len(c.of) >= 2*c.tidied {
		for old, k := range c.of {
			if over(k) {
				c.drop(old)
			}
		}
		c.tidied = len(c.of)
	}
	c.of[hash], c.byID[known.ID] = known, hash
}

// touch keeps the time of the last request for other nodes and restarts; losing
// one only ends an idle session a little early. One that comes late takes nothing
// back.
func (s *Service) touch(id string, now time.Time) {
	s.DB.Background(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(Queries["Touch"], now.UnixMilli(), id, now.UnixMilli())
		return err
	})
}

func (s *Service) forget(hash string) {
	s.open.mu.Lock()
	s.open.drop(hash)
	s.open.mu.Unlock()
}

// drop is for who holds the lock.
func (c *cache) drop(hash string) {
	if known := c.of[hash]; known != nil {
		delete(c.byID, known.ID)
		delete(c.of, hash)
	}
}

// end ends one session in the caller's transaction and tells every node.
func (s *Service) end(tx *sqldb.Tx, one Session, by string) error {
	n, err := tx.Exec(Queries["EndSession"], s.Now().UnixMilli(), by, one.ID)
	if err != nil || n == 0 {
		return err
	}
	tx.AfterCommit(func() { s.forget(one.tokenHash) })
	return s.Bus.Publish(tx, s.Now(), SessionEnded{one.ID, one.tokenHash, one.UserID})
}

// endAll ends every session of an account but one; "" spares none.
func (s *Service) endAll(tx *sqldb.Tx, userID, by, spare string) error {
	open, err := sqldb.List(tx, Queries["OpenSessions"], scanSession, userID, s.Now().UnixMilli())
	if err != nil {
		return err
	}
	return s.endThese(tx, slices.DeleteFunc(open, func(one Session) bool { return one.ID == spare }), by)
}

func (s *Service) endThese(tx *sqldb.Tx, list []Session, by string) error {
	for _, one := range list {
		if err := s.end(tx, one, by); err != nil {
			return err
		}
	}
	return nil
}

// begin writes a new session; those that are then too many end.
func (s *Service) begin(tx *sqldb.Tx, one Session) error {
	open, err := sqldb.List(tx, Queries["OpenSessions"], scanSession, one.UserID, one.StartedAt.UnixMilli())
	if err != nil {
		return err
	}
	open = slices.DeleteFunc(open, func(o Session) bool { return o.Over(s.Policy, one.StartedAt) })
	if err := s.endThese(tx, s.Policy.TooMany(open), one.UserID); err != nil {
		return err
	}
	return insertSession(tx, one)
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
	who, now := httpapi.Caller(ctx), s.Now()
	page.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Session, error) {
		a, err := s.ofAccount(ctx, tx, q.UserID)
		if err != nil {
			return nil, err
		}
		return sqldb.List(tx, Queries["OpenSessions"], scanSession, a.ID, now.UnixMilli())
	})
	page.Items = slices.DeleteFunc(page.Items, func(one Session) bool { return one.Over(s.Policy, now) })
	for i := range page.Items {
		page.Items[i].Current = page.Items[i].ID == who.SessionID
	}
	return page, err
}

// Listen forgets sessions that were ended on another node.
func (s *Service) Listen() {
	bus.Tail(s.Bus, func(_ bus.Meta, f SessionEnded) { s.forget(f.TokenHash) })
}
