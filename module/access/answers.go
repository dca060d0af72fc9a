package access

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Question asks whether a user may do something somewhere.
type Question struct {
	UserID string `query:"user_id" required:"true" max:"64"`
	Perm   string `query:"permission" required:"true" max:"64"`
	OrgID  string `query:"org_id" max:"64"` // empty: anywhere at all
}

// Explain says why a user may, or may not.
func (s *Service) Explain(ctx context.Context, q Question) (Explanation, error) {
	if !s.Can(httpapi.Caller(ctx), permRead, q.OrgID) {
		return Explanation{}, fault.New(fault.Forbidden, "access.outside_your_scope")
	}
	grants, err := s.grantsOf(ctx, q.UserID)
	return s.current.Load().explain(s.visible(ctx, grants), q.Perm, q.OrgID, s.Now()), err
}

func (s *Service) grantsOf(ctx context.Context, userID string) ([]Grant, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Grant, error) {
		return sqldb.List(tx, Queries["OfUser"], scanGrant, userID)
	})
}

// visible are the grants over organisations in the caller's scope.
func (s *Service) visible(ctx context.Context, grants []Grant) []Grant {
	scope := s.Scope(httpapi.Caller(ctx), permRead)
	return slices.DeleteFunc(grants, func(g Grant) bool { return !scope.Covers(g.OrgID) })
}

// Listing asks for a page of all grants ever given, newest first.
type Listing struct {
	UserID   string `query:"user_id" max:"64"`
	Role     string `query:"role" max:"64"`
	OrgID    string `query:"org_id" max:"64"` // over this very organisation
	Standing bool   `query:"standing"`        // only those in force
	After    string `query:"after" max:"100"`
	Limit    int    `query:"limit" min:"1" max:"500"`
}

const usualPage = 100

// begin is where a page begins: behind a grant, or before the newest.
func (l Listing) begin() (at int64, id string, err error) {
	if l.After == "" {
		return math.MaxInt64, "", nil
	}
	ms, id, _ := strings.Cut(l.After, " ")
	if at, err = strconv.ParseInt(ms, 10, 64); err != nil {
		return 0, "", fault.At("after", "request.bad_cursor")
	}
	return at, id, nil
}

// List is every grant over the caller's organisations, revoked ones too. A page
// may hold fewer than its limit, and others follow all the same.
func (s *Service) List(ctx context.Context, l Listing) (page httpapi.List[Grant], err error) {
	limit, standing := cmp.Or(l.Limit, usualPage), int64(0)
	if l.Standing {
		standing = sqldb.Millis(s.Now())
	}
	at, id, err := l.begin()
	if err != nil {
		return page, err
	}
	list, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Grant, error) {
		return sqldb.List(tx, Queries["Page"], scanGrant, l.UserID, l.Role, l.OrgID, standing, at, id, limit+1)
	})
	if err != nil {
		return page, err
	}
	if len(list) > limit {
		list = list[:limit]
		page.Next = strconv.FormatInt(sqldb.Millis(list[limit-1].GrantedAt), 10) + " " + list[limit-1].ID
	}
	page.Items = s.visible(ctx, list)
	return page, nil
}

// Whose asks what a user may do.
type Whose struct {
	UserID string `query:"user_id" required:"true" max:"64"`
}

// Right is what one grant in force lets its user do.
type Right struct {
	Grant
	Permissions []string `json:"permissions"` // in words that routes ask for
}

// Rights is what a user may do where, since when and by whom; Open is what nobody
// needs a grant for.
type Rights struct {
	UserID string   `json:"user_id"`
	Open   []string `json:"open"`
	Rights []Right  `json:"rights"`
}

// What says what a user may do, over the caller's organisations.
func (s *Service) What(ctx context.Context, w Whose) (Rights, error) {
	grants, err := s.grantsOf(ctx, w.UserID)
	return s.rights(w.UserID, s.visible(ctx, grants)), err
}

// Mine says what the caller may do.
func (s *Service) Mine(ctx context.Context, _ httpapi.Nothing) (Rights, error) {
	who := httpapi.Caller(ctx).UserID
	grants, err := s.grantsOf(ctx, who)
	return s.rights(who, grants), err
}

func (s *Service) rights(userID string, grants []Grant) Rights {
	out := Rights{UserID: userID, Open: s.known(everyone), Rights: []Right{}}
	for _, g := range grants {
		if g.InForce(s.Now()) {
			out.Rights = append(out.Rights, Right{g, s.known(Roles[g.Role])})
		}
	}
	return out
}

// known are the permissions that patterns cover, of those that routes ask for.
func (s *Service) known(patterns []string) []string {
	list := []string{}
	for _, perm := range s.current.Load().perms.names {
		if slices.ContainsFunc(patterns, func(p string) bool { return covers(p, perm) }) {
			list = append(list, perm)
		}
	}
	return list
}

// Who asks who may do something in an organisation.
type Who struct {
	Perm  string `query:"permission" required:"true" max:"64"`
	OrgID string `query:"org_id" required:"true" max:"64"`
	After string `query:"after" max:"130"`
	Limit int    `query:"limit" min:"1" max:"500"`
}

// WhoMay lists the grants by which anybody may do something in an organisation
// now, by user.
func (s *Service) WhoMay(ctx context.Context, w Who) (page httpapi.List[Grant], err error) {
	if !s.Can(httpapi.Caller(ctx), permRead, w.OrgID) {
		return page, fault.New(fault.Forbidden, "access.outside_your_scope")
	}
	limit := cmp.Or(w.Limit, usualPage)
	user, id, _ := strings.Cut(w.After, " ")
	page.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Grant, error) {
		return sqldb.List(tx, Queries["Holding"], scanGrant, sqldb.Texts(rolesWith(w.Perm)), sqldb.Texts(s.current.Load().above(w.OrgID)), w.OrgID,
			sqldb.Millis(s.Now()), user, id, limit+1)
	})
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := page.Items[limit-1]
		page.Next = last.UserID + " " + last.ID
	}
	return page, err
}

// rolesWith are the roles that hold a permission.
func rolesWith(perm string) (names []string) {
	for _, role := range slices.Sorted(maps.Keys(Roles)) {
		if slices.ContainsFunc(Roles[role], func(p string) bool { return covers(p, perm) }) {
			names = append(names, role)
		}
	}
	return names
}

// RoleList is every role with what it may do, in patterns, and every permission
// that there is.
type RoleList struct {
	Roles       map[string][]string `json:"roles"`
	Everyone    []string            `json:"everyone"` // what needs no grant
	Permissions []string            `json:"permissions"`
}

// AllRoles lists the roles.
func (s *Service) AllRoles(context.Context, httpapi.Nothing) (RoleList, error) {
	return RoleList{Roles, everyone, s.current.Load().perms.names}, nil
}
