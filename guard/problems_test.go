package guard

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documented are the rooms whose problems docs/problems.md lists all of, by the
// first word of the key. Most of crypto's are our own faults, told to nobody.
var documented = []string{"request", "storage", "sheet", "org", "identity", "access", "incident", "unit", "place", "notify", "pace",
	"bus", "live"}

// others are named like problems and are none: what a message is about, what a
// screen is told, the name of a sealed field.
var others = []string{"incident.push", "unit.moved", "incident.contact", "incident.picture"}

// unheard are faults of drafts that a module of ours has made, not a client.
var unheard = []string{"notify.key_malformed", "notify.unknown_class", "notify.body_too_long", "notify.key_reused"}

var (
	room       = "(?:" + strings.Join(append(slices.Clone(documented), "crypto"), "|") + `)\.[a-z0-9_]+`
	problemKey = regexp.MustCompile(`^"(` + room + `)"$`)
	problemDoc = regexp.MustCompile("`(" + room + ")`")
)

// problems are the keys in the sources that are neither permissions nor facts.
func problems(t *testing.T, tree fs.FS) (keys []string) {
	t.Helper()
	perms := asks(t, tree)
	for _, s := range sources(t, tree) {
		if s.test() || s.base() == "facts.go" || top(s.path) != "module" && top(s.path) != "platform" {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			text, ok := n.(*ast.BasicLit)
			if !ok || text.Kind != token.STRING {
				return true
			}
			if m := problemKey.FindStringSubmatch(text.Value); m != nil && !slices.Contains(perms, m[1]) && !slices.Contains(others, m[1]) {
				keys = append(keys, m[1])
			}
			return true
		})
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func undocumented(keys []string, text string) (bad []string) {
	for _, key := range keys {
		word, _, _ := strings.Cut(key, ".")
		must := slices.Contains(documented, word) && !slices.Contains(unheard, key)
		if must && !strings.Contains(text, "`"+key+"`") {
			bad = append(bad, key+" is in no table of docs/problems.md")
		}
	}
	return bad
}

// Who writes a program against the API finds every key, and what to do about it.
func TestProblemsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/problems.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := problems(t, os.DirFS(".."))
	for _, b := range undocumented(keys, string(text)) {
		t.Error(b)
	}
	for _, m := range problemDoc.FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(keys, m[1]) {
			t.Errorf("docs/problems.md explains %s, which nothing answers with", m[1])
		}
	}
	if found := undocumented(append(keys, "org.planted"), string(text)); len(found) != 1 {
		t.Errorf("one was planted, found %q", found)
	}
}
