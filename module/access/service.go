package access

import (
	"context"
	"log/slog"
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
	DB   *sqldb.DB
	Bus  *bus.Bus
	Now  func() time.Time
	IDs  *ident.Maker
	Tree Tree
	Log  *slog.Logger
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

// Know tells the service every permission that routes ask for.
func (s *Service) Know(perms []string) {
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
	return now.can(user, string(perm), orgID) || orgID == "" && p.UserID != "" && now.open(string(perm))
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
)

// Grant gives a role.
func (s *Service) Grant(ctx context.Context, r Request) (Grant, error) {
	who := httpapi.Caller(ctx)
	if !s.Can(who, permWrite, r.OrgID) {
		return Grant{}, fault.New(fault.Forbidden, "access.outside_your_scope")
	}
	return s.give(ctx, r, who.UserID, func(g Grant) error { return CheckGranter(g, who.UserID) })
}

// Found gives the first administrators their roles: there is nobody yet who could.
func (s *Service) Found(ctx context.Context, r Request) (Grant, error) {
	return s.give(ctx, r, "setup", func(Grant) error { return nil })
}

func (s *Service) give(ctx context.Context, r Request, by string, check func(Grant) error) (Grant, error) {
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
		if err := check(g); err != nil {
			return g, err
		}
		if err := CheckGrant(g, existing); err != nil {
			return g, err
		}
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
		g, err := byID(tx, r.ID)
		if err != nil {
			return g, err
		}
		who := httpapi.Caller(ctx)
		if !s.Can(who, permWrite, g.OrgID) {
			return Grant{}, fault.New(fault.NotFound, "access.grant_not_found")
		}
		g.RevokedBy, g.RevokedAt = who.UserID, s.Now().UTC().Truncate(time.Millisecond)
		n, err := tx.Exec(Queries["Revoke"], g.RevokedBy, millis(g.RevokedAt), g.ID)
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

// Question asks whether a user may do something somewhere.
type Question struct {
	UserID string `query:"user_id" required:"true" max:"64"`
	Perm   string `query:"permission" required:"true" max:"64"`
	OrgID  string `query:"org_id" max:"64"`
}

// Explain says why a user may, or may not.
func (s *Service) Explain(ctx context.Context, q Question) (Explanation, error) {
	grants, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Grant, error) {
		return sqldb.List(tx, Queries["OfUser"], scanGrant, q.UserID)
	})
	return s.current.Load().explain(grants, q.Perm, q.OrgID, s.Now()), err
}

// Listing asks for a page of all grants ever given.
type Listing struct {
	UserID string `query:"user_id" max:"64"`
	After  string `query:"after" max:"64"`
	Limit  int    `query:"limit" min:"1" max:"500"`
}

// List is every grant ever given, revoked ones too.
func (s *Service) List(ctx context.Context, l Listing) (page httpapi.List[Grant], err error) {
	if l.Limit == 0 {
		l.Limit = 100
	}
	page.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Grant, error) {
		if l.UserID != "" {
			return sqldb.List(tx, Queries["OfUser"], scanGrant, l.UserID)
		}
		return sqldb.List(tx, Queries["Page"], scanGrant, l.After, l.Limit)
	})
	if l.UserID == "" && len(page.Items) == l.Limit {
		page.Next = page.Items[l.Limit-1].ID
	}
	return page, err
}

// RoleList is every role with what it may do.
type RoleList struct {
	Roles map[string][]string `json:"roles"`
}

// AllRoles lists the roles.
func (s *Service) AllRoles(context.Context, httpapi.Nothing) (RoleList, error) {
	return RoleList{Roles}, nil
}
