package httpapi

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// object is a piece of an OpenAPI document.
type object = map[string]any

// OpenAPI describes every mounted route (OpenAPI 3.1), from the very types and
// tags that the requests are decoded and checked with.
func (s *Server) OpenAPI() ([]byte, error) {
	d := describer{schemas: object{}}
	paths := object{}
	for _, r := range s.routes {
		method, path, _ := strings.Cut(r.Pattern, " ")
		item, _ := paths[path].(object)
		if item == nil {
			item = object{}
			paths[path] = item
		}
		item[strings.ToLower(method)] = d.operation(r, method, path)
	}
	d.schema(reflect.TypeFor[Problem]())
	return json.Marshal(object{
		"openapi": "3.1.0",
		"info":    object{"title": "Zhian", "version": "1", "description": "Operations platform of an emergency command centre."},
		"paths":   paths,
		"components": object{"schemas": d.schemas, "securitySchemes": object{
			"session": object{"type": "http", "scheme": "bearer"}}},
	}, json.Deterministic(true))
}

func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	body, err := s.OpenAPI()
	if err != nil {
		writeProblem(w, namedFault(err), "")
		return
	}
	writeBody(w, http.StatusOK, body)
}

// describer collects the schemas of named types.
type describer struct{ schemas object }

func (d *describer) operation(r Route, method, path string) object {
	op := object{"operationId": operationID(method, path), "summary": r.Summary, "x-audit": r.Audit,
		"responses": object{strconv.Itoa(r.Status): d.response(r), "default": object{
			"description": "A fault", "content": object{"application/problem+json": object{
				"schema": object{"$ref": "#/components/schemas/httpapi.Problem"}}}}}}
	if !r.Public {
		op["security"] = []object{{"session": []string{}}}
		op["x-permission"] = r.Perm
	}
	if r.Do.in == nil {
		return op
	}
	if parameters := d.parameters(r, method); len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if r.Do.plan.body && method != http.MethodGet {
		op["requestBody"] = object{"content": object{"application/json": object{"schema": d.schema(r.Do.in)}}}
	}
	return op
}

func (d *describer) response(r Route) object {
	switch {
	case r.Do.out == nil, r.Do.out.Implements(reflect.TypeFor[empty]()):
		return object{"description": "Done"}
	case r.Do.out == reflect.TypeFor[File]():
		return object{"description": "A file", "content": object{"application/octet-stream": object{}}}
	}
	return object{"description": "Done", "content": object{"application/json": object{"schema": d.schema(r.Do.out)}}}
}

func (d *describer) parameters(r Route, method string) (list []object) {
	for _, s := range r.Do.plan.sources {
		f := r.Do.in.FieldByIndex(s.index)
		list = append(list, object{"name": s.name, "in": s.place, "required": s.place == "path", "schema": d.field(f)})
	}
	if method == http.MethodPost {
		list = append(list, object{"name": "Idempotency-Key", "in": "header", "schema": object{"type": "string", "maxLength": keyMax}})
	}
	return list
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9]+`)

func operationID(method, path string) string {
	return strings.ToLower(method) + "_" + strings.Trim(notWord.ReplaceAllString(strings.TrimPrefix(path, "/v1"), "_"), "_")
}

// schema describes a type; named structs become components.
func (d *describer) schema(t reflect.Type) object {
	switch {
	case t == timeType:
		return object{"type": "string", "format": "date-time"}
	case t.Kind() == reflect.Pointer:
		return d.schema(t.Elem())
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return object{"type": "string", "contentEncoding": "base64"}
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		return object{"type": "array", "items": d.schema(t.Elem())}
	case t.Kind() == reflect.Map:
		return object{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case t.Kind() == reflect.Struct:
		return d.component(t)
	}
	return object{"type": scalarNames[t.Kind()]}
}

var scalarNames = map[reflect.Kind]string{
	reflect.String: "string", reflect.Bool: "boolean", reflect.Float32: "number", reflect.Float64: "number",
	reflect.Int: "integer", reflect.Int8: "integer", reflect.Int16: "integer", reflect.Int32: "integer", reflect.Int64: "integer",
	reflect.Uint: "integer", reflect.Uint8: "integer", reflect.Uint16: "integer", reflect.Uint32: "integer", reflect.Uint64: "integer",
}

func (d *describer) component(t reflect.Type) object {
	name := componentName(t)
	if name == "" {
		return d.members(t)
	}
	if _, known := d.schemas[name]; !known {
		d.schemas[name] = object{} // stops recursion
		d.schemas[name] = d.members(t)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

func componentName(t reflect.Type) string {
	if t.Name() == "" {
		return ""
	}
	room := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
	return room + "." + strings.Trim(notWord.ReplaceAllString(strings.ReplaceAll(t.Name(), "zhian/", ""), "_"), "_")
}

func (d *describer) members(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		_, elsewhere := sourceOf(f)
		name := jsonName(f)
		if !f.IsExported() || elsewhere || name == "-" || f.Anonymous {
			continue
		}
		properties[name] = d.field(f)
		if f.Tag.Get("required") == "true" {
			required = append(required, name)
		}
	}
	out := object{"type": "object", "properties": properties}
	if len(required) > 0 {
		slices.Sort(required)
		out["required"] = required
	}
	return out
}

// field adds the rules of a field's tags to the schema of its type.
func (d *describer) field(f reflect.StructField) object {
	out := d.schema(f.Type)
	if enum := f.Tag.Get("enum"); enum != "" {
		out["enum"] = strings.Split(enum, ",")
	}
	kind, _ := out["type"].(string)
	for tag, words := range map[string]map[string]string{
		"max": {"string": "maxLength", "array": "maxItems", "number": "maximum", "integer": "maximum"},
		"min": {"number": "minimum", "integer": "minimum"},
	} {
		if n, err := strconv.ParseFloat(f.Tag.Get(tag), 64); err == nil && words[kind] != "" {
			out[words[kind]] = n
		}
	}
	return out
}
