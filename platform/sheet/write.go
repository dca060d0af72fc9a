package sheet

import (
	"encoding/csv"
	"io"
	"strings"
)

// mark is the byte order mark: without it spreadsheets take UTF-8 for the local
// encoding and show Chinese as nonsense.
const mark = "\ufeff"

// ContentType is that of what Writer writes (RFC 7111).
const ContentType = "text/csv; charset=utf-8; header=present"

// Writer writes a file row by row.
type Writer struct{ csv *csv.Writer }

// NewWriter begins a file with its header.
func NewWriter(w io.Writer, header ...string) (*Writer, error) {
	if _, err := io.WriteString(w, mark); err != nil {
		return nil, err
	}
	out := &Writer{csv.NewWriter(w)}
	return out, out.Row(header...)
}

// Row adds a row.
func (w *Writer) Row(cells ...string) error {
	guarded := make([]string, len(cells))
	for i, c := range cells {
		guarded[i] = guard(c)
	}
	return w.csv.Write(guarded)
}

// End writes what is still held back.
func (w *Writer) End() error {
	w.csv.Flush()
	return w.csv.Error()
}

// leading are the characters with which a spreadsheet begins a formula.
const leading = "=+-@\t\r"

// guard keeps a cell from being taken for a formula: a spreadsheet hides the
// apostrophe and shows the rest as text.
func guard(cell string) string {
	if cell != "" && strings.ContainsRune(leading+"'", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// unguard takes back what guard did.
func unguard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(leading+"'", rune(cell[1])) {
		return cell[1:]
	}
	return cell
}
