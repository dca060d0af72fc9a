package pace

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"zhian/platform/httpapi"
)

// column is one column of the report as CSV; rated tells that spans have none.
type column struct {
	name  string
	rated bool
	of    func(Line) string
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
	{"group", false, func(l Line) string { return l.Group }},
	{"clock", false, func(l Line) string { return string(l.Clock) }},
	{"definition_versions", true, func(l Line) string { return strings.Trim(fmt.Sprint(l.Versions), "[]") }},
	{"n", false, func(l Line) string { return strconv.Itoa(l.N) }},
	{"within", true, func(l Line) string { return strconv.Itoa(l.Within) }},
	{"rate", true, func(l Line) string { return share(l.Rate) }},
	{"wilson95_low", true, func(l Line) string { return share(l.Wilson.Low) }},
	{"wilson95_high", true, func(l Line) string { return share(l.Wilson.High) }},
	{"too_few", true, func(l Line) string { return strconv.Itoa(tooFew(l)) }},
	{"rank", true, func(l Line) string { return strconv.Itoa(l.Rank) }},
	{"tied", true, func(l Line) string { return strconv.Itoa(l.Tied) }},
	{"p50_s", false, func(l Line) string { return plain(l.P50) }},
	{"p90_s", false, func(l Line) string { return plain(l.P90) }},
	{"p95_s", false, func(l Line) string { return plain(l.P95) }},
	{"missing", false, func(l Line) string { return strconv.Itoa(l.Missing) }},
	{"inverted", false, func(l Line) string { return strconv.Itoa(l.Inverted) }},
	{"censored", false, func(l Line) string { return strconv.Itoa(l.Censored) }},
	{"running", false, func(l Line) string { return strconv.Itoa(l.Running) }},
	{"excluded", false, func(l Line) string { return strconv.Itoa(l.Excluded) }},
	{"overdue", true, func(l Line) string { return strconv.Itoa(l.Overdue) }},
	{"revised", false, func(l Line) string { return strconv.Itoa(l.Revised) }},
	{"bins_upto_s", false, edges},
	{"bin_1", false, binned(0)},
	{"bin_2", false, binned(1)},
	{"bin_3", false, binned(2)},
	{"bin_4", false, binned(3)},
	{"bin_5", false, binned(4)},
}

func edges(l Line) string {
	list := make([]string, len(l.Bins))
	for i, b := range l.Bins {
		list[i] = strconv.FormatInt(b.UptoS, 10)
	}
	return strings.TrimSuffix(strings.Join(list, "/"), "0")
}

func binned(i int) func(Line) string {
	return func(l Line) string {
		if i >= len(l.Bins) {
			return ""
		}
		return strconv.Itoa(l.Bins[i].N)
	}
}

func share(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }
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
	for _, l := range r.Items {
		rows = append(rows, cells(l, true))
	}
	for _, spread := range r.Spans {
		rows = append(rows, cells(Line{Spread: spread}, false))
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true // RFC 4180
	return w.WriteAll(rows)
}

func cells(l Line, rated bool) []string {
	row := make([]string, len(columns))
	for i, c := range columns {
		if rated || !c.rated {
			row[i] = c.of(l)
		}
	}
	return row
}
