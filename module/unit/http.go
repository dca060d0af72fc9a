package unit

import (
	"net/http"

	"zhian/platform/httpapi"
)

// Routes is everything that can be asked of units.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "POST /v1/units", Perm: permWrite, Audit: httpapi.AuditAdmin, Status: http.StatusCreated, Summary: "Register a unit", Do: httpapi.Do(s.Register)},
		{Pattern: "GET /v1/units", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List units", Do: httpapi.Do(s.List)},
		{Pattern: "GET /v1/units/near", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List units as seen from a place, free and near ones first; ways and times are estimated from the straight line", Do: httpapi.Do(s.ListNear)},
		{Pattern: "GET /v1/units/{id}", Perm: permRead, Audit: httpapi.AuditNone, Summary: "Read a unit", Do: httpapi.Do(s.Get)},
		{Pattern: "PUT /v1/units/{id}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Change a unit's register entry", Do: httpapi.Do(s.Change)},
		{Pattern: "POST /v1/units/{id}/service", Perm: permWrite, Audit: httpapi.AuditChange, Summary: "Take a unit out of service or back", Do: httpapi.Do(s.Rest)},
		{Pattern: "POST /v1/units/{id}/duty", Perm: permReport, Audit: httpapi.AuditChange, Summary: "Go on or off duty in a unit", Do: httpapi.Do(s.Duty)},
		{Pattern: "GET /v1/units/{id}/duties", Perm: permRead, Audit: httpapi.AuditRead, Summary: "List who was on duty in a unit and when", Do: httpapi.Do(s.Duties)},
		{Pattern: "POST /v1/units/{id}/positions", Perm: permReport, Audit: httpapi.AuditNone, Summary: "Report positions of a unit on duty", Do: httpapi.Do(s.Report)},
	}
}
