package pace

import (
	"slices"
	"time"
)

// Judge says how a clock stands at now, by a definition that is in force.
func Judge(d *Definition, in *Incident, now time.Time) Judgement {
	j := Judgement{Clock: d.Clock, Version: d.Version}
	if j.TargetS, j.Because = d.target(in); j.Because != "" {
		j.Verdict = VerdictExcluded
		return j
	}
	if !in.Reopened.At.IsZero() {
		in = in.response(d, j.TargetS)
	}
	j.Start, j.End = *in.of(d.Start), *in.of(d.End)
	if j.TargetS > 0 && !j.Start.At.IsZero() {
		j.Due = j.Start.At.Add(seconds(j.TargetS))
	}
	j.Verdict = j.verdict(in, in.passed(d.End), now)
	return j
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// valid tells that both stamps are known and in their order.
func (j *Judgement) valid() bool {
	return j.Verdict == VerdictWithin || j.Verdict == VerdictLate || j.Verdict == VerdictMeasured
}

// took is the exact time from start to end.
func (j *Judgement) took() time.Duration { return j.End.At.Sub(j.Start.At) }

// response is a reopened incident as one clock sees it. Where the target had not
// run out, the end is undone. Where it had, the clock was over with the first
// response: what happened since belongs to the second.
func (in *Incident) response(d *Definition, target int64) *Incident {
	seen, reopened := *in, in.Reopened.At
	if start := in.of(d.Start).At; start.IsZero() || !start.Add(seconds(target)).Before(reopened) {
		if !in.Ended.At.After(reopened) {
			seen.Ended = Stamp{}
		}
		return &seen
	}
	for _, step := range steps {
		if s := seen.of(step); step != StepEnded && !s.At.Before(reopened) {
			*s = Stamp{}
		}
	}
	return &seen
}

func (j *Judgement) verdict(in *Incident, passed bool, now time.Time) Verdict {
	start, end := j.Start.At, j.End.At
	ended, closed := !in.Ended.At.IsZero(), !in.Ended.At.IsZero() && in.Outcome == OutcomeClosed
	switch {
	case start.IsZero() && !ended:
		return VerdictWaiting
	case !start.IsZero() && !end.IsZero() && end.Before(start):
		return VerdictInverted
	case !start.IsZero() && !end.IsZero():
		return j.timed()
	case passed || closed:
		return VerdictMissing
	case ended:
		return VerdictCensored
	case !j.Due.IsZero() && now.After(j.Due):
		return VerdictBreached
	}
	return VerdictRunning
}

func (j *Judgement) timed() Verdict {
	j.Seconds = int64(j.took() / time.Second)
	switch {
	case j.TargetS == 0:
		return VerdictMeasured
	case j.took() <= seconds(j.TargetS):
		return VerdictWithin
	}
	return VerdictLate
}

// passed tells that a later step is known, so that this one must have happened.
func (s *Stamps) passed(step Step) bool {
	switch step {
	case StepDispatched:
		return !s.Acknowledged.At.IsZero() || !s.OnScene.At.IsZero()
	case StepAcknowledged, StepEnRoute:
		return !s.OnScene.At.IsZero()
	}
	return false
}

// Overdue tells that the target had run out when the clock was last seen without
// its end: late in truth, whatever comes of it.
func (j *Judgement) Overdue(in *Incident, now time.Time) bool {
	switch {
	case j.Verdict == VerdictCensored && !j.Due.IsZero():
		return in.Ended.At.After(j.Due)
	case j.Running():
		return j.Verdict == VerdictBreached
	}
	return false
}

// Decided tells that a verdict is an answer, and no longer a matter of waiting.
func (v Verdict) Decided() bool {
	switch v {
	case VerdictWithin, VerdictLate, VerdictInverted, VerdictMissing, VerdictCensored, VerdictExcluded:
		return true
	}
	return false
}

// Finding is what a judgement answers.
type Finding struct {
	Version int     `json:"definition_version,omitempty"`
	Verdict Verdict `json:"verdict"`
	Seconds int64   `json:"seconds"`
}

func (j Judgement) finding() Finding { return Finding{j.Version, j.Verdict, j.Seconds} }

// RevisedBy tells that an answer once given has changed. A breach that ends late,
// or is never ended, has only run its course; one that turns out to have been
// none has not.
func (was Finding) RevisedBy(is Finding) bool {
	if was.Verdict == VerdictBreached {
		return !slices.Contains([]Verdict{VerdictBreached, VerdictLate, VerdictMissing, VerdictCensored}, is.Verdict)
	}
	return was.Verdict.Decided() && was != is
}

// liveFor is how long after the call an incident can still be entered as live.
const liveFor = 24 * time.Hour

// Live tells that people can still act on the incident's clocks, or be asked why
// they broke: it was not entered as history.
func (in *Incident) Live() bool { return in.Called.Known.Sub(in.Called.At) <= liveFor }

// replacedBy tells that something known has become something else. What was not
// known before replaces nothing: its own stamp says since when it is known.
func (in *Incident) replacedBy(next *Incident) bool {
	for _, step := range steps {
		if was := *in.of(step); !was.At.IsZero() && was != *next.of(step) {
			return true
		}
	}
	return in.StationID != next.StationID || in.AreaClass != next.AreaClass || in.KindCode != next.KindCode ||
		!slices.Equal(in.Revised, next.Revised)
}

// asKnown takes away what became known after a moment; false when the call itself
// did.
func (in *Incident) asKnown(at time.Time) bool {
	for _, step := range steps {
		if s := in.of(step); s.Known.After(at) {
			*s = Stamp{}
		}
	}
	return !in.Called.At.IsZero()
}
