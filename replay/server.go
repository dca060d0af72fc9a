package replay

import (
	"context"
	"time"
)

// Server is what a replay asks of a server. An apiclient.Refused takes a row
// out; any other error ends the replay, which can then be run again.
type Server interface {
	// Open makes an incident, or finds the one that has the reference; fresh
	// says that it was made now.
	Open(ctx context.Context, key string, o Opening) (id string, fresh bool, err error)
	// Tell adds one entry to an incident; fresh says that it was not there yet.
	// The unit is made when it is new.
	Tell(ctx context.Context, key, id string, e Entry) (fresh bool, err error)
	// Timeline is what the server holds of an incident.
	Timeline(ctx context.Context, id string) (Timeline, error)
}

// Opening is the call that opens an incident.
type Opening struct {
	Ref       string
	At        time.Time
	Kind      string
	Address   string
	Narrative string
	Point     *Point
}

// Entry is one later step. Call is set for a StepCall.
type Entry struct {
	Kind    StepKind
	At      time.Time
	Undated bool   // the unit was sent no later than At
	Unit    string // for StepCall the reference of the call
	Call    Opening
}

// Timeline is what the server holds of one incident.
type Timeline struct {
	Calls  map[string]time.Time // by reference
	Units  map[string]Assignment
	Closed time.Time
}

// holds reports whether the timeline already has a step.
func (t Timeline) holds(s Step) bool {
	a := t.Units[s.Unit]
	switch s.Kind {
	case StepOpen:
		return true
	case StepCall:
		return !t.Calls[s.Unit].IsZero()
	case StepDispatch:
		return a.Undated || !a.Dispatched.IsZero()
	case StepEnRoute:
		return !a.EnRoute.IsZero()
	case StepArrive:
		return !a.Arrived.IsZero()
	case StepClear:
		return !a.Cleared.IsZero()
	}
	return !t.Closed.IsZero()
}

// sight is the timeline from one row's point of view. A call whose time the
// file does not know has none, though the server had to write one.
func (t Timeline) sight(row PlannedRow) Sighting {
	s := Sighting{Units: make([]Assignment, len(row.Units))}
	if row.HasCall {
		s.Call = t.Calls[row.CallRef]
	}
	for i, name := range row.Units {
		s.Units[i] = t.Units[name]
	}
	return s
}
