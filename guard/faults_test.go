package guard

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	faultMade  = regexp.MustCompile(`(?:fault\.(?:New|Wrap|At)\(.*|lineFault\(|notFound\(err, |Key: |case .*: return |return |datumMistaken\s+= )"((?:incident|unit|place)\.[a-z_]+)"(\+)?`)
	faultNamed = regexp.MustCompile("`((?:incident|unit|place)\\.[a-z_]+)`")
	factNamed  = regexp.MustCompile(`FactName\(\)`)
)

// Every fault of the modules that docs/faults.md has a chapter of is explained
// there, and nothing is explained that nobody says any more.
func TestFaultsAreDocumented(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		text, err := fs.ReadFile(tree, "docs/faults.md")
		if err != nil {
			return nil
		}
		explained, said := map[string]bool{}, map[string]bool{}
		for _, m := range faultNamed.FindAllStringSubmatch(string(text), -1) {
			explained[m[1]] = true
		}
		for _, s := range sources(t, tree) {
			if top(s.path) != "module" || s.test() {
				continue
			}
			for _, line := range strings.Split(s.text, "\n") {
				if m := faultMade.FindStringSubmatch(line); m != nil && !factNamed.MatchString(line) {
					bad = append(bad, unexplained(s.path, m[1], m[2] != "", explained, said)...)
				}
			}
		}
		for key := range explained {
			if !said[key] {
				bad = append(bad, "docs/faults.md explains "+key+", which no module says")
			}
		}
		slices.Sort(bad)
		return bad
	}, map[string]string{"docs/faults.md": "`unit.gone`"})
}

// unexplained notes a fault that is made; one that is made of parts is any that
// begins so.
func unexplained(path, key string, begins bool, explained, said map[string]bool) []string {
	found := false
	for known := range explained {
		if known == key || begins && strings.HasPrefix(known, key) {
			found, said[known] = true, true
		}
	}
	if found {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s is not in docs/faults.md", path, key)}
}
