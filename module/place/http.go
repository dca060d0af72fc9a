package place

import (
	"context"
	"net/http"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
)

// Files are larger and take longer than other requests.
const (
	importMax    = 32 << 20
	importWithin = 5 * time.Minute
)

// Routes is everything that can be asked of places.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "GET /v1/places/search", Perm: permRead, Audit: httpapi.AuditNone, Summary: "Find places while typing", Do: httpapi.Do(s.search)},
		{Pattern: "POST /v1/places/locate", Perm: permRead, Audit: httpapi.AuditNone, Summary: "Locate a text, a point or both", Do: httpapi.Do(s.Locate)},

		{Pattern: "GET /v1/places/addresses", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List standard addresses", Do: httpapi.Do(s.Addresses)},
		{Pattern: "POST /v1/places/addresses", Perm: permWrite, Audit: httpapi.AuditChange, Status: http.StatusCreated, Summary: "Add a standard address", Do: httpapi.Do(s.AddAddress)},
		{Pattern: "GET /v1/places/addresses/{id}", Perm: permRead, Audit: httpapi.AuditNone, Summary: "Read a standard address", Do: httpapi.Do(s.Address)},
		{Pattern: "PUT /v1/places/addresses/{id}", Perm: permWrite, Audit: httpapi.AuditChange, Summary: "Correct a standard address", Do: httpapi.Do(s.CorrectAddress)},
		{Pattern: "DELETE /v1/places/addresses/{id}", Perm: permWrite, Audit: httpapi.AuditChange, Summary: "Retire a standard address", Do: httpapi.Do(s.RetireAddress)},

		{Pattern: "POST /v1/places/imports", Perm: permWrite, Audit: httpapi.AuditChange, MaxBody: importMax, Timeout: importWithin, Status: http.StatusCreated, Summary: "Import addresses from CSV", Do: httpapi.Do(s.ImportAddresses)},
		{Pattern: "GET /v1/places/imports/{id}", Perm: permWrite, Audit: httpapi.AuditNone, Summary: "Read the account of an import", Do: httpapi.Do(s.Import)},
		{Pattern: "GET /v1/places/imports/{id}/rejects", Perm: permWrite, Audit: httpapi.AuditNone, Summary: "List the rejected rows of an import", Do: httpapi.Do(s.Rejects)},
		{Pattern: "POST /v1/places/divisions", Perm: permAreaWrite, Audit: httpapi.AuditAdmin, MaxBody: importMax, Timeout: importWithin, Summary: "Import a list of divisions", Do: httpapi.Do(s.ImportDivisions)},

		{Pattern: "GET /v1/places/areas", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List the stations' areas", Do: httpapi.Do(s.Areas)},
		{Pattern: "POST /v1/places/areas", Perm: permAreaWrite, Audit: httpapi.AuditAdmin, MaxBody: importMax, Timeout: importWithin, Summary: "Import areas from GeoJSON", Do: httpapi.Do(s.ImportAreas)},

		{Pattern: "GET /v1/places/hazards", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List hazards, with who wrote each and until when it holds", Do: httpapi.Do(s.Hazards)},
		{Pattern: "POST /v1/places/hazards", Perm: permHazardWrite, Audit: httpapi.AuditChange, Status: http.StatusCreated, Summary: "Warn responders of a hazard at a place until a day; never about a person", Do: httpapi.Do(s.AddHazard)},
		{Pattern: "DELETE /v1/places/hazards/{id}", Perm: permHazardWrite, Audit: httpapi.AuditChange, Summary: "Retire a hazard", Do: httpapi.Do(s.RetireHazard)},
	}
}

// typed is what somebody has typed so far.
type typed struct {
	Text  string `query:"q" required:"true" max:"200"`
	Limit int    `query:"limit" min:"1" max:"50"`
}

// search is Locate for somebody who is still typing: the best candidates only.
func (s *Service) search(ctx context.Context, t typed) (httpapi.List[Candidate], error) {
	out, err := s.Locate(ctx, Query{Text: t.Text, Limit: t.Limit})
	if err != nil {
		f := *fault.Of(err)
		f.Path = "q"
		return httpapi.List[Candidate]{}, &f
	}
	return httpapi.List[Candidate]{Items: out.Candidates}, nil
}
