package audit

import "zhian/platform/httpapi"

// Routes is the five views.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "GET /v1/audit/{view}", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Show one of the five views of the audit log", Do: httpapi.Do(s.Show)},
	}
}
