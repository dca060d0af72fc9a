package pace

import (
	"slices"
	"time"

	"zhian/platform/fault"
)

// Definition is one version of a clock. It judges calls that connected in
// [From, Until); a zero From is since ever, a zero Until without end.
type Definition struct {
	Clock         Clock            `json:"clock"`
	Version       int              `json:"version"` // from 1, per clock
	Start         Step             `json:"start"`
	End           Step             `json:"end"`
	Targets       map[string]int64 `json:"targets"` // seconds by area class; a class without one is excluded
	ExcludedKinds []string         `json:"excluded_kinds"`
	WarnPercent   int              `json:"warn_percent"` // of the target, when those who can act are warned
	From          time.Time        `json:"from,omitzero"`
	Until         time.Time        `json:"until,omitzero"`
	Reason        string           `json:"reason,omitempty"` // why it was laid down
	By            string           `json:"by,omitempty"`     // user id; empty for what a centre begins with
	At            time.Time        `json:"at,omitzero"`
}

// areaOther is also the class of a place that is in no known area.
const areaOther = "other"

var areaClasses = []string{"urban", "county_town", "market_town", "complex", areaOther}

// spans are the definitions of what is measured without a target.
var spans = []Definition{
	{Clock: SpanTravel, Start: StepDispatched, End: StepOnScene},
	{Clock: SpanDeparture, Start: StepDispatched, End: StepEnRoute},
	{Clock: SpanFeedback, Start: StepDispatched, End: StepFeedback},
}

// target is how many seconds the incident's clock may take, 0 for a span, or why
// it has none.
func (d *Definition) target(in *Incident) (seconds int64, because string) {
	if d.Targets == nil {
		return 0, ""
	}
	if slices.Contains(d.ExcludedKinds, in.KindCode) {
		return 0, ExcludedByKind
	}
	seconds, ok := d.Targets[in.class()]
	if !ok {
		return 0, ExcludedByArea
	}
	return seconds, ""
}

// class is the area class by which an incident is judged.
func (in *Incident) class() string {
	if in.AreaClass == "" {
		return areaOther
	}
	return in.AreaClass
}

func (d *Definition) holds(called time.Time) bool {
	return !called.Before(d.From) && (d.Until.IsZero() || called.Before(d.Until))
}

// Definitions is every version of every clock.
type Definitions []Definition

// InForce is the version that judges a call; nil when there is none.
func (ds Definitions) InForce(c Clock, called time.Time) *Definition {
	for i := range ds {
		if ds[i].Clock == c && ds[i].holds(called) {
			return &ds[i]
		}
	}
	return nil
}

// Judge judges one clock by the version that was in force when the call connected.
func (ds Definitions) Judge(c Clock, in *Incident, now time.Time) Judgement {
	d := ds.InForce(c, in.Called.At)
	if d == nil {
		return Judgement{Clock: c, Verdict: VerdictExcluded, Because: ExcludedByDefinition}
	}
	return Judge(d, in, now)
}

// lead is how long before it begins a version must be written down: by then every
// node knows it, and no call is judged yet whose clock is a little ahead.
const lead = 5 * time.Minute

// Define checks a new version and gives it its number. A version that has begun
// is never changed: the one without an end is superseded from the day the new one
// begins, and any other overlap is refused.
func (ds Definitions) Define(d Definition, now time.Time) (added Definition, superseded *Definition, err error) {
	if err := d.check(); err != nil {
		return d, nil, err
	}
	if d.From.Before(now.Add(lead)) {
		return d, nil, fault.With(fault.At("/from", "pace.definition_too_soon"), "earliest", now.Add(lead))
	}
	if !d.Until.IsZero() && !d.From.Before(d.Until) {
		return d, nil, fault.At("/until", "pace.period_empty")
	}
	d.Version = 1
	for _, other := range ds {
		if other.Clock != d.Clock {
			continue
		}
		d.Version = max(d.Version, other.Version+1)
		switch {
		case !other.overlaps(d):
		case other.Until.IsZero() && other.From.Before(d.From):
			other.Until = d.From
			superseded = &other
		default:
			return d, nil, overlap(other)
		}
	}
	return d, superseded, nil
}

func overlap(other Definition) error {
	err := fault.With(fault.New(fault.Conflict, "pace.definition_overlaps"), "version", other.Version)
	return fault.With(fault.With(err, "from", other.From), "until", other.Until)
}

func (d *Definition) overlaps(o Definition) bool {
	return (d.Until.IsZero() || o.From.Before(d.Until)) && (o.Until.IsZero() || d.From.Before(o.Until))
}

// targetMost keeps a typing error from becoming a target.
const targetMost = 24 * 60 * 60

func (d *Definition) check() error {
	switch {
	case !slices.Contains(Clocks, d.Clock):
		return fault.At("/clock", "pace.unknown_clock")
	case !slices.Contains(steps[:len(steps)-2], d.Start):
		return fault.At("/start", "pace.unknown_step")
	case !slices.Contains(steps[1:len(steps)-2], d.End) || d.End == d.Start:
		return fault.At("/end", "pace.unknown_step")
	case len(d.Targets) == 0:
		return fault.At("/targets", "request.required")
	}
	for class, seconds := range d.Targets {
		if !slices.Contains(areaClasses, class) {
			return fault.At("/targets/"+class, "pace.unknown_area_class")
		}
		if seconds < 1 || seconds > targetMost {
			return fault.With(fault.With(fault.At("/targets/"+class, "request.out_of_range"), "min", 1), "max", targetMost)
		}
	}
	return nil
}
