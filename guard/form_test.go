package guard

import (
	"fmt"
	"go/ast"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestNoHanInGo(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if s.test() {
				continue
			}
			if i := strings.IndexFunc(s.text, func(r rune) bool { return unicode.Is(unicode.Han, r) }); i >= 0 {
				bad = append(bad, fmt.Sprintf("%s:%d holds Han text", s.path, 1+strings.Count(s.text[:i], "\n")))
			}
		}
		return bad
	}, map[string]string{"module/unit/unit.go": "package unit\n// \u8b66"})
}

func TestPackageComments(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		said := map[string]bool{}
		for _, s := range sources(t, tree) {
			if s.test() {
				continue
			}
			said[s.dir()] = said[s.dir()] || s.ast.Doc != nil
		}
		for dir, ok := range said {
			if !ok {
				bad = append(bad, dir+" has no package comment")
			}
		}
		return bad
	}, map[string]string{"module/unit/unit.go": "package unit"})
}

// forbidden are words that say that work is unfinished or where it was built.
var forbidden = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b|/wo` + `rk/|/ro` + `ot/`)

func TestForbiddenWords(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, ending := range []string{".go", ".sql", ".md", ".sh"} {
			for p, text := range files(t, tree, ending) {
				if w := forbidden.FindString(text); w != "" {
					bad = append(bad, p+" says "+w)
				}
			}
		}
		return bad
	}, map[string]string{"docs/a.md": "TO" + "DO: later", "a.go": "package a // /ro" + "ot/x"})
}

// Budgets of size: longest function and file, and what is usual.
const longestFunction, longestFile, usualFunction, usualFile, medianFunction = 80, 500, 40, 250, 10

// measured is a function or a file with its lines.
type measured struct {
	name  string
	lines int
}

func sizes(t *testing.T, tree fs.FS) (functions, whole []measured) {
	for _, s := range sources(t, tree) {
		if s.test() {
			continue
		}
		whole = append(whole, measured{s.path, strings.Count(s.text, "\n")})
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
				functions = append(functions, measured{s.path + ": " + f.Name.Name, lines})
			}
		}
	}
	return functions, whole
}

func TestLongestSizes(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		functions, whole := sizes(t, tree)
		for _, b := range []struct {
			of   []measured
			most int
		}{{functions, longestFunction}, {whole, longestFile}} {
			for _, m := range b.of {
				if m.lines > b.most {
					bad = append(bad, fmt.Sprintf("%s has %d lines, over %d", m.name, m.lines, b.most))
				}
			}
		}
		return bad
	}, map[string]string{"a/a.go": "package a\nfunc f() {\n" + strings.Repeat("g()\n", 79) + "}", "b/b.go": "package b\n" + strings.Repeat("//\n", 501)})
}

func TestUsualSizes(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		functions, whole := sizes(t, tree)
		for _, b := range []struct {
			what  string
			of    []measured
			share float64
			most  int
		}{{"median function", functions, 0.5, medianFunction}, {"p90 function", functions, 0.9, usualFunction}, {"p90 file", whole, 0.9, usualFile}} {
			slices.SortFunc(b.of, func(x, y measured) int { return x.lines - y.lines })
			if len(b.of) == 0 {
				continue
			}
			if got := b.of[int(b.share*float64(len(b.of)-1))]; got.lines > b.most {
				bad = append(bad, fmt.Sprintf("%s is %d lines, over %d", b.what, got.lines, b.most))
			}
		}
		return bad
	}, map[string]string{
		"a/a.go": "package a\n" + strings.Repeat("func f() {\n"+strings.Repeat("g()\n", 9)+"}\n", 3),
		"b/b.go": "package b\nfunc f() {}\nfunc f() {}\nfunc f() {}\nfunc g() {\n" + strings.Repeat("g()\n", 39) + "}\nfunc h() {\n" + strings.Repeat("g()\n", 39) + "}\n",
		"c/c.go": "package c\n" + strings.Repeat("//\n", 251),
	})
}

// mostFuzzed bounds the fuzz targets: each takes half a minute of every test run.
// One more decoder joins a target that exists.
const mostFuzzed = 12

func TestFuzzTargetsAreFew(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		var targets []string
		for _, s := range sources(t, tree) {
			for _, d := range s.ast.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && s.test() && strings.HasPrefix(f.Name.Name, "Fuzz") {
					targets = append(targets, f.Name.Name)
				}
			}
		}
		if len(targets) > mostFuzzed {
			bad = append(bad, fmt.Sprintf("%d fuzz targets are over %d: %v", len(targets), mostFuzzed, targets))
		}
		return bad
	}, map[string]string{"a/a_test.go": "package a\n" + strings.Repeat("func FuzzX() {}\n", mostFuzzed+1)})
}
