package guard

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
)

// levels are the modules' floors; a module imports only from floors below its own.
var levels = map[string]int{
	"org": 1, "identity": 1, "access": 1, "registry": 1, "audit": 1, "logbook": 1, "place": 1,
	"notify": 2, "bulletin": 2, "ingest": 2, "unit": 2, "roster": 2, "equipment": 2,
	"incident": 3, "tasking": 3,
	"pace": 4, "followup": 4, "referral": 4, "missing": 4, "visit": 4, "forensic": 4, "governance": 4, "doorplate": 4,
	"insight": 5, "board": 5, "report": 5, "ops": 5,
}

// arrows are who may import whom, by the first part of the path.
var arrows = map[string][]string{
	"cmd":      {"app", "replay", "twin", "platform"},
	"app":      {"api", "app", "module", "gateway", "web", "platform", "twin", "replay"},
	"api":      {"platform"},
	"gateway":  {"module", "platform"},
	"module":   {"module", "platform"},
	"platform": {"platform"},
	"twin":     {"platform"},
	"replay":   {"platform"},
	"web":      {},
	"sdk":      {},
}

func top(p string) string { first, _, _ := strings.Cut(p, "/"); return first }

func TestArrows(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			allowed, room := arrows[top(s.path)]
			if s.test() || !room {
				continue
			}
			ours, _ := s.imports()
			for _, to := range ours {
				if !slices.Contains(allowed, top(to)) {
					bad = append(bad, fmt.Sprintf("%s may not import %s", s.path, to))
				}
			}
		}
		return bad
	}, map[string]string{
		"platform/x/x.go": "package x\nimport _ \"zhian/module/org\"",
		"sdk/go/x.go":     "package x\nimport _ \"zhian/platform/fault\"",
	})
}

func TestLevels(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if top(s.path) != "module" || s.test() {
				continue
			}
			from := strings.Split(s.path, "/")[1]
			if levels[from] == 0 {
				bad = append(bad, fmt.Sprintf("module %s has no level", from))
			}
			ours, _ := s.imports()
			for _, to := range ours {
				if top(to) != "module" {
					continue
				}
				other := strings.Split(to, "/")[1]
				if other != from && levels[other] >= levels[from] {
					bad = append(bad, fmt.Sprintf("%s imports %s, which is not below it", s.path, to))
				}
			}
		}
		return bad
	}, map[string]string{
		"module/unit/a.go":    "package unit\nimport _ \"zhian/module/incident\"",
		"module/unit/b.go":    "package unit\nimport _ \"zhian/module/notify\"",
		"module/helpers/a.go": "package helpers",
	})
}

// outside are the packages through which a file reaches the world.
var outside = []string{"os", "net", "net/http", "database/sql", "io/fs", "os/exec", "syscall",
	"zhian/platform/sqldb", "zhian/platform/httpapi", "zhian/platform/bus", "math/rand", "math/rand/v2", "crypto/rand"}

func TestPureFiles(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			name := s.base()
			pure := name == "rules.go" || name == "facts.go" || name == path.Base(s.dir())+".go"
			if top(s.path) != "module" || !pure {
				continue
			}
			ours, others := s.imports()
			for _, to := range ours {
				others = append(others, "zhian/"+to)
			}
			for _, to := range others {
				if slices.Contains(outside, to) {
					bad = append(bad, fmt.Sprintf("%s is pure and imports %s", s.path, to))
				}
			}
			if strings.Contains(s.text, "time.Now(") {
				bad = append(bad, s.path+" is pure and reads the clock")
			}
		}
		return bad
	}, map[string]string{
		"module/unit/rules.go": "package unit\nimport _ \"os\"",
		"module/unit/facts.go": "package unit\nimport _ \"zhian/platform/sqldb\"",
		"module/unit/unit.go":  "package unit\nimport \"time\"\nvar at = time.Now()",
	})
}
