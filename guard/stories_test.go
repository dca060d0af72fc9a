package guard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhian/platform/httpapi"
	"zhian/test/scenario"
)

// untold are the routes that no story asks.
func untold(t *testing.T, list []httpapi.Route, told []scenario.Story) (bad []string) {
	t.Helper()
	asked := map[string]bool{}
	for _, s := range told {
		for _, step := range s.Steps {
			if strings.HasSuffix(step.Text, " is on") {
				asked["GET /v1/live"] = true
			}
			if step.Request == nil || step.Request.Status >= 400 {
				continue // a refusal alone tells nothing of what a route does
			}
			path, _, _ := strings.Cut(step.Request.Path, "?")
			asked[step.Request.Method+" "+path] = true
		}
	}
	for _, r := range list {
		found := false
		for path := range asked {
			found = found || fits(r.Pattern, path)
		}
		if !found {
			bad = append(bad, r.Pattern+" is in no story")
		}
	}
	return bad
}

// fits reports whether a request's method and path are of a pattern.
func fits(pattern, request string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(request, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

func TestEveryRouteHasAStory(t *testing.T) {
	paths, err := filepath.Glob("../test/scenario/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var told []scenario.Story
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Parse(filepath.Base(p), string(text))
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, s)
	}
	for _, fault := range untold(t, routes(t), told) {
		t.Error(fault)
	}
	one, err := scenario.Parse("planted", "# t\nanna GET /v1/things/$T1?x=1 -> 200\nanna POST /v1/things {} -> 403\nhandset anna is on\n")
	if err != nil {
		t.Fatal(err)
	}
	planted := []httpapi.Route{{Pattern: "GET /v1/things/{id}"}, {Pattern: "POST /v1/things"}, {Pattern: "GET /v1/things"}, {Pattern: "GET /v1/live"}}
	if bad := untold(t, planted, []scenario.Story{one}); fmt.Sprint(bad) != "[POST /v1/things is in no story GET /v1/things is in no story]" {
		t.Errorf("found %q", bad)
	}
}
