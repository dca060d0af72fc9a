package scenario

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"zhian/api"
	"zhian/app/apptest"
)

// described holds every answer of every story against api/openapi.json: what a
// client was told is what it gets.
type described struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	known    map[string]*jsonschema.Schema
}

func readDescription() (*described, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.OpenAPI))
	if err != nil {
		return nil, err
	}
	d := &described{compiler: jsonschema.NewCompiler(), known: map[string]*jsonschema.Schema{}}
	d.compiler.AssertFormat()
	return d, d.compiler.AddResource("openapi", document)
}

// check says how an answer differs from its description.
func (d *described) check(a apptest.Answer) error {
	if a.Route == "" || a.Status == 304 || len(a.Body) == 0 || !strings.Contains(a.Header.Get("Content-Type"), "json") {
		return nil
	}
	at := "#/components/schemas/httpapi.Problem"
	if a.Status < 400 {
		method, path, _ := strings.Cut(a.Route, " ")
		path = strings.NewReplacer("~", "~0", "/", "~1").Replace(path)
		at = fmt.Sprintf("#/paths/%s/%s/responses/%d/content/application~1json/schema", url.PathEscape(path), strings.ToLower(method), a.Status)
	}
	schema, err := d.schema(at)
	if err != nil {
		return fmt.Errorf("%s %d is not described: %w", a.Route, a.Status, err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.Body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (d *described) schema(at string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.known[at]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile("openapi" + at)
	d.known[at] = s
	return s, err
}

func TestDescriptionRefusesOtherAnswers(t *testing.T) {
	d, err := readDescription()
	if err != nil {
		t.Fatal(err)
	}
	whole := apptest.Answer{Status: 200, Route: "GET /v1/about", Header: http.Header{"Content-Type": {"application/json"}},
		Body: []byte(`{"name":"zhian","version":"1","demo":false,"speed":1,"now":"2026-05-06T01:00:00Z","zone":"Asia/Shanghai"}`)}
	if err := d.check(whole); err != nil {
		t.Error(err)
	}
	for what, spoil := range map[string]func(a *apptest.Answer){
		"a member less":   func(a *apptest.Answer) { a.Body = []byte(`{"name":"zhian"}`) },
		"another type":    func(a *apptest.Answer) { a.Body = bytes.Replace(a.Body, []byte(`1,"now"`), []byte(`"1","now"`), 1) },
		"no moment":       func(a *apptest.Answer) { a.Body = bytes.Replace(a.Body, []byte("T01:"), []byte(" 01:"), 1) },
		"another status":  func(a *apptest.Answer) { a.Status = 201 },
		"a bare refusal":  func(a *apptest.Answer) { a.Status, a.Body = 404, []byte(`{"error":"x"}`) },
		"an unknown path": func(a *apptest.Answer) { a.Route = "GET /v1/nowhere" },
	} {
		a := whole
		spoil(&a)
		if d.check(a) == nil {
			t.Errorf("%s went through", what)
		}
	}
}
