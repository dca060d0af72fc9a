package app

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"

	"zhian/module/identity"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
)

// door lets whoever looks at a demonstration in as one of its people. It is
// there in a demonstration only, opens when the city lives, and knows no
// password but the random one of this very run: each entry is a log-in like any
// other, and is recorded like one.
type door struct {
	identity *identity.Service
	guests   atomic.Pointer[guests]
}

type guests struct {
	of    map[string]identity.LogIn // by role
	ready func(ctx context.Context, login string) error
}

// open admits guests; ready sees to it that an account has its password.
func (d *door) open(of map[string]identity.LogIn, ready func(ctx context.Context, login string) error) {
	d.guests.Store(&guests{of, ready})
}

// Routes of the door.
func (d *door) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "POST /v1/demo/login", Public: true, Audit: httpapi.AuditLogin, Status: http.StatusCreated, Secret: true,
			Summary: "Log in as somebody with a role (in a demonstration only)", Do: httpapi.Do(d.enter)},
		{Pattern: "GET /v1/demo/roles", Public: true, Audit: httpapi.AuditNone,
			Summary: "List the roles that can be tried (in a demonstration only)", Do: httpapi.Do(d.list)},
	}
}

// Visit says as whom a visitor wants to look; the rest is as at any log-in.
type Visit struct {
	Role     string `json:"role" required:"true" max:"64"`
	DeviceID string `json:"device_id" max:"64"`
	Cookie   bool   `json:"cookie"`
}

func (d *door) enter(ctx context.Context, v Visit) (identity.LoggedIn, error) {
	g := d.guests.Load()
	if g == nil {
		return identity.LoggedIn{}, fault.New(fault.Unavailable, "demo.not_yet")
	}
	login, known := g.of[v.Role]
	if !known {
		return identity.LoggedIn{}, fault.With(fault.At("/role", "demo.no_such_role"), "allowed", slices.Sorted(maps.Keys(g.of)))
	}
	if err := g.ready(ctx, login.Login); err != nil {
		return identity.LoggedIn{}, err
	}
	login.DeviceID, login.Cookie = v.DeviceID, v.Cookie
	return d.identity.LogIn(ctx, login)
}

// RoleToTry is one of the roles that can be tried.
type RoleToTry struct {
	Role  string `json:"role"`
	Login string `json:"login"`
}

func (d *door) list(context.Context, httpapi.Nothing) (httpapi.List[RoleToTry], error) {
	page := httpapi.List[RoleToTry]{Items: []RoleToTry{}}
	if g := d.guests.Load(); g != nil {
		for _, role := range slices.Sorted(maps.Keys(g.of)) {
			page.Items = append(page.Items, RoleToTry{role, g.of[role].Login})
		}
	}
	return page, nil
}
