package guard

import (
	"context"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"zhian/app"
	"zhian/platform/httpapi"
)

// routes are all that the house mounts.
func routes(t *testing.T) []httpapi.Route {
	t.Helper()
	a, err := app.New(context.Background(), app.Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.DB.Close() })
	return a.API.Routes()
}

// unrecorded are requests that are not reads and leave no audit event, and why.
var unrecorded = map[string]string{
	"POST /v1/places/locate":        "a question, with its text in the body to keep it out of addresses and logs",
	"POST /v1/inbox/marks":          "one's own messages; the times are kept with each, and go into the incident's timeline",
	"POST /v1/units/{id}/positions": "a signal of a unit, many a minute; the position expires",
}

// public are the routes that need no session.
var public = []string{"POST /v1/login", "POST /v1/setup", "GET /v1/about"}

func unguarded(r httpapi.Route) (bad []string) {
	says := func(holds bool, what string) {
		if holds {
			bad = append(bad, r.Pattern+" "+what)
		}
	}
	says(r.Perm == "" && !r.Public, "has no permission")
	says(r.Perm != "" && r.Public, "is public and asks for a permission")
	says(r.Public && !contains(public, r.Pattern), "is public and not on the list of those that may be")
	says(r.Audit == "", "has no audit class")
	says(r.Audit == httpapi.AuditNone && !strings.HasPrefix(r.Pattern, "GET ") && unrecorded[r.Pattern] == "", "changes something and has no audit class")
	says(r.Summary == "", "has no summary")
	says((r.Audit == httpapi.AuditReveal) != r.Purpose, "reveals without a purpose, or asks for a purpose without revealing")
	says(r.Audit == httpapi.AuditReveal && !r.Secret, "reveals, and its answer would be kept in clear under an Idempotency-Key")
	_, out := r.Do.Types()
	shown := personalMember(out, nil)
	says(shown != "" && r.Audit != httpapi.AuditReveal, "answers with "+shown+" in clear and is no reveal")
	return bad
}

func contains(list []string, s string) bool {
	return strings.Contains("\n"+strings.Join(list, "\n")+"\n", "\n"+s+"\n")
}

// personalMember is the first member, at any depth, that would show something
// personal in clear.
func personalMember(t reflect.Type, above []reflect.Type) string {
	if t == nil {
		return ""
	}
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || strings.HasPrefix(t.Name(), "Sealed[") {
		return ""
	}
	for _, up := range above {
		if up == t {
			return ""
		}
	}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if personalWord(f.Name) != "" || personalWord(name) != "" {
			if !strings.HasPrefix(f.Type.Name(), "Sealed[") {
				return t.Name() + "." + f.Name
			}
			continue
		}
		if inner := personalMember(f.Type, append(above, t)); inner != "" {
			return inner
		}
	}
	return ""
}

// Every route says who may call it, what the audit keeps of it, and for what
// purpose it shows what is personal.
func TestEveryRouteIsGuarded(t *testing.T) {
	list := routes(t)
	for _, r := range list {
		for _, fault := range unguarded(r) {
			t.Error(fault)
		}
	}
	type found struct{ Items []struct{ Phone string } }
	showing := httpapi.Do(func(context.Context, httpapi.Nothing) (f found, err error) { return f, err })
	whole := httpapi.Route{Pattern: "GET /v1/planted", Perm: "planted.read", Audit: httpapi.AuditRead, Summary: "Planted"}
	for what, spoil := range map[string]func(r *httpapi.Route){
		"has no permission":                   func(r *httpapi.Route) { r.Perm = "" },
		"is public and asks for a permission": func(r *httpapi.Route) { r.Pattern, r.Public = public[0], true },
		"is public and not on the list":       func(r *httpapi.Route) { r.Perm, r.Public = "", true },
		"has no audit class":                  func(r *httpapi.Route) { r.Audit = "" },
		"changes something":                   func(r *httpapi.Route) { r.Pattern, r.Audit = "POST /v1/planted", httpapi.AuditNone },
		"has no summary":                      func(r *httpapi.Route) { r.Summary = "" },
		"reveals without a purpose":           func(r *httpapi.Route) { r.Audit, r.Secret = httpapi.AuditReveal, true },
		"would be kept in clear":              func(r *httpapi.Route) { r.Audit, r.Purpose = httpapi.AuditReveal, true },
		"found.Phone in clear":                func(r *httpapi.Route) { r.Do = showing },
	} {
		r := whole
		spoil(&r)
		if bad := unguarded(r); len(bad) != 1 || !strings.Contains(strings.ReplaceAll(bad[0], "struct.", "found."), strings.TrimPrefix(what, "found")) {
			t.Errorf("planted %q, found %q", what, bad)
		}
	}
	if bad := unguarded(whole); len(bad) > 0 {
		t.Errorf("nothing was planted, found %q", bad)
	}
}
