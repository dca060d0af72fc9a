package guard

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// rule names the faults of a source tree.
type rule func(t *testing.T, tree fs.FS) []string

// keeps asserts that the project keeps the rule and that the rule can fail.
func keeps(t *testing.T, r rule, planted map[string]string) {
	t.Helper()
	for _, fault := range r(t, os.DirFS("..")) {
		t.Error(fault)
	}
	for name, text := range planted {
		if found := r(t, one(name, text)); len(found) != 1 {
			t.Errorf("the planted violation in %s is one fault, found %q", name, found)
		}
	}
}

// one is a tree of a single file.
func one(name, text string) fs.FS { return fstest.MapFS{name: {Data: []byte(text)}} }

type source struct {
	path string
	text string
	set  *token.FileSet
	ast  *ast.File
}

func (s source) dir() string  { return path.Dir(s.path) }
func (s source) test() bool   { return strings.HasSuffix(s.path, "_test.go") }
func (s source) base() string { return path.Base(s.path) }

// imports are the import paths of a file, ours without the module's name.
func (s source) imports() (ours, others []string) {
	for _, i := range s.ast.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		if rest, ok := strings.CutPrefix(p, "zhian/"); ok {
			ours = append(ours, rest)
		} else {
			others = append(others, p)
		}
	}
	return ours, others
}

// files reads every file with the ending, skipping what is not ours.
func files(t *testing.T, tree fs.FS, ending string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ending) {
			return nil
		}
		text, err := fs.ReadFile(tree, p)
		found[p] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func sources(t *testing.T, tree fs.FS) (all []source) {
	t.Helper()
	for p, text := range files(t, tree, ".go") {
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, p, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, source{p, text, set, parsed})
	}
	return all
}

// field is one of a struct; kind is its type as written, tag its whole tag.
type field struct{ name, kind, tag string }

// fieldsOf are the fields of every struct of a file.
func fieldsOf(s source) (all []field) {
	ast.Inspect(s.ast, func(n ast.Node) bool {
		st, ok := n.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range st.Fields.List {
			kind := s.text[s.set.Position(f.Type.Pos()).Offset:s.set.Position(f.Type.End()).Offset]
			tag := ""
			if f.Tag != nil {
				tag, _ = strconv.Unquote(f.Tag.Value)
			}
			for _, n := range f.Names {
				all = append(all, field{n.Name, kind, tag})
			}
		}
		return true
	})
	return all
}
