package org

import (
	"net/http"
	"time"

	"zhian/platform/httpapi"
)

// Files are larger and take longer than other requests.
const (
	importMax    = 16 << 20
	importWithin = 5 * time.Minute
)

// Routes is everything that can be asked of organisations.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "GET /v1/orgs", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List organisations", Do: httpapi.Do(s.List)},
		{Pattern: "POST /v1/orgs", Perm: permWrite, Audit: httpapi.AuditAdmin, Status: http.StatusCreated, Summary: "Add an organisation", Do: httpapi.Do(s.Create)},
		{Pattern: "GET /v1/orgs/{id}", Perm: permRead, Audit: httpapi.AuditNone, Summary: "Read an organisation", Do: httpapi.Do(s.Get)},
		{Pattern: "PUT /v1/orgs/{id}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Change or move an organisation", Do: httpapi.Do(s.Change)},
		{Pattern: "DELETE /v1/orgs/{id}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Retire an organisation", Do: httpapi.Do(s.Retire)},
		{Pattern: "GET /v1/orgs/{id}/history", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List the versions of an organisation", Do: httpapi.Do(s.History)},
		{Pattern: "GET /v1/orgs/export", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Export organisations as CSV", Do: httpapi.Do(s.Export)},

		{Pattern: "GET /v1/org-imports", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List imports of organisations", Do: httpapi.Do(s.Imports)},
		{Pattern: "POST /v1/org-imports", Perm: permWrite, Audit: httpapi.AuditAdmin, MaxBody: importMax, Timeout: importWithin, Status: http.StatusCreated, Summary: "Judge a CSV file of organisations", Do: httpapi.Do(s.Prepare)},
		{Pattern: "GET /v1/org-imports/{id}", Perm: permRead, Audit: httpapi.AuditNone, Summary: "Read the account of an import", Do: httpapi.Do(s.Import)},
		{Pattern: "DELETE /v1/org-imports/{id}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Drop an import of which nothing was carried out", Do: httpapi.Do(s.Drop)},
		{Pattern: "GET /v1/org-imports/{id}/rows", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List the rows of an import with what becomes of them", Do: httpapi.Do(s.Rows)},
		{Pattern: "PUT /v1/org-imports/{id}/rows", Perm: permWrite, Audit: httpapi.AuditAdmin, Timeout: importWithin, Summary: "Mend rows of an import", Do: httpapi.Do(s.Mend)},
		{Pattern: "GET /v1/org-imports/{id}/export", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Export the rows of an import as CSV", Do: httpapi.Do(s.ExportRows)},
		{Pattern: "POST /v1/org-imports/{id}/approve", Perm: permApprove, Audit: httpapi.AuditAdmin, Summary: "Agree to what the brake holds back", Do: httpapi.Do(s.Approve)},
		{Pattern: "POST /v1/org-imports/{id}/apply", Perm: permWrite, Audit: httpapi.AuditAdmin, Timeout: importWithin, Summary: "Carry an import out", Do: httpapi.Do(s.Apply)},
	}
}
