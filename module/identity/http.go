package identity

import (
	"net/http"

	"zhian/platform/httpapi"
)

// Routes is everything that can be asked of accounts, devices and sessions. What
// holds a password or a token is secret: it leaves no trace under an
// Idempotency-Key, not even a digest.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "POST /v1/login", Public: true, Audit: httpapi.AuditLogin, Status: http.StatusCreated, Secret: true, Summary: "Log in", Do: httpapi.Do(s.LogIn)},
		{Pattern: "POST /v1/setup", Public: true, Audit: httpapi.AuditLogin, Secret: true, Summary: "Set a password with a one-time token", Do: httpapi.Do(s.SetUp)},
		{Pattern: "POST /v1/logout", Perm: permSelf, Audit: httpapi.AuditLogin, Summary: "End one's own session", Do: httpapi.Do(s.LogOut)},
		{Pattern: "GET /v1/me", Perm: permSelf, Audit: httpapi.AuditNone, Summary: "Read one's own account", Do: httpapi.Do(s.Me)},
		{Pattern: "POST /v1/me/password", Perm: permSelf, Audit: httpapi.AuditLogin, Secret: true, Summary: "Change one's own password", Do: httpapi.Do(s.ChangePassword)},
		{Pattern: "GET /v1/sessions", Perm: permSelf, Audit: httpapi.AuditRead, Summary: "List open sessions", Do: httpapi.Do(s.Sessions)},
		{Pattern: "DELETE /v1/sessions/{id}", Perm: permSelf, Audit: httpapi.AuditAdmin, Summary: "End a session", Do: httpapi.Do(s.EndSession)},

		{Pattern: "GET /v1/devices", Perm: permSelf, Audit: httpapi.AuditRead, Summary: "List devices that were logged in on", Do: httpapi.Do(s.DeviceList)},
		{Pattern: "POST /v1/devices/{id}/block", Perm: permSelf, Audit: httpapi.AuditAdmin, Summary: "Shut a device out", Do: httpapi.Do(s.Block)},
		{Pattern: "POST /v1/devices/{id}/unblock", Perm: permSession, Audit: httpapi.AuditAdmin, Summary: "Let a device in again", Do: httpapi.Do(s.Unblock)},

		{Pattern: "GET /v1/users", Perm: permRead, Audit: httpapi.AuditRead, Summary: "List users", Do: httpapi.Do(s.Accounts)},
		{Pattern: "POST /v1/users", Perm: permWrite, Audit: httpapi.AuditAdmin, Status: http.StatusCreated, Secret: true, Summary: "Invite a user", Do: httpapi.Do(s.Invite)},
		{Pattern: "GET /v1/users/names", Perm: permSelf, Audit: httpapi.AuditNone, Summary: "Tell the names of members of the staff, as boards show them", Do: httpapi.Do(s.Names)},
		{Pattern: "GET /v1/users/{id}", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Read a user", Do: httpapi.Do(s.Account)},
		{Pattern: "PUT /v1/users/{id}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Rename a user, or move one to another organisation", Do: httpapi.Do(s.Change)},
		{Pattern: "POST /v1/users/{id}/invite", Perm: permWrite, Audit: httpapi.AuditAdmin, Secret: true, Summary: "Make a new one-time token for a user", Do: httpapi.Do(s.Reissue)},
		{Pattern: "POST /v1/users/{id}/disable", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Turn an account off", Do: httpapi.Do(s.Disable)},
		{Pattern: "POST /v1/users/{id}/enable", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Turn an account on", Do: httpapi.Do(s.Enable)},
		{Pattern: "POST /v1/users/{id}/lock", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Lock an account for a time", Do: httpapi.Do(s.Lock)},
		{Pattern: "POST /v1/users/{id}/unlock", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Unlock an account", Do: httpapi.Do(s.Unlock)},
	}
}
