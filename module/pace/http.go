package pace

import (
	"net/http"

	"zhian/platform/httpapi"
)

// Routes is everything that can be asked of clocks.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "GET /v1/pace/incidents/{id}", Perm: permRead, Audit: httpapi.AuditNone, Status: http.StatusOK, Summary: "Judge the clocks of an incident", Do: httpapi.Do(s.Get)},
		{Pattern: "GET /v1/pace/live", Perm: permRead, Audit: httpapi.AuditNone, Status: http.StatusOK, Summary: "Judge the clocks of open incidents", Do: httpapi.Do(s.Live)},
		{Pattern: "GET /v1/pace/report", Perm: permRead, Audit: httpapi.AuditRead, Status: http.StatusOK, Summary: "Count how incidents kept the clocks", Do: httpapi.Do(s.Report)},
	}
}
