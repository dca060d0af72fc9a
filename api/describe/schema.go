package describe

import (
	"encoding"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	jsonx "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// way is the direction of a value: a member that an answer always has may be
// left out of a request.
type way int

const (
	answer way = iota
	request
)

// describer collects the schemas of named types, in both directions.
type describer struct {
	words Words
	err   error
	made  [2]map[string]object // by direction and name
	types map[string]reflect.Type
	split map[string]bool // names that look different in the two directions
}

func newDescriber(w Words) *describer {
	d := &describer{words: w, types: map[string]reflect.Type{}, split: map[string]bool{}}
	d.clear()
	return d
}

func (d *describer) clear() { d.made = [2]map[string]object{{}, {}} }

// settled finds types that differ by direction; when it found new ones, every
// reference to them changes and all is to be made again.
func (d *describer) settled() bool {
	before := len(d.split)
	for name, made := range d.made[request] {
		if other, both := d.made[answer][name]; both && !reflect.DeepEqual(made, other) {
			d.split[name] = true
		}
	}
	if len(d.split) == before {
		return true
	}
	d.clear()
	return false
}

// components are all schemas under their final names.
func (d *describer) components() object {
	all := object{}
	for w, made := range d.made {
		for name, schema := range made {
			all[d.named(name, way(w))] = schema
		}
	}
	return all
}

// named is what a type is called: in requests with "Input" behind it where that
// makes a difference.
func (d *describer) named(name string, w way) string {
	if w == request && d.split[name] {
		return name + "Input"
	}
	return name
}

// own are the schemas of types that write themselves.
var own = map[string]object{
	"time.Time":      {"type": "string", "format": "date-time"},
	"jsontext.Value": {},
	"place.Geometry": {"type": []string{"object", "null"}, "description": "GeoJSON (RFC 7946): Polygon or MultiPolygon"},
	"crypto.Sealed": {"description": "A personal field: *** or a mask. It is shown in full only by a reveal, which states its purpose.", "anyOf": []object{
		{"const": "***"}, {"type": "object", "properties": object{"masked": object{"type": "string"}}, "required": []string{"masked"}}, {"type": "null"}}},
}

// schema describes a type; named structs and closed sets become components.
func (d *describer) schema(t reflect.Type, w way) object {
	base, _, generic := strings.Cut(typeName(t), "[")
	if schema, known := own[base]; known {
		if generic || base == "place.Geometry" {
			d.made[w][base] = schema
			return ref(d.named(base, w))
		}
		return maps.Clone(schema)
	}
	switch {
	case t.Kind() == reflect.Pointer:
		return d.schema(t.Elem(), w)
	case writesItself(t):
		return d.fail("%s writes its own JSON and has no schema", t)
	case t.Kind() == reflect.Interface:
		return object{}
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return object{"type": "string", "contentEncoding": "base64"}
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		return object{"type": "array", "items": d.value(t.Elem(), w)}
	case t.Kind() == reflect.Map:
		return object{"type": "object", "additionalProperties": d.value(t.Elem(), w)}
	case t.Kind() == reflect.Struct:
		return d.component(t, w, func() object { return d.members(t, w) })
	case t.Kind() == reflect.String && len(d.words.Values(t)) > 0:
		return d.component(t, w, func() object { return d.described(t, object{"type": "string", "enum": d.words.Values(t)}) })
	case scalars[t.Kind()] != "":
		return object{"type": scalars[t.Kind()]}
	}
	return d.fail("%s has no JSON that a client could read", t)
}

func writesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	for _, i := range []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[jsonx.MarshalerTo](), reflect.TypeFor[encoding.TextMarshaler]()} {
		if p.Implements(i) {
			return true
		}
	}
	return false
}

var scalars = map[reflect.Kind]string{
	reflect.String: "string", reflect.Bool: "boolean", reflect.Float32: "number", reflect.Float64: "number",
	reflect.Int: "integer", reflect.Int8: "integer", reflect.Int16: "integer", reflect.Int32: "integer", reflect.Int64: "integer",
	reflect.Uint: "integer", reflect.Uint8: "integer", reflect.Uint16: "integer", reflect.Uint32: "integer", reflect.Uint64: "integer",
}

// value is the schema of a list item or a member: a pointer may be null.
func (d *describer) value(t reflect.Type, w way) object {
	if t.Kind() != reflect.Pointer {
		return d.schema(t, w)
	}
	return nullable(d.schema(t.Elem(), w))
}

