package pace

import (
	"net/http"

	"zhian/platform/httpapi"
)

// Routes is everything that can be asked of clocks.
func (s *Service) Routes() []httpapi.Route {
	const none, read, change, admin = httpapi.AuditNone, httpapi.AuditRead, httpapi.AuditChange, httpapi.AuditAdmin
	return []httpapi.Route{
		{Pattern: "GET /v1/pace/incidents/{id}", Perm: permRead, Audit: none, Summary: "Judge the clocks of an incident, with the entries that made them", Do: httpapi.Do(s.Get)},
		{Pattern: "GET /v1/pace/live", Perm: permRead, Audit: none, Summary: "List running clocks, the next to break first", Do: httpapi.Do(s.Live)},
		{Pattern: "GET /v1/pace/report", Perm: permRead, Audit: read, Summary: "Count how incidents kept the clocks", Do: httpapi.Do(s.Report)},
		{Pattern: "GET /v1/pace/report.csv", Perm: permRead, Audit: read, Summary: "The same as a CSV file", Do: httpapi.Do(s.ReportCSV)},
		{Pattern: "GET /v1/pace/report.xlsx", Perm: permRead, Audit: read, Summary: "The same as a workbook to print: numbers as numbers, names, and what it was computed by", Do: httpapi.Do(s.ReportBook)},
		{Pattern: "GET /v1/pace/judgements", Perm: permRead, Audit: read, Summary: "List the incidents behind a figure of the report", Do: httpapi.Do(s.Judgements)},
		{Pattern: "GET /v1/pace/breaches", Perm: permRead, Audit: none, Summary: "List broken clocks, oldest first", Do: httpapi.Do(s.ListBreaches)},
		{Pattern: "POST /v1/pace/breaches/{id}/reason", Perm: permReason, Audit: change, Summary: "Say why a clock broke", Do: httpapi.Do(s.Explain)},
		{Pattern: "POST /v1/pace/breaches/reason", Perm: permReason, Audit: change, Summary: "Say why many clocks broke", Do: httpapi.Do(s.ExplainMany)},
		{Pattern: "GET /v1/pace/reasons", Perm: permRead, Audit: none, Summary: "List the reasons for broken clocks", Do: httpapi.Do(s.ListReasons)},
		{Pattern: "POST /v1/pace/reasons", Perm: permDefine, Audit: admin, Status: http.StatusCreated, Summary: "Add a reason", Do: httpapi.Do(s.AddReason)},
		{Pattern: "POST /v1/pace/reasons/{code}/retire", Perm: permDefine, Audit: admin, Status: http.StatusNoContent, Summary: "Take a reason out of use", Do: httpapi.Do(s.RetireReason)},
		{Pattern: "GET /v1/pace/definitions", Perm: permRead, Audit: none, Summary: "List every version of the clocks", Do: httpapi.Do(s.ListDefinitions)},
		{Pattern: "POST /v1/pace/definitions", Perm: permDefine, Audit: admin, Status: http.StatusCreated, Summary: "Lay down a version of a clock from a day to come", Do: httpapi.Do(s.Define)},
	}
}
