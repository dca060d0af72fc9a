package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func sample(n int) string {
	text := nypdHeader
	for i := range n {
		text += fmt.Sprintf("%d,%d,QUEENS,12X,T,2024-02-01T10:00:00.000,2024-02-01T10:%02d:00.000,2024-02-01T10:00:%02d.000,2024-02-01T12:00:00.000,,\n", i, i%7, 1+i%50, i%60)
	}
	return text
}

func TestSecondReplayChangesNothing(t *testing.T) {
	server := newMemory()
	first := play(t, server, planOf(t, "nypd", sample(40)))
	if first.Sent != 40*5 {
		t.Errorf("sent %d, want 5 for each of 40", first.Sent)
	}
	asked := server.asked
	second := play(t, server, planOf(t, "nypd", sample(40)))
	if server.asked != asked || second.Sent != 0 {
		t.Errorf("the second replay sent %d", second.Sent)
	}
	second.Sent = first.Sent
	if a, b := text(t, first), text(t, second); a != b {
		t.Errorf("reports differ:\n%s\n%s", a, b)
	}
}

func text(t *testing.T, r Report) string {
	t.Helper()
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// A replay that broke off goes on where it stopped: nothing twice, nothing left out.
func TestResume(t *testing.T) {
	whole := newMemory()
	want := play(t, whole, planOf(t, "nypd", sample(40)))
	server := newMemory()
	for _, limit := range []int{1, 17, 60, 120} {
		server.failAfter = limit
		if _, err := Play(t.Context(), server, planOf(t, "nypd", sample(40)), Options{Workers: 4}); err == nil {
			t.Fatal("a lost network must end the replay with an error")
		}
	}
	server.failAfter = 0
	got := play(t, server, planOf(t, "nypd", sample(40)))
	if len(server.doubled) != 0 {
		t.Errorf("sent twice: %v", server.doubled)
	}
	got.Sent = want.Sent
	if text(t, got) != text(t, want) {
		t.Errorf("got  %s\nwant %s", text(t, got), text(t, want))
	}
}

func TestRefusals(t *testing.T) {
	server := newMemory()
	server.refuse["nypd:1 0"] = "incident.kind_unknown"
	server.refuse["nypd:2 4"] = "incident.out_of_order"
	report := play(t, server, planOf(t, "nypd", sample(5)))
	if report.Accepted != 3 || report.Rejected["refused:incident.kind_unknown"] != 1 || report.Rejected["refused:incident.out_of_order"] != 1 {
		t.Errorf("got %+v", report)
	}
	if report.Clocks[0].N != 3 {
		t.Errorf("a refused row is in no clock: n = %d", report.Clocks[0].N)
	}
}

func TestFiguresCountEveryPair(t *testing.T) {
	call := at("2024-01-01T00:00:00Z")
	row := func(seconds float64) Sighting {
		return Sighting{Call: call, Units: []Assignment{{Dispatched: call.Add(time.Duration(seconds * float64(time.Second)))}}}
	}
	f := clockDispatch.Measure([]Sighting{row(60), row(60.5), row(-1), {Call: call, Units: []Assignment{{}}}, {Units: []Assignment{{Dispatched: call}}}, row(0)})
	if f.N != 3 || f.Missing != 2 || f.Inverted != 1 || f.Within != 2 {
		t.Errorf("got %+v: 60 s is within, 60.5 s is not, -1 s is inverted, a lacking call or dispatch is missing", f)
	}
	if *f.P50 != 60 || *f.P90 != 60 || *f.Rate != 2.0/3 {
		t.Errorf("p50 %v p90 %v rate %v: percentiles drop parts of a second", *f.P50, *f.P90, *f.Rate)
	}
}

func TestLimits(t *testing.T) {
	limits, err := ParseLimits("dispatch=10s, arrival=1m")
	if err != nil || limits["dispatch"] != 10*time.Second || limits["arrival"] != time.Minute {
		t.Fatal(limits, err)
	}
	plan := planOf(t, "nypd", sample(40))
	report, err := Play(t.Context(), newMemory(), plan, Options{Limits: limits})
	if err != nil || report.Clocks[0].Within != 11 || report.Clocks[0].LimitS != 10 {
		t.Errorf("%+v %v", report.Clocks, err)
	}
	if _, err := Play(t.Context(), newMemory(), plan, Options{Limits: map[string]time.Duration{"tea": 1}}); err == nil {
		t.Error("a clock that no file has must be refused")
	}
	for _, bad := range []string{"dispatch", "dispatch=soon", "dispatch=-1s"} {
		if _, err := ParseLimits(bad); err == nil {
			t.Errorf("%q must be refused", bad)
		}
	}
}

func TestGzipAndByteOrderMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calls.csv.gz")
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte("\xef\xbb\xbf" + sample(3)))
	w.Close()
	if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	plan, err := Load(path, nypd())
	if err != nil || len(plan.Incidents) != 3 {
		t.Fatal(plan, err)
	}
	if _, err := Load(path, lfb()); err == nil || !strings.Contains(err.Error(), "incident_no") {
		t.Errorf("a file of another format must be named as such, got %v", err)
	}
}
