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
		{Pattern: "GET /v1/audit/{view}/histogram", Perm: permRead, Audit: httpapi.AuditRead, Timeout: exportWithin, Summary: "Count the events of one of the five views over a time", Do: httpapi.Do(s.Histogram)},
		{Pattern: "GET /v1/audit/{view}/export", Perm: permRead, Audit: httpapi.AuditRead, Timeout: exportWithin, Summary: "Export one of the five views as CSV", Do: httpapi.Do(s.Export)},
		{Pattern: "GET /v1/audit/{view}/proof", Perm: permRead, Audit: httpapi.AuditRead, Timeout: exportWithin, Summary: "Export events with the proofs that they are in the ledger", Do: httpapi.Do(s.Prove)},
		{Pattern: "GET /v1/audit-checkpoint", Perm: permRead, Audit: httpapi.AuditNone, Summary: "Show the ledger's newest checkpoint and the proof that it goes on from an earlier one", Do: httpapi.Do(s.Promise)},
	}
}
