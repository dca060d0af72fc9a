package identity

import (
	"context"
	"time"

	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of.
type Deps struct {
	DB        *sqldb.DB
	Bus       *bus.Bus
	Now       func() time.Time
	IDs       *ident.Maker
	Gate      Rights
	Passwords Passwords
	Auditor   Auditor
	Policy    Policy
}

// Service keeps accounts, devices and sessions.
type Service struct {
	Deps
	open    cache
	guard   guard
	factors map[string]Factor
}

// New makes the service.
func New(d Deps) *Service {
	return &Service{Deps: d, factors: map[string]Factor{byPassword: passwordFactor{d.Passwords}}}
}

const (
	permRead    httpapi.Perm = "identity.read"
	permWrite   httpapi.Perm = "identity.write"
	permSession httpapi.Perm = "identity.session.end"
	permSelf    httpapi.Perm = "identity.self" // held by everybody: what one may do with one's own
)

// moment is now as it is stored.
func (s *Service) moment() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// atDoor is an audit event of what happens at the door: the caller's, who may not
// be known.
func (s *Service) atDoor(ctx context.Context, a Account, action, object, method, result string) httpapi.AuditEvent {
	return httpapi.AuditEvent{At: s.Now(), Actor: httpapi.Principal{UserID: a.ID, OrgID: a.OrgID, Kind: a.Kind, SessionID: httpapi.Caller(ctx).SessionID},
		Address: httpapi.ClientAddress(ctx), RequestID: httpapi.RequestID(ctx), Class: httpapi.AuditLogin, Action: action, Object: object,
		Result: result, Account: a.Login, Method: method}
}

// record writes what happened at the door in a transaction of its own.
func (s *Service) record(ctx context.Context, e httpapi.AuditEvent) error {
	return s.DB.Do(ctx, func(tx *sqldb.Tx) error { return s.Auditor.Record(tx, e) })
}
