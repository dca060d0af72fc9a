package realdata

import (
	"log/slog"
	"net"
	"net/url"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"zhian/app"
	"zhian/platform/apiclient"
	"zhian/replay"
)

// The server's own report of the clocks against an independent program: a centre
// lays down its targets before the year begins, the year is replayed, and the
// report asks the server's tables and not the timelines.
func TestServersReportAgreesWithIndependentFigures(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	path := shared(t, files["nypd"])
	format, _ := replay.ByName("nypd")
	plan, err := replay.Load(path, format)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "../independent/replay_figures.py", "nypd", path, "--incidents").Output()
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Accepted, Calls int
		Clocks          map[string]figures
	}
	decode(t, out, &want)
	got := replayed(t, plan)
	for _, l := range append(got.Items, got.Spans...) {
		w, told := want.Clocks[l.Clock]
		if !told {
			continue
		}
		if l.Clock == "arrival_from_dispatch" {
			w.Within, w.Rate = 0, 0 // a span has no target
		}
		// A call that went into an incident is counted beside, as censored.
		merged := want.Calls - want.Accepted
		if l.figures != w || l.Censored != merged || l.Running+l.Excluded+l.Revised != 0 {
			t.Errorf("%s:\ngot  %+v\nwant %+v and %d censored", l.Clock, l, w, merged)
		}
		delete(want.Clocks, l.Clock)
	}
	if len(want.Clocks) > 0 {
		t.Errorf("not reported: %+v", want.Clocks)
	}
}

// figures are what both sides tell of a clock; a span has no rate.
type figures struct {
	N        int     `json:"n"`
	Missing  int     `json:"missing"`
	Inverted int     `json:"inverted"`
	Within   int     `json:"within"`
	Rate     float64 `json:"rate"`
	P50      float64 `json:"p50_s"`
	P90      float64 `json:"p90_s"`
	P95      float64 `json:"p95_s"`
}

type line struct {
	Clock string `json:"clock"`
	figures
	Censored int `json:"censored"`
	Running  int `json:"running"`
	Excluded int `json:"excluded"`
	Revised  int `json:"revised"`
}

type report struct {
	Items []line `json:"items"`
	Spans []line `json:"spans"`
}

// replayed is the report over a plan that was replayed today, judged by targets
// that were laid down in 2023.
func replayed(t *testing.T, plan *replay.Plan) (r report) {
	t.Helper()
	var now atomic.Int64
	now.Store(time.Date(2023, 12, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := app.Launch(t.Context(), app.Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.UnixMilli(now.Load()) }}, "330784", listener)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	chief := enter(t, l, "chief", "command_centre")
	for clock, seconds := range map[string]int{"dispatch": 60, "arrival": 480} {
		all := map[string]int{}
		for _, class := range []string{"urban", "county_town", "market_town", "complex", "other"} {
			all[class] = seconds
		}
		form := map[string]any{"clock": clock, "targets": all, "excluded_kinds": []string{}, "from": "2023-12-31T00:00:00Z", "reason": "the year to come"}
		if _, err := chief.Post(t.Context(), "/v1/pace/definitions", "", form, nil); err != nil {
			t.Fatal(err)
		}
	}
	now.Store(time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
	importer := enter(t, l, "importer", "importer")
	play(t, importer, plan)
	if _, err := l.Bus.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	query := url.Values{"from": {"2023-12-31T00:00:00Z"}, "to": {"2025-02-01T00:00:00Z"}}
	if err := importer.Get(t.Context(), "/v1/pace/report?"+query.Encode(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func enter(t *testing.T, l *app.Launched, login, role string) *apiclient.Client {
	t.Helper()
	in, err := l.Enlist(t.Context(), login, role)
	if err != nil {
		t.Fatal(err)
	}
	session, err := l.Enter(t.Context(), in, app.NewPassword())
	if err != nil {
		t.Fatal(err)
	}
	return session
}
