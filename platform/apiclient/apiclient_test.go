package apiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// script answers the n-th request with the n-th line and the rest with the last.
func script(t *testing.T, lines ...func(http.ResponseWriter, *http.Request)) (*Client, *int) {
	asked := new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line := lines[min(*asked, len(lines)-1)]
		*asked++
		line(w, r)
	}))
	t.Cleanup(server.Close)
	return New(server.URL+"/", "s3").Pausing(time.Millisecond), asked
}

func status(code int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); fmt.Fprint(w, body) }
}

func lost(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestRepeats(t *testing.T) {
	good := status(200, `{"n":3}`)
	for _, c := range []struct {
		name  string
		first func(http.ResponseWriter, *http.Request)
		key   string
		asked int
		ok    bool
	}{
		{"busy, with a key", status(503, `{"key":"sqldb.busy"}`), "k", 2, true},
		{"busy, without: it was not carried out", status(503, `{"key":"sqldb.busy"}`), "", 2, true},
		{"too many", status(429, `{"key":"request.too_many"}`), "", 2, true},
		{"broken, with a key", status(500, `{"key":"internal"}`), "k", 2, true},
		{"broken, without: it may have been carried out", status(500, `{"key":"internal"}`), "", 1, false},
		{"answer lost, with a key", lost, "k", 2, true},
		{"answer lost, without", lost, "", 1, false},
		{"refused", status(409, `{"key":"incident.not_open"}`), "k", 1, false},
		{"not ours", status(404, `<html>`), "k", 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, asked := script(t, c.first, good)
			var out struct{ N int }
			_, err := client.Post(t.Context(), "/v1/x", c.key, map[string]int{"a": 1}, &out)
			if *asked != c.asked || (err == nil) != c.ok || c.ok && out.N != 3 {
				t.Errorf("asked %d times, %+v, %v", *asked, out, err)
			}
		})
	}
}

func TestRefusedIsNamed(t *testing.T) {
	client, _ := script(t, status(409, `{"key":"incident.already_received","path":"/external_ref","params":{"id":"i7"}}`))
	_, err := client.Post(t.Context(), "/v1/incidents", "k", nil, nil)
	var refused *Refused
	if !errors.As(err, &refused) || refused.Status != 409 || refused.Params["id"] != "i7" || refused.Path != "/external_ref" {
		t.Errorf("got %#v", err)
	}
}

func TestHeaders(t *testing.T) {
	client, _ := script(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Idempotent-Replayed", "true")
		fmt.Fprintf(w, `{"Said":"%s %s %s %s %s"}`, r.Method, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Idempotency-Key"), body)
	})
	var out struct{ Said string }
	replayed, err := client.As("t2").Post(t.Context(), "/v1/x", "k1", []int{1}, &out)
	if err != nil || !replayed || out.Said != "POST /v1/x Bearer t2 k1 [1]" {
		t.Errorf("%+v %v %v", out, replayed, err)
	}
	if err := client.Get(t.Context(), "/v1/y", &out); err != nil || out.Said != "GET /v1/y Bearer s3  " {
		t.Errorf("%+v %v", out, err)
	}
}

func TestGivesUp(t *testing.T) {
	client, asked := script(t, status(503, ""))
	if err := client.Get(t.Context(), "/v1/x", nil); err == nil || *asked != repetitions+1 {
		t.Errorf("asked %d times: %v", *asked, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Get(ctx, "/v1/x", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
