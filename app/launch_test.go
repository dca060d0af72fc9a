package app_test

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zhian/app"
	"zhian/module/notify"
	"zhian/platform/apiclient"
)

// hand is a clock that a test turns while the house reads it.
type hand struct{ atomic.Int64 }

func handAt(at time.Time) *hand {
	h := &hand{}
	h.Store(at.UnixMilli())
	return h
}

func (h *hand) Now() time.Time        { return time.UnixMilli(h.Load()).UTC() }
func (h *hand) turn(by time.Duration) { h.Add(by.Milliseconds()) }

func launch(t *testing.T, c app.Config) *app.Launched {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.Log = slog.New(slog.DiscardHandler)
	l, err := app.Launch(t.Context(), c, "330784", listener)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// A launched centre is a whole one: its founders enter with their invitations,
// once each, and a second launch on the same folder founds nothing.
func TestLaunch(t *testing.T) {
	folder := t.TempDir()
	l := launch(t, app.Config{Data: folder})
	if len(l.Invitations) != 3 {
		t.Fatalf("%+v", l.Invitations)
	}
	system, err := l.Enter(t.Context(), l.Invitations[0], app.NewPassword())
	if err != nil {
		t.Fatal(err)
	}
	var me struct{ Login string }
	if err := system.Get(t.Context(), "/v1/me", &me); err != nil || me.Login != l.Invitations[0].Login {
		t.Errorf("%+v, %v", me, err)
	}
	if _, err := l.Enter(t.Context(), l.Invitations[0], app.NewPassword()); err == nil {
		t.Error("an invitation was used twice")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-l.Ended():
	default:
		t.Error("a closed centre has ended")
	}
	if again := launch(t, app.Config{Data: folder}); len(again.Invitations) != 0 {
		t.Errorf("founded twice: %+v", again.Invitations)
	}
}

// A centre may decide who is asked when nobody acknowledges; what nobody could
// keep to is refused before anybody is served.
func TestLaddersOfTheCentre(t *testing.T) {
	const head, rest = "class,after_s,audience,channels\n", "reminder,0,named,inapp\nnotice,0,named,inapp\n"
	with := func(text string) app.Config {
		path := filepath.Join(t.TempDir(), "ladders.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return app.Config{Data: t.TempDir(), Ladders: path, Log: slog.New(slog.DiscardHandler)}
	}
	a, err := app.New(t.Context(), with(head+"dispatch,0,named,handset\ndispatch,20,nothing,\n"+rest))
	if err != nil {
		t.Fatal(err)
	}
	defer a.DB.Close()
	if got := a.Notify.Ladders[notify.Dispatch]; len(got) != 2 || got[1].AfterS != 20 {
		t.Errorf("%+v", got)
	}
	missing := with(head)
	missing.Ladders += ".not"
	for what, c := range map[string]app.Config{`no channel "pigeon"`: with(head + "dispatch,0,named,pigeon\n" + rest), "none for dispatch": with(head), "no such file": missing} {
		if _, err := app.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// One process serves from a folder at a time; afterwards another may.
func TestOneServesAFolder(t *testing.T) {
	folder := t.TempDir()
	l := launch(t, app.Config{Data: folder})
	second := func() (*app.Launched, error) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return app.Launch(t.Context(), app.Config{Data: folder, Log: slog.New(slog.DiscardHandler)}, "330784", listener)
	}
	if _, err := second(); err == nil || !strings.Contains(err.Error(), "served by another process") {
		t.Errorf("two serve one folder: %v", err)
	}
	l.Close()
	again, err := second()
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// What is enlisted holds its role and no other, and only for a day.
func TestEnlist(t *testing.T) {
	clock := handAt(time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC))
	l := launch(t, app.Config{Data: t.TempDir(), Now: clock.Now})
	in, err := l.Enlist(t.Context(), "replay-1", "importer")
	if err != nil {
		t.Fatal(err)
	}
	session, err := l.Enter(t.Context(), in, app.NewPassword())
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Get(t.Context(), "/v1/units", nil); err != nil {
		t.Error(err)
	}
	var refused *apiclient.Refused
	if err := session.Get(t.Context(), "/v1/users", nil); !errors.As(err, &refused) || refused.Status != http.StatusForbidden {
		t.Errorf("an importer may list users: %v", err)
	}
	clock.turn(25 * time.Hour)
	if err := l.Access.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := session.Get(t.Context(), "/v1/units", nil); !errors.As(err, &refused) {
		t.Errorf("the role outlived its day: %v", err)
	}
}

func TestAbout(t *testing.T) {
	now := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	for _, c := range []struct {
		config app.Config
		want   app.About
	}{
		{app.Config{Now: clock}, app.About{Name: "zhian", Version: "unknown", Speed: 1, Now: now, Zone: "Asia/Shanghai"}},
		{app.Config{Now: clock, Version: "v1", Demo: true, Speed: 60}, app.About{Name: "zhian", Version: "v1", Demo: true, Speed: 60, Now: now, Zone: "Asia/Shanghai"}},
	} {
		c.config.Data = t.TempDir()
		var got app.About
		if err := apiclient.New(launch(t, c.config).Base, "").Get(t.Context(), "/v1/about", &got); err != nil || got != c.want {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// However fast the clock runs, a session lasts as long for its person.
func TestSessionsLastAsLongInFastTime(t *testing.T) {
	for speed, alive := range map[float64]bool{1: false, 10: true} {
		clock := handAt(time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC))
		l := launch(t, app.Config{Data: t.TempDir(), Now: clock.Now, Speed: speed})
		session, err := l.Enter(t.Context(), l.Invitations[0], app.NewPassword())
		if err != nil {
			t.Fatal(err)
		}
		clock.turn(3 * time.Hour)
		if err := session.Get(t.Context(), "/v1/me", nil); (err == nil) != alive {
			t.Errorf("at %v times the speed, after three hours: %v", speed, err)
		}
	}
}
