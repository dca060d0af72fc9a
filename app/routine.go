package app

import (
	"fmt"
	"time"

	"zhian/module/pace"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
	"zhian/twin"
)

// How the staff of the past went about its work: who logged in when, what was
// looked at, which broken clocks were given a reason.
const (
	mistypes      = 0.04 // of log-ins, once before
	callsBack     = 0.10 // of incidents: the call-taker has the reporter's number shown
	looksAgain    = 0.30 // of incidents: the station's leader reads it at the next occasion
	explains      = 0.80 // of the broken clocks of the last days
	explainsAtAll = 0.99 // of those before
	lastDays      = 48 * time.Hour
	reportsWeekly = time.Monday
)

// Leaders are at their desks in the morning and at the end of the afternoon.
var leads = []struct{ from, comes, stays, stay time.Duration }{
	{7*time.Hour + 40*time.Minute, time.Hour, 2 * time.Hour, 2 * time.Hour},
	{17 * time.Hour, time.Hour, time.Hour, time.Hour},
}

// reasons are what clocks break for, by clock: of each the first ones more often.
var reasons = map[pace.Clock][]string{
	pace.ClockDispatch:    {"multiple_calls", "no_free_unit", "address_unclear", "system"},
	pace.ClockAcknowledge: {"other_duty", "network", "equipment", "not_held_up"},
	pace.ClockVideo:       {"video_unavailable", "network", "equipment", "not_held_up"},
	pace.ClockContact:     {"reporter_unreachable", "network", "not_held_up"},
	pace.ClockArrival:     {"traffic", "far_away", "no_free_unit", "pressed_late", "weather", "held_up"},
}

// routine puts the log-ins of each day on the agenda.
func (p *past) routine(from, to time.Time) {
	for day := midnight(from); day.Before(to); day = day.AddDate(0, 0, 1) {
		for begin := day; begin.Before(day.AddDate(0, 0, 1)); begin = begin.Add(twin.ShiftLasts) {
			for _, u := range p.city.Shift(begin) {
				p.session(from, u, begin.Add(-p.some("comes", u, begin, 12*time.Minute)), begin.Add(twin.ShiftLasts+p.some("goes", u, begin, 9*time.Minute)), deskAddress)
			}
		}
		for i, u := range p.city.Leaders() {
			for n, l := range leads {
				at := p.comes(u, day, n)
				p.session(from, u, at, at.Add(l.stays+p.some("leaves", u, at, l.stay)), leaderAddress(i))
			}
			if day.Weekday() == reportsWeekly {
				p.note(from, p.comes(u, day, 0).Add(5*time.Minute), u, httpapi.AuditEvent{Class: httpapi.AuditRead, Action: "GET /v1/pace/report", Object: "pace/report", Address: leaderAddress(i)})
			}
		}
	}
}

// some is up to a time, the same for the same seed, person and moment.
func (p *past) some(what string, u twin.User, at time.Time, most time.Duration) time.Duration {
	return time.Duration(p.city.Chance(what, u.Number, at.Format(time.DateOnly+"15")) * float64(most)).Round(time.Second)
}

// session is one log-in and the log-out that ends it.
func (p *past) session(from time.Time, u twin.User, begin, end time.Time, address string) {
	login := twin.Login(u.Number)
	door := httpapi.AuditEvent{Class: httpapi.AuditLogin, Account: login, Method: "password", Address: address}
	if p.city.Chance("mistypes", login, begin.String()) < mistypes {
		refused := door
		refused.Action, refused.Object, refused.Result = "log in", "sessions", "identity.wrong_credentials"
		p.note(from, begin.Add(-20*time.Second), u, refused)
	}
	id := "sessions/" + p.ids.Next()
	in, out := door, door
	in.Action, in.Object, out.Action, out.Object = "log in", id, "log out", id
	p.note(from, begin, u, in)
	p.note(from, end, u, out)
}

