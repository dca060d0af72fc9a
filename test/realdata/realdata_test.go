// Package realdata replays whole files of real calls into a whole server and
// compares what its timeline says with an independent program.
package realdata

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"zhian/app"
	"zhian/platform/apiclient"
	"zhian/platform/httpapi"
	"zhian/replay"
)

var files = map[string]string{
	"nypd":      "nypd_calls_2024_a.csv.gz",
	"lancaster": "lancaster_county_units_2010_2018.csv.gz",
	"lfb":       "lfb_dwelling_fires_2009_jan_sep.csv.gz",
}

const password = "Correct-horse-9"

// The files are not part of the project; ZHIAN_SHARED names the folder that
// holds them.
func TestTimelineAgreesWithIndependentFigures(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	for format, file := range files {
		t.Run(format, func(t *testing.T) {
			path := shared(t, file)
			f, _ := replay.ByName(format)
			plan, err := replay.Load(path, f)
			if err != nil {
				t.Fatal(err)
			}
			base, token := server(t)
			got := play(t, base, token, plan)
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
			again := play(t, base, token, plan)
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

func play(t *testing.T, base, token string, plan *replay.Plan) map[string]any {
	t.Helper()
	client, err := replay.Connect(t.Context(), apiclient.New(base, token))
	if err != nil {
		t.Fatal(err)
	}
	report, err := replay.Play(t.Context(), client, plan, replay.Options{Workers: 32})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	decode(t, text, &out)
	return out
}

// server is a whole centre with one importer, and the importer's token.
func server(t *testing.T) (base, token string) {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{Data: t.TempDir(), API: httpapi.Config{Rate: 1e6, PublicRate: 1e6},
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	invitations, err := a.Found(t.Context(), "330784")
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewUnstartedServer(nil)
	base = "http://" + listening.Listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, listening.Listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	tokens := map[string]string{}
	for _, in := range invitations {
		tokens[in.Login] = enter(t, base, in.Login, in.Token)
	}
	org := ask(t, base, tokens["system"], "GET", "/v1/orgs", nil)["items"].([]any)[0].(map[string]any)["id"].(string)
	made := ask(t, base, tokens["system"], "POST", "/v1/users", map[string]string{"login": "importer", "display_name": "importer", "org_id": org, "kind": "service"})
	ask(t, base, tokens["security"], "POST", "/v1/grants", map[string]string{"user_id": made["id"].(string), "role": "importer", "org_id": org, "reason": "replay"})
	return base, enter(t, base, "importer", made["setup_token"].(string))
}

// enter sets the first password of an account and logs in.
func enter(t *testing.T, base, login, token string) string {
	t.Helper()
	ask(t, base, "", "POST", "/v1/setup", map[string]string{"token": token, "password": password})
	return ask(t, base, "", "POST", "/v1/login", map[string]string{"login": login, "password": password})["token"].(string)
}

func ask(t *testing.T, base, token, method, path string, body any) map[string]any {
	t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequest(method, base+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, answer.StatusCode, got, err)
	}
	out := map[string]any{}
	if len(got) > 0 {
		decode(t, got, &out)
	}
	return out
}

func decode(t *testing.T, text []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
