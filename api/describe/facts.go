package describe

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Fact is what a published fact is known by (bus.Fact).
type Fact interface {
	FactName() string
	FactKey() string
}

// Facts is the document of the facts: for each its name, version, the member
// that facts are ordered by, and the schema of its body.
func Facts(all []Fact, words Words) ([]byte, error) {
	d := newDescriber(words)
	var list []object
	for _, f := range all {
		t := reflect.TypeOf(f)
		key, err := keyOf(f)
		if err != nil {
			return nil, err
		}
		name, version := versioned(f.FactName())
		list = append(list, object{"name": name, "version": version, "key": key, "description": words.OfType(t), "schema": d.schema(t, answer)})
	}
	slices.SortFunc(list, func(a, b object) int {
		return cmp.Compare(fmt.Sprint(a["name"], a["version"]), fmt.Sprint(b["name"], b["version"]))
	})
	if d.err != nil {
		return nil, d.err
	}
	return indented(object{"facts": list, "components": object{"schemas": d.components()}})
}

var ending = regexp.MustCompile(`\.v(\d+)$`)

// versioned reads "incident.received.v2"; without an ending it is the first.
func versioned(name string) (string, int) {
	m := ending.FindStringSubmatch(name)
	if m == nil {
		return name, 1
	}
	n, _ := strconv.Atoi(m[1])
	return strings.TrimSuffix(name, m[0]), n
}

// keyOf finds what a fact is ordered by: a member of its JSON, or one word for all
// facts of the name. Every text is filled with its own name to see which comes back.
func keyOf(f Fact) (object, error) {
	filled := reflect.New(reflect.TypeOf(f)).Elem()
	var names []string
	for _, field := range reflect.VisibleFields(filled.Type()) {
		name, _, shown := member(field, answer)
		if shown && field.Type.Kind() == reflect.String {
			filled.FieldByIndex(field.Index).SetString(name)
			names = append(names, name)
		}
	}
	switch key := filled.Interface().(Fact).FactKey(); {
	case slices.Contains(names, key):
		return object{"member": key}, nil
	case key == reflect.Zero(filled.Type()).Interface().(Fact).FactKey():
		return object{"constant": key}, nil
	default:
		return nil, fmt.Errorf("%s is ordered by %q, which is neither a member of it nor a word", f.FactName(), key)
	}
}
