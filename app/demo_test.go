package app_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"zhian/app"
	"zhian/platform/apiclient"
)

// The door opens when the city stands, lets in under every role it names, and
// what visitors do is recorded as anybody's log-in is.
func TestDemonstration(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d, err := app.Demonstrate(t.Context(), app.Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)},
		app.Scene{Seed: 1, Speed: 60, History: 3 * time.Hour}, listener)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
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
	if _, err := enter("dispatcher"); err == nil || !strings.Contains(err.Error(), "503 demo.not_yet") {
		t.Errorf("the door is open before there is a city: %v", err)
	}
	if n := len(roles().Items); n != 0 {
		t.Errorf("%d roles of a city that is not there", n)
	}
	if err := d.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
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
	lives(t, d)
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
