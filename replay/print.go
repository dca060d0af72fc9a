package replay

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// WriteJSON writes a report as one line.
func (r Report) WriteJSON(out io.Writer) error { return json.NewEncoder(out).Encode(r) }

// WriteText writes a report for people.
func (r Report) WriteText(out io.Writer) error {
	rejected := 0
	for _, n := range r.Rejected {
		rejected += n
	}
	fmt.Fprintf(out, "%d rows: %d accepted, %d merged, %d rejected\n", r.Rows, r.Accepted, r.Merged, rejected)
	for _, reason := range slices.SortedFunc(maps.Keys(r.Rejected), func(a, b Reason) int {
		return cmp.Or(r.Rejected[b]-r.Rejected[a], cmp.Compare(a, b))
	}) {
		fmt.Fprintf(out, "  %6d %s\n", r.Rejected[reason], reason)
	}
	fmt.Fprintf(out, "%d entries were new to the server\n\n", r.Sent)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "clock\tlimit s\tn\tmissing\tinverted\twithin\trate\tp50 s\tp90 s\tp95 s\t")
	for _, c := range r.Clocks {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t\n", c.Name, c.LimitS, c.N, c.Missing, c.Inverted, c.Within,
			share(c.Rate), seconds(c.P50), seconds(c.P90), seconds(c.P95))
	}
	return table.Flush()
}

// share and seconds print what is not there as a dash: no pair, no figure.
func share(rate *float64) string {
	if rate == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f %%", *rate*100)
}

func seconds(s *float64) string {
	if s == nil {
		return "-"
	}
	return strconv.FormatFloat(*s, 'f', -1, 64)
}

// Lines tells progress in lines, one each tenth: for logs.
func Lines(out io.Writer) func(done, total int) {
	last := 0
	return func(done, total int) {
		if tenth := done * 10 / max(1, total); tenth > last {
			last = tenth
			fmt.Fprintf(out, "%d %%: %d of %d incidents\n", tenth*10, done, total)
		}
	}
}

// Bar draws progress on a terminal, at most once per percent.
func Bar(out io.Writer) func(done, total int) {
	const width = 40
	last := -1
	return func(done, total int) {
		percent := done * 100 / max(1, total)
		if percent == last {
			return
		}
		last = percent
		full := percent * width / 100
		fmt.Fprintf(out, "\r[%s%s] %3d %%  %d/%d", strings.Repeat("=", full), strings.Repeat(" ", width-full), percent, done, total)
		if done == total {
			fmt.Fprintln(out)
		}
	}
}
