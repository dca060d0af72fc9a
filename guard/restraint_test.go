package guard

import (
	"fmt"
	"go/ast"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// personal are the words for what identifies a member of the public. Staff have
// names and log-ins; those are not meant.
var personal = []string{"phone", "mobile", "telephone", "id_number", "id_card", "identity_card", "identity_number", "passport",
	"plate_number", "licence_plate", "license_plate", "birthday", "birth_date", "date_of_birth", "sealed", "reporter_name", "caller_name", "real_name"}

// personalWord is the personal word in a name of any writing (callerPhone,
// caller_phone), or "".
func personalWord(name string) string {
	snake := "_" + snaked(name) + "_"
	for _, w := range personal {
		if strings.Contains(snake, "_"+w+"_") {
			return w
		}
	}
	return ""
}

// snaked writes CamelCase with underscores; IDNumber becomes id_number.
func snaked(name string) string {
	var out []rune
	all := []rune(name)
	for i, r := range all {
		if unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(all[i-1]) || i+1 < len(all) && unicode.IsLower(all[i+1])) {
			out = append(out, '_')
		}
		out = append(out, unicode.ToLower(r))
	}
	return string(out)
}

// keepsPeople are the parts of the tree that hold or show what was said of
// people; the simulated city and the tools only speak to them through the API.
var keepsPeople = []string{"module", "gateway", "app", "cmd"}

func holdsPeople(s source) bool {
	return slices.Contains(keepsPeople, top(s.path)) && !s.test()
}

// clear are the places where a personal field may stand open, and why.
var clear = map[string]string{
	"module/incident/contact.go Phone": "the request's own field, in clear only between the request and the vault, and what a reveal shows",
}

func TestPersonalFieldsAreSealed(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if !holdsPeople(s) {
				continue
			}
			for _, f := range fieldsOf(s) {
				word := personalWord(f.name)
				for _, key := range []string{"json", "form", "xml", "csv"} {
					name, _, _ := strings.Cut(reflect.StructTag(f.tag).Get(key), ",")
					if word == "" {
						word = personalWord(name)
					}
				}
				sealed := strings.Contains(f.kind, "Sealed[") || word == "sealed" && f.kind == "[]byte"
				if word != "" && !sealed && clear[s.path+" "+f.name] == "" {
					bad = append(bad, fmt.Sprintf("%s holds %s (%s) in clear", s.path, f.name, word))
				}
			}
		}
		return bad
	}, map[string]string{
		"module/unit/unit.go":      "package unit\ntype Officer struct{ Phone string }",
		"module/unit/card.go":      "package unit\ntype Card struct{ Number string `json:\"id_number,omitempty\"` }",
		"gateway/partner/sheet.go": "package partner\ntype Row struct{ Caller string `csv:\"caller_phone\"` }",
		"module/unit/key.go":       "package unit\ntype Key struct{ reporterMobile *string }",
	})
	if found := personalWord("TelephoneExchange"); found != "telephone" {
		t.Errorf("found %q", found)
	}
	for _, harmless := range []string{"Microphone", "immobile", "IDs", "Number", "Contacted", "display_name", "UnsealedAt"} {
		if word := personalWord(harmless); word != "" {
			t.Errorf("%s was taken for %s", harmless, word)
		}
	}
}

// A fact goes to every consumer and to other systems: nothing personal is in it,
// sealed or not.
func TestFactsNameNobody(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if s.base() != "facts.go" {
				continue
			}
			for _, f := range fieldsOf(s) {
				if personalWord(f.name) != "" || strings.Contains(f.kind, "Sealed[") {
					bad = append(bad, s.path+" publishes "+f.name)
				}
			}
		}
		return bad
	}, map[string]string{"module/unit/facts.go": "package unit\ntype Fact struct{ Phone crypto.Sealed[string] }"})
}

// Nobody finds a person by asking: no parameter of a question is personal.
func TestNoQuestionIsAboutAPerson(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if s.test() {
				continue
			}
			for _, f := range fieldsOf(s) {
				tag := reflect.StructTag(f.tag)
				for _, key := range []string{"query", "path", "header"} {
					if w := personalWord(tag.Get(key)); w != "" {
						bad = append(bad, fmt.Sprintf("%s asks by %s", s.path, w))
					}
				}
			}
		}
		return bad
	}, map[string]string{
		"module/incident/read.go": "package incident\ntype Filter struct{ Who string `query:\"phone\"` }",
		"module/incident/card.go": "package incident\ntype Card struct{ Who string `path:\"id_card\"` }",
	})
}

// told are calls whose arguments end up in a log or on a terminal.
var told = []string{"Debug", "Info", "Warn", "Error", "Log", "With", "Print", "Printf", "Println", "Fprint", "Fprintf", "Fprintln", "Errorf",
	"DebugContext", "InfoContext", "WarnContext", "ErrorContext"}

