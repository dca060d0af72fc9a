// Package apptest is a whole house under test: every module on a real database,
// asked only through its web API, under a clock that the test holds. Nothing
// happens by itself: facts are delivered after each request, and jobs run when
// the clock passes their time, so that a test is the same each time it runs.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zhian/app"
	"zhian/platform/httpapi"
)

// Start is when the clock of every house begins: a Wednesday, 09:00 in China.
var Start = time.Date(2026, 5, 6, 1, 0, 0, 0, time.UTC)

// Password is everybody's.
const Password = "Correct-horse-9"

// House is one of them.
type House struct {
	testing.TB
	*app.App
	config app.Config
	now    *atomic.Int64
	people map[string]*person
	ran    map[string]time.Time // when each job was last run
}

// person is somebody with an account.
type person struct {
	id     string
	device string // that they carry, empty for who sits at a screen
	token  string
	seen   time.Time // when they last asked for something
	since  time.Time // when they logged in
}

// New is an empty house with its three administrators: system, security and
// audit. Database is a postgres:// address, or empty for SQLite.
func New(t testing.TB, database string) *House {
	t.Helper()
	h := open(t, t.TempDir(), database)
	invitations, err := h.Found(t.Context(), "330784")
	if err != nil || len(invitations) != 3 {
		t.Fatalf("%+v, %v", invitations, err)
	}
	for _, in := range invitations {
		h.setUp(in.Login, in.Role, in.Token)
	}
	return h
}

// open starts a house on a data folder. Nobody is as fast as a test: its callers
// have no limit of rate.
func open(t testing.TB, data, database string) *House {
	t.Helper()
	h := &House{TB: t, now: new(atomic.Int64), people: map[string]*person{}}
	h.now.Store(Start.UnixNano())
	h.config = app.Config{Data: data, Database: database, Now: h.Now, Log: slog.New(slog.DiscardHandler),
		API: httpapi.Config{Rate: 1e9, PublicRate: 1e9}}
	h.start()
	t.Cleanup(func() { h.stop() })
	return h
}

func (h *House) start() {
	h.Helper()
	var err error
	if h.App, err = app.New(h.Context(), h.config); err != nil {
		h.Fatal(err)
	}
	if err := h.App.Start(h.Context()); err != nil {
		h.Fatal(err)
	}
	h.ran = map[string]time.Time{}
	for _, j := range h.Jobs() {
		h.ran[j.Name] = h.Now()
	}
}

// Restart stops the house and starts it again on the same data.
func (h *House) Restart() {
	h.Helper()
	h.Settle()
	if err := h.stop(); err != nil {
		h.Fatal(err)
	}
	h.start()
}

// stop ends connections first and the database last.
func (h *House) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h.Live.Close(ctx)
	return h.DB.Close()
}

// For is the same house asked on behalf of another test: a fuzz target's.
func (h *House) For(t testing.TB) *House {
	other := *h
	other.TB = t
	return &other
}

// Now is the house's clock.
func (h *House) Now() time.Time { return time.Unix(0, h.now.Load()).UTC() }

// Advance lets time pass, and everything happen that is due on the way.
func (h *House) Advance(d time.Duration) {
	h.Helper()
	stride := 10 * time.Second
	switch {
	case d > 30*24*time.Hour:
		stride = 24 * time.Hour
	case d > time.Hour:
		stride = 5 * time.Minute
	}
	for d > 0 {
		step := min(d, stride)
		d -= step
		h.now.Add(int64(step))
		h.work()
		h.Settle()
	}
}

// Jump sets the clock forwards or back, as somebody does who corrects it: nothing
// happens on the way.
func (h *House) Jump(d time.Duration) { h.now.Add(int64(d)) }

// work runs the jobs whose time has come.
func (h *House) work() {
	h.Helper()
	for _, j := range h.Jobs() {
		if h.Now().Sub(h.ran[j.Name]) < j.Every {
			continue
		}
		h.ran[j.Name] = h.Now()
		if err := j.Do(h.Context()); err != nil {
			h.Fatalf("%s: %v", j.Name, err)
		}
	}
}

