package access

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of.
type Deps struct {
	DB    *sqldb.DB
	Bus   *bus.Bus
	Now   func() time.Time
	IDs   *ident.Maker
	Tree  Tree
	Staff Staff
	Log   *slog.Logger
}

// Service answers questions from the newest snapshot and keeps the grants.
type Service struct {
	Deps
	people  people
	current atomic.Pointer[Snapshot]
	epoch   atomic.Uint64
	board   board

	turn     sync.Mutex // whose holder compiles
	compiler *compiler
	looked   time.Time // up to when grants that begin or end by themselves were seen
}

// New makes a service that allows nothing until it is started.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	s.Know(nil)
	return s
}

// Know tells the service every permission that routes ask for; a public one asks
// for none.
func (s *Service) Know(perms []string) {
	perms = slices.DeleteFunc(slices.Clone(perms), func(perm string) bool { return perm == "" })
	s.compiler = newCompiler(&s.people, Roles, perms)
	s.current.Store(s.compiler.snapshot())
}

// Number is what a session carries so that decisions need not look for its user:
// good for the life of the process, in it alone.
func (s *Service) Number(userID string) uint32 { return s.people.number(userID) }

// Can is the one decision of the house (httpapi.Gate).
func (s *Service) Can(p httpapi.Principal, perm httpapi.Perm, orgID string) bool {
	user := p.Number
	if user == 0 {
		user = s.people.find(p.UserID)
	}
	now := s.current.Load()
	if orgID == "" {
		return now.canAnywhere(user, string(perm)) || p.UserID != "" && now.open(string(perm))
	}
	return now.can(user, string(perm), orgID) // and no branch on what nobody can foretell
}

// Epoch is another one after each change of decisions, for those who remember them.
func (s *Service) Epoch() uint64 { return s.epoch.Load() }

// Holders are the users who hold a role at just this organisation at a moment.
func (s *Service) Holders(tx *sqldb.Tx, role, orgID string, at time.Time) ([]string, error) {
	return sqldb.List(tx, Queries["Holders"], sqldb.ScanString, orgID, role, at.UnixMilli(), at.UnixMilli())
}

// Scope is where a caller holds a permission, for lists (httpapi.Scoper).
func (s *Service) Scope(p httpapi.Principal, perm httpapi.Perm) httpapi.Scope {
	return httpapi.NewScope(s.current.Load().scope(s.people.find(p.UserID), string(perm)))
}

// Request asks for a grant.
type Request struct {
	UserID   string    `json:"user_id" required:"true" max:"64"`
	Role     string    `json:"role" required:"true" max:"64"`
	OrgID    string    `json:"org_id" required:"true" max:"64"`
	UnitOnly bool      `json:"unit_only"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Reason   string    `json:"reason" required:"true" max:"500"`
}

const (
	permRead  httpapi.Perm = "access.read"
	permWrite httpapi.Perm = "access.write"
	permSelf  httpapi.Perm = "identity.self" // held by everybody
)

// Grant gives a role.
func (s *Service) Grant(ctx context.Context, r Request) (Grant, error) {
	who := httpapi.Caller(ctx)
	if !s.Can(who, permWrite, r.OrgID) {
		return Grant{}, fault.New(fault.Forbidden, "access.outside_your_scope")
	}
	return s.give(ctx, r, who.UserID, func(tx *sqldb.Tx, g Grant) error {
		if err := CheckGranter(g, who.UserID); err != nil {
			return err
		}
		known, err := s.Staff.Exists(tx, g.UserID)
		if err == nil && !known {
			err = fault.At("/user_id", "access.unknown_user")
		}
		return err
	})
}

// Found gives the first administrators their roles: there is nobody yet who could.
func (s *Service) Found(ctx context.Context, r Request) (Grant, error) {
	return s.give(ctx, r, "setup", func(*sqldb.Tx, Grant) error { return nil })
}

func (s *Service) give(ctx context.Context, r Request, by string, check func(*sqldb.Tx, Grant) error) (Grant, error) {
	return s.write(ctx, func(tx *sqldb.Tx) (Grant, error) {
		now := s.Now().UTC().Truncate(time.Millisecond)
		g := Grant{ID: s.IDs.Next(), UserID: r.UserID, Role: r.Role, OrgID: r.OrgID, UnitOnly: r.UnitOnly, From: r.From.UTC(), Until: r.Until,
			GrantedBy: by, GrantedAt: now, Reason: r.Reason}
		if g.From.IsZero() {
			g.From = now
		}
		existing, err := ofUser(tx, g.UserID)
		if err != nil {
			return g, err
		}
		if err := check(tx, g); err != nil {
			return g, err
		}
		if err := CheckGrant(g, existing); err != nil {
			return g, err
		}
		httpapi.NoteChange(ctx, nil, g.fields())
		return g, insert(tx, g)
	})
}

// Revocation names the grant to take back.
type Revocation struct {
	ID string `path:"id"`
}

// Revoke takes a grant back at once.
func (s *Service) Revoke(ctx context.Context, r Revocation) (Grant, error) {
	return s.write(ctx, func(tx *sqldb.Tx) (Grant, error) {
		if err := lock(tx); err != nil {
			return Grant{}, err
		}
		g, err := byID(tx, r.ID)
		if err != nil {
			return g, err
		}
		who := httpapi.Caller(ctx)
		if !s.Can(who, permWrite, g.OrgID) {
			return Grant{}, fault.New(fault.NotFound, "access.grant_not_found")
		}
		if err := s.checkLast(tx, g); err != nil {
			return g, err
		}
		httpapi.NoteChange(ctx, g.fields(), nil)
		g.RevokedBy, g.RevokedAt = who.UserID, s.Now().UTC().Truncate(time.Millisecond)
		n, err := tx.Exec(Queries["Revoke"], g.RevokedBy, sqldb.Millis(g.RevokedAt), g.ID)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "access.already_revoked")
		}
		return g, err
	})
}

// write changes a grant, tells the other nodes, and has this one follow before
// the answer goes out.
func (s *Service) write(ctx context.Context, change func(*sqldb.Tx) (Grant, error)) (Grant, error) {
	g, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Grant, error) {
		g, err := change(tx)
		if err != nil {
			return g, err
		}
		return g, s.Bus.Publish(tx, s.Now(), Changed{g.ID, g.UserID})
	})
	if err == nil {
		s.followUser(ctx, g.UserID)
	}
	return g, err
}

// checkLast keeps one grant without an end for each of the three administrators:
// when the last one is gone nobody can give it to anybody.
func (s *Service) checkLast(tx *sqldb.Tx, g Grant) error {
	if !slices.Contains(separated, g.Role) || !g.RevokedAt.IsZero() {
		return nil
	}
	left, err := sqldb.Get(tx, Queries["CountLasting"], sqldb.ScanInt, g.Role, sqldb.Millis(s.Now()), g.ID)
	if err == nil && left == 0 {
		err = fault.With(fault.New(fault.Conflict, "access.last_administrator"), "role", g.Role)
	}
	return err
}
