package identity

import (
	"context"
	"net/http"
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
}

type cached struct {
	Session
	touched time.Time // when seen_at was last written
}

// touchEvery spares a write per request; the idle limit is that much vaguer.
const touchEvery = time.Minute

// cookieName is the browser's session; other clients send a bearer token.
const cookieName = "zhian_session"

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
	if c, err := r.Cookie(cookieName); err == nil {
		return c.Value
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
	one, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Session, error) {
		return sqldb.Get(tx, Queries["SessionByToken"], scanSession, hash)
	})
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
	if s.open.of == nil {
		s.open.of, s.open.byID = map[string]*cached{}, map[string]string{}
	}
	s.open.of[hash], s.open.byID[one.ID] = known, hash
	return known, nil
}

// touch keeps the time of the last request for other nodes and restarts; losing
// one only ends an idle session a little early.
func (s *Service) touch(id string, now time.Time) {
	s.DB.Background(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(Queries["Touch"], now.UnixMilli(), id)
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

func (s *Service) endAll(tx *sqldb.Tx, userID, by string) error {
	open, err := sqldb.List(tx, Queries["OpenSessions"], scanSession, userID, s.Now().UnixMilli())
	if err != nil {
		return err
	}
	for _, one := range open {
		if err := s.end(tx, one, by); err != nil {
			return err
		}
	}
	return nil
}

// Listen forgets sessions that were ended on another node.
func (s *Service) Listen() {
	bus.Tail(s.Bus, func(_ bus.Meta, f SessionEnded) { s.forget(f.TokenHash) })
}
