package replay

import (
	"fmt"
	"time"
)

// StepKind is one thing that happened to an incident, in the order in which
// things of the same moment are told to the server.
type StepKind int

const (
	StepOpen StepKind = iota
	StepCall          // a further call about it
	StepDispatch
	StepEnRoute
	StepArrive
	StepClear
	StepClose
)

// Step is one entry that the server's timeline shall hold.
type Step struct {
	Kind StepKind
	At   time.Time
	Unit string // of the assignment; for StepCall the reference of the call
	// Undated marks a dispatch whose time the source does not know: At is then
	// the unit's first stamp, the latest it can have been sent.
	Undated bool
	row     int // index in the incident's rows
	turn    time.Time
}

// numbered keeps the units of one incident apart: the second time a name
// occurs it is another assignment.
func numbered(name string, used map[string]int) string {
	if name == "" {
		return ""
	}
	used[name]++
	if n := used[name]; n > 1 {
		return fmt.Sprintf("%s #%d", name, n)
	}
	return name
}

// stamps are the steps of one assignment. A stage whose clock runs backwards
// keeps its true time but is told in its turn, after the stages before it.
func stamps(a Assignment, name string, row int) []Step {
	if name == "" {
		return nil
	}
	sent := Step{Kind: StepDispatch, At: a.Dispatched}
	if sent.At.IsZero() {
		sent.At, sent.Undated = a.known(), true
	}
	var steps []Step
	var turn time.Time
	for _, s := range []Step{
		sent, {Kind: StepEnRoute, At: a.EnRoute}, {Kind: StepArrive, At: a.Arrived}, {Kind: StepClear, At: a.Cleared},
	} {
		if s.At.IsZero() {
			continue
		}
		if s.At.After(turn) {
			turn = s.At
		}
		s.Unit, s.row, s.turn = name, row, turn
		steps = append(steps, s)
	}
	return steps
}

// rank puts the opening first and the close last, whatever their stamps say.
func rank(s Step) int {
	switch s.Kind {
	case StepOpen:
		return 0
	case StepClose:
		return 2
	}
	return 1
}
