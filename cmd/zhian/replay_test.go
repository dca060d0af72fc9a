package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func shell(t *testing.T, script string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl")
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script).CombinedOutput()
	return string(out), err
}

const mapping = `{"ref": "no", "call": "received", "unit": "car", "dispatched": "sent", "arrived": "there", "closed": "done",
  "layout": "2006-01-02 15:04:05", "zone": "Asia/Shanghai", "kinds": {"*": "4"}}`

// calls is a small file: one incident with two units, one without a stamp, one
// row that is no time, and a copy.
func calls(t *testing.T) string {
	t.Helper()
	return write(t, "calls.csv", `no,received,car,sent,there,done
1,2024-05-01 10:00:00,A1,2024-05-01 10:00:40,2024-05-01 10:07:00,2024-05-01 11:00:00
1,2024-05-01 10:00:00,A2,2024-05-01 10:03:00,2024-05-01 10:09:00,2024-05-01 11:00:00
2,2024-05-01 12:00:00,A1,,2024-05-01 12:20:00,
3,yesterday,A1,,,
2,2024-05-01 12:00:00,A1,,2024-05-01 12:20:00,
`)
}

type report struct {
	Rows, Accepted, Merged, Sent int
	Rejected                     map[string]int
	Clocks                       map[string]struct {
		N, Missing, Inverted, Within int
		Rate                         float64
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	r := zhian(t, "replay", calls(t), "--format", "csv", "--mapping", write(t, "m.json", mapping), "--json", "--limits", "arrival=8m,dispatch=45s")
	r.says(t, done)
	if strings.Count(r.out, "\n") != 1 {
		t.Errorf("standard output must be one object: %s", r.out)
	}
	var got report
	decode(t, r.out, &got)
	if got.Rows != 5 || got.Accepted != 2 || got.Merged != 1 || got.Rejected["bad_time"] != 1 || got.Rejected["duplicate_row"] != 1 {
		t.Errorf("%+v", got)
	}
	if d, a := got.Clocks["dispatch"], got.Clocks["arrival"]; d.N != 2 || d.Missing != 1 || d.Within != 1 || a.N != 3 || a.Within != 1 {
		t.Errorf("%+v", got.Clocks)
	}
	if !strings.Contains(r.err, "100 %: 2 of 2 incidents") || strings.Contains(r.err, "\r") {
		t.Errorf("off a terminal progress comes in lines: %q", r.err)
	}
	zhian(t, "replay", calls(t), "--format", "csv", "--mapping", write(t, "m.json", mapping)).
		says(t, done, "5 rows: 2 accepted, 1 merged, 2 rejected", "1 bad_time", "dispatch")
}

// On a folder of its own a second replay finds everything there; the folder is a
// whole centre that can be examined.
func TestReplayAgainChangesNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "replayed")
	args := []string{"replay", calls(t), "--format", "csv", "--mapping", write(t, "m.json", mapping), "--data", data, "--json"}
	var first, second report
	r := zhian(t, args...)
	r.says(t, done, "/setup#")
	decode(t, r.out, &first)
	r = zhian(t, args...)
	r.says(t, done)
	decode(t, r.out, &second)
	if strings.Contains(r.err, "/setup#") {
		t.Error("the centre was founded twice")
	}
	if first.Sent == 0 || second.Sent != 0 {
		t.Errorf("sent %d, then %d", first.Sent, second.Sent)
	}
	if first.Sent = 0; fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("%+v, then %+v", first, second)
	}
	zhian(t, "doctor", "--data", data).says(t, done, "examined 2; 0 differ")
}

func TestReplayIntoAServer(t *testing.T) {
	t.Parallel()
	r := start(t, "demo", "--seed", "7")
	r.out.await(t, "The city lives")
	session := visit(t, r, "system_admin")
	security := visit(t, r, "security_admin")
	var made struct {
		ID         string
		OrgID      string `json:"org_id"`
		SetupToken string `json:"setup_token"`
	}
	if err := session.Get(t.Context(), "/v1/me", &made); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Post(t.Context(), "/v1/users", "", map[string]string{"login": "importer", "display_name": "importer", "org_id": made.OrgID, "kind": "service"}, &made); err != nil {
		t.Fatal(err)
	}
	if _, err := security.Post(t.Context(), "/v1/grants", "g", map[string]string{"user_id": made.ID, "role": "importer", "org_id": made.OrgID, "reason": "test"}, nil); err != nil {
		t.Fatal(err)
	}
	out, err := shell(t, fmt.Sprintf(`curl -fsS %[1]s/v1/setup -d '{"token":"%[2]s","password":"%[3]s"}' >&2 && curl -fsS %[1]s/v1/login -d '{"login":"importer","password":"%[3]s"}'`, r.base, made.SetupToken, password))
	if err != nil {
		t.Fatal(out, err)
	}
	token := regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(out)[1]
	file, columns := calls(t), write(t, "m.json", mapping)
	zhian(t, "ZHIAN_TOKEN="+token, "replay", file, "--format", "csv", "--mapping", columns, "--server", r.base, "--json").says(t, done, `"accepted":2`)
	zhian(t, "ZHIAN_TOKEN="+token, "replay", file, "--format", "csv", "--mapping", columns, "--server", r.base, "--json").says(t, done, `"sent":0`)
	zhian(t, "replay", file, "--format", "csv", "--mapping", columns, "--server", r.base, "--token", "wrong").says(t, failed, "401")
}

func TestReplaySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	file, columns := calls(t), write(t, "m.json", mapping)
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--format", "csv"}, misuse, "needs --mapping"},
		{[]string{"--format", "nypd", "--mapping", columns}, misuse, "--mapping is for --format csv"},
		{[]string{"--format", "nypd", "--workers", "0"}, misuse, "--workers"},
		{[]string{"--format", "csv", "--mapping", columns, "--server", "localhost:8110"}, misuse, "must be like http://"},
		{[]string{"--format", "csv", "--mapping", columns, "--server", "http://127.0.0.1:1"}, failed, "no server answers"},
		{[]string{"--format", "nypd"}, failed, `the file has no column "cad_evnt_id": is it nypd?`},
		{[]string{"--format", "csv", "--mapping", columns, "--limits", "dispatch"}, failed, "is not like dispatch=60s"},
		{[]string{"--format", "csv", "--mapping", columns, "--limits", "lunch=1h"}, failed, `there is no clock "lunch"`},
		{[]string{"--format", "csv", "--mapping", write(t, "bad.json", `{"reff": "no"}`)}, failed, "reff"},
		{[]string{"--format", "csv", "--mapping", columns, "--server", "http://127.0.0.1:1", "--data", t.TempDir()}, misuse, "--data is for the server inside"},
	} {
		r := zhian(t, append([]string{"replay", file}, c.args...)...)
		r.says(t, c.status, c.says)
		if r.out != "" {
			t.Errorf("%v prints to standard output: %s", c.args, r.out)
		}
	}
}
