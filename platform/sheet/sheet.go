// Package sheet reads and writes the tables that people keep in spreadsheets.
//
// A file that comes in is text with a header: UTF-8 with or without a byte order
// mark, else GB18030 (which reads GBK and GB2312 too, while a GBK reader damages
// GB18030 silently); separated by commas, tabs or semicolons. Each row is read or
// has a fault of its own: one bad row does not keep the others out. Cells of
// columns that nobody asked for are dropped unread: a file may hold more than we
// are to know.
//
// A file that goes out can be opened by a spreadsheet without running what
// somebody wrote into a cell, and read back unchanged.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhian/platform/fault"
)

// MaxRows is the most rows of one file; a larger one is sent in parts.
const MaxRows = 50_000

// MaxCell is the longest cell that is kept and shown, in characters.
const MaxCell = 200

// Form is what a file should look like.
type Form struct {
	Columns  []string          // those that are read
	Required []string          // those that must be there
	Titles   map[string]string // what the file calls a column, if not by our name
}

// Row is one line of a file: what it says, or why it says nothing. Line is the
// number of the line of the file that the row begins on, the header's is 1.
type Row struct {
	Line  int
	Cells map[string]string
	Err   error
}

// Read reads a file. Faults of the file as a whole are Invalid at /content:
// "sheet.encoding", "sheet.no_header", "sheet.column_missing" and
// "sheet.column_twice" with the column, "sheet.too_many_rows"; those of one row
// are its Err: "sheet.row_malformed", "sheet.row_of_another_width".
func Read(content []byte, f Form) ([]Row, error) {
	text, err := decode(content)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator(text), -1
	header, err := r.Read()
	if err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Key: "sheet.no_header", Path: "/content", Cause: err}
	}
	at, err := f.positions(header)
	if err != nil {
		return nil, err
	}
	var out []Row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if len(out) == MaxRows {
			return nil, fault.With(fault.At("/content", "sheet.too_many_rows"), "max", MaxRows)
		}
		out = append(out, readRow(r, record, err, len(header), at))
	}
}

func decode(content []byte) (string, error) {
	content = bytes.TrimPrefix(content, []byte(mark))
	if utf8.Valid(content) {
		return string(content), nil
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", fault.At("/content", "sheet.encoding")
	}
	return string(out), nil
}

func separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, d := range "\t;" {
		if strings.Count(first, string(d)) > strings.Count(first, string(best)) {
			best = d
		}
	}
	return best
}

// positions finds the columns in the header. One that the file has twice could be
// read from either.
func (f Form) positions(header []string) (map[string]int, error) {
	at := map[string]int{}
	for i, title := range header {
		title = strings.TrimSpace(title)
		for _, column := range f.Columns {
			if title == "" || title != column && title != f.Titles[column] {
				continue
			}
			if _, twice := at[column]; twice {
				return nil, fault.With(fault.At("/content", "sheet.column_twice"), "column", column)
			}
			at[column] = i
		}
	}
	for _, column := range f.Required {
		if _, ok := at[column]; !ok {
			return nil, fault.With(fault.At("/content", "sheet.column_missing"), "column", column)
		}
	}
	return at, nil
}

func readRow(r *csv.Reader, record []string, err error, width int, at map[string]int) Row {
	var malformed *csv.ParseError
	if errors.As(err, &malformed) {
		return Row{Line: malformed.StartLine, Err: fault.At("", "sheet.row_malformed")}
	}
	out := Row{Cells: make(map[string]string, len(at))}
	if len(record) > 0 {
		out.Line, _ = r.FieldPos(0)
	}
	if len(record) != width {
		out.Err = fault.At("", "sheet.row_of_another_width")
	}
	for column, i := range at {
		if i < len(record) {
			out.Cells[column] = unguard(strings.TrimSpace(record[i]))
		}
	}
	return out
}

// Legible is a cell as it may be kept and shown: without control characters and
// marks that turn the direction of writing, and not longer than MaxCell.
func Legible(s string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	runes := []rune(clean)
	return string(runes[:min(len(runes), MaxCell)])
}