// No log line, error text or print says what is personal: not by a key, not by a
// field or variable of that name.
func TestNothingPersonalIsLogged(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if !holdsPeople(s) && top(s.path) != "platform" || s.test() {
				continue
			}
			ast.Inspect(s.ast, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if f, ok := call.Fun.(*ast.SelectorExpr); !ok || !slices.Contains(told, f.Sel.Name) {
					return true
				}
				for _, arg := range call.Args {
					if w := personalArgument(arg); w != "" {
						bad = append(bad, fmt.Sprintf("%s:%d tells of %s", s.path, s.set.Position(arg.Pos()).Line, w))
					}
				}
				return true
			})
		}
		return bad
	}, map[string]string{
		"module/unit/a.go":   "package unit\nfunc f() { slog.Info(\"called\", \"phone\", number) }",
		"module/unit/b.go":   "package unit\nfunc f() { s.Log.Warn(\"called\", \"who\", c.Phone) }",
		"module/unit/c.go":   "package unit\nfunc f() error { return fmt.Errorf(\"no such number %s\", mobile) }",
		"platform/x/x.go":    "package x\nfunc f() { log.Error(\"x\", slog.String(\"id_number\", v)) }",
		"gateway/sms/sms.go": "package sms\nfunc f() { log.InfoContext(ctx, \"sent\", \"to\", m.Receiver.Mobile) }",
	})
}

// personalArgument is the personal word that an argument names.
func personalArgument(arg ast.Expr) (word string) {
	ast.Inspect(arg, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.BasicLit:
			// A sentence may speak of phones; a key is one word.
			if text, err := strconv.Unquote(x.Value); err == nil && !strings.Contains(text, " ") && word == "" {
				word = personalWord(text)
			}
		case *ast.Ident:
			if word == "" && !strings.Contains(x.Name, "Mask") {
				word = personalWord(x.Name)
			}
		}
		return word == ""
	})
	return word
}

// shown are where a literal that is a personal word does no harm, and why.
var shown = map[string]string{}

// No list of columns, header of a sheet or key of a map is a personal word:
// exports carry no person columns.
func TestNothingPersonalIsExported(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if !holdsPeople(s) && !strings.HasPrefix(s.path, "platform/sheet/") || s.test() {
				continue
			}
			tags := map[ast.Node]bool{}
			ast.Inspect(s.ast, func(n ast.Node) bool {
				if f, ok := n.(*ast.Field); ok && f.Tag != nil {
					tags[f.Tag] = true
				}
				lit, ok := n.(*ast.BasicLit)
				if !ok || tags[lit] {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				if err == nil && regexp.MustCompile(`^\w+$`).MatchString(text) && personalWord(text) != "" && shown[s.path+" "+text] == "" {
					bad = append(bad, fmt.Sprintf("%s:%d has a column or key %q", s.path, s.set.Position(lit.Pos()).Line, text))
				}
				return true
			})
		}
		return bad
	}, map[string]string{
		"module/report/sheet.go": "package report\nvar header = []string{\"time\", \"caller_phone\"}",
		"app/export.go":          "package app\nvar row = map[string]any{\"idNumber\": 1}",
	})
}

var (
	creating = regexp.MustCompile(`(?is)^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?(?:VIRTUAL\s+TABLE|MATERIALIZED\s+VIEW|INDEX|VIEW)\b`)
	asking   = regexp.MustCompile(`(?is)\b(?:WHERE|ON|ORDER\s+BY|GROUP\s+BY)\b`)
	words    = regexp.MustCompile(`[A-Za-z_]\w*`)
)

// personalIn is the first personal word among the words of a piece of SQL.
func personalIn(sql string) string {
	for _, w := range words.FindAllString(sql, -1) {
		if personalWord(w) != "" {
			return w
		}
	}
	return ""
}

// No index and no view reaches a personal column, and no query looks for one:
// what cannot be found is not searched.
func TestPersonalColumnsAreNotIndexedShownOrSearched(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for p, text := range files(t, tree, ".sql") {
			if strings.HasSuffix(p, "queries.sql") {
				for _, q := range statements(text) {
					if at := asking.FindStringIndex(q.text); at != nil && personalIn(q.text[at[1]:]) != "" {
						bad = append(bad, fmt.Sprintf("%s: %s searches by %s", p, q.name, personalIn(q.text[at[1]:])))
					}
				}
				continue
			}
			for _, part := range strings.Split(comment.ReplaceAllString(text, ""), ";") {
				if w := personalIn(part); w != "" && creating.MatchString(part) {
					bad = append(bad, p+" indexes or shows "+w)
				}
			}
		}
		return bad
	}, map[string]string{
		"module/unit/schema/0001_x.sql": "CREATE INDEX a ON unit_crew (phone);",
		"module/unit/schema/0002_x.sql": "CREATE UNIQUE INDEX a ON unit_crew (lower(caller_phone));",
		"module/unit/schema/0003_x.sql": "CREATE VIEW unit_v_crew AS SELECT id, sealed_name FROM unit_crew;",
		"module/unit/queries.sql":       "-- name: A\nSELECT id FROM unit_crew WHERE mobile = $1",
	})
}

// opening are the places that may open a sealed field, and why.
var opening = map[string]string{
	"module/incident/contact.go": "reveals the contact to a person, witnessed by the audit log",
	"module/incident/picture.go": "reveals a picture to a person, witnessed by the audit log; a thumbnail shows no face",
}

// Sealed fields are opened in few, known places.
func TestSealedFieldsAreOpenedInKnownPlaces(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for _, s := range sources(t, tree) {
			if s.test() || strings.HasPrefix(s.path, "platform/crypto/") || opening[s.path] != "" {
				continue
			}
			for _, word := range []string{"crypto.Open(", "crypto.Open[", "crypto.Reveal(", "crypto.Reveal[", "crypto.Masked(", "crypto.Masked["} {
				if strings.Contains(s.text, word) {
					bad = append(bad, s.path+" calls "+strings.TrimRight(word, "(["))
				}
			}
		}
		return bad
	}, map[string]string{"module/insight/person.go": "package insight\nvar x, err = crypto.Open(v, tx, s)"})
}
