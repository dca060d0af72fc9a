package apptest

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"zhian/api"
)

// Described holds answers against api/openapi.json: what a client was told is
// what it gets.
type Described struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	known    map[string]*jsonschema.Schema
}

// ReadDescription reads the committed document.
func ReadDescription() (*Described, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.OpenAPI))
	if err != nil {
		return nil, err
	}
	d := &Described{compiler: jsonschema.NewCompiler(), known: map[string]*jsonschema.Schema{}}
	d.compiler.AssertFormat()
	return d, d.compiler.AddResource("openapi", document)
}

// Check says how an answer differs from its description.
func (d *Described) Check(a Answer) error {
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

func (d *Described) schema(at string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.known[at]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile("openapi" + at)
	d.known[at] = s
	return s, err
}
