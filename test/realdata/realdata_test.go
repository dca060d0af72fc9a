// Package realdata replays whole files of real calls into a whole server and
// compares what its timeline says with an independent program.
package realdata

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"zhian/app"
	"zhian/platform/apiclient"
	"zhian/replay"
)

var files = map[string]string{
	"nypd":      "nypd_calls_2024_a.csv.gz",
	"lancaster": "lancaster_county_units_2010_2018.csv.gz",
	"lfb":       "lfb_dwelling_fires_2009_jan_sep.csv.gz",
}

// The files are not part of the project; ZHIAN_SHARED names the folder that
// holds them.
func TestTimelineAgreesWithIndependentFigures(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	for format, file := range files {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			path := shared(t, file)
			f, _ := replay.ByName(format)
			plan, err := replay.Load(path, f)
			if err != nil {
				t.Fatal(err)
			}
			session := server(t)
			got := play(t, session, plan)
			out, err := exec.Command(python, "../independent/replay_figures.py", format, path).Output()
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{}
			decode(t, out, &want)
			sent := got["sent"]
			delete(got, "sent")
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
			again := play(t, session, plan)
			if again["sent"] != 0.0 || sent == 0.0 {
				t.Errorf("first replay sent %v, second %v", sent, again["sent"])
			}
			delete(again, "sent")
			if !reflect.DeepEqual(again, want) {
				t.Errorf("the second replay reports %v", again)
			}
		})
	}
}

func shared(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("ZHIAN_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	path := filepath.Join(root, "data", "incidents", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not here", name)
	}
	return path
}

func play(t *testing.T, session *apiclient.Client, plan *replay.Plan) map[string]any {
	t.Helper()
	client, err := replay.Connect(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	report, err := replay.Play(t.Context(), client, plan, replay.Options{Workers: 64})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := report.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	decode(t, text.Bytes(), &out)
	return out
}

// server is a whole centre, and the session of an importer.
func server(t *testing.T) *apiclient.Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := app.Launch(t.Context(), app.Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, "330784", listener)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	in, err := l.Enlist(t.Context(), "importer", "importer")
	if err != nil {
		t.Fatal(err)
	}
	session, err := l.Enter(t.Context(), in, app.NewPassword())
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func decode(t *testing.T, text []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
