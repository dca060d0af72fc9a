// Package httpapi turns functions on typed values into a web API. A module
// lists its routes as a table (pattern, permission, audit class, purpose,
// function); this package does the rest once for all: who asks and may they,
// strict decoding with the path of every fault, problem+json (RFC 9457),
// Idempotency-Key, ETag and If-Match, limits of size, time and rate, request
// ids, logs, metrics, OpenAPI 3.1 and a graceful end.
package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// Perm names a permission: "<module>.<verb>" or "<module>.<noun>.<verb>".
type Perm string

// AuditClass says what record a call of a route leaves, beside the logs.
type AuditClass string

const (
	AuditNone     AuditClass = "none"     // reads nothing that belongs to a person
	AuditRead     AuditClass = "read"     // who looked at what; written after the answer
	AuditChange   AuditClass = "change"   // written in the transaction of the change
	AuditAdmin    AuditClass = "admin"    // the same, for organisations, accounts, grants, settings
	AuditTimeline AuditClass = "timeline" // the incident's own entry is the record
	AuditReveal   AuditClass = "reveal"   // the vault's witness writes it before anything is shown
	AuditLogin    AuditClass = "login"    // the identity module writes it, failures too
)

// Principal is who asks.
type Principal struct {
	UserID    string `json:"user_id,omitempty"`
	OrgID     string `json:"org_id,omitempty"`
	SessionID string `json:"session_id,omitempty"`
	DeviceID  string `json:"device_id,omitempty"`
	Name      string `json:"name,omitempty"`
	Kind      string `json:"kind,omitempty"` // user, device or service
	Anonymous bool   `json:"anonymous,omitzero"`
	Number    uint32 `json:"-"` // by which the gate of this process knows UserID, to spare it a look-up; 0: none
}

// Route is one line of a module's table.
type Route struct {
	Pattern string        // net/http: "POST /v1/incidents/{id}/dispatch"
	Perm    Perm          // asked anywhere in the caller's scope; the service narrows it to the object's unit
	Public  bool          // no session needed
	Audit   AuditClass    // required
	Purpose bool          // the request must state a purpose (its In has a "purpose")
	Secret  bool          // the answer holds a token or what is personal: it is never kept under an Idempotency-Key; so is every reveal
	Holds   bool          // while the database is out it is kept in the node's spool, answered 202 and done later
	Status  int           // of success; 200 when zero
	MaxBody int64         // bytes, when the server's limit does not fit: imports
	Timeout time.Duration // when the server's does not fit: exports
	Summary string        // one line for the API's description
	Do      Endpoint
	Raw     http.HandlerFunc // instead of Do, for what is not one JSON answer: WebSocket, streams
}

// Gate decides permissions. orgID "" asks: anywhere at all?
type Gate interface {
	Can(p Principal, perm Perm, orgID string) bool
}

// Authenticator finds out who asks.
type Authenticator interface {
	Authenticate(ctx context.Context, r *http.Request) (Principal, error)
}

// AuditEvent is one line of the audit log.
type AuditEvent struct {
	At        time.Time  `json:"at"`
	Actor     Principal  `json:"actor"`
	Address   string     `json:"address"` // of the client
	RequestID string     `json:"request_id"`
	Class     AuditClass `json:"class"`
	Action    string     `json:"action"` // the route's pattern
	Object    string     `json:"object"` // the path's values: "incidents/0190…"
	Purpose   string     `json:"purpose,omitempty"`
	Result    string     `json:"result"`            // "ok" or the key of the fault
	Account   string     `json:"account,omitempty"` // log-in name that was given, for the class login
	Method    string     `json:"method,omitempty"`  // by which factors, for the class login
	Change    *Change    `json:"change,omitempty"`  // what it made of the object, where the module tells
}

// Auditor keeps audit events.
type Auditor interface {
	Record(tx *sqldb.Tx, e AuditEvent) error
}

// List is a page: Next is the "after" of the following one, empty at the end.
// Total is of all pages, where counting them is cheap.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
	Total int    `json:"total,omitzero"`
}

// Match checks an If-Match header against a version; an absent one always fits.
func Match(ifMatch string, version int64) error {
	if ifMatch == "" || ifMatch == "*" || ifMatch == etag(version) {
		return nil
	}
	return fault.New(fault.Stale, "request.stale")
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

type contextKey int

const (
	principalKey contextKey = iota
	requestKey
	promiseKey
)

// As sets who asks; the server does it for requests, tests and workers for themselves.
func As(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey, p)
}

// Caller is who asks.
func Caller(ctx context.Context) Principal {
	p, ok := ctx.Value(principalKey).(Principal)
	if !ok {
		return Principal{Anonymous: true}
	}
	return p
}

// RequestID is the id of the request that ctx belongs to, for logs.
func RequestID(ctx context.Context) string {
	if c, ok := ctx.Value(requestKey).(*call); ok {
		return c.id
	}
	return ""
}

// ClientAddress is the address the request of ctx came from.
func ClientAddress(ctx context.Context) string {
	if c, ok := ctx.Value(requestKey).(*call); ok {
		return c.address
	}
	return ""
}
