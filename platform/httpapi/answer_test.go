package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zhian/platform/httpapi"
)

type ask struct {
	How string `query:"how"`
}

func sheetOf(_ context.Context, a ask) (httpapi.File, error) {
	return httpapi.File{Name: "\u8b66\u60c5.csv", Type: "text/csv; charset=utf-8", Write: func(w io.Writer) error {
		if a.How == "never begins" {
			return errors.New("the secret reason")
		}
		if _, err := io.WriteString(w, "a,b\n"); err != nil || a.How == "" {
			return err
		}
		return errors.New("breaks off")
	}}, nil
}

func TestFiles(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	d.Mount(httpapi.Route{Pattern: "GET /v1/sheet", Perm: "thing.read", Audit: httpapi.AuditRead, Summary: "Export", Do: httpapi.Do(sheetOf)})
	listening := httptest.NewServer(d)
	defer listening.Close()
	get := func(method, how string) (*http.Response, string, error) {
		r, err := http.NewRequest(method, listening.URL+"/v1/sheet?how="+how, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer anna")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil, "", err
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		return a, string(body), err
	}
	a, body, err := get("GET", "")
	if err != nil || body != "a,b\n" || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" ||
		a.Header.Get("Content-Disposition") != "attachment; filename*=utf-8''%E8%AD%A6%E6%83%85.csv" {
		t.Errorf("%q, %v, %v", body, a.Header, err)
	}
	if a, body, err := get("HEAD", ""); err != nil || a.StatusCode != 200 || body != "" || a.Header.Get("Content-Disposition") == "" {
		t.Errorf("%q, %v, %v", body, a.Header, err)
	}
	a, body, err = get("GET", "never+begins")
	if err != nil || a.StatusCode != 500 || strings.Contains(body, "secret") || a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("Content-Disposition") != "" {
		t.Errorf("%d %q, %v", a.StatusCode, body, err)
	}
	if _, body, err = get("GET", "breaks+off"); err == nil {
		t.Errorf("half a file looks like a whole one: %q", body)
	}
	if lines := d.lines(); strings.Count(lines, "anna GET /v1/sheet sheet  ok") < 4 { // a client may ask again after a break
		t.Errorf("exports are not recorded:\n%s", lines)
	}
}

type greeting struct{ httpapi.Nothing }

func (greeting) Cookie(secure bool) *http.Cookie {
	return &http.Cookie{Name: "hello", Value: "x", Secure: secure}
}

func TestCookiesAndTLS(t *testing.T) {
	for _, c := range []struct {
		trusted bool
		proto   string
		secure  bool
	}{{false, "", false}, {false, "https", false}, {true, "https", true}, {true, "http", false}} {
		d := newDesk(t, httpapi.Config{TrustedHops: c.trusted})
		d.Mount(httpapi.Route{Pattern: "POST /v1/greeting", Public: true, Audit: httpapi.AuditNone, Do: httpapi.Do(func(context.Context, httpapi.Nothing) (greeting, error) { return greeting{}, nil })})
		w := d.ask("POST", "/v1/greeting", "", "X-Forwarded-Proto", c.proto)
		if cookie := w.Header().Get("Set-Cookie"); w.Code != 204 || w.Body.Len() > 0 || strings.Contains(cookie, "Secure") != c.secure || !strings.HasPrefix(cookie, "hello=x") {
			t.Errorf("%+v: %d %q", c, w.Code, cookie)
		}
		if (w.Header().Get("Strict-Transport-Security") != "") != c.secure {
			t.Errorf("%+v: %v", c, w.Header())
		}
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	if w := d.ask("HEAD", "/v1/things/a", "", "If-None-Match", `"7"`, "Idempotency-Key", "k1"); w.Code != 304 {
		t.Errorf("%d", w.Code)
	}
	if w := d.ask("GET", "/v1/things/a", "", "Idempotency-Key", "k1"); w.Code != 200 || w.Header().Get("Idempotent-Replayed") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestLimitsOfARoute(t *testing.T) {
	d := newDesk(t, httpapi.Config{MaxBody: 100})
	slow := func(ctx context.Context, _ making) (thing, error) {
		<-ctx.Done()
		return thing{}, ctx.Err()
	}
	d.Mount(httpapi.Route{Pattern: "POST /v1/import/{id}", Perm: "thing.make", Audit: httpapi.AuditChange, MaxBody: 1000, Do: httpapi.Do(d.make)},
		httpapi.Route{Pattern: "POST /v1/slow/{id}", Perm: "thing.make", Audit: httpapi.AuditChange, Timeout: time.Millisecond, Do: httpapi.Do(slow)})
	long := `{"name":"a","text":"` + strings.Repeat("x", 99) + `"}`
	for path, want := range map[string]int{"/v1/things/1": 413, "/v1/import/1": 200, "/v1/slow/1": 413} {
		if w := d.ask("POST", path, long); w.Code != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := d.ask("POST", "/v1/slow/1", `{"name":"a"}`); w.Code != 503 || !strings.Contains(w.Body.String(), "request.timeout") || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestPanicNamesItsRequest(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	w := d.ask("GET", "/v1/panic", "")
	if id := w.Header().Get("X-Request-Id"); id == "" || !strings.Contains(w.Body.String(), `"request_id":"`+id) {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
}

// A key that cannot be kept is no key: nothing is done under it.
func TestAnIdempotencyKeyThatCannotBeKept(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	for key, want := range map[string]string{strings.Repeat("k", httpapi.KeyMax+1): "request.text_too_long", "k\xff": "request.malformed_value", "\u94a5": "request.malformed_value"} {
		w := d.ask("POST", "/v1/things/t1", `{"name":"a"}`, "Idempotency-Key", key)
		if w.Code != 400 || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), `"Idempotency-Key"`) {
			t.Errorf("%q: %d %s", key, w.Code, w.Body)
		}
	}
	w := d.ask("POST", "/v1/things/t1", `{"name":"a"}`, "Idempotency-Key", strings.Repeat("k", httpapi.KeyMax))
	if w.Code != 201 || d.made != 1 {
		t.Errorf("it was done under a key that was refused, or this one was: %d %s", w.Code, w.Body)
	}
}
