package replay

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
)

// The whole real files against an independent program. The files are not part
// of the project; ZHIAN_SHARED names the folder that holds them.
func TestRealFilesAgreeWithIndependentFigures(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	for format, file := range map[string]string{
		"nypd":      "nypd_calls_2024_a.csv.gz",
		"lancaster": "lancaster_county_units_2010_2018.csv.gz",
		"lfb":       "lfb_dwelling_fires_2009_jan_sep.csv.gz",
	} {
		t.Run(format, func(t *testing.T) {
			path := sharedFile(t, file)
			f, _ := ByName(format)
			plan, err := Load(path, f)
			if err != nil {
				t.Fatal(err)
			}
			server := newMemory()
			report := play(t, server, plan)
			out, err := exec.Command(python, "../test/independent/replay_figures.py", format, path).Output()
			if err != nil {
				t.Fatal(err)
			}
			var want, got map[string]any
			decode(t, out, &want)
			decode(t, []byte(text(t, report)), &got)
			delete(got, "sent")
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
			asked := server.asked
			if again := play(t, server, plan); again.Sent != 0 || server.asked != asked {
				t.Errorf("the second replay sent %d", again.Sent)
			}
		})
	}
}

func decode(t *testing.T, text []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// sharedFile is the path of a data file, or the end of the test.
func sharedFile(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("ZHIAN_SHARED")
	if root == "" {
		root = "../../shared"
	}
	path := filepath.Join(root, "data", "incidents", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not here", name)
	}
	return path
}
