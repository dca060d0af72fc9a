package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"zhian/app"
	"zhian/platform/apiclient"
	"zhian/platform/sqldb/sqldbtest"
)

// pair is two nodes of one centre, on one PostgreSQL, asked through their own
// doors by the same people.
type pair struct {
	*testing.T
	a, b   *app.Launched
	tokens map[string]string
	root   string
}

const password = "Correct-horse-9"

func newPair(t *testing.T, redis string) *pair {
	p := &pair{T: t, tokens: map[string]string{}}
	dsn, folder := sqldbtest.PostgresDSN(t), t.TempDir()
	p.a = launch(t, app.Config{Data: folder, Database: dsn, Redis: redis})
	second := t.TempDir()
	for _, key := range []string{"master.key", "ledger.key"} { // the nodes of a centre have the same keys
		text, err := os.ReadFile(filepath.Join(folder, key))
		if err == nil {
			err = os.WriteFile(filepath.Join(second, key), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	p.b = launch(t, app.Config{Data: second, Database: dsn, Redis: redis})
	for _, in := range p.a.Invitations {
		p.enter(in.Login, in.Token)
	}
	p.root = p.ask(p.a, "system", 200, "GET", "/v1/orgs", "")["items"].([]any)[0].(map[string]any)["id"].(string)
	return p
}

func (p *pair) enter(login, token string) {
	p.Helper()
	p.ask(p.a, "", 200, "POST", "/v1/setup", fmt.Sprintf(`{"token":%q,"password":%q}`, token, password))
	p.logIn(p.a, login)
}

func (p *pair) logIn(node *app.Launched, login string) {
	p.Helper()
	p.tokens[login] = p.ask(node, "", 201, "POST", "/v1/login", fmt.Sprintf(`{"login":%q,"password":%q}`, login, password))["token"].(string)
}

// staff makes an account with a role over the whole centre; it hands out the grant.
func (p *pair) staff(login, role string) (grant string) {
	p.Helper()
	made := p.ask(p.a, "system", 201, "POST", "/v1/users", fmt.Sprintf(`{"login":%q,"display_name":%q,"org_id":%q}`, login, login, p.root))
	given := p.ask(p.a, "security", 201, "POST", "/v1/grants", fmt.Sprintf(`{"user_id":%q,"role":%q,"org_id":%q,"reason":"test"}`, made["id"], role, p.root))
	p.enter(login, made["setup_token"].(string))
	return given["id"].(string)
}

func (p *pair) try(node *app.Launched, who, method, path, body string) (int, map[string]any) {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Context(), method, node.Base+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+p.tokens[who])
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer w.Body.Close()
	var text bytes.Buffer
	text.ReadFrom(w.Body)
	answer := map[string]any{}
	if text.Len() > 0 {
		if err := json.Unmarshal(text.Bytes(), &answer); err != nil {
			p.Fatal(err)
		}
	}
	return w.StatusCode, answer
}

func (p *pair) ask(node *app.Launched, who string, status int, method, path, body string) map[string]any {
	p.Helper()
	got, answer := p.try(node, who, method, path, body)
	if got != status {
		p.Fatalf("%s %s %s as %q: %d %v, want %d", method, path, body, who, got, answer, status)
	}
	return answer
}

// eventually waits until something is true. How long that may take is no matter of
// this test: a busy machine is slow, and no fact has a position while an older
// transaction runs anywhere on the server, which other tests use too. What is not
// true after atAll never will be.
func (p *pair) eventually(what string, true func() bool) {
	p.Helper()
	const every, atAll = 5 * time.Millisecond, time.Minute
	look, began := time.NewTicker(every), time.Now()
	defer look.Stop()
	for !true() {
		if time.Since(began) > atAll {
			p.Fatalf("not within %v: %s", atAll, what)
		}
		<-look.C
	}
}

func (p *pair) status(node *app.Launched, who, path string) int {
	p.Helper()
	status, _ := p.try(node, who, "GET", path, "")
	return status
}

// behind is how many facts all consumers have still to take.
func (p *pair) behind(node *app.Launched) (n int64) {
	p.Helper()
	lags, err := node.Bus.Lags(p.Context())
	if err != nil || len(lags) == 0 {
		p.Fatal(lags, err)
	}
	for _, l := range lags {
		n += l.Behind
	}
	return n
}

// Two nodes are one centre, linked through the database alone, with a Redis
// beside it, and with one that has gone: what ends or is given on one counts on
// the other, what happens on one is seen at the other, and consumers move when
// their node dies.
func TestTwoNodesAreOneCentre(t *testing.T) {
	t.Run("through the database", func(t *testing.T) { newPair(t, "").is(false) })
	t.Run("with Redis", func(t *testing.T) { newPair(t, miniredis.RunT(t).Addr()).is(true) })
	t.Run("with a Redis that goes", func(t *testing.T) {
		cache := miniredis.RunT(t)
		p := newPair(t, cache.Addr())
		cache.Close()
		p.is(false)
	})
}

func (p *pair) is(linked bool) {
	p.Helper()
	grant := p.staff("guest", "command_centre")
	p.staff("centre", "command_centre")
	for _, who := range []string{"guest", "centre"} {
		p.eventually("a grant counts on the other node", func() bool { return p.status(p.b, who, "/v1/units") == 200 })
	}
	p.ask(p.a, "security", 200, "DELETE", "/v1/grants/"+grant, "")
	p.eventually("a revoked grant is dead on the other node", func() bool { return p.status(p.b, "guest", "/v1/units") == 403 })
	p.ask(p.b, "guest", 200, "GET", "/v1/me", "") // the other node has the session in its memory
	p.ask(p.a, "guest", 204, "POST", "/v1/logout", "")
	p.eventually("an ended session is dead on the other node", func() bool { return p.status(p.b, "guest", "/v1/me") == 401 })

	seen := p.watch(p.b, "centre")
	p.see(seen, "ready")
	p.call(p.a)
	p.see(seen, "incident.received")
	if linked {
		p.eventually("the nodes are linked", func() bool {
			return strings.Contains(p.metrics(p.a), "zhian_redis_up 1") && strings.Contains(p.metrics(p.b), "zhian_redis_up 1")
		})
		unit := p.ask(p.a, "system", 201, "POST", "/v1/units", fmt.Sprintf(`{"call_sign":"A1","kind":"car","org_id":%q}`, p.root))["id"].(string)
		me := p.ask(p.a, "centre", 200, "GET", "/v1/me", "")["id"]
		p.ask(p.a, "centre", 200, "POST", "/v1/units/"+unit+"/duty", fmt.Sprintf(`{"user_id":%q}`, me))
		p.ask(p.a, "centre", 200, "POST", "/v1/units/"+unit+"/positions", fmt.Sprintf(`{"datum":"wgs84","fixes":[{"at":%q,"lat":28.9,"lon":120.04}]}`, time.Now().Format(time.RFC3339)))
		p.see(seen, "unit.moved")
	}
	p.consumersMove()
}

func (p *pair) call(node *app.Launched) {
	p.Helper()
	p.ask(node, "centre", 201, "POST", "/v1/incidents", fmt.Sprintf(`{"kind_code":"4","address":"somewhere","station_id":%q}`, p.root))
}

func (p *pair) metrics(node *app.Launched) string {
	p.Helper()
	w, err := http.Get(node.Base + "/metrics")
	if err != nil {
		p.Fatal(err)
	}
	defer w.Body.Close()
	var text bytes.Buffer
	text.ReadFrom(w.Body)
	return text.String()
}

// watch is what a live client at a node is told.
func (p *pair) watch(node *app.Launched, who string) <-chan string {
	seen := make(chan string, 1000)
	go apiclient.New(node.Base, p.tokens[who]).Watch(p.Context(), 0, func(f apiclient.Frame) { seen <- f.Type })
	return seen
}

// see waits for a frame and skips others.
func (p *pair) see(seen <-chan string, want string) {
	p.Helper()
	p.eventually("a client at the other node sees "+want, func() bool {
		for {
			select {
			case got := <-seen:
				if got == want {
					return true
				}
			default:
				return false
			}
		}
	})
}

// consumersMove lets the node that may run them die.
func (p *pair) consumersMove() {
	p.Helper()
	for range 5 {
		p.call(p.a)
		p.call(p.b)
	}
	p.eventually("consumers have taken every fact", func() bool { return p.behind(p.b) == 0 })
	p.a.DB.Close() // as if its process were gone: nothing that it does counts any more
	for range 5 {
		p.call(p.b)
	}
	p.eventually("consumers go on at the other node", func() bool { return p.behind(p.b) == 0 })
	lags, err := p.b.Bus.Lags(p.Context())
	for _, l := range lags {
		if l.Parked+l.Dead > 0 {
			p.Errorf("facts handled twice: %+v", l)
		}
	}
	if err != nil {
		p.Error(err)
	}
}