// Settle lets everything happen that follows from what has happened.
func (h *House) Settle() {
	h.Helper()
	if err := h.API.Flush(); err != nil {
		h.Fatal(err)
	}
	for {
		moved, err := h.Bus.Deliver(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		sent, err := h.Notify.Deliver(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		if moved+sent == 0 {
			return
		}
	}
}

// Answer is what somebody got.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Route  string // the pattern that answered
}

// JSON is the decoded body: nil when there is none, the whole text of a file.
func (a Answer) JSON() (v any, err error) {
	switch {
	case len(a.Body) == 0:
		return nil, nil
	case a.Header.Get("Content-Disposition") != "":
		return string(a.Body), nil
	}
	return v, json.Unmarshal(a.Body, &v)
}

// Send asks as somebody; who "" has no session. Headers are pairs.
func (h *House) Send(who, method, path, body string, headers ...[2]string) Answer {
	h.Helper()
	a := h.Rush(who, method, path, body, headers...)
	if method != http.MethodGet {
		h.Settle()
		return a
	}
	if err := h.API.Flush(); err != nil { // that somebody has looked is all that follows
		h.Fatal(err)
	}
	return a
}

// Rush is Send without what follows: no fact has arrived when it returns.
func (h *House) Rush(who, method, path, body string, headers ...[2]string) Answer {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), method, path, strings.NewReader(body))
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+h.person(who).token)
	}
	for _, one := range headers {
		r.Header.Set(one[0], one[1])
	}
	w := httptest.NewRecorder()
	h.API.ServeHTTP(w, r)
	return Answer{w.Code, w.Result().Header, w.Body.Bytes(), r.Pattern}
}

func (h *House) person(who string) *person {
	h.Helper()
	p := h.people[strings.ToLower(who)]
	if p == nil {
		h.Fatalf("there is no %s", who)
	}
	return p
}

// Ask is Send for what must be answered with a status and an object.
func (h *House) Ask(who string, status int, method, path, body string) map[string]any {
	h.Helper()
	a := h.Send(who, method, path, body)
	if a.Status != status {
		h.Fatalf("%s %s %s as %q: %d %s, want %d", method, path, body, who, a.Status, a.Body, status)
	}
	answer := map[string]any{}
	if len(a.Body) > 0 {
		if err := json.Unmarshal(a.Body, &answer); err != nil {
			h.Fatal(err)
		}
	}
	return answer
}

func (h *House) setUp(login, role, token string) {
	h.Helper()
	made := h.Ask("", 200, "POST", "/v1/setup", fmt.Sprintf(`{"token":%q,"password":%q}`, token, Password))
	p := &person{id: made["id"].(string)}
	if carries(role) {
		p.device = "device-of-" + login
	}
	h.people[strings.ToLower(login)] = p
	h.LogIn(login)
}

// LogIn opens a new session for somebody, from their own device or screen.
func (h *House) LogIn(who string) {
	h.Helper()
	p := h.person(who)
	in := h.Ask("", 201, "POST", "/v1/login", fmt.Sprintf(`{"login":%q,"password":%q,"device_id":%q}`, who, Password, p.device))
	p.token, p.since, p.seen = in["token"].(string), h.Now(), h.Now()
}

// Present logs somebody in again whose session is over by now, as people do who
// come back to their desk.
func (h *House) Present(who string) {
	h.Helper()
	p := h.person(who)
	if h.Now().Sub(p.seen) > 25*time.Minute || h.Now().Sub(p.since) > 11*time.Hour {
		h.LogIn(who)
	}
	p.seen = h.Now()
}

// Staff makes an account with a role over an organisation and returns its id.
func (h *House) Staff(login, role, org string) string {
	h.Helper()
	made := h.Ask("system", 201, "POST", "/v1/users", fmt.Sprintf(`{"login":%q,"display_name":%q,"org_id":%q}`, login, login, org))
	h.Ask("security", 201, "POST", "/v1/grants", fmt.Sprintf(`{"user_id":%q,"role":%q,"org_id":%q,"reason":"test"}`, made["id"], role, org))
	h.setUp(login, role, made["setup_token"].(string))
	return made["id"].(string)
}

// IDOf is somebody's user id.
func (h *House) IDOf(who string) string { h.Helper(); return h.person(who).id }

// Root is the first organisation.
func (h *House) Root() string {
	h.Helper()
	return h.Ask("system", 200, "GET", "/v1/orgs", "")["items"].([]any)[0].(map[string]any)["id"].(string)
}

// Bundle is the exported ledger.
func (h *House) Bundle() *bytes.Buffer {
	h.Helper()
	var out bytes.Buffer
	if err := h.Export(context.WithoutCancel(h.Context()), &out); err != nil {
		h.Fatal(err)
	}
	return &out
}
