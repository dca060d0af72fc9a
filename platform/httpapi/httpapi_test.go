package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

var things = sqldb.Schema{Room: "thing", Files: fstest.MapFS{"schema/0001_thing.sql": {Data: []byte(
	`CREATE TABLE thing_thing (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE thing_audit (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line TEXT NOT NULL);`)}}}

var queries = sqldb.Load("thing", `
-- name: Insert
INSERT INTO thing_thing (id, name) VALUES ($1, $2)

-- name: Count
SELECT count(*) FROM thing_thing

-- name: Audit
INSERT INTO thing_audit (line) VALUES ($1)

-- name: Lines
SELECT line FROM thing_audit ORDER BY seq
`)

// house answers for the modules that a server needs.
type house struct{}

func (house) Authenticate(_ context.Context, r *http.Request) (httpapi.Principal, error) {
	user, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return httpapi.Principal{}, fault.New(fault.Unauthenticated, "identity.no_session")
	}
	return httpapi.Principal{UserID: user, Kind: "user"}, nil
}

func (house) Can(p httpapi.Principal, perm httpapi.Perm, _ string) bool {
	return p.UserID != "stranger"
}

func (house) Record(tx *sqldb.Tx, e httpapi.AuditEvent) error {
	_, err := tx.Exec(queries["Audit"], fmt.Sprintf("%s %s %s %s %s", e.Actor.UserID, e.Action, e.Object, e.Purpose, e.Result))
	return err
}

type making struct {
	ID      string     `path:"id"`
	Name    string     `json:"name" required:"true" max:"10"`
	Size    int        `json:"size" min:"1" max:"9"`
	Color   string     `json:"color" enum:"red,blue"`
	Text    string     `json:"text" lines:"true" max:"100"`
	Parts   []part     `json:"parts" max:"3"`
	At      *time.Time `json:"at"`
	IfMatch string     `header:"If-Match"`
}

type part struct {
	Lat float64 `json:"lat" min:"-90" max:"90"`
}

type thing struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	At      time.Time `json:"at,omitzero"`
	version int64
}

func (t thing) Version() int64 { return t.version }

type asking struct {
	ID    string    `path:"id"`
	Limit int       `query:"limit" min:"1" max:"100"`
	From  time.Time `query:"from"`
}

type revealing struct {
	Purpose string `json:"purpose" required:"true"`
}

type desk struct {
	*testing.T
	*httpapi.Server
	db   *sqldb.DB
	made int
}

func newDesk(t *testing.T, config httpapi.Config) *desk {
	d := &desk{T: t, db: sqldbtest.New(t, httpapi.Schema, things)}
	d.Server = httpapi.New(httpapi.Parts{DB: d.db, Auth: house{}, Gate: house{}, Auditor: house{}, Now: time.Now,
		IDs: ident.NewMaker(time.Now), Log: slog.New(slog.DiscardHandler)}, config)
	d.Mount(
		httpapi.Route{Pattern: "POST /v1/things/{id}", Perm: "thing.make", Audit: httpapi.AuditChange, Status: 201, Summary: "Make", Do: httpapi.Do(d.make)},
		httpapi.Route{Pattern: "GET /v1/things/{id}", Perm: "thing.read", Audit: httpapi.AuditRead, Summary: "Read", Do: httpapi.Do(d.read)},
		httpapi.Route{Pattern: "POST /v1/reveal", Perm: "thing.reveal", Audit: httpapi.AuditRead, Purpose: true, Summary: "Reveal", Do: httpapi.Do(d.reveal)},
		httpapi.Route{Pattern: "GET /v1/broken", Perm: "thing.read", Audit: httpapi.AuditNone, Summary: "Break", Do: httpapi.Do(func(context.Context, httpapi.Nothing) (thing, error) {
			return thing{}, errors.New("the secret reason")
		})},
		httpapi.Route{Pattern: "GET /v1/panic", Public: true, Audit: httpapi.AuditNone, Summary: "Panic", Do: httpapi.Do(func(context.Context, httpapi.Nothing) (thing, error) {
			panic("the secret reason")
		})},
	)
	return d
}

func (d *desk) make(ctx context.Context, m making) (thing, error) {
	return sqldb.Write(ctx, d.db, func(tx *sqldb.Tx) (thing, error) {
		d.made++
		_, err := tx.Exec(queries["Insert"], m.ID, m.Name)
		return thing{ID: m.ID, Name: m.Name}, err
	})
}

