package incident

import (
	"slices"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
)

// A handset sends what it could not be sure of again, days later and in any
// order: each is taken once.
func TestHandsetSendsAgain(t *testing.T) {
	each(t, func(d *desk) {
		in, other := d.receive(Intake{Address: "1 Market Street"}), d.receive(Intake{Address: "2 Market Street"})
		if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u1"}}); err != nil {
			d.Fatal(err)
		}
		ctx := httpapi.As(d.Context(), httpapi.Principal{UserID: "officer1", DeviceID: "handset 7"})
		press := func(n int64, id ID, after time.Duration) (Incident, error) {
			return d.Feedback(ctx, Remark{When: When{ID: id, Counter: n, OccurredAt: t0.Add(after), Source: "handset"}, UnitID: "u1", Text: "both calm"})
		}
		d.wait(time.Minute)
		for i, n := range []int64{2, 1, 2, 1, 2} {
			got, err := press(n, in.ID, time.Duration(n)*time.Second)
			if want := int64(min(3+i, 4)); err != nil || got.Version() != want {
				d.Errorf("send %d: version %d, want %d, %v", i, got.Version(), want, err)
			}
		}
		d.wait(10 * 24 * time.Hour)
		if _, err := press(1, in.ID, time.Second); err != nil {
			d.Errorf("ten days later: %v", err)
		}
		for what, f := range map[string]func() (Incident, error){
			"incident.counter_reused":         func() (Incident, error) { return press(2, in.ID, 30*time.Second) },
			"incident.counter_without_device": func() (Incident, error) { return d.Note(d.ctx, Remark{When: When{ID: in.ID, Counter: 1}, Text: "x"}) },
			"request.required":                func() (Incident, error) { return d.Note(ctx, Remark{When: When{ID: in.ID, Counter: 9}, Text: "x"}) },
		} {
			if _, err := f(); fault.KeyOf(err) != what {
				d.Errorf("got %v, want %s", err, what)
			}
		}
		if _, err := press(2, other.ID, 2*time.Second); fault.KeyOf(err) != "incident.counter_reused" {
			d.Errorf("another incident: %v", err)
		}
		page, err := d.Timeline(d.ctx, Lines{ID: in.ID})
		if err != nil || len(page.Items) != 4 || page.Items[2].Counter != 2 || page.Items[3].Counter != 1 {
			d.Errorf("%+v, %v", page, err)
		}
	})
}

// Two days without network lose nothing, and a handset whose clock says what cannot
// be is not believed, and not refused; a desk is.
func TestTimesOfAChange(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		d.wait(48 * time.Hour)
		handset := httpapi.As(d.Context(), httpapi.Principal{UserID: "officer1", DeviceID: "handset 7"})
		note := func(counter int64, at time.Time) Remark {
			return Remark{When: When{ID: in.ID, Counter: counter, OccurredAt: at}, Text: "x"}
		}
		for _, c := range []struct {
			who string
			r   Remark
			key string
		}{
			{"console", note(0, t0.Add(time.Hour)), "incident.time_too_far_back"},
			{"handset", note(1, t0.Add(time.Hour)), ""},
			{"handset", note(2, t0.Add(-time.Minute)), ""}, // its clock is a little behind
			{"handset", note(3, t0.Add(-time.Hour)), ""},
			{"handset", note(4, d.now.Add(time.Hour)), ""},
			{"handset", note(4, d.now.Add(time.Hour)), ""},
			{"console", note(0, d.now.Add(time.Hour)), "incident.time_in_the_future"},
			{"importer", note(0, t0.Add(-time.Hour)), ""},
		} {
			ctx := d.as(c.who)
			if c.who == "handset" {
				ctx = handset
			}
			_, err := d.Note(ctx, c.r)
			if f := fault.Of(err); (err == nil) != (c.key == "") || err != nil && (f.Key != c.key || f.Path != "/occurred_at") {
				d.Errorf("%s at %s: %v, want %q", c.who, c.r.OccurredAt.Sub(t0), err, c.key)
			}
		}
		page, err := d.Timeline(d.ctx, Lines{ID: in.ID})
		if err != nil || len(page.Items) != 6 {
			d.Fatalf("%d entries, %v", len(page.Items), err)
		}
		for i, want := range []string{DoubtLate, DoubtLate, DoubtClock, DoubtClock} {
			e := page.Items[1+i]
			if !slices.Equal(e.Detail.Doubts, []string{want}) || (want == DoubtClock) != (e.OccurredAt.Equal(d.now) && !e.Detail.SaidAt.IsZero()) {
				d.Errorf("%d: %+v", i, e)
			}
		}
	})
}
