package twin

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
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
