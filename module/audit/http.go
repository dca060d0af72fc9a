package audit

import (
	"time"

	"zhian/platform/httpapi"
)

// exportWithin is how long a file may take.
const exportWithin = 5 * time.Minute

// Routes is the five views. Who looks into the log is in it.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "GET /v1/audit/{view}", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Show one of the five views of the audit log", Do: httpapi.Do(s.Show)},
		{Pattern: "GET /v1/audit/{view}/export", Perm: permRead, Audit: httpapi.AuditRead, Timeout: exportWithin, Summary: "Export one of the five views as CSV", Do: httpapi.Do(s.Export)},
	}
}
