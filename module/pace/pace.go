// Package pace judges how fast help comes, by the five 12358 clocks (PRODUCT 10).
//
//	          start stamp          due passes
//	waiting ─────────────→ running ──────────→ breached
//	                          │ end stamp          │ end stamp
//	                          ├→ within            └→ late
//	                          └→ inverted: the end lies before the start
//	the incident ends first:  closed → missing   withdrawn, merged, transferred → censored
//	no target in the area, an excluded kind, no definition: excluded
//
// A verdict is computed from stamps by the definition in force when the call
// connected, and stored nowhere: late data and corrections only change a stamp,
// and judging again gives the new answer. What is stored is what a verdict does:
// the due moment of a running clock (pace_running), a breach and why it came to
// it (pace_breach), and that an answer once given has changed (pace_revision).
// An incident's row as it was before a change stays (pace_past), so that a report
// can be asked as it was known at a past moment.
//
// # What counts
//
//   - Exactly at the target is within; one millisecond more is not. Percentiles
//     are of whole seconds, a part of a second dropped. Midnight means nothing.
//   - Of several units the first to reach a step counts. A unit that is only
//     reserved counts from its dispatch; one that was taken off keeps what it had
//     reached. A unit that is there already arrives at the moment it is sent.
//   - Order of telling means nothing: the earliest stamp counts, whenever it
//     became known. A step that was skipped is missing once a later one is known.
//   - The reporter's first answered call is the first after the dispatch; an
//     earlier one was not the crew's, and alone it is inverted.
//   - Several calls about one event: the incident that stays counts from the first
//     of them. The one that went into it keeps what was decided; its other clocks
//     are censored, since the event is judged once.
//   - Withdrawn before the end stamp: censored, and overdue if the target had run
//     out by then. Neither enters the rate.
//   - Reopened: a clock whose target had not run out runs on as if nothing had
//     been. The others were over with the first response, and what the second one
//     does says nothing of them.
//   - A corrected time is judged anew, by another definition if the call time
//     moves over its edge, and what changed is kept as a revision.
//   - Entered more than a day after the call: judged and reported, but nobody is
//     warned and nobody has to explain.
//
// Publishes: pace.warned, pace.breached, pace.revised, pace.defined.
// Hears: incident.received, .dispatched, .progressed, .contacted, .ended, .changed.
package pace

import "time"

// Clock names a clock, or a span that is measured beside the clocks.
type Clock string

// The five clocks (PRODUCT 10.2).
const (
	ClockDispatch    Clock = "dispatch"    // 1: call connected → dispatch
	ClockAcknowledge Clock = "acknowledge" // 2: dispatch → acknowledgement
	ClockVideo       Clock = "video"       // 3: dispatch → scene video opened
	ClockContact     Clock = "contact"     // 5: dispatch → first answered call to the reporter
	ClockArrival     Clock = "arrival"     // 8: call connected → arrival
)

// Spans have no target: dispatch → arrival is shown beside clock 8, the others
// are what Chinese centres count in bins.
const (
	SpanTravel    Clock = "arrival_from_dispatch"
	SpanDeparture Clock = "departure" // dispatch → en route
	SpanFeedback  Clock = "feedback"  // dispatch → first feedback
)

// Clocks and Spans in the order in which they are shown.
var (
	Clocks = []Clock{ClockDispatch, ClockAcknowledge, ClockVideo, ClockContact, ClockArrival}
	Spans  = []Clock{SpanTravel, SpanDeparture, SpanFeedback}
)

// Step names a moment of an incident that clocks read.
type Step string

const (
	StepCalled       Step = "called"
	StepDispatched   Step = "dispatched"
	StepAcknowledged Step = "acknowledged"
	StepEnRoute      Step = "en_route"
	StepSceneVideo   Step = "scene_video"
	StepContacted    Step = "contacted"
	StepOnScene      Step = "on_scene"
	StepFeedback     Step = "feedback"
	StepEnded        Step = "ended"
	StepReopened     Step = "reopened"
)

