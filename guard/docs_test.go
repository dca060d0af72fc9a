package guard

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	docLink = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	docPath = regexp.MustCompile("`((?:api|app|cmd|docs|gateway|guard|module|platform|replay|test|twin|web)/[A-Za-z0-9_./-]*)`")
	mapStep = regexp.MustCompile("^\\| `([A-Za-z0-9_.]+)` \\| `([A-Za-z0-9_./]+\\.(?:go|ts))` \\|")
)

// Whoever reads the documents finds what they name.
func TestDocumentsNameWhatThereIs(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for name, text := range files(t, tree, ".md") {
			var named []string
			for _, m := range docLink.FindAllStringSubmatch(text, -1) {
				named = append(named, path.Join(path.Dir(name), m[1]))
			}
			for _, m := range docPath.FindAllStringSubmatch(text, -1) {
				named = append(named, path.Clean(m[1]))
			}
			for _, p := range named {
				if _, err := fs.Stat(tree, p); err != nil && !built[p] {
					bad = append(bad, fmt.Sprintf("%s names %s, which is not there", name, p))
				}
			}
		}
		slices.Sort(bad)
		return bad
	}, map[string]string{"docs/planted.md": "see `module/gone/gone.go`", "planted.md": "[there](docs/gone.md#part)"})
}

// built is what documents may name and a clone does not have.
var built = map[string]bool{"web/dist": true}

// Each step of the walk is a function in the file that is named beside it.
func TestTheWalkGoesThroughTheCode(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		text, err := fs.ReadFile(tree, "docs/map.md")
		if err != nil {
			return []string{err.Error()}
		}
		steps := 0
		for line := range strings.Lines(string(text)) {
			m := mapStep.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			steps++
			code, _ := fs.ReadFile(tree, m[2])
			if !declares(m[2], string(code), m[1]) {
				bad = append(bad, fmt.Sprintf("docs/map.md: %s has no function %s", m[2], m[1]))
			}
		}
		if steps < 40 && len(bad) == 0 {
			bad = append(bad, fmt.Sprintf("docs/map.md: a walk of %d steps", steps))
		}
		return bad
	}, map[string]string{"docs/map.md": "| `Service.Gone` | `module/gone/gone.go` | |\n"})
}

// declares says that a file has a function: named as Type.Method in Go if it is
// one, as what makes it and itself in TypeScript.
func declares(file, code, name string) bool {
	receiver, method, ok := strings.Cut(name, ".")
	if strings.HasSuffix(file, ".ts") {
		made := func(n string) bool {
			return regexp.MustCompile(`(?m)^\s*(?:export )?(?:async )?(?:function ` + n + `[<(]|const ` + n + ` = (?:async )?[<(])`).MatchString(code)
		}
		return made(receiver) && (!ok || made(method))
	}
	if !ok {
		return regexp.MustCompile(`(?m)^func ` + name + `[\[(]`).MatchString(code)
	}
	return regexp.MustCompile(`(?m)^func \((?:\w+ )?\*?` + receiver + `\) ` + method + `\(`).MatchString(code)
}
