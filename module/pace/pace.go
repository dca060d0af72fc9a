// Package pace judges the steps of an incident against the 12358 clocks.
//
//	incident's stamps ─Judge─→ running ─due passes→ breached
//	                              └─end stamp→ within | late | inverted;  incident ends first → censored
//
// A verdict is computed from stamps, never stored beside them, so late data
// and corrections need no repair: judging again gives the new answer.
package pace

import "time"

// Clock names one of the clocks.
type Clock string

// The clocks whose stamps exist.
const (
	Dispatch    Clock = "dispatch"    // called → first dispatch
	Acknowledge Clock = "acknowledge" // first dispatch → first acknowledgement
	Contact     Clock = "contact"     // first dispatch → first answered call to the reporter
	Arrival     Clock = "arrival"     // called → first unit on scene
)

// Stamps are the moments of an incident that clocks read; zero is unknown.
// Completed is true when it ended by being closed, not withdrawn or merged.
type Stamps struct {
	Called, Dispatched, Acknowledged, Contacted, Arrived, Ended time.Time
	Completed                                                   bool
}

// Definition is one version of a clock. Targets are seconds per area class; a
// class without a target is excluded. It holds for calls in [From, To); a zero
// To is open.
type Definition struct {
	Clock    Clock
	Version  int
	Targets  map[string]int64
	From, To time.Time
}

// Verdict is what a clock says.
type Verdict string

// Verdicts: missing lacks a stamp although the incident was closed or a later
// step shows that it must have happened; censored was withdrawn or merged first.
const (
	Waiting  Verdict = "waiting" // the start has not happened
	Running  Verdict = "running"
	Breached Verdict = "breached" // still running, past its due time
	Within   Verdict = "within"
	Late     Verdict = "late"
	Inverted Verdict = "inverted" // end before start
	Missing  Verdict = "missing"
	Censored Verdict = "censored"
)

// Judgement is one clock of one incident. Seconds is whole seconds from start
// to end and means something for within and late only.
type Judgement struct {
	Clock   Clock     `json:"clock"`
	Version int       `json:"definition_version"`
	Verdict Verdict   `json:"verdict"`
	Due     time.Time `json:"due,omitzero"`
	Seconds int64     `json:"seconds"`
}
