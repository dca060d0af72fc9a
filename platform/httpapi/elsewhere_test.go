package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zhian/platform/httpapi"
)

// What is not in the API is a page, a problem that says so, or a method that the
// path does not have.
func TestElsewhere(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	d.HandlePages(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("a page")) }))
	for _, c := range []struct {
		method, path, allow, says string
		status                    int
	}{
		{"GET", "/", "", "a page", 200},
		{"GET", "/setup", "", "a page", 200},
		{"GET", "/v1/nothing", "", `"key":"request.no_such_route"`, 404},
		{"POST", "/v1/nothing", "", `"key":"request.no_such_route"`, 404},
		{"GET", "/v1/reveal", "OPTIONS, POST", `"key":"request.method_not_allowed"`, 405},
		{"PATCH", "/v1/things/1", "GET, HEAD, OPTIONS, POST", `"key":"request.method_not_allowed"`, 405},
		{"DELETE", "/healthz", "GET, HEAD, OPTIONS", `"key":"request.method_not_allowed"`, 405},
		{"OPTIONS", "/v1/things/1", "GET, HEAD, OPTIONS, POST", "", 204},
		{"OPTIONS", "/v1/nothing", "", `"key":"request.no_such_route"`, 404},
	} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.status || w.Header().Get("Allow") != c.allow || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s: %d, allow %q, %s", c.method, c.path, w.Code, w.Header().Get("Allow"), w.Body)
		}
		if problem := w.Header().Get("Content-Type") == "application/problem+json"; problem != (c.status >= 400) {
			t.Errorf("%s %s: %s", c.method, c.path, w.Header().Get("Content-Type"))
		}
		if c.status >= 400 && !strings.Contains(w.Body.String(), `"request_id":"`+w.Header().Get("X-Request-Id")) {
			t.Errorf("%s %s: %v %s", c.method, c.path, w.Header(), w.Body)
		}
	}
}

// A server without pages has nothing outside the API, and says so the same way.
func TestElsewhereWithoutPages(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	if w := d.ask("GET", "/setup", ""); w.Code != 404 || !strings.Contains(w.Body.String(), "request.no_such_route") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
