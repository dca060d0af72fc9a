package identity

import (
	"net/http"

	"zhian/platform/httpapi"
)

// permSelf is held by every role: what anybody may do with their own session.
const permSelf httpapi.Perm = "identity.self"

// Routes is everything that can be asked of accounts and sessions.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "POST /v1/login", Public: true, Audit: httpapi.AuditLogin, Status: http.StatusCreated, Secret: true, Summary: "Log in", Do: httpapi.Do(s.LogIn)},
		{Pattern: "POST /v1/setup", Public: true, Audit: httpapi.AuditLogin, Summary: "Set the first password of an invited account", Do: httpapi.Do(s.SetUp)},
		{Pattern: "POST /v1/logout", Perm: permSelf, Audit: httpapi.AuditChange, Summary: "End one's own session", Do: httpapi.Do(s.LogOut)},
		{Pattern: "GET /v1/me", Perm: permSelf, Audit: httpapi.AuditNone, Summary: "Read one's own account", Do: httpapi.Do(s.Me)},
		{Pattern: "GET /v1/sessions", Perm: permSelf, Audit: httpapi.AuditRead, Summary: "List open sessions", Do: httpapi.Do(s.Sessions)},
		{Pattern: "DELETE /v1/sessions/{id}", Perm: permSelf, Audit: httpapi.AuditAdmin, Summary: "End a session", Do: httpapi.Do(s.EndSession)},
		{Pattern: "POST /v1/users", Perm: permWrite, Audit: httpapi.AuditAdmin, Status: http.StatusCreated, Secret: true, Summary: "Invite a user", Do: httpapi.Do(s.Invite)},
		{Pattern: "GET /v1/users", Perm: permRead, Audit: httpapi.AuditRead, Summary: "List users", Do: httpapi.Do(s.Accounts)},
		{Pattern: "POST /v1/users/{id}/disable", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Turn an account off", Do: httpapi.Do(s.Disable)},
		{Pattern: "POST /v1/users/{id}/enable", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Turn an account on", Do: httpapi.Do(s.Enable)},
	}
}
