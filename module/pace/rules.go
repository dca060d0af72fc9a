package pace

import "time"

// ends gives the start and end stamp of a clock, and whether a later step
// shows that the end must have happened.
func (s Stamps) ends(c Clock) (start, end time.Time, passed bool) {
	switch c {
	case Dispatch:
		return s.Called, s.Dispatched, !s.Acknowledged.IsZero() || !s.Arrived.IsZero()
	case Acknowledge:
		return s.Dispatched, s.Acknowledged, !s.Arrived.IsZero()
	case Contact:
		return s.Dispatched, s.Contacted, false
	default:
		return s.Called, s.Arrived, false
	}
}

// Judge says how a clock stands at now. It is false where the definition does
// not hold: another time, or an area class without a target.
func Judge(d Definition, s Stamps, areaClass string, now time.Time) (Judgement, bool) {
	target, judged := d.Targets[areaClass]
	if !judged || s.Called.Before(d.From) || (!d.To.IsZero() && !s.Called.Before(d.To)) {
		return Judgement{}, false
	}
	start, end, passed := s.ends(d.Clock)
	j := Judgement{Clock: d.Clock, Version: d.Version}
	if !start.IsZero() {
		j.Due = start.Add(time.Duration(target) * time.Second)
	}
	switch {
	case !end.IsZero() && start.IsZero():
		j.Verdict = Missing
	case !end.IsZero() && end.Before(start):
		j.Verdict = Inverted
	case !end.IsZero():
		j.Seconds = int64(end.Sub(start) / time.Second)
		j.Verdict = Late
		if j.Seconds <= target {
			j.Verdict = Within
		}
	case passed || s.Completed:
		j.Verdict = Missing
	case !s.Ended.IsZero():
		j.Verdict = Censored
	case start.IsZero():
		j.Verdict = Waiting
	case now.After(j.Due):
		j.Verdict = Breached
	default:
		j.Verdict = Running
	}
	return j, true
}
