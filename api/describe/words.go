package describe

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"reflect"
	"strconv"
	"strings"
)

// Words are what only the source text knows: comments, and the constants of a
// type, which are its closed set of values. Keys are "<import path>.<name>".
type Words struct {
	types  map[string]string
	fields map[string]string
	funcs  map[string]string
	values map[string][]string
}

// ReadWords reads the Go files of a source tree whose module has a name.
func ReadWords(tree fs.FS, module string) (Words, error) {
	w := Words{map[string]string{}, map[string]string{}, map[string]string{}, map[string][]string{}}
	set := token.NewFileSet()
	return w, fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(tree, p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(set, p, text, parser.ParseComments)
		if err == nil {
			w.file(path.Join(module, path.Dir(p)), f)
		}
		return err
	})
}

func (w Words) file(pkg string, f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			w.function(pkg, d)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					w.declared(pkg, d, s)
				case *ast.ValueSpec:
					w.constants(pkg, s)
				}
			}
		}
	}
}

func (w Words) function(pkg string, d *ast.FuncDecl) {
	name := pkg + "." + d.Name.Name
	if d.Recv != nil {
		t := d.Recv.List[0].Type
		if star, pointer := t.(*ast.StarExpr); pointer {
			t = star.X
			if id, plain := t.(*ast.Ident); plain {
				name = pkg + ".(*" + id.Name + ")." + d.Name.Name
			}
		} else if id, plain := t.(*ast.Ident); plain {
			name = pkg + "." + id.Name + "." + d.Name.Name
		}
	}
	w.funcs[name] = said(d.Doc)
}

func (w Words) declared(pkg string, d *ast.GenDecl, s *ast.TypeSpec) {
	doc := s.Doc
	if doc == nil && len(d.Specs) == 1 {
		doc = d.Doc
	}
	w.types[pkg+"."+s.Name.Name] = said(doc)
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range st.Fields.List {
		text := said(f.Doc)
		if text == "" {
			text = said(f.Comment)
		}
		for _, n := range f.Names {
			w.fields[pkg+"."+s.Name.Name+"."+n.Name] = text
		}
	}
}

func (w Words) constants(pkg string, s *ast.ValueSpec) {
	t, typed := s.Type.(*ast.Ident)
	if !typed {
		return
	}
	for _, v := range s.Values {
		if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			if err == nil {
				key := pkg + "." + t.Name
				w.values[key] = append(w.values[key], text)
			}
		}
	}
}

// said is a comment as one paragraph after another, the lines of each joined.
func said(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	var paragraphs []string
	for _, p := range strings.Split(strings.TrimSpace(c.Text()), "\n\n") {
		if strings.HasPrefix(p, "\t") || strings.HasPrefix(p, " ") {
			paragraphs = append(paragraphs, p) // a drawing
			continue
		}
		paragraphs = append(paragraphs, strings.Join(strings.Fields(p), " "))
	}
	return strings.Join(paragraphs, "\n\n")
}

func key(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return t.PkgPath() + "." + name
}

// OfType is the comment of a type.
func (w Words) OfType(t reflect.Type) string { return w.types[key(t)] }

// OfField is the comment of a struct's own field.
func (w Words) OfField(t reflect.Type, name string) string { return w.fields[key(t)+"."+name] }

// OfFunc is the comment of a function, by the name that the runtime gives it.
func (w Words) OfFunc(name string) string { return w.funcs[strings.TrimSuffix(name, "-fm")] }

// Values is the closed set of a string type: its constants; nil when it has none.
func (w Words) Values(t reflect.Type) []string { return w.values[key(t)] }
