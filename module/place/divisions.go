package place

import (
	"slices"

	"zhian/platform/fault"
	"zhian/platform/sheet"
)

// DivisionImport is a whole list of divisions: CSV with the columns code, name,
// parent, level. The scheme says who numbers ("nbs", "police"), the version of
// what date.
type DivisionImport struct {
	Scheme  string `json:"scheme" required:"true" max:"30"`
	Version string `json:"version" required:"true" max:"30"`
	Content []byte `json:"content" required:"true"`
}

// Conflict is a code that another list gives to another division. It is no
// fault: it is why a code is never read without its list.
type Conflict struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Other   string `json:"other_name"`
	Scheme  string `json:"other_scheme"`
	Version string `json:"other_version"`
}

// DivisionResult is what an import of divisions did.
type DivisionResult struct {
	Rows      int        `json:"rows"`
	Conflicts []Conflict `json:"conflicts"`
}

var divisionSheet = sheet.Form{Columns: []string{"code", "name", "parent", "level"}, Required: []string{"code", "name", "parent", "level"}}

var levels = []Level{Province, City, County, Town, Village}

// divisionRows turns a file into divisions, or names the first line that is not
// one: a list is taken whole or not at all.
func divisionRows(content []byte) ([]Division, error) {
	rows, err := sheet.Read(content, divisionSheet)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault.At("/content", "place.no_rows")
	}
	codes := map[string]bool{}
	var out []Division
	for _, r := range rows {
		d := Division{Code: r.Cells["code"], Name: r.Cells["name"], Parent: r.Cells["parent"], Level: Level(r.Cells["level"])}
		_, err := Clean(d.Name, "")
		switch {
		case r.Err != nil:
			return nil, lineFault(fault.KeyOf(r.Err), r.Line)
		case err != nil || d.Name == "":
			return nil, lineFault("place.text_invalid", r.Line)
		case !slices.Contains(levels, d.Level):
			return nil, lineFault("place.level_unknown", r.Line)
		case d.Code == "" || codes[d.Code]:
			return nil, lineFault("place.code_twice", r.Line)
		case d.Level == Village && !codes[d.Parent]:
			return nil, lineFault("place.parent_unknown", r.Line)
		}
		codes[d.Code] = true
		out = append(out, d)
	}
	return out, nil
}

func lineFault(key string, line int) error {
	return fault.With(fault.At("/content", key), "line", line)
}

// conflicts are the codes of a list that others give to other names.
func conflicts(list []Division, others []Conflict) []Conflict {
	names := map[string]string{}
	for _, d := range list {
		names[d.Code] = d.Name
	}
	out := []Conflict{}
	for _, c := range others {
		if name, ok := names[c.Code]; ok && name != c.Other {
			c.Name = name
			out = append(out, c)
		}
	}
	return out
}
