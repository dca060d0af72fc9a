package place

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/sheet"
)

// addressSheet is a file of addresses. Its other columns stay unread.
var addressSheet = sheet.Form{
	Columns:  []string{"name", "town", "village", "lat", "lon", "datum", "uncertainty_m", "aliases", "source"},
	Required: []string{"name", "lat", "lon"},
}

// row is one line of a file of addresses.
type row struct{ sheet.Row }

// draft is the address a row describes; defaults fill what the file leaves out.
func (r row) draft(defaults Draft) (d Draft, err error) {
	if r.Err != nil {
		return d, r.Err
	}
	d = Draft{Name: r.Cells["name"], Town: r.Cells["town"], Village: r.Cells["village"],
		Datum: defaults.Datum, Source: defaults.Source, Uncertainty: defaults.Uncertainty}
	if d.Point.Lat, err = r.number("lat"); err != nil {
		return d, err
	}
	if d.Point.Lon, err = r.number("lon"); err != nil {
		return d, err
	}
	if r.Cells["uncertainty_m"] != "" {
		if d.Uncertainty, err = r.number("uncertainty_m"); err != nil {
			return d, err
		}
	}
	if datum := r.Cells["datum"]; datum != "" {
		d.Datum = geo.Datum(strings.ToLower(datum))
	}
	if source := r.Cells["source"]; source != "" {
		d.Source = source
	}
	if !readable(d.Source) || utf8.RuneCountInString(d.Source) > maxSource {
		return d, fault.At("/source", "place.text_invalid")
	}
	if aliases := r.Cells["aliases"]; aliases != "" {
		d.Aliases = strings.Split(aliases, "|")
	}
	return d, nil
}

const maxSource = 100

func (r row) number(column string) (float64, error) {
	n, err := strconv.ParseFloat(r.Cells[column], 64)
	if err != nil {
		return 0, fault.At("/"+column, "place.number_expected")
	}
	return n, nil
}

// Reject is a row that was not taken, and why: a list of work for who sent it.
// It holds the three cells that identify the row, nothing else of the file.
type Reject struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"` // key of a fault
	Field  string `json:"field"`
	Name   string `json:"name"`
	Lat    string `json:"lat"`
	Lon    string `json:"lon"`
}

func (r row) reject(err error) Reject {
	f := fault.Of(err)
	return Reject{Line: r.Line, Reason: f.Key, Field: strings.TrimPrefix(f.Path, "/"),
		Name: sheet.Legible(r.Cells["name"]), Lat: sheet.Legible(r.Cells["lat"]), Lon: sheet.Legible(r.Cells["lon"])}
}
