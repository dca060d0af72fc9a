package replay

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// Row is one record of a file, before any format has read it.
type Row struct {
	Line   int // of the file, the header is line 1
	cells  []string
	column map[string]int
	fault  Reason
}

// Text is the trimmed cell of a column, empty when there is none.
func (r Row) Text(column string) string {
	i, ok := r.column[column]
	if column == "" || !ok || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// Wall reads a cell as a time of day and date without a zone; zero when empty.
func (r Row) Wall(column, layout string) (time.Time, error) {
	text := r.Text(column)
	if text == "" {
		return time.Time{}, nil
	}
	wall, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}, BadTime
	}
	return wall, nil
}

// Seconds reads a cell as a duration in seconds; ok is false when empty.
func (r Row) Seconds(column string) (d time.Duration, ok bool, err error) {
	text := r.Text(column)
	if text == "" {
		return 0, false, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value != value || value < -1e9 || value > 1e9 {
		return 0, false, BadNumber
	}
	return time.Duration(value * float64(time.Second)), true, nil
}

// Point reads two cells as degrees; nil when both are empty.
func (r Row) Point(lat, lon string) (*Point, error) {
	if r.Text(lat) == "" && r.Text(lon) == "" {
		return nil, nil
	}
	y, errY := strconv.ParseFloat(r.Text(lat), 64)
	x, errX := strconv.ParseFloat(r.Text(lon), 64)
	if errY != nil || errX != nil || !(y >= -90 && y <= 90) || !(x >= -180 && x <= 180) {
		return nil, BadPoint
	}
	return &Point{Lat: y, Lon: x}, nil
}

// digest is the same for rows that are the same in every cell.
func (r Row) digest() [32]byte {
	return sha256.Sum256([]byte(strings.Join(r.cells, "\x1f")))
}

// table reads the rows of a .csv or .csv.gz file one by one.
type table struct {
	file   *os.File
	csv    *csv.Reader
	column map[string]int
	width  int
}

func openTable(path string) (*table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := newTable(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t.file = file
	return t, nil
}

// newTable unpacks gzip by its magic bytes, not by the file's name, and drops
// a byte order mark, which spreadsheets like to put before the first column.
func newTable(in io.Reader) (*table, error) {
	buffered := bufio.NewReaderSize(in, 1<<16)
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		buffered = bufio.NewReaderSize(unpacked, 1<<16)
	}
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		buffered.Discard(len(mark))
	}
	t := &table{csv: csv.NewReader(buffered), column: map[string]int{}}
	t.csv.FieldsPerRecord = -1
	header, err := t.csv.Read()
	if err != nil {
		return nil, fmt.Errorf("no header: %w", err)
	}
	for i, name := range header {
		t.column[strings.TrimSpace(name)] = i
	}
	t.width = len(header)
	return t, nil
}

// lacks names the first of the columns that the file does not have.
func (t *table) lacks(columns []string) string {
	for _, name := range columns {
		if _, ok := t.column[name]; !ok {
			return name
		}
	}
	return ""
}

// next is io.EOF after the last row. A record that is no CSV is a row too: it
// comes with its reason, so that the rows of the file still add up.
func (t *table) next() (Row, error) {
	cells, err := t.csv.Read()
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		return Row{Line: broken.StartLine, fault: BadRow}, nil
	}
	if err != nil {
		return Row{}, err
	}
	line, _ := t.csv.FieldPos(0)
	row := Row{Line: line, cells: cells, column: t.column}
	if len(cells) != t.width {
		row.fault = BadRow
	}
	return row, nil
}

func (t *table) Close() error { return t.file.Close() }
