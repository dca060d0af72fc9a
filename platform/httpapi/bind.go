package httpapi

import (
	"encoding"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zhian/platform/fault"
)

// plan is how a request becomes an In, worked out once per type.
type plan struct {
	sources []source
	body    bool // some field comes from the JSON body
	check   checker
	purpose []int // index of the "purpose" field
	reason  []int // index of the "reason" field
}

// source is a field that does not come from the body.
type source struct {
	index []int
	name  string
	place string // path, query or header
}

var places = []string{"path", "query", "header"}

func planOf(t reflect.Type) *plan {
	p := &plan{}
	if t.Kind() != reflect.Struct {
		panic("httpapi: a request type must be a struct: " + t.String())
	}
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Anonymous {
			continue
		}
		name := jsonName(f)
		if s, ok := sourceOf(f); ok {
			p.sources = append(p.sources, s)
			name = s.name
		} else if name != "-" {
			p.body = true
		}
		switch {
		case name == "purpose":
			p.purpose = f.Index
		case name == "reason" && f.Type.Kind() == reflect.String:
			p.reason = f.Index
		}
	}
	p.check = checkerOf(t)
	return p
}

func sourceOf(f reflect.StructField) (source, bool) {
	for _, place := range places {
		if name, ok := f.Tag.Lookup(place); ok {
			return source{f.Index, name, place}, true
		}
	}
	return source{}, false
}

func jsonName(f reflect.StructField) string {
	tag, ok := f.Tag.Lookup("json")
	if !ok {
		return f.Name
	}
	name, _, _ := strings.Cut(tag, ",")
	if name == "" {
		return f.Name
	}
	return name
}

// bind fills in from the request and checks every rule of its tags.
func (p *plan) bind(r *http.Request, body []byte, in any) error {
	if len(body) > 0 {
		if !p.body {
			return fault.New(fault.Invalid, "request.body_unexpected")
		}
		if err := json.Unmarshal(body, in, strict); err != nil {
			return bodyFault(err)
		}
	}
	query, err := p.query(r.URL.RawQuery)
	if err != nil {
		return err
	}
	v := reflect.ValueOf(in).Elem()
	for _, s := range p.sources {
		if err := setText(v.FieldByIndex(s.index), s.read(r, query)); err != nil {
			return &fault.Error{Kind: fault.Invalid, Key: "request.malformed_value", Path: s.name, Cause: err}
		}
	}
	if p.check == nil {
		return nil
	}
	return p.check("", v)
}

// query refuses parameters that the request does not have and those said twice: a
// filter that is misspelt must not answer as if it held.
func (p *plan) query(text string) (map[string][]string, error) {
	if text == "" {
		return nil, nil
	}
	all, err := url.ParseQuery(text)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "request.malformed", err)
	}
	for name, values := range all {
		switch known := slices.ContainsFunc(p.sources, func(s source) bool { return s.place == "query" && s.name == name }); {
		case !known:
			return nil, fault.At(name, "request.unknown_member")
		case len(values) > 1:
			return nil, fault.At(name, "request.malformed_value")
		}
	}
	return all, nil
}

func (s source) read(r *http.Request, query map[string][]string) string {
	switch s.place {
	case "path":
		return r.PathValue(s.name)
	case "header":
		return r.Header.Get(s.name)
	}
	if values := query[s.name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// bodyFault names the place of what is wrong with a body.
func bodyFault(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic):
		key := "request.wrong_type"
		if errors.Is(err, json.ErrUnknownName) {
			key = "request.unknown_member"
		}
		return &fault.Error{Kind: fault.Invalid, Key: key, Path: pathOf(semantic.JSONPointer), Cause: err}
	case errors.As(err, &syntactic):
		return &fault.Error{Kind: fault.Invalid, Key: "request.malformed", Path: pathOf(syntactic.JSONPointer), Cause: err}
	}
	return fault.Wrap(fault.Invalid, "request.malformed", err)
}

// pathMost bounds the place that is named, in bytes: a body of nothing but
// brackets has one of twenty thousand.
const pathMost = 256

// pathOf is the pointer, or the last place above it that is not too long to name.
func pathOf(p jsontext.Pointer) string {
	for len(p) > pathMost {
		p = p[:strings.LastIndexByte(string(p[:pathMost+1]), '/')]
	}
	return string(p)
}

// setText puts the text of a path, query or header value into a field; an empty
// text leaves the zero value. The field is always set, so that a body cannot
// smuggle one in.
func setText(v reflect.Value, text string) error {
	v.SetZero()
	if text == "" {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if t, ok := v.Addr().Interface().(*time.Time); ok {
		at, err := time.Parse(time.RFC3339, text)
		*t = at
		return err
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	return setScalar(v, text)
}

func setScalar(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return nil
	case reflect.Int, reflect.Int64, reflect.Int32:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
		return err
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		v.SetFloat(f)
		return err
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return err
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.String {
			return errors.New("unsupported list")
		}
		list := reflect.MakeSlice(v.Type(), 0, 4)
		for _, part := range strings.Split(text, ",") {
			list = reflect.Append(list, reflect.ValueOf(part).Convert(v.Type().Elem()))
		}
		v.Set(list)
		return nil
	}
	return errors.New("unsupported type " + v.Type().String())
}