func nullable(schema object) object {
	if kind, plain := schema["type"].(string); plain {
		schema["type"] = []string{kind, "null"}
		return schema
	}
	return object{"anyOf": []object{schema, {"type": "null"}}}
}

func (d *describer) component(t reflect.Type, w way, describe func() object) object {
	if t.Name() == "" {
		return describe()
	}
	name := componentName(t)
	if known := d.types[name]; known != nil && known != t {
		return d.fail("%s and %s have the same name", known, t)
	}
	d.types[name] = t
	if _, known := d.made[w][name]; !known {
		d.made[w][name] = object{} // stops recursion
		d.made[w][name] = describe()
	}
	return ref(d.named(name, w))
}

// typeName is the package's last word and the type: incident.Row.
func typeName(t reflect.Type) string {
	return t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:] + "." + t.Name()
}

// componentName makes a plain word of a generic type's name: a page of
// incident.Row is incident.RowList.
func componentName(t reflect.Type) string {
	base, argument, generic := strings.Cut(typeName(t), "[")
	if !generic {
		return base
	}
	argument = strings.TrimSuffix(argument, "]")
	argument = argument[strings.LastIndexByte(argument, '/')+1:]
	_, word, _ := strings.Cut(base, ".")
	return argument + word
}

func (d *describer) described(t reflect.Type, schema object) object {
	if text := d.words.OfType(t); text != "" {
		schema["description"] = text
	}
	return schema
}

func (d *describer) members(t reflect.Type, w way) object {
	properties, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, always, shown := member(f, w)
		if !shown {
			continue
		}
		properties[name] = d.property(t, f, w)
		if always {
			required = append(required, name)
		}
	}
	out := object{"type": "object", "properties": properties}
	if w == request {
		out["additionalProperties"] = false
	}
	if len(required) > 0 {
		slices.Sort(required)
		out["required"] = required
	}
	return d.described(t, out)
}

// property adds what the source says of a field.
func (d *describer) property(t reflect.Type, f reflect.StructField, w way) object {
	schema := d.field(f, w)
	if text := d.words.OfField(ownerOf(t, f), f.Name); text != "" {
		schema["description"] = text
	}
	return schema
}

// ownerOf is the struct in which a promoted field stands.
func ownerOf(t reflect.Type, f reflect.StructField) reflect.Type {
	for _, i := range f.Index[:len(f.Index)-1] {
		t = t.Field(i).Type
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
	}
	return t
}

// field adds the rules of a field's tags to the schema of its type.
func (d *describer) field(f reflect.StructField, w way) object {
	options := f.Tag.Get("json")
	absent := strings.Contains(options, ",omitzero") || strings.Contains(options, ",omitempty")
	var schema object
	if f.Type.Kind() == reflect.Pointer && absent && w == answer {
		schema = d.schema(f.Type.Elem(), w) // left out instead of null
	} else {
		schema = d.value(f.Type, w)
	}
	if w == request {
		limit(schema, f.Type, f.Tag)
	}
	return schema
}

// Lengths that hold for requests when a tag says nothing (httpapi/rules.go).
const (
	textMax = 500
	listMax = 1000
)

func limit(schema object, t reflect.Type, tag reflect.StructTag) {
	if enum := tag.Get("enum"); enum != "" {
		clear(schema)
		schema["type"], schema["enum"] = "string", strings.Split(enum, ",")
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	number := func(key string, otherwise float64) (float64, bool) {
		n, err := strconv.ParseFloat(tag.Get(key), 64)
		if err != nil {
			return otherwise, otherwise > 0
		}
		return n, true
	}
	set := func(word, key string, otherwise float64) {
		if n, holds := number(key, otherwise); holds {
			schema[word] = n
		}
	}
	switch {
	case t == reflect.TypeFor[time.Time](), t == reflect.TypeFor[jsontext.Value](), schema["enum"] != nil, schema["$ref"] != nil:
	case t.Kind() == reflect.String:
		set("maxLength", "max", textMax)
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		set("maxItems", "max", listMax)
		if items, plain := schema["items"].(object); plain {
			limit(items, t.Elem(), reflect.StructTag(tag.Get("items")))
		}
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64:
		set("maximum", "max", 0)
		set("minimum", "min", 0)
	}
}
