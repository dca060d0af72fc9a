package pace

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/sheet"
	"zhian/platform/sqldb/sqldbtest"
)

// phonebook knows one station and one person.
type phonebook struct{}

func (phonebook) Centre(context.Context) (string, error) { return "永康市公安局", nil }
func (phonebook) Orgs(context.Context, []string) (map[string]string, error) {
	return map[string]string{"S1": "东城派出所"}, nil
}
func (phonebook) Users(context.Context, []string) (map[string]string, error) {
	return map[string]string{"chief": "=王所"}, nil
}

// opened reads a workbook back.
func (d *desk) opened(q InWords) *excelize.File {
	d.Helper()
	file, err := d.ReportBook(d.ctx, q)
	if err != nil || file.Type != sheet.BookType {
		d.Fatalf("%s %s, %v", file.Name, file.Type, err)
	}
	var body bytes.Buffer
	if err := file.Write(&body); err != nil {
		d.Fatal(err)
	}
	book, err := excelize.OpenReader(&body)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { book.Close() })
	return book
}

func TestBook(t *testing.T) {
	d := newDesk(t, sqldbtest.New(t, bus.Schema, Schema))
	for i := range 30 {
		f := d.call(fmt.Sprint("I", i), float64(i)).dispatch(float64(i+20), "u1").step(float64(i+30+i*10), incident.StepAcknowledged, 1)
		f.end(999, incident.StatusClosed)
	}
	of := Selection{From: at(0), To: at(1000)}
	book := d.opened(InWords{Question: Question{By: ByStation, Selection: of}})
	rows, err := book.GetRows("12358 时限统计")
	if err != nil {
		t.Fatal(err)
	}
	report := d.report(Question{By: ByStation, Selection: of})
	if head := rows[8]; len(rows) != 9+len(report.Items)+len(report.Spans) || head[0] != "派出所" || head[3] != "有效起数" || len(head) != len(columns) {
		t.Errorf("%q", rows)
	}
	for i, want := range map[int]string{
		0:  "12358 时限统计 · 派出所",
		1:  "单位|永康市公安局",
		2:  "统计时段（按接报时间）|2026-03-02 07:59 – 2026-03-02 08:16",
		5:  "制表|2026-03-02 07:59 · =王所",
		9:  "东城派出所|1 派警|1|30|30|100.0%|88.6%|100.0%|0|1|0|20|20|20|0|0|0|0|0|0|0",
		10: "东城派出所|2 签收|1|30|12|40.0%|24.6%|57.7%|0|1|0|155|271|285.5|0|0|0|0|0|0|0|30/60/120/180/|3|3|6|6|12",
		15: "东城派出所|派警至出警||0||||||||0|0|0|30|0|0|0|0||0|300/600/900/1800/|0|0|0|0|0",
	} {
		if got := strings.Join(rows[i], "|"); got != want {
			t.Errorf("row %d:\n%s\n%s", i, got, want)
		}
	}
	if !strings.Contains(rows[4][1], "1 派警 v1 (自始)") {
		t.Errorf("versions: %q", rows[4])
	}
	if kept, err := book.GetRows("时限规定"); err != nil || len(kept) < 10 || kept[3][4] != "主城区" || kept[3][5] != "120" {
		t.Errorf("%q, %v", kept, err)
	}
}

// Every word of a workbook is there in both languages, whatever it is broken down by.
func TestBookSpeaks(t *testing.T) {
	d := newDesk(t, sqldbtest.New(t, bus.Schema, Schema))
	d.call("I1", 0).dispatch(20, "u1")
	hour := 8
	for _, by := range []Group{ByNone, ByStation, ByCallTaker, ByKind, ByArea, ByHour, ByDay, ByWeek, ByMonth} {
		for language, sheetName := range map[string]string{"zh-CN": "12358 时限统计", "en": "12358 clock report"} {
			q := InWords{Question{By: by, Selection: Selection{From: at(-9), To: at(9), StationID: "S1", Hour: &hour}}, language}
			rows, err := d.opened(q).GetRows(sheetName)
			if err != nil || len(rows) < 10 {
				t.Fatalf("by %s in %s: %q, %v", by, language, rows, err)
			}
			for _, r := range rows {
				for _, cell := range r {
					if strings.HasPrefix(cell, "column.") || strings.HasPrefix(cell, "by.") || strings.HasPrefix(cell, "note.") || strings.HasPrefix(cell, "clock.") || strings.HasPrefix(cell, "area.") {
						t.Errorf("by %s in %s: no words for %q", by, language, cell)
					}
				}
			}
			if only := rows[3][1]; !strings.Contains(only, "东城派出所") || !strings.Contains(only, "8:00") {
				t.Errorf("the selection is told as %q", only)
			}
		}
	}
}
