package audit

import (
	"fmt"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// What is counted is what the view shows in the same time, of the same scope.
func TestHistogramCountsWhatTheViewShows(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s, o := newLog(db, leaves{kept: map[string][]byte{}})
		day(t, db, s)
		minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute).Truncate(time.Millisecond) }
		for _, c := range []struct {
			ask   Filter
			bar   int
			scope httpapi.Scope
			want  string
		}{
			{Filter{View: "behaviour", From: minute(0), To: minute(7)}, 1, o.scope, "[0 0 1 1 1 1 0] 4"},
			{Filter{View: "behaviour", From: minute(0), To: minute(7)}, 3, o.scope, "[1 3 0] 4"},
			{Filter{View: "behaviour", From: minute(3), To: minute(5)}, 60, o.scope, "[2] 2"},
			{Filter{View: "authentication", From: minute(-1), To: minute(7)}, 4, o.scope, "[2 1] 3"},
			{Filter{View: "login", From: minute(0), To: minute(7)}, 7, o.scope, "[2] 2"},
			{Filter{View: "login", From: minute(0), To: minute(7), Address: "10.0."}, 7, o.scope, "[1] 1"},
			{Filter{View: "behaviour", UserID: "u0", From: minute(0), To: minute(7)}, 7, o.scope, "[2] 2"},
			{Filter{View: "behaviour", Text: "CALL_b", From: minute(0), To: minute(7)}, 7, o.scope, "[1] 1"},
			{Filter{View: "behaviour", From: minute(0), To: minute(7)}, 7, httpapi.NewScope([]string{"s2"}, 100), "[2] 2"},
			{Filter{View: "behaviour", From: minute(0), To: minute(7)}, 7, httpapi.Scope{}, "[0] 0"},
		} {
			o.scope = c.scope
			h, err := s.Histogram(t.Context(), Spread{c.ask, c.bar})
			if got := fmt.Sprint(h.Counts, h.Total); err != nil || got != c.want {
				t.Errorf("%+v: %s, want %s, %v", c.ask, got, c.want, err)
			}
			page, err := s.Show(t.Context(), Question{Filter: c.ask})
			if err != nil || len(page.Items) != h.Total {
				t.Errorf("%+v: %d shown, %d counted, %v", c.ask, len(page.Items), h.Total, err)
			}
			o.scope = httpapi.Scope{All: true}
		}
		for _, c := range []struct {
			ask  Filter
			bar  int
			want string
		}{
			{Filter{View: "login", From: noon}, 1, "audit.period_needed"},
			{Filter{View: "login", To: noon}, 1, "audit.period_needed"},
			{Filter{View: "login", From: noon, To: noon}, 1, "audit.period_empty"},
			{Filter{View: "login", From: noon, To: minute(1001)}, 1, "audit.too_many_bars"},
		} {
			if _, err := s.Histogram(t.Context(), Spread{c.ask, c.bar}); fault.KeyOf(err) != c.want {
				t.Errorf("%+v: %v, want %s", c.ask, err, c.want)
			}
		}
	}, Schema)
}
