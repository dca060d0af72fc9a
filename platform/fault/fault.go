// Package fault names the few ways a request can go wrong, so that every layer
// and every client agrees on them. A fault carries a kind (for machines), a
// stable key (for people: the web catalogues hold the texts), the path of the
// field at fault, and a cause (for logs only, never sent to a client).
package fault

import (
	"errors"
	"fmt"
	"maps"
)

// Kind is the closed set of outcomes a caller can act on.
type Kind string

const (
	Invalid         Kind = "invalid"         // the caller sent something wrong: mend it and send again
	Unauthenticated Kind = "unauthenticated" // the caller is not known: log in
	Forbidden       Kind = "forbidden"       // the caller may not do this
	NotFound        Kind = "not_found"       // no such thing, or not visible to the caller
	Conflict        Kind = "conflict"        // the thing is not in a state that allows this
	Stale           Kind = "stale"           // the thing has changed since the caller read it (If-Match)
	TooLarge        Kind = "too_large"       // the request is larger than the limit
	TooMany         Kind = "too_many"        // the caller is over its rate: try later
	Unavailable     Kind = "unavailable"     // something below is out: try later, nothing was done
	Full            Kind = "full"            // no space to keep what was sent: nothing was done
	Internal        Kind = "internal"        // our fault
)

// Error is a fault. Key is "<room>.<what>", for example
// "incident.already_closed"; Path is an RFC 6901 JSON pointer or the name of a
// query parameter; Params are values the text may show.
type Error struct {
	Kind   Kind
	Key    string
	Path   string
	Params map[string]any
	Cause  error
}

func (e *Error) Error() string {
	text := e.Key
	if e.Path != "" {
		text += " at " + e.Path
	}
	if e.Cause != nil {
		text = fmt.Sprintf("%s: %v", text, e.Cause)
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// New is a fault without a cause.
func New(kind Kind, key string) error { return &Error{Kind: kind, Key: key} }

// At is an Invalid fault of one field.
func At(path, key string) error { return &Error{Kind: Invalid, Key: key, Path: path} }

// Wrap gives err a kind and a key; it returns nil for nil.
func Wrap(kind Kind, key string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Key: key, Cause: err}
}

// With adds a value that the text of the fault may show.
func With(err error, name string, value any) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	next := *e
	next.Params = map[string]any{name: value}
	maps.Copy(next.Params, e.Params)
	return &next
}

// Of reports the fault in err's chain; anything unnamed is Internal.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Key: "internal", Cause: err}
}

// KindOf reports the kind of err; anything unnamed is Internal.
func KindOf(err error) Kind { return Of(err).Kind }

// KeyOf reports the key to show a person.
func KeyOf(err error) string { return Of(err).Key }

// Is reports whether err is a fault of that kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
