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

// soon is how long what one node did may take to count on the other.
const soon = time.Second

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

// within waits until something is true, and not longer.
func (p *pair) within(limit time.Duration, what string, true func() bool) {
	p.Helper()
	look, late := time.NewTicker(5*time.Millisecond), time.After(limit)
	defer look.Stop()
	for !true() {
		select {
		case <-look.C:
		case <-late:
			p.Fatalf("not within %v: %s", limit, what)
		}
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

func eachLink(t *testing.T, test func(p *pair, cache *miniredis.Miniredis)) {
	t.Run("through the database", func(t *testing.T) { test(newPair(t, ""), nil) })
	t.Run("with Redis", func(t *testing.T) {
		cache := miniredis.RunT(t)
		test(newPair(t, cache.Addr()), cache)
	})
	t.Run("with a Redis that is gone", func(t *testing.T) {
		cache := miniredis.RunT(t)
		p := newPair(t, cache.Addr())
		cache.Close()
		test(p, nil)
	})
}

// What ends on one node has ended on the other.
func TestWhatEndsOnOneNodeEndsOnAll(t *testing.T) {
	eachLink(t, func(p *pair, _ *miniredis.Miniredis) {
		grant := p.staff("centre", "command_centre")
		p.within(soon, "a grant counts on the other node", func() bool { return p.status(p.b, "centre", "/v1/units") == 200 })
		p.ask(p.a, "security", 200, "DELETE", "/v1/grants/"+grant, "")
		p.within(soon, "a revoked grant is dead on the other node", func() bool { return p.status(p.b, "centre", "/v1/units") == 403 })

		p.ask(p.b, "system", 200, "GET", "/v1/me", "") // the other node has the session in its memory
		p.ask(p.a, "system", 204, "POST", "/v1/logout", "")
		p.within(soon, "an ended session is dead on the other node", func() bool { return p.status(p.b, "system", "/v1/me") == 401 })
	})
}

// Consumers run on one node; when it dies another goes on within two seconds.
func TestConsumersMoveWhenTheirNodeDies(t *testing.T) {
	eachLink(t, func(p *pair, _ *miniredis.Miniredis) {
		p.staff("centre", "command_centre")
		p.within(soon, "a grant counts on the other node", func() bool { return p.status(p.b, "centre", "/v1/units") == 200 })
		call := func(node *app.Launched) {
			p.ask(node, "centre", 201, "POST", "/v1/incidents", fmt.Sprintf(`{"kind_code":"4","address":"somewhere","station_id":%q}`, p.root))
		}
		for range 5 {
			call(p.a)
			call(p.b)
		}
		p.within(soon, "consumers have taken every fact", func() bool { return p.behind(p.b) == 0 })
		p.a.DB.Close() // as if its process were gone: nothing that it does counts any more
		for range 5 {
			call(p.b)
		}
		p.within(2*soon, "consumers go on at the other node", func() bool { return p.behind(p.b) == 0 })
		failures, err := p.b.Bus.Failures(p.Context(), "pace", "", 0, 10)
		if err != nil || len(failures) > 0 {
			p.Errorf("facts handled twice: %+v, %v", failures, err)
		}
	})
}
