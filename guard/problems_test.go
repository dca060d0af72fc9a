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

// documented are the rooms whose problems docs/problems.md lists, by the first
// word of the key.
var documented = []string{"request", "storage", "sheet", "org", "identity", "access"}

var problemKey = regexp.MustCompile(`^"((?:request|storage|sheet|org|identity|access)\.[a-z_]+)"$`)

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
			if m := problemKey.FindStringSubmatch(text.Value); m != nil && !slices.Contains(perms, m[1]) {
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
		if !strings.Contains(text, "`"+key+"`") {
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
	named := regexp.MustCompile("`((?:"+strings.Join(documented, "|")+`)\.[a-z_]+)`+"`").FindAllStringSubmatch(string(text), -1)
	for _, m := range named {
		if !slices.Contains(keys, m[1]) {
			t.Errorf("docs/problems.md explains %s, which nothing answers with", m[1])
		}
	}
	if found := undocumented(append(keys, "org.planted"), string(text)); len(found) != 1 {
		t.Errorf("one was planted, found %q", found)
	}
}
