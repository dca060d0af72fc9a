package sheet

import (
	"io"

	"github.com/xuri/excelize/v2"
)

// BookType is the media type of what WriteBook writes.
const BookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Share is a cell that is shown as a percentage: 0.934 is 93.4%.
type Share float64

// Table is one sheet of a workbook: what it is, what there is to know of it, and
// rows under a header that stays in sight. Cells are text, numbers (which stay
// numbers), Share or nil for nothing. Text is never taken for a formula.
type Table struct {
	Name   string // of the sheet, at most 31 characters
	Title  string
	Notes  [][2]string // what and how
	Header []string
	Rows   [][]any
}

// look are the styles of a workbook, by their numbers.
type look struct{ title, note, header, share int }

// WriteBook writes a workbook (Office Open XML, ECMA-376) of at least one table,
// to be printed on A4 landscape, as wide as the page.
func WriteBook(w io.Writer, tables ...Table) error {
	book := excelize.NewFile()
	defer book.Close()
	styles, err := looks(book)
	if err != nil {
		return err
	}
	for i, t := range tables {
		if i == 0 {
			err = book.SetSheetName("Sheet1", t.Name)
		} else {
			_, err = book.NewSheet(t.Name)
		}
		if err != nil {
			return err
		}
		if err := t.write(book, styles); err != nil {
			return err
		}
	}
	return book.Write(w)
}

func looks(book *excelize.File) (l look, err error) {
	shares := "0.0%"
	for _, s := range []struct {
		at    *int
		style excelize.Style
	}{
		{&l.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}}},
		{&l.note, excelize.Style{Font: &excelize.Font{Color: "44546C"}}},
		{&l.header, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E9EEF5"}},
			Border: []excelize.Border{{Type: "bottom", Color: "7A8AA0", Style: 1}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}}},
		{&l.share, excelize.Style{CustomNumFmt: &shares}},
	} {
		if *s.at, err = book.NewStyle(&s.style); err != nil {
			return l, err
		}
	}
	return l, nil
}

const (
	firstWidth = 22 // characters
	width      = 11
)

// paper is A4 (ECMA-376, ST_PaperSize).
var paper, landscape, wide, tall = 9, "landscape", 1, 0

func (t Table) write(book *excelize.File, l look) error {
	fit := true
	err := book.SetSheetProps(t.Name, &excelize.SheetPropsOptions{FitToPage: &fit})
	if err == nil {
		err = book.SetPageLayout(t.Name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &tall})
	}
	if err != nil {
		return err
	}
	stream, err := book.NewStreamWriter(t.Name)
	if err != nil {
		return err
	}
	header := len(t.Notes) + 3 // a title, its notes, an empty row
	if err := t.layout(stream, header); err != nil {
		return err
	}
	row := func(n, style int, cells ...any) error {
		at, err := excelize.CoordinatesToCellName(1, n)
		if err != nil {
			return err
		}
		for i, c := range cells {
			cells[i] = cell(c, style, l)
		}
		return stream.SetRow(at, cells)
	}
	if err := row(1, l.title, t.Title); err != nil {
		return err
	}
	for i, n := range t.Notes {
		if err := row(i+2, l.note, n[0], n[1]); err != nil {
			return err
		}
	}
	if err := row(header, l.header, anys(t.Header)...); err != nil {
		return err
	}
	for i, cells := range t.Rows {
		if err := row(header+1+i, 0, cells...); err != nil {
			return err
		}
	}
	return stream.Flush()
}

// layout comes before the rows: the writer does not go back.
func (t Table) layout(stream *excelize.StreamWriter, header int) error {
	if err := stream.SetColWidth(1, 1, firstWidth); err != nil {
		return err
	}
	if len(t.Header) > 1 {
		if err := stream.SetColWidth(2, len(t.Header), width); err != nil {
			return err
		}
	}
	below, err := excelize.CoordinatesToCellName(2, header+1)
	if err != nil {
		return err
	}
	return stream.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: header, TopLeftCell: below, ActivePane: "bottomRight"})
}

func cell(c any, style int, l look) any {
	switch c := c.(type) {
	case nil:
		return nil
	case Share:
		return excelize.Cell{StyleID: l.share, Value: float64(c)}
	}
	return excelize.Cell{StyleID: style, Value: c}
}

func anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, t := range texts {
		list[i] = t
	}
	return list
}
