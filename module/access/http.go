package access

import (
	"net/http"

	"zhian/platform/httpapi"
)

// Routes is everything that can be asked of grants.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "GET /v1/grants", Perm: permRead, Audit: httpapi.AuditRead, Summary: "List grants", Do: httpapi.Do(s.List)},
		{Pattern: "POST /v1/grants", Perm: permWrite, Audit: httpapi.AuditAdmin, Status: http.StatusCreated, Summary: "Give a user a role over an organisation", Do: httpapi.Do(s.Grant)},
		{Pattern: "DELETE /v1/grants/{id}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Take a grant back", Do: httpapi.Do(s.Revoke)},
		{Pattern: "GET /v1/grants/explain", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Explain a decision", Do: httpapi.Do(s.Explain)},
		{Pattern: "GET /v1/rights", Perm: permRead, Audit: httpapi.AuditRead, Summary: "List what a user may do", Do: httpapi.Do(s.What)},
		{Pattern: "GET /v1/rights/holders", Perm: permRead, Audit: httpapi.AuditRead, Summary: "List who may do something in an organisation", Do: httpapi.Do(s.WhoMay)},
		{Pattern: "GET /v1/me/rights", Perm: permSelf, Audit: httpapi.AuditNone, Summary: "List what one may do oneself", Do: httpapi.Do(s.Mine)},
		{Pattern: "GET /v1/roles", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List roles and permissions", Do: httpapi.Do(s.AllRoles)},
	}
}
