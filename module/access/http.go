package access

import (
	"net/http"

	"zhian/platform/httpapi"
)

// Routes is everything that can be asked of grants.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "POST /v1/grants", Perm: permWrite, Audit: httpapi.AuditAdmin, Status: http.StatusCreated, Summary: "Give a user a role over an organisation", Do: httpapi.Do(s.Grant)},
		{Pattern: "DELETE /v1/grants/{id}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Take a grant back", Do: httpapi.Do(s.Revoke)},
		{Pattern: "GET /v1/grants", Perm: permRead, Audit: httpapi.AuditRead, Summary: "List grants", Do: httpapi.Do(s.List)},
		{Pattern: "GET /v1/grants/explain", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Explain a decision", Do: httpapi.Do(s.Explain)},
		{Pattern: "GET /v1/roles", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List roles", Do: httpapi.Do(s.AllRoles)},
	}
}
