package describe

import (
	"reflect"
	"strings"

	"zhian/platform/httpapi"
)

// member is how a field stands in JSON: its name, whether it is always there, and
// whether it is there at all.
func member(f reflect.StructField, w way) (name string, always, shown bool) {
	tag, tagged := f.Tag.Lookup("json")
	name, options, _ := strings.Cut(tag, ",")
	if !f.IsExported() || tag == "-" || f.Anonymous && !tagged || httpapi.PlaceOf(f) != "body" {
		return "", false, false
	}
	if name == "" {
		name = f.Name
	}
	if w == request {
		return name, f.Tag.Get("required") == "true", true
	}
	options = "," + options + ","
	return name, !strings.Contains(options, ",omitzero,") && !strings.Contains(options, ",omitempty,"), true
}
