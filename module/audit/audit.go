// Package audit keeps who did what, when, to what, for which purpose and with
// what result: one event schema, five views of it (account allotment, grants,
// authentication, behaviour after log-in, log-in process).
//
// Events are appended and never changed. Each is a leaf of the ledger, so that
// whoever holds a checkpoint can prove that none was altered or removed; none is
// deleted, and so all are kept longer than the 180 days that the law wants. An
// event names accounts of staff and objects by their ids, and holds no personal
// data of anybody who called for help; names are put beside them when it is shown.
//
// Publishes nothing. Hears nothing: it is called in the transaction of what it
// records.
package audit

import (
	"encoding/json"
	"time"
	"unicode"
)

// Event is one line of the log.
type Event struct {
	Ref       string    `json:"-"` // of its leaf in the ledger
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	UserID    string    `json:"user_id"`
	OrgID     string    `json:"org_id"`
	SessionID string    `json:"session_id,omitempty"`
	DeviceID  string    `json:"device_id,omitempty"`
	Address   string    `json:"address"`
	RequestID string    `json:"request_id"`
	Class     string    `json:"class"`
	Action    string    `json:"action"`
	Object    string    `json:"object"`
	Purpose   string    `json:"purpose,omitempty"` // or the reason that was given
	Result    string    `json:"result"`            // "ok", or the key of the fault
	Account   string    `json:"account,omitempty"` // log-in name that was given, at the door
	Method    string    `json:"method,omitempty"`  // by which factors

	Change *Change `json:"change,omitempty"` // what it made of the object
}

// Change is the fields of the object that differ, as texts.
type Change struct {
	Before map[string]string `json:"before,omitempty"`
	After  map[string]string `json:"after,omitempty"`
}

// textMax is the longest text of a field, in characters: a longer one is cut,
// since a client chooses how long a path is.
const textMax = 400

// storable makes a text that both databases take and give back unchanged: a
// client's path may decode to NUL or to what is no UTF-8, and an event that the
// database refuses would take the others of its transaction with it. Control
// characters and broken bytes become U+FFFD.
func storable(text string) string {
	out := make([]rune, 0, min(len(text), textMax))
	for _, r := range text {
		if len(out) == textMax {
			break
		}
		if unicode.IsControl(r) {
			r = unicode.ReplacementChar
		}
		out = append(out, r)
	}
	return string(out)
}

// storables makes the fields of a change storable.
func storables(fields map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range fields {
		out[storable(k)] = storable(v)
	}
	return out
}

// Canonical is the bytes that the ledger commits to. The number is left out: the
// ledger has its own.
func (e Event) Canonical() ([]byte, error) {
	e.Seq, e.At = 0, e.At.UTC().Truncate(time.Millisecond)
	return json.Marshal(e)
}

// View selects what belongs to one of the five.
type View struct {
	Class  string // of events; empty: all but those at the door
	Object string // how the object begins
}

// Views are the five, by the name they have in the API: who was given which
// account, who may do what since when, who proved who they are, what people did,
// and how they came in.
var Views = map[string]View{
	"accounts":       {Class: "admin", Object: "users"},
	"grants":         {Class: "admin", Object: "grants"},
	"authentication": {Class: "login"},
	"behaviour":      {},
	"login":          {Class: "login", Object: "sessions"},
}

// Refused asks for every result that is not "ok".
const Refused = "refused"
