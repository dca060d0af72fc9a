package incident

import (
	"net/http"

	"zhian/platform/httpapi"
)

// Routes is everything that can be asked of incidents.
func (s *Service) Routes() []httpapi.Route {
	const timeline, read = httpapi.AuditTimeline, httpapi.AuditRead
	return append(s.pictureRoutes(), []httpapi.Route{
		{Pattern: "POST /v1/incidents", Perm: permReceive, Audit: timeline, Status: http.StatusCreated, Holds: true, Summary: "Receive a call as an incident", Do: httpapi.Do(s.Receive)},
		{Pattern: "GET /v1/incidents", Perm: permRead, Audit: read, Summary: "List incidents, newest call first, or some by their ids; never by person", Do: httpapi.Do(s.Search)},
		{Pattern: "GET /v1/incidents.csv", Perm: permRead, Audit: read, Summary: "Export a list as CSV, without any personal column and with points rounded to a hundred metres", Do: httpapi.Do(s.Export)},
		{Pattern: "GET /v1/incident-kinds", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List the kinds of incidents, with what a call-taker asks about each", Do: httpapi.Do(s.ListKinds)},
		{Pattern: "GET /v1/incident-dispositions", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List the ways in which incidents end", Do: httpapi.Do(s.ListDispositions)},
		{Pattern: "GET /v1/incident-duplicates", Perm: permReceive, Audit: httpapi.AuditNone, Summary: "List the recent incidents that a call may be about, before it is taken down", Do: httpapi.Do(s.Nearby)},
		{Pattern: "GET /v1/board", Perm: permRead, Audit: httpapi.AuditNone, Summary: "List open incidents, oldest call first", Do: httpapi.Do(s.Watch)},
		{Pattern: "GET /v1/incidents/{id}", Perm: permRead, Audit: read, Summary: "Read an incident", Do: httpapi.Do(s.Get)},
		{Pattern: "GET /v1/incidents/{id}/timeline", Perm: permRead, Audit: read, Summary: "Read the timeline of an incident", Do: httpapi.Do(s.Timeline)},
		{Pattern: "GET /v1/incidents/{id}/earlier", Perm: permRead, Audit: read, Summary: "List the incidents at the same address in the 90 days before", Do: httpapi.Do(s.Earlier)},
		{Pattern: "GET /v1/incidents/{id}/candidates", Perm: permDispatch, Audit: httpapi.AuditNone, Summary: "List units that could be sent, free and near ones first, with reasons; ways and times are estimated from the straight line", Do: httpapi.Do(s.Candidates)},
		{Pattern: "POST /v1/incidents/{id}/dispatch", Perm: permDispatch, Audit: timeline, Summary: "Send or reserve units; a reason is needed where a nearer free one is passed over", Do: httpapi.Do(s.Dispatch)},
		{Pattern: "POST /v1/incidents/{id}/advance", Perm: permRespond, Audit: timeline, Summary: "Record that a unit reached a step", Do: httpapi.Do(s.Advance)},
		{Pattern: "POST /v1/incidents/{id}/video", Perm: permRespond, Audit: timeline, Summary: "Record that a unit's scene video is open", Do: httpapi.Do(s.OpenVideo)},
		{Pattern: "POST /v1/incidents/{id}/contact", Perm: permRespond, Audit: timeline, Summary: "Record a call back to the reporter", Do: httpapi.Do(s.Contact)},
		{Pattern: "POST /v1/incidents/{id}/contact/reveal", Perm: permReveal, Audit: httpapi.AuditReveal, Purpose: true, Secret: true, Summary: "Show the reporter's contact for a purpose", Do: httpapi.Do(s.Reveal)},
		{Pattern: "POST /v1/incidents/{id}/hazards-seen", Perm: permRespond, Audit: timeline, Summary: "Record that a unit has read the hazards", Do: httpapi.Do(s.SeeHazards)},
		{Pattern: "POST /v1/incidents/{id}/feedback", Perm: permRespond, Audit: timeline, Summary: "Add a unit's report", Do: httpapi.Do(s.Feedback)},
		{Pattern: "POST /v1/incidents/{id}/notes", Perm: permNote, Audit: timeline, Summary: "Add a note", Do: httpapi.Do(s.Note)},
		{Pattern: "POST /v1/incidents/{id}/priority", Perm: permDispatch, Audit: timeline, Summary: "Raise or lower the priority", Do: httpapi.Do(s.Prioritise)},
		{Pattern: "POST /v1/incidents/{id}/unassign", Perm: permDispatch, Audit: timeline, Summary: "Take a unit off", Do: httpapi.Do(s.Unassign)},
		{Pattern: "POST /v1/incidents/{id}/merge", Perm: permDispatch, Audit: timeline, Summary: "Merge into another incident", Do: httpapi.Do(s.Merge)},
		{Pattern: "POST /v1/incidents/{id}/link", Perm: permDispatch, Audit: timeline, Summary: "Relate to another incident without merging, or undo it", Do: httpapi.Do(s.Link)},
		{Pattern: "POST /v1/incidents/{id}/transfer", Perm: permDispatch, Audit: timeline, Summary: "Hand a call outside of every area to the neighbour whose it is", Do: httpapi.Do(s.Transfer)},
		{Pattern: "POST /v1/incidents/{id}/withdraw", Perm: permRespond, Audit: timeline, Summary: "Withdraw", Do: httpapi.Do(s.Withdraw)},
		{Pattern: "POST /v1/incidents/{id}/close", Perm: permRespond, Audit: timeline, Summary: "Close with a disposition", Do: httpapi.Do(s.Close)},
		{Pattern: "POST /v1/incidents/{id}/reopen", Perm: permDispatch, Audit: timeline, Summary: "Reopen", Do: httpapi.Do(s.Reopen)},
		{Pattern: "POST /v1/incidents/{id}/correct", Perm: permCorrect, Audit: timeline, Summary: "Correct a wrong value", Do: httpapi.Do(s.Correct)},
	}...)
}