// Stamp is when a step happened, which entry of the incident's timeline says so,
// and when that entry was recorded. The zero Stamp is unknown.
type Stamp struct {
	At    time.Time `json:"at"`
	Seq   int64     `json:"seq"`
	Known time.Time `json:"known_at"`
}

// Stamps are the moments of one incident. Ended is the latest end.
type Stamps struct {
	Called, Dispatched, Acknowledged, EnRoute, SceneVideo, Contacted, OnScene, Feedback, Ended, Reopened Stamp
}

// of is where the stamp of a step is kept; nil for a step there is not.
func (s *Stamps) of(step Step) *Stamp {
	switch step {
	case StepCalled:
		return &s.Called
	case StepDispatched:
		return &s.Dispatched
	case StepAcknowledged:
		return &s.Acknowledged
	case StepEnRoute:
		return &s.EnRoute
	case StepSceneVideo:
		return &s.SceneVideo
	case StepContacted:
		return &s.Contacted
	case StepOnScene:
		return &s.OnScene
	case StepFeedback:
		return &s.Feedback
	case StepEnded:
		return &s.Ended
	case StepReopened:
		return &s.Reopened
	}
	return nil
}

// steps is every step in the order in which stamps are stored; new ones go last.
var steps = []Step{StepCalled, StepDispatched, StepAcknowledged, StepEnRoute, StepSceneVideo, StepContacted, StepOnScene,
	StepFeedback, StepEnded, StepReopened}

// Outcome is how an incident ended last.
type Outcome string

const (
	OutcomeClosed      Outcome = "closed"
	OutcomeWithdrawn   Outcome = "withdrawn"
	OutcomeMerged      Outcome = "merged"
	OutcomeTransferred Outcome = "transferred"
)

// Incident is what clocks and reports know of one: its moments and what figures
// are grouped by.
type Incident struct {
	ID        string
	StationID string // that answers; the centre's own organisation where no station does
	AreaClass string // "" is judged as "other"
	KindCode  string
	CallTaker string // user id
	Outcome   Outcome
	Revised   []Clock // whose answer has changed
	Stamps
}

// Verdict is what a clock says.
type Verdict string

// Missing lacks a stamp although the incident was closed or a later step shows
// that it must have happened. Measured is the verdict of a span.
const (
	VerdictWaiting  Verdict = "waiting" // the start has not happened
	VerdictRunning  Verdict = "running"
	VerdictBreached Verdict = "breached" // still running, past its due time
	VerdictWithin   Verdict = "within"
	VerdictLate     Verdict = "late"
	VerdictMeasured Verdict = "measured"
	VerdictInverted Verdict = "inverted"
	VerdictMissing  Verdict = "missing"
	VerdictCensored Verdict = "censored"
	VerdictExcluded Verdict = "excluded"
)

// Why a clock does not apply to an incident.
const (
	ExcludedByKind       = "kind"
	ExcludedByArea       = "area"       // no target for its class
	ExcludedByDefinition = "definition" // none was in force
)

// Judgement is one clock of one incident, with the entries that made it. Seconds
// is whole seconds from start to end, of within, late and measured only.
type Judgement struct {
	Clock   Clock     `json:"clock"`
	Version int       `json:"definition_version,omitempty"`
	Verdict Verdict   `json:"verdict"`
	Because string    `json:"because,omitempty"` // of excluded: kind, area or definition
	TargetS int64     `json:"target_s,omitempty"`
	Due     time.Time `json:"due,omitzero"`
	Seconds int64     `json:"seconds"`
	Start   Stamp     `json:"start,omitzero"`
	End     Stamp     `json:"end,omitzero"`
}

// Running tells that the clock is waited for: its start is known, its end is not,
// and may still come.
func (j *Judgement) Running() bool {
	return j.Verdict == VerdictRunning || j.Verdict == VerdictBreached
}
