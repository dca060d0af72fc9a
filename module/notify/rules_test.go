package notify

import (
	"strings"
	"testing"
	"time"

	"zhian/platform/fault"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

var states = []State{StateQueued, StateSent, StateDelivered, StateSeen, StateAcknowledged, StateFailed, StateExpired, StateCancelled}

// The whole machine: a row is where a delivery is, a column where it may go.
func TestStatesOnlyGoForward(t *testing.T) {
	rows := map[State]string{ // q s d e a f x c
		StateQueued:       "-++++" + "+++",
		StateSent:         "--+++" + "+--",
		StateDelivered:    "---++" + "---",
		StateSeen:         "----+" + "---",
		StateAcknowledged: "-----" + "---",
		StateFailed:       "-----" + "---",
		StateExpired:      "-----" + "---",
		StateCancelled:    "-----" + "---",
	}
	for _, from := range states {
		for i, to := range states {
			if got, want := CanBecome(from, to), rows[from][i] == '+'; got != want {
				t.Errorf("%s → %s: %v, want %v", from, to, got, want)
			}
			d := Delivery{State: from}
			next, news := d.Become(to, "why", noon)
			switch {
			case CanBecome(from, to) && (next.State != to || !news):
				t.Errorf("%s did not become %s: %+v", from, to, next)
			case !CanBecome(from, to) && next.State != from:
				t.Errorf("%s became %s", from, next.State)
			}
			if again, news := next.Become(to, "again", noon.Add(time.Hour)); news && next.State == to || again.State != next.State {
				t.Errorf("%s → %s twice: %+v", from, to, again)
			}
		}
	}
}

// A confirmation that comes after a later one adds its time and nothing else.
func TestLateNewsAddsItsTime(t *testing.T) {
	d, _ := Delivery{State: StateSent, SentAt: noon}.Become(StateAcknowledged, "", noon.Add(time.Minute))
	d, news := d.Become(StateDelivered, "", noon.Add(time.Second))
	if !news || d.State != StateAcknowledged || !d.DeliveredAt.Equal(noon.Add(time.Second)) {
		t.Errorf("%+v", d)
	}
	if d, news = d.Become(StateDelivered, "", noon.Add(time.Hour)); news || !d.DeliveredAt.Equal(noon.Add(time.Second)) {
		t.Errorf("the first time was overwritten: %+v", d)
	}
	if d, news = d.Become(StateQueued, "", noon); news || d.State != StateAcknowledged {
		t.Errorf("back to the queue: %+v", d)
	}
}

func TestAttempts(t *testing.T) {
	at := noon
	d := Delivery{State: StateQueued}
	if same := d.Attempted(Nobody, "", at); same != d {
		t.Errorf("nobody there was counted: %+v", same)
	}
	for i, pause := range retries {
		if d = d.Attempted(Trouble, "busy", at); d.State != StateQueued || !d.NextAt.Equal(at.Add(pause)) || d.Attempts != i+1 {
			t.Fatalf("attempt %d: %+v", i+1, d)
		}
	}
	if d = d.Attempted(Trouble, "busy", at); d.State != StateFailed || d.Reason != "busy" || !d.NextAt.IsZero() {
		t.Errorf("after the last attempt: %+v", d)
	}
	if d := (Delivery{State: StateQueued}).Attempted(Refused, "no such number", at); d.State != StateFailed || d.Attempts != 1 {
		t.Errorf("refused: %+v", d)
	}
	if d := (Delivery{State: StateSeen}).Attempted(Trouble, "busy", at); d.State != StateSeen || !d.NextAt.IsZero() {
		t.Errorf("a reminder that failed: %+v", d)
	}
	if d := (Delivery{State: StateQueued, NextAt: at}).Attempted(Taken, "", at); d.State != StateSent || !d.NextAt.IsZero() {
		t.Errorf("taken: %+v", d)
	}
}

func TestWhoIsWithheld(t *testing.T) {
	on := Duty{On: true}
	for _, c := range []struct {
		class     Class
		audience  Audience
		duty      Duty
		unreached string
		want      string
	}{
		{Dispatch, Named, on, "", ""},
		{Dispatch, Named, Duty{}, "", "off_duty"},
		{Dispatch, Again, Duty{}, "", "off_duty"},
		{Dispatch, Named, Duty{On: true, Muted: true}, "", "muted"},
		{Dispatch, Named, Duty{On: true, Muted: true}, "no_device", "muted"},
		{Dispatch, Named, on, "no_device", "no_device"},
		{Dispatch, Named, on, "logged_out", "logged_out"},
		{Dispatch, Leaders, Duty{}, "", ""},
		{Dispatch, Leaders, Duty{On: true, Muted: true}, "", "muted"},
		{Dispatch, Sender, Duty{}, "logged_out", "logged_out"},
		{Notice, Named, Duty{}, "logged_out", ""},
		{Reminder, Named, Duty{Muted: true}, "", ""},
	} {
		if got := Withhold(c.class, c.audience, c.duty, c.unreached); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestFirstDeedCounts(t *testing.T) {
	r, news := Recipient{}.Did(StateSeen, noon)
	if !news || r.State() != StateSeen {
		t.Errorf("%+v", r)
	}
	if again, news := r.Did(StateSeen, noon.Add(time.Hour)); news || again != r {
		t.Errorf("%+v", again)
	}
	if r, _ = r.Did(StateAcknowledged, noon); r.State() != StateAcknowledged {
		t.Errorf("%+v", r)
	}
	if _, news := r.Did(StateFailed, noon); news {
		t.Error("a person cannot fail")
	}
}

func TestMarks(t *testing.T) {
	for _, c := range []struct {
		to   State
		at   time.Time
		want string
	}{
		{StateSeen, time.Time{}, ""},
		{StateDelivered, noon.Add(time.Minute), ""},
		{StateSeen, noon.Add(time.Hour), "notify.time_in_the_future"},
		{StateSeen, noon.Add(-time.Hour), "notify.before_the_message"},
		{StateSent, noon, "notify.no_such_mark"},
	} {
		at, err := CheckMark(c.to, c.at, noon, noon.Add(time.Minute))
		if (err == nil) != (c.want == "") || err != nil && fault.KeyOf(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
		if err == nil && at.IsZero() {
			t.Errorf("%+v: no time", c)
		}
	}
}

func TestLadders(t *testing.T) {
	ladders, err := DefaultLadders()
	if err != nil {
		t.Fatal(err)
	}
	m := Message{QueuedAt: noon, ladder: ladders[Dispatch]}.Climb()
	for i, want := range []struct {
		audience Audience
		after    time.Duration
	}{{Again, 30 * time.Second}, {Leaders, time.Minute}, {Sender, 90 * time.Second}, {Nothing, 12 * time.Hour}} {
		if r := m.ladder[m.next]; r.Audience != want.audience || !m.DueAt.Equal(noon.Add(want.after)) {
			t.Errorf("rung %d: %+v due %s", i+1, r, m.DueAt)
		}
		if i == 0 {
			if rest := m.rest(); rest.ladder[rest.next].Audience != Nothing {
				t.Errorf("after an answer: %+v", rest)
			}
		}
		m = m.Climb()
	}
	if !m.DueAt.IsZero() {
		t.Errorf("due after the last rung: %+v", m)
	}
	head := "class,after_s,audience,channels\n"
	whole := head + "dispatch,0,named,a\nreminder,0,named,a\nnotice,0,named,a\n"
	good, err := ParseLadders(whole)
	if err != nil || good.Fit(map[string]Channel{"a": &phones{}}) != nil {
		t.Error(err)
	}
	if err := good.Fit(map[string]Channel{"b": &phones{}}); err == nil || !strings.Contains(err.Error(), `no channel "a"`) {
		t.Errorf("a channel that there is not: %v", err)
	}
	for what, text := range map[string]string{
		"no audience":       whole + "dispatch,5,everybody,a\n",
		"at once":           strings.Replace(whole, "dispatch,0", "dispatch,5", 1),
		"asks others":       whole + "dispatch,5,named,a\n",
		"later":             whole + "dispatch,5,again,a\ndispatch,5,sender,a\n",
		"no channel":        whole + "dispatch,5,sender,\n",
		"none for notice":   strings.Replace(whole, "notice", "dispatched", 1),
		"invalid syntax":    whole + "dispatch,soon,sender,a\n",
		"number of fields":  whole + "dispatch,5\n",
		"want 4":            "a,b,c\n1,2,3\n",
		"none for dispatch": head,
	} {
		if _, err := ParseLadders(text); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestDrafts(t *testing.T) {
	good := Draft{Key: "k", Class: Notice, Type: "t", To: []string{"a"}}
	ladders, _ := DefaultLadders()
	if err := good.check(ladders); err != nil {
		t.Error(err)
	}
	for key, spoil := range map[string]func(d *Draft){
		"notify.key_malformed":   func(d *Draft) { d.Key = "" },
		"notify.unknown_class":   func(d *Draft) { d.Class = "shout" },
		"request.required":       func(d *Draft) { d.Type = "" },
		"request.too_many_items": func(d *Draft) { d.To = make([]string, toMost+1) },
	} {
		d := good
		if spoil(&d); fault.KeyOf(d.check(ladders)) != key {
			t.Errorf("%s: %v", key, d.check(ladders))
		}
	}
}
