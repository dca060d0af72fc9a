package replay

import (
	"bytes"
	"strings"
	"testing"
)

func TestReportForPeople(t *testing.T) {
	rate, p := 0.5, 97.25
	r := Report{Rows: 10, Accepted: 5, Merged: 2, Rejected: map[Reason]int{NoTime: 1, DuplicateRow: 2}, Sent: 31,
		Clocks: ClockFigures{{"dispatch", Figures{N: 4, Missing: 2, Inverted: 1, Within: 2, LimitS: 60, Rate: &rate, P50: &p, P90: &p, P95: &p}},
			{"arrival", Figures{Missing: 7, LimitS: 480}}}}
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, part := range []string{"10 rows: 5 accepted, 2 merged, 3 rejected", "31 entries were new", "50.00 %", "97.25"} {
		if !strings.Contains(text, part) {
			t.Errorf("lacks %q:\n%s", part, text)
		}
	}
	if strings.Index(text, "duplicate_row") > strings.Index(text, "no_time") {
		t.Error("the most frequent reason comes first")
	}
	last := text[strings.Index(text, "arrival"):]
	if strings.Count(last, "-") != 4 || strings.Contains(last, "0.00 %") {
		t.Errorf("a clock without a pair has no figures: %s", last)
	}
	out.Reset()
	if err := r.WriteJSON(&out); err != nil || strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), `"rate":null`) {
		t.Errorf("%v %s", err, out.String())
	}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	tell := Lines(&out)
	for i := range 1000 {
		tell(i+1, 1000)
	}
	if got := strings.Count(out.String(), "\n"); got != 10 || !strings.HasSuffix(out.String(), "100 %: 1000 of 1000 incidents\n") {
		t.Errorf("%d lines: %s", got, out.String())
	}
}

func TestBar(t *testing.T) {
	var out bytes.Buffer
	bar := Bar(&out)
	for i := range 1000 {
		bar(i+1, 1000)
	}
	if lines := strings.Count(out.String(), "\r"); lines > 101 {
		t.Errorf("drawn %d times, want at most once per percent", lines)
	}
	if !strings.HasSuffix(out.String(), "1000/1000\n") {
		t.Errorf("ends with %q", out.String()[max(0, out.Len()-30):])
	}
}
