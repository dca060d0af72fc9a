package place

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhian/platform/fault"
	"zhian/platform/geo"
)

// MaxRows is the most rows of one import; a larger file is sent in parts.
const MaxRows = 50_000

// Columns that an import of addresses may have; name, lat and lon must be there.
var addressColumns = []string{"name", "town", "village", "lat", "lon", "datum", "uncertainty_m", "aliases", "source"}

// row is one line of an import: what it says, or why it says nothing.
type row struct {
	line  int
	cells map[string]string
	err   error
}

// readSheet reads a CSV file with a header: UTF-8 with or without a byte order
// mark, else GB18030 (which reads GBK and GB2312 too, while a GBK reader damages
// GB18030 silently); comma, tab or semicolon. columns maps our names to the
// file's. Cells of columns that nobody asked for are dropped unread: a file may
// hold more than we are to know.
func readSheet(content []byte, wanted, required []string, columns map[string]string) ([]row, error) {
	text, err := decodeSheet(content)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = delimiter(text), -1
	header, err := r.Read()
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "place.file_without_header", err)
	}
	at, err := positions(header, wanted, required, columns)
	if err != nil {
		return nil, err
	}
	var out []row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if len(out) == MaxRows {
			return nil, fault.With(fault.At("/content", "place.too_many_rows"), "max", MaxRows)
		}
		out = append(out, readRow(r, record, err, len(header), at))
	}
}

func decodeSheet(content []byte) (string, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if utf8.Valid(content) {
		return string(content), nil
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", fault.At("/content", "place.file_encoding")
	}
	return string(out), nil
}

func delimiter(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, d := range "\t;" {
		if strings.Count(first, string(d)) > strings.Count(first, string(best)) {
			best = d
		}
	}
	return best
}

// positions finds the wanted columns in the header.
func positions(header, wanted, required []string, columns map[string]string) (map[string]int, error) {
	at := map[string]int{}
	for i, title := range header {
		title = strings.TrimSpace(title)
		for _, column := range wanted {
			if title == column || columns[column] == title && title != "" {
				at[column] = i
			}
		}
	}
	for _, column := range required {
		if _, ok := at[column]; !ok {
			return nil, fault.With(fault.At("/content", "place.column_missing"), "column", column)
		}
	}
	return at, nil
}

func readRow(r *csv.Reader, record []string, err error, width int, at map[string]int) row {
	line := 0
	var malformed *csv.ParseError
	switch {
	case errors.As(err, &malformed):
		return row{line: malformed.StartLine, err: fault.At("", "place.row_malformed")}
	case len(record) > 0:
		line, _ = r.FieldPos(0)
	}
	out := row{line: line, cells: map[string]string{}}
	if len(record) != width {
		out.err = fault.At("", "place.row_of_another_width")
	}
	for column, i := range at {
		if i < len(record) {
			out.cells[column] = strings.TrimSpace(record[i])
		}
	}
	return out
}

// draft is the address a row describes; defaults fill what the file leaves out.
func (r row) draft(defaults Draft) (d Draft, err error) {
	if r.err != nil {
		return d, r.err
	}
	d = Draft{Name: r.cells["name"], Town: r.cells["town"], Village: r.cells["village"],
		Datum: defaults.Datum, Source: defaults.Source, Uncertainty: defaults.Uncertainty}
	if d.Point.Lat, err = r.number("lat"); err != nil {
		return d, err
	}
	if d.Point.Lon, err = r.number("lon"); err != nil {
		return d, err
	}
	if r.cells["uncertainty_m"] != "" {
		if d.Uncertainty, err = r.number("uncertainty_m"); err != nil {
			return d, err
		}
	}
	if datum := r.cells["datum"]; datum != "" {
		d.Datum = geo.Datum(strings.ToLower(datum))
	}
	if source := r.cells["source"]; source != "" {
		d.Source = source
	}
	if !readable(d.Source) || utf8.RuneCountInString(d.Source) > maxSource {
		return d, fault.At("/source", "place.text_invalid")
	}
	if aliases := r.cells["aliases"]; aliases != "" {
		d.Aliases = strings.Split(aliases, "|")
	}
	return d, nil
}

const maxSource = 100

func (r row) number(column string) (float64, error) {
	n, err := strconv.ParseFloat(r.cells[column], 64)
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
	return Reject{Line: r.line, Reason: f.Key, Field: strings.TrimPrefix(f.Path, "/"),
		Name: legible(r.cells["name"]), Lat: legible(r.cells["lat"]), Lon: legible(r.cells["lon"])}
}

// legible is a cell as it may be kept and shown.
func legible(s string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	runes := []rune(clean)
	return string(runes[:min(len(runes), maxText)])
}
