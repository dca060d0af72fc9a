package guard

import (
	"go/ast"
	"io/fs"
	"slices"
	"strconv"
	"testing"

	"zhian/app"
)

// Every fact that a room publishes is in the house's list, and so in
// api/facts.json.
func TestEveryFactIsListed(t *testing.T) {
	var listed []string
	for _, f := range app.Facts {
		listed = append(listed, f.FactName())
	}
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if s.test() || top(s.path) != "module" {
				continue
			}
			for _, d := range s.ast.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || f.Name.Name != "FactName" {
					continue
				}
				name := returned(f)
				if s.base() != "facts.go" {
					bad = append(bad, s.path+" publishes "+name+": facts stand in facts.go")
				}
				if !slices.Contains(listed, name) {
					bad = append(bad, s.path+" publishes "+name+", which app.Facts does not list")
				}
			}
		}
		return bad
	}, map[string]string{
		"module/unit/facts.go": "package unit\nfunc (Sunk) FactName() string { return \"unit.sunk\" }",
		"module/unit/unit.go":  "package unit\nfunc (Changed) FactName() string { return \"unit.changed\" }",
	})
}

// returned is the text that a function returns.
func returned(f *ast.FuncDecl) (text string) {
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok {
			text, _ = strconv.Unquote(lit.Value)
		}
		return true
	})
	return text
}
