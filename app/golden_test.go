package app_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"zhian/api/describe"
	"zhian/app"
	"zhian/test/scenario"
)

var update = flag.Bool("update", false, "write the documents anew")

// golden compares a document with the committed one.
func golden(t *testing.T, name string, made []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, made) {
		t.Errorf("%s is not what the code says now, first at %q; if the change was meant: make golden", name, firstDifference(committed, made))
	}
}

// firstDifference is the first line of b that is not in its place in a.
func firstDifference(a, b []byte) string {
	old, fresh := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i, line := range fresh {
		if i >= len(old) || old[i] != line {
			return strings.TrimSpace(line)
		}
	}
	return "the end"
}

func words(t *testing.T) describe.Words {
	t.Helper()
	w, err := describe.ReadWords(os.DirFS(".."), "zhian")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func openAPI(t *testing.T) []byte {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.DB.Close() })
	made, err := describe.OpenAPI(a.API.Routes(), words(t), examples(t))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestGoldenOpenAPI(t *testing.T) { golden(t, "../api/openapi.json", openAPI(t)) }

func TestGoldenFacts(t *testing.T) {
	var facts []describe.Fact
	for _, f := range app.Facts {
		facts = append(facts, f)
	}
	made, err := describe.Facts(facts, words(t))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "../api/facts.json", made)
}

// The document is OpenAPI 3.1 by the standard's own schema (testdata/SOURCES.md),
// each of its schemas is one of JSON Schema 2020-12, and every reference leads
// somewhere.
func TestOpenAPIIsValid(t *testing.T) {
	made := openAPI(t)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(made))
	if err != nil {
		t.Fatal(err)
	}
	check := func(document any) error {
		text, err := os.ReadFile("testdata/openapi-3.1.schema.json")
		if err != nil {
			t.Fatal(err)
		}
		meta, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("openapi-3.1", meta); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile("openapi-3.1")
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(document)
	}
	if err := check(document); err != nil {
		t.Error(err)
	}
	if check(map[string]any{"openapi": "3.1.0", "info": map[string]any{"title": "x"}, "paths": map[string]any{}}) == nil {
		t.Error("a document without its version is valid")
	}
	schemas := document.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("document", document); err != nil {
		t.Fatal(err)
	}
	for name := range schemas {
		if _, err := c.Compile("document#/components/schemas/" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, m := range regexp.MustCompile(`"\$ref": "#/components/(schemas|responses)/([^"]+)"`).FindAllSubmatch(made, -1) {
		if kind, name := string(m[1]), string(m[2]); kind == "schemas" && schemas[name] == nil {
			t.Errorf("%s is referred to and not there", name)
		}
	}
}

// Request bodies of the stories that were not refused are the document's
// examples: of each route the one with the most members.
func examples(t testing.TB) map[string]any {
	t.Helper()
	paths, err := filepath.Glob("../test/scenario/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	found := map[string]any{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Parse(filepath.Base(p), string(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range s.Steps {
			if r := step.Request; r != nil && r.Status < 300 && r.Body != "" {
				path, _, _ := strings.Cut(r.Path, "?")
				pattern := r.Method + " " + regexp.MustCompile(`\$[\w.]+`).ReplaceAllString(path, "{id}")
				if one := example(r.Body); richer(one, found[pattern]) {
					found[pattern] = one
				}
			}
		}
	}
	return found
}

// richer says which of two examples tells more; of two that tell as much, the
// one that comes first as a text.
func richer(a, b any) bool {
	one, ok := a.(map[string]any)
	other, _ := b.(map[string]any)
	textOf := func(v any) string { text, _ := json.Marshal(v); return string(text) }
	return ok && (b == nil || len(one) > len(other) || len(one) == len(other) && textOf(a) < textOf(b))
}

// example puts plausible values in the place of names and moments; nil when
// there is more to it.
func example(body string) (v any) {
	body = regexp.MustCompile(`\$\{?\w[\w.]*\}?`).ReplaceAllString(body, "01990b5e-7c3a-7d21-9f00-5d2f8c1e4a77")
	body = regexp.MustCompile(`@(?:now(?:[+-]\w+)?|\d\d:\d\d(?::\d\d)?(?:\+\d+d)?)`).ReplaceAllString(body, `"2026-05-06T01:00:40Z"`)
	if json.Unmarshal([]byte(scenario.Files(body)), &v) != nil {
		return nil
	}
	return v
}
