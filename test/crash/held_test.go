package crash

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"zhian/app"
	"zhian/app/apptest"
	"zhian/platform/sqldb"
)

// province is a node on a shared database that goes and comes back.
type province struct {
	*testing.T
	*server
	node  *app.Launched
	data  string
	token string
}

func newProvince(t *testing.T) *province {
	p := &province{T: t, server: startServer(t), data: t.TempDir()}
	p.launch()
	in, err := p.node.Enlist(t.Context(), "caller", "importer")
	if err != nil {
		t.Fatal(err)
	}
	p.post("", "/v1/setup", "", fmt.Sprintf(`{"token":%q,"password":%q}`, in.Token, apptest.Password), nil)
	var session struct{ Token string }
	if status := p.post("", "/v1/login", "", fmt.Sprintf(`{"login":%q,"password":%q}`, in.Login, apptest.Password), &session); status != 201 {
		t.Fatal("log in: ", status)
	}
	p.token = session.Token
	p.post(p.token, "/v1/incidents", "warm", call("warm"), nil)
	return p
}

func (p *province) launch() {
	p.T.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.T.Fatal(err)
	}
	p.node, err = app.Launch(p.T.Context(), app.Config{Data: p.data, Database: p.dsn(), Log: slog.New(slog.DiscardHandler)}, "330784", listener)
	if err != nil {
		p.T.Fatal(err)
	}
	p.T.Cleanup(func() { p.node.Close() })
}

// call is one with a contact; its address is its own.
func call(name string) string {
	return fmt.Sprintf(`{"kind_code":"4","address":"call %s","contact":{"name":"Reporter","phone":"13800000000"}}`, name)
}

// post asks the node; the status is 0 when it did not answer.
func (p *province) post(token, path, key, body string, out any) int {
	r, err := http.NewRequestWithContext(p.T.Context(), "POST", p.node.Base+path, strings.NewReader(body))
	if err != nil {
		p.T.Error(err)
		return 0
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer w.Body.Close()
	if out != nil {
		json.NewDecoder(w.Body).Decode(out) // of a problem nothing is wanted
	}
	return w.StatusCode
}

func (p *province) get(path string) (int, string) {
	p.T.Helper()
	r, err := http.NewRequestWithContext(p.T.Context(), "GET", p.node.Base+path, nil)
	if err != nil {
		p.T.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		p.T.Fatal(err)
	}
	defer w.Body.Close()
	var text bytes.Buffer
	text.ReadFrom(w.Body)
	return w.StatusCode, text.String()
}

// promise is what a caller was told.
type promise struct {
	ID   string
	Held bool
}

// promises are by the name of the call.
type promises struct {
	mu sync.Mutex
	of map[string]promise
}

func (a *promises) add(name string, p promise) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil {
		a.of = map[string]promise{}
	}
	a.of[name] = p
}

// calls lets many call at once, each with the same key until it has a promise.
func (p *province) calls(prefix string, callers, each int, kept *promises) (slowest time.Duration) {
	var all sync.WaitGroup
	var worst atomic.Int64
	for caller := range callers {
		all.Go(func() {
			for n := range each {
				name := fmt.Sprintf("%s-%d-%d", prefix, caller, n)
				for p.T.Context().Err() == nil {
					began := time.Now()
					var got promise
					status := p.post(p.token, "/v1/incidents", name, call(name), &got)
					worst.Store(max(worst.Load(), int64(time.Since(began))))
					if status == 201 || status == 202 {
						kept.add(name, got)
						break
					}
				}
			}
		})
	}
	all.Wait()
	return time.Duration(worst.Load())
}

// settled waits until nothing is held any more.
func (p *province) settled() {
	p.T.Helper()
	look, late := time.NewTicker(20*time.Millisecond), time.After(30*time.Second)
	defer look.Stop()
	for {
		if status, ready := p.get("/readyz"); status == 200 && !strings.Contains(ready, "held") {
			return
		}
		select {
		case <-look.C:
		case <-late:
			_, ready := p.get("/readyz")
			_, held := p.get("/v1/ops/held")
			p.T.Fatalf("calls wait still: %s %s", ready, held)
		}
	}
}

var calledAt = sqldb.Statement("crash", "CalledAt", "SELECT address || '|' || id FROM incident_incident WHERE address <> 'call warm' ORDER BY id")

// check wants exactly one incident for each promise, under the id that was told.
func (p *province) check(kept *promises) {
	p.T.Helper()
	lines, err := list(p.T.Context(), p.node.DB, calledAt)
	if err != nil {
		p.T.Fatal(err)
	}
	there := map[string][]string{}
	for _, line := range lines {
		address, id, _ := strings.Cut(line, "|")
		there[strings.TrimPrefix(address, "call ")] = append(there[strings.TrimPrefix(address, "call ")], id)
	}
	for name, told := range kept.of {
		if ids := there[name]; len(ids) != 1 || ids[0] != told.ID {
			p.T.Errorf("call %s was promised as %+v, and is there as %v", name, told, ids)
		}
	}
	if len(there) != len(kept.of) {
		p.T.Errorf("%d calls are there, %d were promised", len(there), len(kept.of))
	}
	if health, err := p.node.Examine(p.T.Context(), false); err != nil || !health.Ledger.OK() || len(health.Differing) > 0 {
		p.T.Errorf("%+v, %v", health, err)
	}
}

