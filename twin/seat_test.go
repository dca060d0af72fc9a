package twin

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"zhian/platform/apiclient"
)

// A session that has ended is opened again, once; what is refused is refused.
func TestSeatLogsInAgain(t *testing.T) {
	logins, asked, valid := 0, 0, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/login" {
			logins++
			valid = fmt.Sprintf("t%d", logins)
			fmt.Fprintf(w, `{"token":%q}`, valid)
			return
		}
		asked++
		switch {
		case r.Header.Get("Authorization") != "Bearer "+valid:
			w.WriteHeader(401)
			fmt.Fprint(w, `{"key":"identity.session_ended"}`)
		case r.URL.Path == "/v1/no":
			w.WriteHeader(409)
			fmt.Fprint(w, `{"key":"incident.not_open"}`)
		}
	}))
	defer server.Close()
	s := &seat{server: apiclient.New(server.URL, "").Pausing(time.Millisecond), login: "dp001", password: "x"}
	if err := s.post(t.Context(), "/v1/yes", "k", nil, nil); err != nil || logins != 1 || asked != 1 {
		t.Fatalf("%v, %d logins, %d asked", err, logins, asked)
	}
	valid = "ended"
	if err := s.post(t.Context(), "/v1/yes", "k", nil, nil); err != nil || logins != 2 || asked != 3 {
		t.Errorf("%v, %d logins, %d asked", err, logins, asked)
	}
	if err := s.post(t.Context(), "/v1/no", "k", nil, nil); !errors.Is(err, ErrRefused) || logins != 2 {
		t.Errorf("%v, %d logins", err, logins)
	}
}

// An invitation is used at the first log-in and never before; one whose answer
// was lost is not asked for again.
func TestSeatSetsItsPasswordWhenItSitsDown(t *testing.T) {
	for _, lost := range []bool{false, true} {
		var asked []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.Path)
			switch {
			case r.URL.Path == "/v1/setup" && lost && len(asked) == 1:
				panic(http.ErrAbortHandler)
			case r.URL.Path == "/v1/setup" && lost:
				w.WriteHeader(404)
				fmt.Fprint(w, `{"key":"identity.no_such_invitation"}`)
			case r.URL.Path == "/v1/login":
				fmt.Fprint(w, `{"token":"t"}`)
			}
		}))
		defer server.Close()
		s := &seat{server: apiclient.New(server.URL, "").Pausing(time.Millisecond), login: "dp001", invitation: "i", password: "x"}
		if len(asked) != 0 {
			t.Error("it has not sat down yet")
		}
		err := s.setUp(t.Context())
		if lost && err != nil {
			err = s.setUp(t.Context())
		}
		if err == nil {
			err = s.post(t.Context(), "/v1/yes", "k", nil, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"/v1/setup", "/v1/login", "/v1/yes"}
		if lost {
			want = append([]string{"/v1/setup"}, want...)
		}
		if !slices.Equal(asked, want) {
			t.Errorf("asked %v, want %v", asked, want)
		}
	}
}
