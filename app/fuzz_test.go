package app_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"zhian/app/apptest"
	"zhian/platform/httpapi"
)

// hostile are bodies that no client should send and some client will.
var hostile = []string{
	``, `{}`, `[]`, `null`, `"x"`, `0`, `{"`, `{"a":1}`, `{"id":"x","id":"y"}`, "\x00", "\xff\xfe", `{"reason":"\ud800"}`,
	strings.Repeat(`[`, 20_000), strings.Repeat(`{"a":`, 2_000), `{"limit":1e999}`, `{"priority":-1e300}`, "{\"text\":\"" + strings.Repeat("x", 2<<20) + "\"}",
	`{"position":{"lat":91,"lon":1e308}}`, `{"position":null,"contact":null,"unit_ids":null,"features":null,"content":null}`,
	`{"occurred_at":"0000-00-00T00:00:00Z"}`, `{"occurred_at":"9999-12-31T23:59:59+23:59","at":"0001-01-01T00:00:00Z"}`,
	`{"text":"<script>'; DROP TABLE incident_entry;--","reason":"` + "\u202e" + `"}`,
}

// queries are the same for what stands behind the question mark.
var queries = []string{"", "?limit=-1", "?limit=99999999999999999999", "?after=%00", "?after=" + strings.Repeat("A", 5000), "?from=x&to=y",
	"?after=LTkyMjMzNzIwMzY4NTQ3NzU4MDggeA", "?q=%ff%fe", "?station_id=%27%3B--", "?lat=NaN&lon=Inf", "?lat=1&lon=1&limit=5", "?cursor=-5", "?by=station&from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z"}

// target is a county, somebody for each route, and something that is there for
// each kind of id.
type target struct {
	*apptest.House
	description *apptest.Described
	routes      []httpapi.Route
	who         map[string]string // by pattern
	ids         map[string]string // by the word before the id in a path
}

func newTarget(f testing.TB) *target {
	f.Helper()
	county := apptest.Build(f, "sqlite")
	g := &target{House: county.House(f), who: map[string]string{}}
	var err error
	if g.description, err = apptest.ReadDescription(); err != nil {
		f.Fatal(err)
	}
	names := county.Ids()
	g.Staff("olga", "operations", names["root"])
	victim := g.Staff("victim", "officer", names["south"])
	call := g.Ask("calltaker", 201, "POST", "/v1/incidents", `{"kind_code":"4","address":"","position":{"lat":28.92,"lon":120.06},"contact":{"phone":"13800000000"}}`)
	g.ids = map[string]string{"incidents": call["id"].(string), "units": names["A1"], "users": victim, "orgs": names["south"], "consumers": "pace", "failures": "1",
		"audit": "behaviour"}
	g.Ask("dispatcher", 200, "POST", "/v1/incidents/"+g.ids["incidents"]+"/dispatch", fmt.Sprintf(`{"unit_ids":[%q]}`, names["A1"]))
	for _, r := range g.API.Routes() {
		if r.Raw != nil || strings.HasSuffix(r.Pattern, "/logout") || r.Pattern == "DELETE /v1/sessions/{id}" {
			continue
		}
		g.routes = append(g.routes, r)
		for _, who := range []string{"chief", "system", "security", "audit", "olga", "importer", "P1"} {
			if g.Access.Can(httpapi.Principal{UserID: g.IDOf(who)}, r.Perm, "") {
				g.who[r.Pattern] = who
				break
			}
		}
		if g.who[r.Pattern] == "" && !r.Public {
			f.Fatalf("nobody may %s", r.Pattern)
		}
	}
	return g
}

var (
	placeholder = regexp.MustCompile(`([^/]+)/\{\w+\}`)
	faultKey    = regexp.MustCompile(`^[a-z_]+(\.[a-z0-9_]+)+$`)
	pathSafe    = regexp.MustCompile(`^[!-~]*$`)
)

// Whatever is asked of a route: what is wrong is said in problem+json under a
// stable key, what is right is answered as described, and neither is ever our own
// fault or stops a consumer of facts.
func TestHostileRequests(t *testing.T) {
	g := newTarget(t)
	for _, r := range g.routes {
		bodies, after := hostile, []string{""}
		if strings.HasPrefix(r.Pattern, "GET ") {
			bodies, after = hostile[:1], queries
		}
		for _, body := range bodies {
			for _, query := range after {
				g.ask(t, r, "", query, body)
			}
		}
		for _, id := range []string{"%00", "%ff", "'%20OR%201=1", strings.Repeat("9", 5000)} {
			g.ask(t, r, id, "", "{}")
		}
	}
	g.consumersGoOn(t)
}

// FuzzAPI goes on from what the stories ask.
func FuzzAPI(f *testing.F) {
	g := newTarget(f)
	known := examples(f)
	for i, r := range g.routes {
		if body, err := json.Marshal(known[r.Pattern]); err == nil && known[r.Pattern] != nil {
			f.Add(i, "", "", string(body))
		}
		if strings.HasPrefix(r.Pattern, "GET ") {
			f.Add(i, "x", "?after=LTkyMjMzNzIwMzY4NTQ3NzU4MDggeA&limit=5", "")
		}
	}
	asked := 0
	f.Fuzz(func(t *testing.T, i int, id, query, body string) {
		if i < 0 || i >= len(g.routes) || !pathSafe.MatchString(id+query) || strings.ContainsAny(id, "/?#") {
			return
		}
		g.ask(t, g.routes[i], id, query, body)
		if asked++; asked%200 == 0 {
			g.consumersGoOn(t)
		}
	})
}

func (g *target) ask(t *testing.T, r httpapi.Route, id, query, body string) {
	t.Helper()
	method, path, _ := strings.Cut(r.Pattern, " ")
	path = placeholder.ReplaceAllStringFunc(path, func(part string) string {
		word, _, _ := strings.Cut(part, "/")
		if id != "" {
			return word + "/" + id
		}
		if known := g.ids[word]; known != "" {
			return word + "/" + known
		}
		return word + "/none"
	})
	if query != "" && query[0] != '?' {
		query = "?" + query
	}
	if _, err := url.ParseRequestURI(path + query); err != nil {
		return // net/http refuses it before us
	}
	a := g.For(t).Send(g.who[r.Pattern], method, path+query, body)
	switch {
	case a.Status >= 500:
		t.Errorf("%s %s %s: %d %s", method, path+query, body, a.Status, a.Body)
	case a.Status >= 400:
		var p httpapi.Problem
		if err := json.Unmarshal(a.Body, &p); err != nil || !faultKey.MatchString(p.Key) || p.Status != a.Status || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s %s: %d is no problem: %s", method, path+query, body, a.Status, a.Body)
		}
	}
	if err := g.description.Check(a); err != nil {
		t.Errorf("%s %s %s: %v", method, path+query, body, err)
	}
}

// consumersGoOn asserts that nothing that was accepted is stuck.
func (g *target) consumersGoOn(t *testing.T) {
	t.Helper()
	lags, err := g.Bus.Lags(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lags {
		if l.Behind+l.Parked+l.Dead > 0 {
			t.Errorf("%+v", l)
		}
	}
}
