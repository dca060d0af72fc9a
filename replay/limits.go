package replay

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// ParseLimits reads "dispatch=60s,arrival=480s".
func ParseLimits(text string) (map[string]time.Duration, error) {
	limits := map[string]time.Duration{}
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		limit, err := time.ParseDuration(strings.TrimSpace(value))
		if err != nil || limit < 0 {
			return nil, fmt.Errorf("limits: %q is not like dispatch=60s", part)
		}
		limits[strings.TrimSpace(name)] = limit
	}
	return limits, nil
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