func (d *desk) read(_ context.Context, a asking) (thing, error) {
	return thing{ID: a.ID, Name: fmt.Sprint(a.Limit), At: a.From, version: 7}, nil
}

func (d *desk) reveal(context.Context, revealing) (thing, error) { return thing{Name: "shown"}, nil }

func (d *desk) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer anna")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

func (d *desk) lines() string {
	d.Helper()
	if err := d.Flush(); err != nil {
		d.Fatal(err)
	}
	lines, err := sqldb.Read(d.Context(), d.db, func(tx *sqldb.Tx) ([]string, error) {
		return sqldb.List(tx, queries["Lines"], sqldb.ScanString)
	})
	if err != nil {
		d.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func TestBadInputIsNamedWithItsPlace(t *testing.T) {
	d := newDesk(t, httpapi.Config{Rate: 1e6, MaxBody: 2000})
	cases := []struct{ name, body, key, path string }{
		{"nothing", ``, "request.required", "/name"},
		{"not JSON", `{"name":`, "request.malformed", "/name"},
		{"not an object", `[1]`, "request.wrong_type", ""},
		{"wrong type", `{"name":5}`, "request.wrong_type", "/name"},
		{"unknown member", `{"name":"a","nmae":"b"}`, "request.unknown_member", "/nmae"},
		{"member twice", `{"name":"a","name":"b"}`, "request.malformed", "/name"},
		{"trailing text", `{"name":"a"} x`, "request.malformed", ""},
		{"too long", `{"name":"12345678901"}`, "request.text_too_long", "/name"},
		{"ten characters, thirty bytes", `{"name":"一二三四五六七八九十"}`, "", ""},
		{"control character", `{"name":"a\u0007"}`, "request.control_character", "/name"},
		{"turned text", `{"name":"a\u202e"}`, "request.control_character", "/name"},
		{"line break in a name", `{"name":"a\nb"}`, "request.control_character", "/name"},
		{"line break in a text", `{"name":"a1","text":"a\nb"}`, "", ""},
		{"broken UTF-8", "{\"name\":\"\xff\"}", "request.malformed", "/name"},
		{"too small", `{"name":"a","size":-1}`, "request.out_of_range", "/size"},
		{"too large", `{"name":"a","size":10}`, "request.out_of_range", "/size"},
		{"not whole", `{"name":"a","size":1.5}`, "request.wrong_type", "/size"},
		{"too many digits", `{"name":"a","size":99999999999999999999}`, "request.wrong_type", "/size"},
		{"not a colour", `{"name":"a","color":"green"}`, "request.not_one_of", "/color"},
		{"inside a list", `{"name":"a","parts":[{"lat":1},{"lat":91}]}`, "request.out_of_range", "/parts/1/lat"},
		{"too many items", `{"name":"a","parts":[{},{},{},{}]}`, "request.too_many_items", "/parts"},
		{"a place too deep to name", `{"name":` + strings.Repeat("[", 900), "request.malformed", "/name" + strings.Repeat("/0", 125)},
		{"a name too long to name", `{"` + strings.Repeat("n", 900) + `":1}`, "request.unknown_member", ""},
		{"not a time", `{"name":"a","at":"yesterday"}`, "request.wrong_type", "/at"},
		{"too much", `{"name":"a","text":"` + strings.Repeat("x", 3000) + `"}`, "request.too_large", ""},
		{"SQL and HTML are text", `{"name":"'; DROP --","text":"<script>alert(1)</script>"}`, "", ""},
	}
	for i, c := range cases {
		w := d.ask("POST", fmt.Sprint("/v1/things/t", i), c.body)
		if c.key == "" {
			if w.Code != 201 {
				t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
			}
			continue
		}
		var p httpapi.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Key != c.key || p.Path != c.path || p.Status != w.Code || w.Code >= 500 {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
		if w.Header().Get("Content-Type") != "application/problem+json" || p.RequestID == "" {
			t.Errorf("%s: %v", c.name, w.Header())
		}
	}
}

func TestQueryAndPathValues(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	if w := d.ask("GET", "/v1/things/a%2Fb?limit=5&from=2026-01-02T03:04:05%2B08:00", ""); w.Code != 200 || w.Body.String() != `{"id":"a/b","name":"5","at":"2026-01-02T03:04:05+08:00"}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for query, key := range map[string]string{"limit=x": "request.malformed_value", "limit=101": "request.out_of_range", "from=today": "request.malformed_value",
		"limit=1&limit=2": "request.malformed_value", "limitt=1": "request.unknown_member", "limit=%zz": "request.malformed"} {
		if w := d.ask("GET", "/v1/things/a?"+query, ""); w.Code != 400 || !strings.Contains(w.Body.String(), key) {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
}

func TestSameKeySameAnswerOnce(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	first := d.ask("POST", "/v1/things/t1", `{"name":"a"}`, "Idempotency-Key", "k1")
	again := d.ask("POST", "/v1/things/t1", `{"name":"a"}`, "Idempotency-Key", "k1")
	if first.Code != 201 || again.Code != 201 || first.Body.String() != again.Body.String() || d.made != 1 {
		t.Errorf("%d %s, %d %s, made %d", first.Code, first.Body, again.Code, again.Body, d.made)
	}
	if again.Header().Get("Idempotent-Replayed") != "true" {
		t.Error("the replay does not say so")
	}
	if other := d.ask("POST", "/v1/things/t1", `{"name":"b"}`, "Idempotency-Key", "k1"); other.Code != 409 || !strings.Contains(other.Body.String(), "request.idempotency_key_reused") {
		t.Errorf("another body: %d %s", other.Code, other.Body)
	}
	if bert := d.ask("POST", "/v1/things/t2", `{"name":"a"}`, "Idempotency-Key", "k1", "Authorization", "Bearer bert"); bert.Code != 201 {
		t.Errorf("another caller's key: %d %s", bert.Code, bert.Body)
	}
	if lines := d.lines(); strings.Count(lines, "POST /v1/things/{id}") != 2 {
		t.Errorf("audit:\n%s", lines)
	}
}

func TestRefusedWorkIsNotRemembered(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	d.ask("POST", "/v1/things/t1", `{"name":"a"}`)
	if w := d.ask("POST", "/v1/things/t1", `{"name":"a"}`, "Idempotency-Key", "k1"); w.Code != 409 || !strings.Contains(w.Body.String(), "request.duplicate") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if lines := d.lines(); strings.Count(lines, "\n") != 0 {
		t.Errorf("the refused change left an audit event:\n%s", lines)
	}
}

func TestWhoAndMay(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	cases := []struct {
		authorization, origin string
		status                int
	}{{"", "", 401}, {"Bearer stranger", "", 403}, {"Bearer anna", "", 201}, {"Bearer anna", "https://elsewhere.example", 403}}
	for i, c := range cases {
		w := d.ask("POST", fmt.Sprint("/v1/things/w", i), `{"name":"a"}`, "Authorization", c.authorization, "Origin", c.origin)
		if w.Code != c.status {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
	if lines := d.lines(); !strings.Contains(lines, "stranger POST /v1/things/{id} things/w1  request.forbidden") {
		t.Errorf("the refusal is not recorded:\n%s", lines)
	}
}

func TestRequestWithoutMembers(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	d.Mount(httpapi.Route{Pattern: "GET /v1/plain", Public: true, Audit: httpapi.AuditNone, Do: httpapi.Do(func(context.Context, httpapi.Nothing) (thing, error) {
		return thing{ID: "plain"}, nil
	})})
	if w := d.ask("GET", "/v1/plain", ""); w.Code != 200 || w.Body.String() != `{"id":"plain","name":""}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestEntityTags(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	if w := d.ask("GET", "/v1/things/a", ""); w.Header().Get("ETag") != `"7"` {
		t.Errorf("%v", w.Header())
	}
	if w := d.ask("GET", "/v1/things/a", "", "If-None-Match", `"7"`); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for given, fits := range map[string]bool{"": true, "*": true, `"7"`: true, `"6"`: false, "7": false} {
		if err := httpapi.Match(given, 7); (err == nil) != fits {
			t.Errorf("%q: %v", given, err)
		}
	}
}

func TestReadsAreRecordedWithTheirPurpose(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	d.ask("GET", "/v1/things/a", "")
	d.ask("POST", "/v1/reveal", `{"purpose":"call_back"}`)
	if w := d.ask("POST", "/v1/reveal", `{}`); w.Code != 400 {
		t.Errorf("without a purpose: %d", w.Code)
	}
	want := "anna GET /v1/things/{id} things/a  ok\nanna POST /v1/reveal reveal call_back ok"
	if lines := d.lines(); lines != want {
		t.Errorf("got\n%s\nwant\n%s", lines, want)
	}
}

func TestOurFaultsTellNothingOfTheInside(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	for _, path := range []string{"/v1/broken", "/v1/panic"} {
		w := d.ask("GET", path, "")
		if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), `"key":"internal"`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestTooFastIsRefusedPerCaller(t *testing.T) {
	d := newDesk(t, httpapi.Config{Rate: 0.001, Burst: 2})
	var codes []int
	for range 3 {
		codes = append(codes, d.ask("GET", "/v1/things/a", "").Code)
	}
	other := d.ask("GET", "/v1/things/a", "", "Authorization", "Bearer bert").Code
	if fmt.Sprint(codes, other) != "[200 200 429] 200" {
		t.Errorf("%v %d", codes, other)
	}
}

func TestReadiness(t *testing.T) {
	d := newDesk(t, httpapi.Config{})
	broken := false
	d.AddCheck(httpapi.Check{Name: "part", Run: func(context.Context) error {
		if broken {
			return errors.New("out")
		}
		return nil
	}})
	ready := func() int { return d.ask("GET", "/readyz", "").Code }
	before := ready()
	d.SetReady(true)
	open := ready()
	broken = true
	if fmt.Sprint(before, open, ready()) != "503 200 503" {
		t.Errorf("%d %d %d", before, open, ready())
	}
	if w := d.ask("GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
	d.ask("GET", "/v1/things/a", "")
	if w := d.ask("GET", "/metrics", ""); !strings.Contains(w.Body.String(), `zhian_http_request_seconds_count{route="GET /v1/things/{id}",status="2xx"} 1`) {
		t.Error("the request is not counted")
	}
}

func TestRouteWithoutItsDutiesDoesNotStart(t *testing.T) {
	do := httpapi.Do(func(context.Context, httpapi.Nothing) (thing, error) { return thing{}, nil })
	for name, r := range map[string]httpapi.Route{
		"permission": {Pattern: "GET /v1/x", Audit: httpapi.AuditNone, Do: do},
		"audit":      {Pattern: "GET /v1/x", Perm: "x", Do: do},
		"function":   {Pattern: "GET /v1/x", Perm: "x", Audit: httpapi.AuditNone},
		"purpose":    {Pattern: "GET /v1/x", Perm: "x", Audit: httpapi.AuditNone, Purpose: true, Do: do},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a route without its %s was mounted", name)
				}
			}()
			newDesk(t, httpapi.Config{}).Mount(r)
		}()
	}
}

// No request is our fault: not by its path, its query, its headers or its body.
func FuzzRequest(f *testing.F) {
	s := httpapi.New(httpapi.Parts{Auth: house{}, Gate: house{}, Auditor: house{}, Now: time.Now, IDs: ident.NewMaker(time.Now),
		Log: slog.New(slog.DiscardHandler)}, httpapi.Config{Rate: 1e9})
	s.Mount(httpapi.Route{Pattern: "POST /v1/things/{id}", Perm: "x", Audit: httpapi.AuditNone, Do: httpapi.Do(func(_ context.Context, m making) (making, error) { return m, nil })})
	f.Add("a", `{"name":"a","size":3,"parts":[{"lat":1}]}`, "limit=5", `"3"`)
	f.Add("%ff", `{"name":"a","name":"b"}`, "limit=99999999999999999999", "*")
	f.Add("..%2f", "\xff{\"name\":\"\\ud800\"}", "limit=%ff&limit=1", "W/\"1\"")
	f.Add("", strings.Repeat("[", 10_000), "a=b;c", "")
	f.Fuzz(func(t *testing.T, id, body, query, match string) {
		path, err := url.PathUnescape(id)
		if err != nil || strings.Contains(path, "/") {
			return
		}
		r := httptest.NewRequest("POST", "/v1/things/a", strings.NewReader(body))
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = "/v1/things/"+path, "/v1/things/"+id, query
		r.Header.Set("Authorization", "Bearer anna")
		r.Header["If-Match"] = []string{match}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code >= 400 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