// note puts an event of the audit log on the agenda; what lies before the centre
// was founded nobody has recorded.
func (p *past) note(from, at time.Time, u twin.User, e httpapi.AuditEvent) {
	if at.Before(from) {
		return
	}
	e.At, e.Actor = at, p.member(u.Number)
	if e.Result == "" {
		e.Result = "ok"
	}
	p.later(at, func(tx *sqldb.Tx) error {
		e.RequestID = p.ids.Next()
		return p.app.Audit.Record(tx, e)
	})
}

// consulted notes who looked at an incident: the call-taker who rings the reporter
// once more, the leader who reads what happened.
func (p *past) consulted(l *lived) {
	if p.city.Chance("calls back", l.call.Ref) < callsBack {
		p.note(p.clock.at, p.clock.at.Add(p.soon(l.call, "calls back")), l.desk, httpapi.AuditEvent{Class: httpapi.AuditReveal,
			Action: "reveal incident.contact", Object: "incident/" + string(l.ID), Purpose: "call_back", Address: deskAddress})
	}
	if p.city.Chance("looks again", l.call.Ref) < looksAgain {
		u := p.city.Leaders()[l.call.Station]
		p.note(p.clock.at, p.nextTime(u).Add(p.soon(l.call, "looks again")), u, httpapi.AuditEvent{Class: httpapi.AuditRead,
			Action: "GET /v1/incidents/{id}", Object: "incidents/" + string(l.ID), Address: leaderAddress(l.call.Station)})
	}
}

// explain puts the reason of a broken clock on the agenda: who took the call says
// soon why sending took long, the station's leader the rest, when there next.
func (p *past) explain(l *lived, b pace.Breach) {
	share := explainsAtAll
	if p.until.Sub(b.BrokeAt) < lastDays {
		share = explains
	}
	if b.State == pace.BreachLifted || p.city.Chance("explains", l.call.Ref, string(b.Clock)) > share {
		return
	}
	u, at, address := l.desk, p.clock.at.Add(p.soon(l.call, "explains")), deskAddress
	if b.Clock != pace.ClockDispatch {
		u = p.city.Leaders()[l.call.Station]
		at, address = p.nextTime(u).Add(p.soon(l.call, "explains")), leaderAddress(l.call.Station)
	}
	chance, list := p.city.Chance("reason", l.call.Ref, string(b.Clock)), reasons[b.Clock]
	why := pace.Why{Code: list[int(chance*chance*float64(len(list)))]}
	by := p.member(u.Number).UserID
	p.later(at, func(tx *sqldb.Tx) error { return p.clocks.Explain(tx, b, why, by, at) })
	p.note(p.clock.at, at, u, httpapi.AuditEvent{Class: httpapi.AuditChange, Action: "POST /v1/pace/breaches/{id}/reason",
		Object: "pace/breaches/" + b.ID + "/reason", Address: address})
}

const deskAddress = "192.0.2.11"

func leaderAddress(station int) string { return fmt.Sprintf("192.0.2.%d", 101+station) }

// soon is some minutes.
func (p *past) soon(call twin.Call, what string) time.Duration {
	return (2*time.Minute + time.Duration(p.city.Chance(what, "soon", call.Ref)*float64(40*time.Minute))).Round(time.Second)
}

// comes is when a leader logs in on a day for the n-th time, nextTime when one does
// next.
func (p *past) comes(u twin.User, day time.Time, n int) time.Time {
	at := day.Add(leads[n].from)
	return at.Add(p.some("comes", u, at, leads[n].comes))
}

func (p *past) nextTime(u twin.User) time.Time {
	for day := midnight(p.clock.at); ; day = day.AddDate(0, 0, 1) {
		for n := range leads {
			if at := p.comes(u, day, n); at.After(p.clock.at) {
				return at
			}
		}
	}
}

func midnight(at time.Time) time.Time {
	local := at.In(twin.Zone())
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, twin.Zone())
}
