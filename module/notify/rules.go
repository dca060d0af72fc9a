package notify

import (
	"slices"
	"time"

	"zhian/platform/fault"
)

// order is how far each state is on the way; those that are not in it are ends.
var order = map[State]int{StateQueued: 0, StateSent: 1, StateDelivered: 2, StateSeen: 3, StateAcknowledged: 4}

// ends is from where a delivery can come to an end that nobody wished.
var ends = map[State][]State{
	StateFailed:    {StateQueued, StateSent},
	StateExpired:   {StateQueued},
	StateCancelled: {StateQueued},
}

// CanBecome says whether a delivery may go from one state to another: forward
// along the way, or to an end from where that end exists.
func CanBecome(from, to State) bool {
	at, onTheWay := order[from]
	if !onTheWay {
		return false
	}
	if further, ok := order[to]; ok {
		return further > at
	}
	return slices.Contains(ends[to], from)
}

// moment is where the time of a state is kept.
func (d *Delivery) moment(s State) *time.Time {
	switch s {
	case StateSent:
		return &d.SentAt
	case StateDelivered:
		return &d.DeliveredAt
	case StateSeen:
		return &d.SeenAt
	case StateAcknowledged:
		return &d.AcknowledgedAt
	}
	return &d.EndedAt
}

// Become is the delivery after something has become of it. What is known already
// changes nothing; a report that comes after a later one adds its time only.
func (d Delivery) Become(to State, reason string, at time.Time) (next Delivery, news bool) {
	if _, ok := order[to]; ok && order[d.State] > order[to] {
		if known := d.moment(to); known.IsZero() && to != StateQueued {
			*known = at
			return d, true
		}
		return d, false
	}
	if !CanBecome(d.State, to) {
		return d, false
	}
	d.State, d.Reason, d.NextAt = to, reason, time.Time{}
	*d.moment(to) = at
	return d, true
}

// retries is how long after each failed attempt the next one is made: at once,
// then with growing patience. After the last one the delivery has failed.
var retries = []time.Duration{0, 2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}

// Attempted is the delivery after an attempt. Nobody there is no attempt: it
// waits until the recipient connects.
func (d Delivery) Attempted(o Outcome, answer string, at time.Time) Delivery {
	if o == Nobody {
		return d
	}
	d.Attempts++
	switch {
	case o == Taken:
		d, _ = d.Become(StateSent, "", at)
	case o == Refused || d.Attempts > len(retries):
		d, _ = d.Become(StateFailed, answer, at)
	case d.State == StateQueued:
		d.NextAt = at.Add(retries[d.Attempts-1])
	}
	return d
}

// waits says that the recipient has not confirmed it: it is sent again when they
// connect, under the same id.
func (d Delivery) waits() bool { return d.State == StateQueued || d.State == StateSent }

// Did is a recipient after they have done something with the message; the first
// time counts.
func (r Recipient) Did(s State, at time.Time) (next Recipient, news bool) {
	for _, step := range []struct {
		state State
		at    *time.Time
	}{{StateDelivered, &r.DeliveredAt}, {StateSeen, &r.SeenAt}, {StateAcknowledged, &r.AcknowledgedAt}} {
		if step.state == s && step.at.IsZero() {
			*step.at = at
			return r, true
		}
	}
	return r, false
}

// State is the furthest that the recipient has come.
func (r Recipient) State() State {
	switch {
	case !r.AcknowledgedAt.IsZero():
		return StateAcknowledged
	case !r.SeenAt.IsZero():
		return StateSeen
	case !r.DeliveredAt.IsZero():
		return StateDelivered
	}
	return StateQueued
}

// Duty is what is known of somebody at work.
type Duty struct {
	On    bool // in the crew of a unit
	Muted bool // has asked not to be paged
}

// Withhold says why somebody is not asked, "" asks them. Only messages that page
// ask for duty: those who were sent must be on it; leaders and the sender have no
// crew, and being logged in is their duty. Unreached is why no channel gets to
// them, if none does.
func Withhold(c Class, a Audience, d Duty, unreached string) string {
	switch {
	case c != Dispatch:
		return ""
	case d.Muted:
		return "muted"
	case (a == Named || a == Again) && !d.On:
		return "off_duty"
	}
	return unreached
}

// Climb is the message after a rung was taken: the next one and when it is due.
func (m Message) Climb() Message {
	m.next++
	m.DueAt = time.Time{}
	if m.next < len(m.ladder) {
		m.DueAt = m.ladder[m.next].due(m.QueuedAt)
	}
	return m
}

// rest leaves out the rungs that ask somebody; what is queued still expires.
func (m Message) rest() Message {
	for m.next < len(m.ladder) && m.ladder[m.next].Audience != Nothing {
		m = m.Climb()
	}
	return m
}

// limits of a draft.
const (
	keyMost  = 200
	bodyMost = 64 << 10
	toMost   = 1000
)

// check refuses what is no message. Drafts come from modules, so a fault here is
// one of ours.
func (d Draft) check(ladders Ladders) error {
	switch {
	case d.Key == "" || len(d.Key) > keyMost:
		return fault.At("/key", "notify.key_malformed")
	case len(ladders[d.Class]) == 0:
		return fault.At("/class", "notify.unknown_class")
	case d.Type == "":
		return fault.At("/type", "request.required")
	case len(d.To) > toMost:
		return fault.With(fault.At("/to", "request.too_many_items"), "max", toMost)
	}
	return nil
}

// CheckMark refuses what a person cannot do and times that cannot be. Zero is now.
func CheckMark(s State, at, queuedAt, now time.Time) (time.Time, error) {
	switch {
	case s != StateDelivered && s != StateSeen && s != StateAcknowledged:
		return at, fault.At("/to", "notify.no_such_mark")
	case at.IsZero():
		return now, nil
	case at.After(now.Add(clockSlack)):
		return at, fault.At("/occurred_at", "notify.time_in_the_future")
	case at.Before(queuedAt.Add(-clockSlack)):
		return at, fault.At("/occurred_at", "notify.before_the_message")
	}
	return at, nil
}

// clockSlack is how wrong a device's clock may be.
const clockSlack = 2 * time.Minute
