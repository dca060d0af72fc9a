package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// statusOf is the one place where faults become HTTP.
var statusOf = map[fault.Kind]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Stale:           http.StatusPreconditionFailed,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Full:            http.StatusInsufficientStorage,
	fault.Internal:        http.StatusInternalServerError,
}

// Problem is the body of every refusal (RFC 9457). Key is stable: clients
// decide on it, and the web catalogues hold its text.
type Problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Key       string         `json:"key"`
	Path      string         `json:"path,omitempty"`
	Params    map[string]any `json:"params,omitempty"`
	RequestID string         `json:"request_id"`
}

// named gives outcomes of the storage that a service let through a fault.
func namedFault(err error) *fault.Error {
	var tooLarge *http.MaxBytesError
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &tooLarge):
		return &fault.Error{Kind: fault.TooLarge, Key: "request.too_large", Cause: err}
	case errors.Is(err, sqldb.ErrDuplicate):
		return &fault.Error{Kind: fault.Conflict, Key: "request.duplicate", Cause: err}
	case errors.Is(err, sqldb.ErrMissing):
		return &fault.Error{Kind: fault.Invalid, Key: "request.unknown_reference", Cause: err}
	case errors.Is(err, sqldb.ErrNone):
		return &fault.Error{Kind: fault.NotFound, Key: "request.not_found", Cause: err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &fault.Error{Kind: fault.Unavailable, Key: "request.timeout", Cause: err}
	}
	return fault.Of(err)
}

func writeProblem(w http.ResponseWriter, f *fault.Error, requestID string) int {
	status := statusOf[f.Kind]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	return writeStatus(w, status, f, requestID)
}

// writeStatus is for the few refusals whose status says more than their kind.
func writeStatus(w http.ResponseWriter, status int, f *fault.Error, requestID string) int {
	if f.Kind == fault.TooMany || f.Kind == fault.Unavailable {
		w.Header().Set("Retry-After", retryAfter(f))
	}
	body, err := json.Marshal(Problem{Type: "urn:zhian:problem:" + f.Key, Title: http.StatusText(status),
		Status: status, Key: f.Key, Path: f.Path, Params: f.Params, RequestID: requestID}, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		body = []byte(`{"type":"urn:zhian:problem:internal","status":500,"key":"internal"}`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	w.Write(body)
	return status
}

// Refuse answers with a fault where a route's own function writes the answer (Raw).
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, namedFault(err), RequestID(r.Context()))
}

// RetryAfter names the parameter of a fault that says how many seconds to wait.
const RetryAfter = "retry_after_s"

func retryAfter(f *fault.Error) string {
	if s, ok := f.Params[RetryAfter].(int); ok && s > 1 {
		return strconv.Itoa(s)
	}
	return "1"
}
