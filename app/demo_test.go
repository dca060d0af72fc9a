package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"zhian/app"
	"zhian/platform/apiclient"
)

// The door opens when the city stands, lets in under every role it names, and
// what visitors do is recorded as anybody's log-in is.
func TestDemonstration(t *testing.T) {
	d := demonstrate(t, app.Scene{Seed: 1, Speed: 60, History: 3 * time.Hour})
	public := apiclient.New(d.Base, "").Pausing(time.Microsecond)
	enter := func(role string) (*apiclient.Client, error) {
		var in struct{ Token string }
		_, err := public.Post(t.Context(), "/v1/demo/login", "", map[string]string{"role": role}, &in)
		return public.As(in.Token), err
	}
	roles := func() (page struct{ Items []app.RoleToTry }) {
		if err := public.Get(t.Context(), "/v1/demo/roles", &page); err != nil {
			t.Error(err)
		}
		return page
	}
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := enter("dispatcher"); err == nil || !strings.Contains(err.Error(), "503 demo.not_yet") {
		t.Errorf("the door is open before the city lives: %v", err)
	}
	if n := len(roles().Items); n != 0 {
		t.Errorf("%d roles of a city that does not live", n)
	}
	lives(t, d)
	if n := len(roles().Items); n != 10 {
		t.Errorf("%d roles", n)
	}
	for _, one := range roles().Items {
		session, err := enter(one.Role)
		if err != nil {
			t.Fatalf("%s: %v", one.Role, err)
		}
		var me struct{ Login string }
		if err := session.Get(t.Context(), "/v1/me", &me); err != nil || me.Login != one.Login {
			t.Errorf("%s is %q, %v", one.Role, me.Login, err)
		}
	}
	auditor, err := enter("audit_admin")
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Items []struct {
			Result string `json:"result"`
		}
	}
	if err := auditor.Get(t.Context(), "/v1/audit/login?limit=500", &log); err != nil || len(log.Items) < 11 {
		t.Errorf("%d log-ins are recorded, %v", len(log.Items), err)
	}
}

// lives lets the city live until its history is told.
func lives(t *testing.T, d *app.Demo) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	d.WhenLiving(stop)
	if err := d.Live(ctx, func(err error) {
		if ctx.Err() == nil {
			t.Errorf("trouble: %v", err)
		}
	}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	tally, err := d.Tally(t.Context())
	if err != nil || tally.Lived < 3*time.Hour || tally.Taken == 0 || tally.Dispatched == 0 || tally.Closed == 0 || len(tally.Clocks) == 0 {
		t.Errorf("%+v, %v", tally, err)
	}
	if tally.Closed+tally.Merged > tally.Taken || tally.Dispatched > tally.Taken {
		t.Errorf("more was done than there was to do: %+v", tally)
	}
}

// Whom a visitor sends acknowledges, and pages tell the city's time: one clock.
func TestVisitorsAreAnswered(t *testing.T) {
	d := demonstrate(t, app.Scene{Seed: 2, Speed: 60, History: time.Minute})
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	living, over := make(chan struct{}), make(chan error, 1)
	d.WhenLiving(func() { close(living) })
	go func() { over <- d.Live(ctx, func(err error) { t.Log("trouble:", err) }) }()
	<-living
	public := apiclient.New(d.Base, "").Pausing(time.Millisecond)
	var in struct{ Token string }
	if _, err := public.Post(t.Context(), "/v1/demo/login", "", map[string]string{"role": "dispatcher"}, &in); err != nil {
		t.Fatal(err)
	}
	visitor := public.As(in.Token)
	heard := make(chan string, 100)
	watching, unwatch := context.WithCancel(t.Context())
	defer unwatch()
	go visitor.Watch(watching, 0, func(f apiclient.Frame) {
		if f.Type == "hello" || f.Type == "incident.progressed" {
			heard <- f.Type + string(f.Data)
		}
	})
	<-heard
	id := order(t, visitor)
	for text := range heard {
		if strings.Contains(text, id) && strings.Contains(text, `"acknowledged"`) {
			break
		}
	}
	stop()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// order takes a call down and sends the nearest free unit.
func order(t *testing.T, visitor *apiclient.Client) (id string) {
	t.Helper()
	var unit struct {
		Items []struct {
			ID string `json:"unit_id"`
		} `json:"items"`
	}
	var in struct{ ID string }
	if _, err := visitor.Post(t.Context(), "/v1/incidents", "visit-1", map[string]any{"kind_code": "4", "position": map[string]float64{"lat": 28.9, "lon": 120.03}}, &in); err != nil {
		t.Fatal(err)
	}
	if err := visitor.Get(t.Context(), "/v1/incidents/"+in.ID+"/candidates", &unit); err != nil {
		t.Fatal(err)
	}
	if _, err := visitor.Post(t.Context(), "/v1/incidents/"+in.ID+"/dispatch", "visit-2", map[string]any{"unit_ids": []string{unit.Items[0].ID}}, nil); err != nil {
		t.Fatal(err)
	}
	return in.ID
}
