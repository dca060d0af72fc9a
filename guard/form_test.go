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

// Budgets of size: longest function and file, and the ninetieth percentiles.
const longestFunction, longestFile, usualFunction, usualFile, medianFunction = 80, 500, 40, 250, 10

func TestSizes(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		var functions, whole []int
		for _, s := range sources(t, tree) {
			if s.test() {
				continue
			}
			lines := strings.Count(s.text, "\n")
			whole = append(whole, lines)
			if lines > longestFile {
				bad = append(bad, fmt.Sprintf("%s has %d lines", s.path, lines))
			}
			for _, d := range s.ast.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || f.Body == nil {
					continue
				}
				n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
				functions = append(functions, n)
				if n > longestFunction {
					bad = append(bad, fmt.Sprintf("%s: %s has %d lines", s.path, f.Name.Name, n))
				}
			}
		}
		for _, b := range []struct {
			what  string
			of    []int
			share float64
			most  int
		}{{"median function", functions, 0.5, medianFunction}, {"p90 function", functions, 0.9, usualFunction}, {"p90 file", whole, 0.9, usualFile}} {
			slices.Sort(b.of)
			if len(b.of) == 0 {
				continue
			}
			if got := b.of[int(b.share*float64(len(b.of)-1))]; got > b.most {
				bad = append(bad, fmt.Sprintf("%s is %d lines, over %d", b.what, got, b.most))
			}
		}
		return bad
	}, map[string]string{"a/a.go": "package a\nfunc f() {\n" + strings.Repeat("g()\n", 81) + "}", "b/b.go": "package b\n" + strings.Repeat("//\n", 501)})
}
