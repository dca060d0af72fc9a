package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"zhian/app"
	"zhian/app/apptest"
	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

// told is what a screen was told of facts, as "cursor type", without repetition
// being hidden.
func told(frames []map[string]any) (all []string) {
	for _, f := range frames {
		if cursor, ok := f["cursor"].(float64); ok && strings.Contains(fmt.Sprint(f["type"]), ".") {
			all = append(all, fmt.Sprint(int64(cursor), " ", f["type"]))
		}
	}
	return all
}

// A console that was away, however often and whenever, has been told the same as
// one that was not, each thing once and in order.
func TestConsoleThatWasAwayMissesNothing(t *testing.T) {
	each(t, func(h *apptest.House) {
		w := newWard(h)
		always, now := w.screen("centre", 0), w.screen("centre", 0)
		begun := always.Cursor()
		var stayed, away []string
		look := func() { away, stayed = append(away, told(now.Take())...), append(stayed, told(always.Take())...) }
		for i := range 4 {
			path := w.call()
			if i%2 == 0 {
				look()
			}
			away = append(away, told(now.Take())...)
			now.Close()
			w.dispatch(path)
			if i == 2 {
				stayed = append(stayed, told(always.Take())...)
				h.Restart() // memory is gone, the store is not
				always = w.screen("centre", always.Cursor())
			}
			now = w.screen("centre", now.Cursor())
			h.Ask("officer", 200, "POST", path+"/advance", fmt.Sprintf(`{"unit_id":%q,"step":"on_scene"}`, w.car))
			h.Ask("officer", 200, "POST", path+"/close", `{"disposition":"settled_on_scene"}`)
			look()
		}
		want := published(h, begun)
		w.want("the one that was away", away, want)
		w.want("the other", stayed, want)
		if len(away) < 30 {
			t.Errorf("only %d frames", len(away))
		}
	})
}

// published is every fact of the store after a position that a desk of the whole
// centre may see.
func published(h *apptest.House, after int64) (all []string) {
	h.Helper()
	facts, err := sqldb.Read(h.Context(), h.DB, func(tx *sqldb.Tx) ([]bus.Envelope, error) { return bus.Since(tx, after, 1000) })
	if err != nil {
		h.Fatal(err)
	}
	for _, f := range facts {
		if room, _, _ := strings.Cut(f.Name, "."); room == "incident" || room == "unit" || room == "notify" {
			all = append(all, fmt.Sprint(f.Pos, " ", f.Name))
		}
	}
	return all
}

func TestScreensAreToldOfTheirOwnStationOnly(t *testing.T) {
	each(t, func(h *apptest.House) {
		w := newWard(h)
		other := h.Ask("system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784520000","name":"Second","kind":"station","parent_id":%q}`, h.Root()))["id"].(string)
		h.Staff("neighbour", "station_leader", other)
		own, foreign := w.screen("leader", 0), w.screen("neighbour", 0)
		path := w.call()
		h.Ask("officer", 200, "POST", "/v1/units/"+w.car+"/positions", fmt.Sprintf(`{"datum":"wgs84","fixes":[{"at":%q,"lat":28.9,"lon":120.04}]}`, h.Now().Format(time.RFC3339)))
		w.dispatch(path)
		if got := fmt.Sprint(types(own.Take())); !strings.Contains(got, "incident.received") || !strings.Contains(got, "unit.moved") || !strings.Contains(got, "notify.queued") {
			t.Errorf("own: %s", got)
		}
		w.want("foreign", len(foreign.Take()), 0)
	})
}

func TestWhoMayNotBeHereLosesTheConnection(t *testing.T) {
	each(t, func(h *apptest.House) {
		w := newWard(h)
		h.Staff("second", "officer", w.station)
		grant := h.Ask("security", 201, "POST", "/v1/grants", fmt.Sprintf(`{"user_id":%q,"role":"auxiliary","org_id":%q,"reason":"test"}`, h.IDOf("second"), h.Root()))["id"].(string)
		device, desk, out, second := w.screen("officer", 0), w.screen("leader", 0), w.screen("centre", 0), w.screen("second", 0)

		h.Ask("centre", 204, "POST", "/v1/logout", "")
		w.ended("an ended session", out, "session_ended")
		h.LogIn("centre")
		h.Ask("security", 200, "DELETE", "/v1/grants/"+grant, "")
		w.ended("a revoked grant", second, "rights_changed")

		h.Advance(40 * time.Minute)
		w.ended("an empty desk", desk, "session_ended")
		h.LogIn("centre")
		path := w.call()
		w.dispatch(path)
		w.want("a handset that lay quiet", types(device.own()), "[inbox.message inbox.progressed]")
		h.LogIn("system")
		h.Ask("system", 200, "POST", "/v1/users/"+w.officer+"/disable", `{"reason":"left"}`)
		w.ended("an account that was turned off", device, "session_ended")
	})
}

// ended says that the house has ended a connection, and told why.
func (w *ward) ended(what string, s screen, why string) {
	w.Helper()
	if got := fmt.Sprint(s.Take()); !s.Over() || !strings.Contains(got, why) {
		w.Errorf("%s: over is %v, it was told %s", what, s.Over(), got)
	}
}

// A centre that stops tells its screens to go elsewhere, and waits for none of them.
func TestScreensAreToldThatTheCentreStops(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	centre, err := app.Launch(t.Context(), app.Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, "330784", listener)
	if err != nil {
		t.Fatal(err)
	}
	client, err := centre.Enter(t.Context(), centre.Invitations[0], password)
	if err != nil {
		t.Fatal(err)
	}
	var session struct{ Token string }
	if _, err := client.Post(t.Context(), "/v1/login", "", map[string]string{"login": centre.Invitations[0].Login, "password": password}, &session); err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Authorization": {"Bearer " + session.Token}}
	conn, early, _, err := ws.Dialer{Header: ws.HandshakeHeaderHTTP(header)}.Dial(t.Context(), "ws"+strings.TrimPrefix(centre.Base, "http")+"/v1/live")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var in io.Reader = conn
	if early != nil {
		in = io.MultiReader(early, conn)
	}
	ready, ended := make(chan bool, 1), make(chan ws.StatusCode, 1)
	go func() {
		for {
			f, err := ws.ReadFrame(in)
			if err != nil {
				ended <- 0
				return
			}
			if strings.Contains(string(f.Payload), `"ready"`) {
				ready <- true
			}
			if f.Header.OpCode == ws.OpClose {
				code, _ := ws.ParseCloseFrameData(f.Payload)
				ended <- code
				return
			}
		}
	}()
	<-ready
	begun := time.Now()
	if err := centre.Close(); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if code := <-ended; code != ws.StatusGoingAway {
		t.Errorf("closed with %d", code)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}
