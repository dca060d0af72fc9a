// Package replay plays real calls for service through the public API of a
// server, with their true times, and reads the clocks back from the server's
// timeline. It is a client like any other: nothing here reaches behind the API.
//
//	file ─ Format ─► Row (Call | rejected) ─ Plan ─► Incident{Step…} ─ Player ─► Server
//	                                                     figures ◄─ timeline ◄──┘
//
// Every row of a file ends in exactly one of three ways: accepted (it opened
// an incident), merged (it joined an incident that an earlier row opened) or
// rejected with a reason. A plan is held in memory, about 1 kB per row.
//
// Playing is resumable and repeatable. What the server's timeline already
// holds is not sent again, and each request carries an Idempotency-Key made
// from the row, so that a request whose answer was lost does not count twice.
package replay

import "time"

// Call is one row of a file in neutral form. A zero time means that the file
// has no such stamp. Times are exact instants; zones are the format's business.
type Call struct {
	Ref       string    // the incident's number at its source; rows with the same Ref are one incident
	At        time.Time // when the call came in
	On        time.Time // the best known moment of the incident when At is zero (first stamp, or start of its day)
	Kind      string    // kind of incident as the source writes it
	Address   string
	Narrative string
	Station   string
	Point     *Point
	Units     []Assignment // a row's own units: at least one, with an empty name when the source names none
	Closed    time.Time
}

// Point is a position in WGS-84 degrees.
type Point struct{ Lat, Lon float64 }

// Assignment is one unit sent to one incident. Unit is unique within the
// incident and names the same unit in all incidents of the file.
type Assignment struct {
	Unit       string
	Undated    bool // the unit was sent, the source does not say when
	Dispatched time.Time
	EnRoute    time.Time
	Arrived    time.Time
	Cleared    time.Time
}

// known reports the earliest stamp of an assignment, zero when it has none.
func (a Assignment) known() time.Time {
	return earliest(a.Dispatched, a.EnRoute, a.Arrived, a.Cleared)
}

// earliest is the first moment of those that are known, zero when none is.
func earliest(moments ...time.Time) time.Time {
	var first time.Time
	for _, m := range moments {
		if !m.IsZero() && (first.IsZero() || m.Before(first)) {
			first = m
		}
	}
	return first
}

// Reason says why a row was rejected. Refusals by the server are
// "refused:" and the key of its fault.
type Reason string

const (
	BadRow       Reason = "bad_row"       // not a CSV record, or not as long as its header
	NoRef        Reason = "no_ref"        // nothing names the incident
	BadTime      Reason = "bad_time"      // a stamp that is no time
	BadNumber    Reason = "bad_number"    // a number that is none
	BadPoint     Reason = "bad_point"     // half a point, or one that is not on the globe
	NoTime       Reason = "no_time"       // neither a stamp nor a date
	DuplicateRow Reason = "duplicate_row" // the same text in every column as an earlier row
)

// Error makes a Reason the error that a format returns for a row.
func (r Reason) Error() string { return string(r) }
