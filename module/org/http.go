package org

import (
	"net/http"

	"zhian/platform/httpapi"
)

// Routes is everything that can be asked of organisations.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "GET /v1/orgs", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List organisations", Do: httpapi.Do(s.Tree)},
		{Pattern: "POST /v1/orgs", Perm: permWrite, Audit: httpapi.AuditAdmin, Status: http.StatusCreated, Summary: "Add an organisation", Do: httpapi.Do(s.Create)},
		{Pattern: "PUT /v1/orgs/{id}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Change or move an organisation", Do: httpapi.Do(s.Change)},
		{Pattern: "DELETE /v1/orgs/{id}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Retire an organisation", Do: httpapi.Do(s.Retire)},
	}
}
