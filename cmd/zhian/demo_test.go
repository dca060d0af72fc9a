package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhian/platform/apiclient"
)

type aboutIt struct {
	Version string
	Demo    bool
	Speed   float64
	Now     time.Time
}

// The demonstration as a newcomer meets it: a page at once, a living city soon,
// lines that work as they are printed, and an end that says what happened.
func TestDemo(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "city")
	began := time.Now()
	r := start(t, "demo", "--seed", "7", "--speed", "120", "--data", data)
	if status, _, _ := r.get("/"); status != 200 {
		t.Errorf("GET /: %d", status)
	}
	t.Logf("first page after %v", time.Since(began))
	r.out.await(t, "The city lives: seed 7")
	t.Logf("living after %v", time.Since(began))

	var about aboutIt
	if err := r.client().Get(t.Context(), "/v1/about", &about); err != nil || !about.Demo || about.Speed != 120 || about.Version != stamp {
		t.Errorf("%+v, %v", about, err)
	}
	var board struct {
		Items []struct{ Status, Source string }
	}
	if err := visit(t, r, "dispatcher").Get(t.Context(), "/v1/board", &board); err != nil || len(board.Items) == 0 {
		t.Errorf("the history left %d open incidents, %v", len(board.Items), err)
	}
	linesWork(t, r)
	for _, role := range []string{"officer", "station_leader", "bureau_leader", "call_taker", "command_centre", "operations", "system_admin", "security_admin", "audit_admin"} {
		if err := visit(t, r, role).Get(t.Context(), "/v1/me", nil); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
	if out, err := shell(t, `curl -fsSi `+r.base+`/v1/demo/login -d '{"role":"officer","device_id":"d1","cookie":true}'`); err != nil ||
		!strings.Contains(out, "Set-Cookie: zhian_session=") || !strings.Contains(out, `"device_id":"d1"`) || strings.Contains(out, `"token"`) {
		t.Errorf("a browser's visit: %v\n%s", err, out)
	}
	var refused *apiclient.Refused
	if _, err := r.client().Post(t.Context(), "/v1/demo/login", "", map[string]string{"role": "king"}, nil); !errors.As(err, &refused) || refused.Status != 400 || refused.Path != "/role" {
		t.Errorf("a role that nobody has: %v", err)
	}
	if err := visit(t, r, "call_taker").Get(t.Context(), "/v1/audit/login", nil); !errors.As(err, &refused) || refused.Status != 403 {
		t.Errorf("a call-taker reads the audit log: %v", err)
	}

	end := r.stop()
	end.says(t, done, "Finishing what is under way", "calls taken", "in time", "zhian doctor --data "+data)
	if strings.Contains(end.out+end.err, "level=ERROR") || strings.Contains(end.out+end.err, "level=WARN") {
		t.Errorf("the log complains:\n%s", end.err)
	}
	zhian(t, "demo", "--data", data, "--listen", "127.0.0.1:0").says(t, failed, "holds a centre already")
	zhian(t, "serve", "--data", data, "--listen", "127.0.0.1:0").says(t, failed, "holds a demonstration")
	zhian(t, "doctor", "--data", data).says(t, done, "0 differ")
}

// A real centre's folder is not for a city.
func TestDemoKeepsOffRealCentres(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	start(t, "serve", "--data", data).stop().says(t, done)
	zhian(t, "demo", "--data", data, "--listen", "127.0.0.1:0").says(t, failed, "holds a centre already")
	start(t, "serve", "--data", data).stop().says(t, done)
}

func visit(t *testing.T, r *running, role string) *apiclient.Client {
	t.Helper()
	var in struct{ Token string }
	if _, err := r.client().Post(t.Context(), "/v1/demo/login", "", map[string]string{"role": role}, &in); err != nil {
		t.Fatalf("%s: %v", role, err)
	}
	return r.client().As(in.Token)
}

// linesWork runs the printed lines in a shell.
func linesWork(t *testing.T, r *running) {
	t.Helper()
	var script strings.Builder
	said := regexp.MustCompile(`\\\n +`).ReplaceAllString(r.out.String(), "")
	for _, line := range regexp.MustCompile(`(?m)^  ((?:[ATH]=|curl ).*)$`).FindAllStringSubmatch(said, -1) {
		one := strings.ReplaceAll(line[1], "curl -s", "curl -fsS")
		script.WriteString(strings.ReplaceAll(one, "curl -fsSN", "curl -fsSN --max-time 2") + " || exit 1\n")
	}
	if strings.Count(script.String(), "curl") < 5 {
		t.Fatalf("too few lines to try:\n%s", r.out)
	}
	if out, err := shell(t, script.String()); err != nil || !strings.Contains(out, `"clock":"dispatch"`) || !strings.Contains(out, `"narrative":"test"`) || !strings.Contains(out, `{"type":"hello"`) {
		t.Errorf("%v\n%s\n%s", err, script.String(), out)
	}
}

// Without --data nothing stays behind, and a city that was stopped while it was
// being built ends as calmly.
func TestDemoLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, until := range []string{"being built", "The city lives"} {
		temp := t.TempDir()
		r := start(t, "TMPDIR="+temp, "demo")
		r.out.await(t, until)
		r.stop().says(t, done)
		if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
			t.Errorf("left %v, %v", left, err)
		}
	}
}