// The shared database is gone: calls are taken, promised and sealed; all else is
// refused at once; a node that is started again keeps the promises.
func TestCallsAreHeldWhileTheDatabaseIsOut(t *testing.T) {
	p := newProvince(t)
	p.stop()
	var kept promises
	p.calls("first", 1, 1, &kept)
	if slowest := p.calls("held", 16, 4, &kept); slowest > 3*time.Second {
		t.Errorf("a caller waited %v", slowest)
	}
	sent := `{"kind_code":"4","address":"call sent","source":"call_centre","external_ref":"7"}`
	if status := p.post(p.token, "/v1/incidents", "", sent, nil); status != 202 {
		t.Errorf("a call of another system: %d", status)
	}
	for name, told := range kept.of {
		if !told.Held {
			t.Errorf("call %s is %+v while the database is out", name, told)
		}
		var again promise
		if status := p.post(p.token, "/v1/incidents", name, call(name), &again); status != 202 || again != told {
			t.Errorf("asked again: %d %+v, told %+v", status, again, told)
		}
	}
	for what, status := range map[string]int{
		"400 an unknown kind":   p.post(p.token, "/v1/incidents", "x1", `{"kind_code":"none","address":"x"}`, nil),
		"409 another body":      p.post(p.token, "/v1/incidents", "held-0-0", call("other"), nil),
		"503 a session unknown": p.post("nobody", "/v1/incidents", "x2", call("x"), nil),
		"503 another request":   p.post(p.token, "/v1/incidents/x/notes", "x3", `{"text":"x"}`, nil),
	} {
		if !strings.HasPrefix(what, fmt.Sprint(status)) {
			t.Errorf("%s: %d", what, status)
		}
	}
	if status, ready := p.get("/readyz"); status != 200 || !strings.Contains(ready, `"held":66`) {
		t.Errorf("%d %s", status, ready)
	}
	if _, metrics := p.get("/metrics"); !strings.Contains(metrics, "zhian_held_requests 66") {
		t.Error("the metrics do not show what is held")
	}
	p.node.Close()
	p.nothingReadable()

	p.start()
	// The other system has sent its call to another node meanwhile.
	kept.add("sent", p.elsewhere(sent))
	p.launch()
	p.settled()
	p.check(&kept)
	var again promise
	if status := p.post(p.token, "/v1/incidents", "first-0-0", call("first-0-0"), &again); status != 202 || again != kept.of["first-0-0"] {
		t.Errorf("asked after all is done: %d %+v, told %+v", status, again, kept.of["first-0-0"])
	}
	if status, in := p.get("/v1/incidents/" + again.ID); status != 200 || !strings.Contains(in, `"held_until":"20`) {
		t.Errorf("%d %s", status, in)
	}
}

// elsewhere takes a call at a node that had nothing to hold.
func (p *province) elsewhere(body string) (told promise) {
	p.T.Helper()
	data := p.data
	defer func() { p.data = data }()
	p.data = p.T.TempDir()
	for _, key := range []string{"master.key", "ledger.key"} {
		copyFile(p.T, filepath.Join(data, key), filepath.Join(p.data, key))
	}
	p.launch()
	if status := p.post(p.token, "/v1/incidents", "", body, &told); status != 201 {
		p.T.Errorf("another node: %d", status)
	}
	p.node.Close()
	return told
}

// nothingReadable looks for contacts in what lies on the node's disk.
func (p *province) nothingReadable() {
	p.T.Helper()
	files, err := filepath.Glob(filepath.Join(p.data, "*"))
	if err != nil || len(files) < 3 {
		p.T.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			p.T.Fatal(err)
		}
		if bytes.Contains(text, []byte("13800000000")) || bytes.Contains(text, []byte("Reporter")) {
			p.T.Errorf("%s shows a contact", filepath.Base(name))
		}
	}
}

// The database stops and is paused again and again under callers who do not give
// up: every call is there once, under the id that its caller was told.
func TestCallsThroughOutagesAreThereOnce(t *testing.T) {
	p := newProvince(t)
	var kept promises
	for n := range setting(outages, 4) {
		var calling sync.WaitGroup
		calling.Go(func() { p.calls(fmt.Sprint("outage", n), 16, 12, &kept) })
		if n%2 == 0 {
			p.stop()
			time.Sleep(200 * time.Millisecond) // the outage itself
			p.start()
		} else {
			p.signal(syscall.SIGSTOP)
			time.Sleep(3 * time.Second) // longer than a caller waits
			p.signal(syscall.SIGCONT)
		}
		calling.Wait()
	}
	p.settled()
	held := 0
	for _, told := range kept.of {
		if told.Held {
			held++
		}
	}
	t.Logf("%d calls, %d of them held", len(kept.of), held)
	if held == 0 {
		t.Error("nothing was held: the test has shown nothing")
	}
	p.check(&kept)
}
