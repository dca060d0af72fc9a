// Package describe writes what others build on: the OpenAPI 3.1 document of the
// web API and the list of facts, from the very types and tags that requests are
// decoded and checked with, and from the comments in their source (words.go).
package describe

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zhian/platform/httpapi"
)

// object is a piece of a document.
type object = map[string]any

// OpenAPI is the document of the routes. Examples are request bodies by pattern.
func OpenAPI(routes []httpapi.Route, words Words, examples map[string]any) ([]byte, error) {
	d := newDescriber(words)
	for { // again while a type turns out to look different in requests and answers
		paths := object{}
		for _, r := range routes {
			method, path, _ := strings.Cut(r.Pattern, " ")
			item, _ := paths[path].(object)
			if item == nil {
				item = object{}
				paths[path] = item
			}
			item[strings.ToLower(method)] = d.operation(r, method, path, examples[r.Pattern])
		}
		d.schema(reflect.TypeFor[httpapi.Problem](), answer)
		if d.settled() {
			return d.document(paths)
		}
	}
}

func (d *describer) document(paths object) ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	return indented(object{
		"openapi": "3.1.0",
		"info": object{"title": "Zhian", "version": "1",
			"description": "Operations platform of an emergency command centre. x-permission is asked of the caller's grants, x-audit says what record a call leaves, x-purpose that it must state one."},
		"paths": paths,
		"components": object{
			"schemas":         d.components(),
			"securitySchemes": object{"session": object{"type": "http", "scheme": "bearer"}},
			"responses": object{"Problem": object{"description": "A fault: clients decide on its key (RFC 9457)", "content": object{
				"application/problem+json": object{"schema": ref("httpapi.Problem")}}}},
		},
	})
}

func indented(v any) ([]byte, error) {
	text, err := json.Marshal(v, json.Deterministic(true), jsontext.WithIndent("  "))
	return append(text, '\n'), err
}

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func (d *describer) operation(r httpapi.Route, method, path string, example any) object {
	op := object{"operationId": operationID(method, path), "summary": r.Summary, "x-audit": r.Audit, "responses": d.responses(r)}
	if name := r.FuncName(); name != "" {
		op["tags"] = []string{roomOf(name)}
		if text := d.words.OfFunc(name); text != "" {
			op["description"] = text
		}
	}
	if r.Public {
		op["security"] = []object{}
	} else {
		op["security"] = []object{{"session": []string{}}}
		op["x-permission"] = r.Perm
	}
	if r.Purpose {
		op["x-purpose"] = true
	}
	in, _ := r.Do.Types()
	if in == nil {
		return op
	}
	if parameters := d.parameters(r, method); len(parameters) > 0 {
		op["parameters"] = parameters
	}
	if r.Do.TakesBody() && method != http.MethodGet {
		content := object{"schema": d.schema(in, request)}
		if example != nil {
			content["example"] = example
		}
		op["requestBody"] = object{"required": d.requires(in), "content": object{"application/json": content}}
	}
	return op
}

func (d *describer) responses(r httpapi.Route) object {
	all := object{strconv.Itoa(r.Status): d.response(r), "default": object{"$ref": "#/components/responses/Problem"}}
	if r.Holds {
		all[strconv.Itoa(http.StatusAccepted)] = object{"description": "Held: the database is out, and it will be done when that is back",
			"content": object{"application/json": object{"schema": d.schema(reflect.TypeFor[httpapi.Held](), answer)}}}
	}
	return all
}

// requires says whether any member of a body must be there.
func (d *describer) requires(in reflect.Type) bool {
	for _, f := range reflect.VisibleFields(in) {
		if f.Tag.Get("required") == "true" && httpapi.PlaceOf(f) == "body" {
			return true
		}
	}
	return false
}

func (d *describer) response(r httpapi.Route) object {
	_, out := r.Do.Types()
	switch {
	case out == nil, r.Do.AnswersNothing():
		return object{"description": http.StatusText(r.Status)}
	case out == reflect.TypeFor[httpapi.File]():
		return object{"description": "A file", "content": object{"application/octet-stream": object{}}}
	}
	response := object{"description": http.StatusText(r.Status), "content": object{"application/json": object{"schema": d.schema(out, answer)}}}
	if out.Implements(reflect.TypeFor[httpapi.Versioned]()) {
		response["headers"] = object{"ETag": object{"description": "For If-Match and If-None-Match", "schema": object{"type": "string"}}}
	}
	return response
}

func (d *describer) parameters(r httpapi.Route, method string) (list []object) {
	in, _ := r.Do.Types()
	for _, p := range r.Do.Parameters() {
		f := in.FieldByIndex(p.Index)
		f.Index = p.Index // from the outside
		one := object{"name": p.Name, "in": p.Place, "schema": d.field(f, request)}
		if p.Place == "path" || f.Tag.Get("required") == "true" {
			one["required"] = true
		}
		if f.Type.Kind() == reflect.Slice && p.Place != "header" {
			one["explode"] = false // a,b,c
		}
		if text := d.words.OfField(ownerOf(in, f), f.Name); text != "" {
			one["description"] = text
		}
		list = append(list, one)
	}
	if method == http.MethodPost && !r.Public && !r.Secret {
		list = append(list, object{"name": "Idempotency-Key", "in": "header", "description": "The same request with the same key is answered with the first answer for a day",
			"schema": object{"type": "string", "maxLength": httpapi.KeyMax}})
	}
	return list
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9]+`)

func operationID(method, path string) string {
	return strings.ToLower(method) + "_" + strings.Trim(notWord.ReplaceAllString(strings.TrimPrefix(path, "/v1"), "_"), "_")
}

// roomOf is the package in a function's name: "zhian/module/incident.(*Service).Get".
func roomOf(function string) string {
	room, _, _ := strings.Cut(function[strings.LastIndexByte(function, '/')+1:], ".")
	return room
}

func (d *describer) fail(format string, args ...any) object {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
	return object{}
}
