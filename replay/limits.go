package replay

import (
	"fmt"
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
