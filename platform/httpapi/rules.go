package httpapi

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"zhian/platform/fault"
)

// checker checks a value and everything inside it; path is where it stands.
type checker func(path string, v reflect.Value) error

// Lengths when a tag says nothing: generous for people, tight for attackers.
const (
	defaultTextMax = 500
	defaultListMax = 1000
)

var timeType = reflect.TypeFor[time.Time]()

// checkerOf works out the rules of a type from its fields' tags; nil when there
// is nothing to check.
func checkerOf(t reflect.Type) checker { return fieldChecker(reflect.StructField{Type: t}, nil) }

func fieldChecker(f reflect.StructField, above []reflect.Type) checker {
	switch t := f.Type; {
	case t == timeType:
		return requiredOnly(f)
	case slices.Contains(above, t):
		return nil // a recursive type is checked one level deep
	case t.Kind() == reflect.Pointer:
		return pointerChecker(f, above)
	case t.Kind() == reflect.Struct:
		return structChecker(t, append(above, t))
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return listChecker(f, above)
	case t.Kind() == reflect.Map:
		return mapChecker(f, above)
	case t.Kind() == reflect.String:
		return textChecker(f)
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64:
		return numberChecker(f)
	}
	return requiredOnly(f)
}

func structChecker(t reflect.Type, above []reflect.Type) checker {
	type part struct {
		index int
		name  string
		check checker
	}
	var parts []part
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous {
			continue
		}
		name := "/" + jsonName(f)
		if s, ok := sourceOf(f); ok {
			name = s.name
		}
		if f.Anonymous {
			name = ""
		}
		if check := fieldChecker(f, above); check != nil {
			parts = append(parts, part{i, name, check})
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return func(path string, v reflect.Value) error {
		for _, p := range parts {
			if err := p.check(path+p.name, v.Field(p.index)); err != nil {
				return err
			}
		}
		return nil
	}
}

func pointerChecker(f reflect.StructField, above []reflect.Type) checker {
	required := f.Tag.Get("required") == "true"
	inner := f
	inner.Type = f.Type.Elem()
	inner.Tag = reflect.StructTag(strings.ReplaceAll(string(f.Tag), `required:"true"`, ""))
	check := fieldChecker(inner, above)
	return func(path string, v reflect.Value) error {
		switch {
		case v.IsNil() && required:
			return fault.At(path, "request.required")
		case v.IsNil() || check == nil:
			return nil
		}
		return check(path, v.Elem())
	}
}

func listChecker(f reflect.StructField, above []reflect.Type) checker {
	limit := int(number(f, "max", defaultListMax))
	required := f.Tag.Get("required") == "true"
	item := f
	item.Type = f.Type.Elem()
	item.Tag = reflect.StructTag(f.Tag.Get("items"))
	check := fieldChecker(item, above)
	return func(path string, v reflect.Value) error {
		switch {
		case required && v.Len() == 0:
			return fault.At(path, "request.required")
		case v.Len() > limit:
			return fault.With(fault.At(path, "request.too_many_items"), "max", limit)
		case check == nil:
			return nil
		}
		for i := range v.Len() {
			if err := check(path+"/"+strconv.Itoa(i), v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func mapChecker(f reflect.StructField, above []reflect.Type) checker {
	item := reflect.StructField{Type: f.Type.Elem()}
	check := fieldChecker(item, above)
	return func(path string, v reflect.Value) error {
		if v.Len() > defaultListMax {
			return fault.At(path, "request.too_many_items")
		}
		for it := v.MapRange(); check != nil && it.Next(); {
			if err := check(path+"/"+it.Key().String(), it.Value()); err != nil {
				return err
			}
		}
		return nil
	}
}

func textChecker(f reflect.StructField) checker {
	limit := int(number(f, "max", defaultTextMax))
	required := f.Tag.Get("required") == "true"
	lines := f.Tag.Get("lines") == "true"
	var allowed []string
	if enum := f.Tag.Get("enum"); enum != "" {
		allowed = strings.Split(enum, ",")
	}
	return func(path string, v reflect.Value) error {
		s := v.String()
		switch {
		case s == "" && required:
			return fault.At(path, "request.required")
		case s == "":
			return nil
		case !utf8.ValidString(s): // of a path or a query: a body's has been refused
			return fault.At(path, "request.not_utf8")
		case !fits(s, limit):
			return fault.With(fault.At(path, "request.text_too_long"), "max", limit)
		case !printable(s, lines):
			return fault.At(path, "request.control_character")
		case allowed != nil && !slices.Contains(allowed, s):
			return fault.With(fault.At(path, "request.not_one_of"), "allowed", allowed)
		}
		return nil
	}
}

// fits counts characters, and bytes first since that is cheaper.
func fits(s string, limit int) bool { return len(s) <= limit || utf8.RuneCountInString(s) <= limit }

// printable refuses control characters and the marks that turn the direction of
// writing, which can make a text read as another one.
func printable(s string, lines bool) bool {
	for _, r := range s {
		if r == '\n' || r == '\t' || r == '\r' {
			if lines {
				continue
			}
			return false
		}
		if r < 0x20 || r == 0x7f || r > 0x7f && (unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069) {
			return false
		}
	}
	return true
}

func numberChecker(f reflect.StructField) checker {
	low, high := number(f, "min", math.Inf(-1)), number(f, "max", math.Inf(1))
	if math.IsInf(low, -1) && math.IsInf(high, 1) {
		return requiredOnly(f)
	}
	optional := f.Tag.Get("required") != "true"
	return func(path string, v reflect.Value) error {
		n := asFloat(v)
		if n == 0 && optional {
			return nil
		}
		if n < low || n > high {
			return fault.With(fault.With(fault.At(path, "request.out_of_range"), "min", low), "max", high)
		}
		return nil
	}
}

func asFloat(v reflect.Value) float64 {
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	}
	return v.Float()
}

func requiredOnly(f reflect.StructField) checker {
	if f.Tag.Get("required") != "true" {
		return nil
	}
	return func(path string, v reflect.Value) error {
		if v.IsZero() {
			return fault.At(path, "request.required")
		}
		return nil
	}
}

func number(f reflect.StructField, tag string, otherwise float64) float64 {
	n, err := strconv.ParseFloat(f.Tag.Get(tag), 64)
	if err != nil {
		return otherwise
	}
	return n
}
