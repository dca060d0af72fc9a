package pace

import "time"

// Stage is how far a running clock has been announced.
type Stage string

const (
	StageRunning  Stage = "running"
	StageWarned   Stage = "warned"
	StageBreached Stage = "breached"
)

// Watch is a running clock and when it must be looked at next. Next is zero when
// it has been announced as breached.
type Watch struct {
	IncidentID string
	Clock      Clock
	Version    int
	Started    time.Time
	Due        time.Time
	Stage      Stage
	Next       time.Time
}

// grace is how long an incident that is written up afterwards may take to be told
// whole, before a clock that was over when it became known is announced.
const grace = time.Minute

// watch puts a running clock under watch, as of the moment when it became known
// that it runs.
func (d *Definition) watch(incidentID string, j Judgement, known time.Time) Watch {
	w := Watch{IncidentID: incidentID, Clock: d.Clock, Version: d.Version, Started: j.Start.At, Due: j.Due, Stage: StageRunning}
	w.Next = w.Started.Add(seconds(j.TargetS*int64(d.WarnPercent)) / 100)
	if known.After(j.Due) {
		w.Stage, w.Next = StageWarned, known.Add(grace)
	}
	return w
}

// advance says what becomes of a watch at now, given how its clock stands then.
// It is false when there is nothing to announce.
func (w Watch) advance(v Verdict, now time.Time) (next Watch, announce bool) {
	switch {
	case w.Next.IsZero() || now.Before(w.Next):
		return w, false
	case v == VerdictBreached:
		w.Stage, w.Next = StageBreached, time.Time{}
		return w, true
	}
	announce = w.Stage == StageRunning
	w.Stage, w.Next = StageWarned, w.Due.Add(time.Millisecond)
	return w, announce
}

// told is a running clock as people have been told of it: a breach is an answer
// once it has been announced, and stands until its due time moves or its end
// becomes known, though a fact that was recorded earlier is heard later.
func (w Watch) told(j Judgement) Judgement {
	if !j.Running() {
		return j
	}
	j.Verdict = VerdictRunning
	if w.Stage == StageBreached && j.Due.Equal(w.Due) {
		j.Verdict = VerdictBreached
	}
	return j
}

// Roles that can act on a clock.
const (
	RoleCallTaker  = "call_taker"
	RoleDispatcher = "dispatcher"
	RoleCrew       = "crew"
)

// Actor can still do something about a clock: a role at an organisation, or the
// crew of a unit. Who that is on this shift is for the reader to look up.
type Actor struct {
	Role   string `json:"role"`
	UnitID string `json:"unit_id,omitempty"`
	OrgID  string `json:"org_id"`
}

// WhoCanAct names those who can act: for the first clock the centre, for the
// others the crews that have been sent, and the dispatcher when there are none.
func WhoCanAct(c Clock, stationID string, units []string) []Actor {
	if c == ClockDispatch {
		return []Actor{{Role: RoleCallTaker, OrgID: stationID}, {Role: RoleDispatcher, OrgID: stationID}}
	}
	if len(units) == 0 {
		return []Actor{{Role: RoleDispatcher, OrgID: stationID}}
	}
	list := make([]Actor, 0, len(units))
	for _, id := range units {
		list = append(list, Actor{Role: RoleCrew, UnitID: id, OrgID: stationID})
	}
	return list
}
