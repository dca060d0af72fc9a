package app

import (
	"context"
	"fmt"

	"zhian/module/access"
	"zhian/module/identity"
	"zhian/module/org"
)

// Invitation is the one-time way in of a first administrator.
type Invitation struct {
	Login string
	Role  string
	Token string
}

// founders are the three separate administrators: none of them can do another's
// work, and none sees an incident.
var founders = []struct{ login, role string }{
	{"system", access.RoleSystemAdmin},
	{"security", access.RoleSecurityAdmin},
	{"audit", access.RoleAuditAdmin},
}

// Found makes the first organisation and its three administrators, if nobody has
// an account yet. There is no default password: each sets their own with a token
// that is shown once.
func (a *App) Found(ctx context.Context, division string) ([]Invitation, error) {
	empty, err := a.Identity.Empty(ctx)
	if err != nil || !empty {
		return nil, err
	}
	_, name, _, known := a.Org.Divisions.Find(division)
	if !known {
		return nil, fmt.Errorf("no such division (GB/T 2260): %q", division)
	}
	root, err := a.Org.Found(ctx, org.Form{Code: division + "000000", Name: name, Kind: "county"})
	if err != nil {
		return nil, err
	}
	var invitations []Invitation
	for _, f := range founders {
		account, err := a.Identity.Found(ctx, identity.NewAccount{Login: f.login, DisplayName: f.login, OrgID: root.ID})
		if err != nil {
			return nil, err
		}
		if _, err := a.Access.Found(ctx, access.Request{UserID: account.ID, Role: f.role, OrgID: root.ID, Reason: "first run"}); err != nil {
			return nil, err
		}
		invitations = append(invitations, Invitation{f.login, f.role, account.SetupToken})
	}
	return invitations, nil
}
