package replay

import "strings"

// Format knows how one source writes its rows.
type Format struct {
	Name    string
	Columns []string // the file must have these
	Clocks  []Clock  // what its stamps allow to be measured, in the order of the report
	Kinds   Kinds
	Read    func(Row) (Call, error) // a Reason when the row cannot be used
}

// Formats lists the names that ByName knows; "csv" needs a mapping besides.
func Formats() []string { return []string{"nypd", "lancaster", "lfb", "csv"} }

// ByName is a fresh reader of a named format, false when there is none.
// Formats may keep notes between rows, so one reader serves one file.
func ByName(name string) (Format, bool) {
	switch strings.ToLower(name) {
	case "nypd":
		return nypd(), true
	case "lancaster":
		return lancaster(), true
	case "lfb":
		return lfb(), true
	}
	return Format{}, false
}
