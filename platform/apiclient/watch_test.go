package apiclient

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// channel answers a connection with texts, the first of them right behind the
// handshake, asks for a pong and then closes or holds the line.
func channel(t *testing.T, hold bool, texts ...string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.RequestURI() != "/v1/live?cursor=7" {
			t.Errorf("asked %s", r.URL)
		}
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		for _, text := range texts {
			wsutil.WriteServerText(conn, []byte(text))
		}
		wsutil.WriteServerMessage(conn, ws.OpPing, []byte("x"))
		for {
			answers, err := wsutil.ReadClientMessage(conn, nil)
			if err != nil || len(answers) == 0 {
				return
			}
			if answers[0].OpCode == ws.OpPong && !hold {
				ws.WriteFrame(conn, ws.NewCloseFrame(nil))
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return New(server.URL, "t")
}

func TestWatch(t *testing.T) {
	client := channel(t, false, `{"type":"hello","cursor":8}`, `{"type":"signal","data":{"n":1}}`)
	var got []Frame
	err := client.Watch(t.Context(), 7, func(f Frame) { got = append(got, f) })
	if err == nil || len(got) != 2 || got[0].Cursor != 8 || got[1].Type != "signal" || string(got[1].Data) != `{"n":1}` {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	client := channel(t, true, `{"type":"hello","cursor":8}`)
	if err := client.Watch(ctx, 7, func(Frame) { stop() }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWatchSaysThatTheSessionIsOver(t *testing.T) {
	client := channel(t, true)
	var refused *Refused
	if err := client.As("old").Watch(t.Context(), 7, nil); !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
		t.Errorf("got %v", err)
	}
	if err := New("http://127.0.0.1:1", "t").Watch(t.Context(), 0, nil); err == nil || errors.As(err, &refused) && refused.Status == 0 {
		t.Errorf("nobody is there: %v", err)
	}
}
