package sheet

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestBookIsReadBack(t *testing.T) {
	var out bytes.Buffer
	err := WriteBook(&out, Table{Name: "一", Title: "=1+1", Notes: [][2]string{{"by", "=cmd|' /C calc'!A0"}, {"at", "now"}},
		Header: []string{"group", "n", "rate", "none"}, Rows: [][]any{{"@SUM(A1)", 42, Share(0.934), nil}, {"东城派出所", 285.5, Share(1), nil}}},
		Table{Name: "two", Title: "alone"})
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if list := book.GetSheetList(); len(list) != 2 || list[0] != "一" || list[1] != "two" {
		t.Errorf("sheets %q", list)
	}
	for at, want := range map[string]string{"A1": "=1+1", "A2": "by", "B2": "=cmd|' /C calc'!A0", "A5": "group", "C5": "rate",
		"A6": "@SUM(A1)", "B6": "42", "C6": "93.4%", "D6": "", "A7": "东城派出所", "B7": "285.5", "C7": "100.0%", "A8": ""} {
		got, err := book.GetCellValue("一", at)
		if formula, _ := book.GetCellFormula("一", at); err != nil || got != want || formula != "" {
			t.Errorf("%s is %q (formula %q, %v), want %q", at, got, formula, err, want)
		}
	}
	for at, want := range map[string]excelize.CellType{"B6": excelize.CellTypeUnset, "C6": excelize.CellTypeUnset, "A6": excelize.CellTypeInlineString} {
		if got, err := book.GetCellType("一", at); err != nil || got != want { // a number has no type in the file
			t.Errorf("%s is of type %v, %v; want %v", at, got, err, want)
		}
	}
	if layout, err := book.GetPageLayout("一"); err != nil || *layout.Orientation != "landscape" || *layout.Size != 9 || *layout.FitToWidth != 1 {
		t.Errorf("%+v, %v", layout, err)
	}
}

func TestBookTellsWhatItCannotWrite(t *testing.T) {
	var out bytes.Buffer
	if err := WriteBook(&out, Table{Name: "a name of more than thirty-one characters"}); err == nil {
		t.Error("a name that is too long was taken")
	}
	if err := WriteBook(&out, Table{Name: "wide", Header: make([]string, 20_000)}); err == nil {
		t.Error("more columns than there can be were taken")
	}
}
