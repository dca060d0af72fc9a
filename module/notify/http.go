package notify

import "zhian/platform/httpapi"

// Routes is everything that can be asked of messages.
func (s *Service) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "GET /v1/inbox", Perm: permInbox, Audit: httpapi.AuditNone, Summary: "List one's own messages, newest first, with the number of unread ones", Do: httpapi.Do(s.Inbox)},
		{Pattern: "POST /v1/inbox/marks", Perm: permInbox, Audit: httpapi.AuditNone, Summary: "Mark one's own messages as delivered, seen or acknowledged", Do: httpapi.Do(s.Mark)},
		{Pattern: "GET /v1/messages", Perm: permRead, Audit: httpapi.AuditRead, Summary: "List the messages about something", Do: httpapi.Do(s.OfSubject)},
		{Pattern: "GET /v1/messages/{id}", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Read a message with its deliveries and attempts", Do: httpapi.Do(s.Get)},
		{Pattern: "POST /v1/messages/{id}/resend", Perm: permResend, Audit: httpapi.AuditChange, Summary: "Send a failed delivery once more", Do: httpapi.Do(s.Resend)},
	}
}
