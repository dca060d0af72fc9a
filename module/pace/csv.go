package pace

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"zhian/platform/httpapi"
	"zhian/platform/sheet"
)

// column is one column of the report as a file; rated tells that spans have none.
type column struct {
	name  string
	rated bool
	of    func(Line) any // text, int, float64 or sheet.Share
}

// columns of the file, in order. Rates and bounds have four digits, percentiles
// are seconds; a span leaves what belongs to a rate empty, and bins are there for
// what is counted in bins: their upper edges in seconds, the last one open, and
// the pairs in each.
//
//	group                  station, call-taker, kind, area class or hour (0-23, local)
//	clock                  dispatch, acknowledge, video, contact, arrival; spans: arrival_from_dispatch, departure, feedback
//	definition_versions    by which the group was judged
//	n                      valid pairs
//	within, rate           of n in time
//	wilson95_low, _high    bounds of the rate
//	too_few                1: n is below 30, the rate says too little
//	rank, tied             one plus the groups better by more than noise; groups that differ by noise only
//	p50_s, p90_s, p95_s    type 7, whole seconds
//	missing, inverted, censored, running, excluded    beside n
//	overdue                of censored and running: the target had run out
//	revised                answers that have changed
//	bins_upto_s, bin_1 … bin_5
var columns = []column{
	{"group", false, func(l Line) any { return l.Group }},
	{"clock", false, func(l Line) any { return string(l.Clock) }},
	{"definition_versions", true, func(l Line) any { return strings.Trim(fmt.Sprint(l.Versions), "[]") }},
	{"n", false, func(l Line) any { return l.N }},
	{"within", true, func(l Line) any { return l.Within }},
	{"rate", true, func(l Line) any { return sheet.Share(l.Rate) }},
	{"wilson95_low", true, func(l Line) any { return sheet.Share(l.Wilson.Low) }},
	{"wilson95_high", true, func(l Line) any { return sheet.Share(l.Wilson.High) }},
	{"too_few", true, func(l Line) any { return tooFew(l) }},
	{"rank", true, func(l Line) any { return l.Rank }},
	{"tied", true, func(l Line) any { return l.Tied }},
	{"p50_s", false, func(l Line) any { return l.P50 }},
	{"p90_s", false, func(l Line) any { return l.P90 }},
	{"p95_s", false, func(l Line) any { return l.P95 }},
	{"missing", false, func(l Line) any { return l.Missing }},
	{"inverted", false, func(l Line) any { return l.Inverted }},
	{"censored", false, func(l Line) any { return l.Censored }},
	{"running", false, func(l Line) any { return l.Running }},
	{"excluded", false, func(l Line) any { return l.Excluded }},
	{"overdue", true, func(l Line) any { return l.Overdue }},
	{"revised", false, func(l Line) any { return l.Revised }},
	{"bins_upto_s", false, edges},
	{"bin_1", false, binned(0)},
	{"bin_2", false, binned(1)},
	{"bin_3", false, binned(2)},
	{"bin_4", false, binned(3)},
	{"bin_5", false, binned(4)},
}

func edges(l Line) any {
	list := make([]string, len(l.Bins))
	for i, b := range l.Bins {
		list[i] = strconv.FormatInt(b.UptoS, 10)
	}
	return strings.TrimSuffix(strings.Join(list, "/"), "0")
}

func binned(i int) func(Line) any {
	return func(l Line) any {
		if i >= len(l.Bins) {
			return ""
		}
		return l.Bins[i].N
	}
}

// written is a cell in a file of text.
func written(cell any) string {
	switch c := cell.(type) {
	case sheet.Share:
		return strconv.FormatFloat(float64(c), 'f', 4, 64)
	case float64:
		return plain(c)
	}
	return fmt.Sprint(cell)
}

func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// byteOrderMark makes spreadsheets read the file as UTF-8.
const byteOrderMark = "\ufeff"

// ReportCSV is the report as a file.
func (s *Service) ReportCSV(ctx context.Context, q Question) (httpapi.File, error) {
	report, err := s.Report(ctx, q)
	if err != nil {
		return httpapi.File{}, err
	}
	name := fmt.Sprintf("pace-%s-%s.csv", report.By, report.From.In(s.Zone).Format("20060102"))
	return httpapi.File{Name: name, Type: "text/csv; charset=utf-8", Write: report.writeCSV}, nil
}

func (r Report) writeCSV(out io.Writer) error {
	if _, err := io.WriteString(out, byteOrderMark); err != nil {
		return err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	rows := [][]string{names}
	for _, cells := range r.cells("") {
		row := make([]string, len(cells))
		for i, c := range cells {
			row[i] = written(c)
		}
		rows = append(rows, row)
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true // RFC 4180
	return w.WriteAll(rows)
}

// cells are the rows of the report, the spans behind the clocks; none stands where
// a span has nothing to tell.
func (r Report) cells(none any) (rows [][]any) {
	add := func(l Line, rated bool) {
		row := make([]any, len(columns))
		for i, c := range columns {
			if row[i] = none; rated || !c.rated {
				row[i] = c.of(l)
			}
		}
		rows = append(rows, row)
	}
	for _, l := range r.Items {
		add(l, true)
	}
	for _, spread := range r.Spans {
		add(Line{Spread: spread}, false)
	}
	return rows
}
