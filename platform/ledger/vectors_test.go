package ledger_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"zhian/platform/ledger"
	"zhian/platform/sqldb/sqldbtest"
)

var update = flag.Bool("update", false, "write the vectors for other readers of bundles anew")

// vectorsFile is read by the pages' tests too: they check bundles with code of
// their own, and must come to the same result.
const vectorsFile = "testdata/vectors.json"

// vector is a log as others get to see it.
type vector struct {
	Name     string   `json:"name"`
	Key      string   `json:"key"`
	Whole    string   `json:"whole"`    // bundle of all 20 leaves, signed at 10 and at 20
	Selected string   `json:"selected"` // bundle of r1 and r10 … r19
	Earlier  string   `json:"earlier"`  // the checkpoint of 10 leaves
	Later    string   `json:"later"`    // that of 20
	Path     [][]byte `json:"path"`     // from the earlier to the later
}

// vectorOf makes one; signatures differ from run to run.
func vectorOf(t *testing.T, name, hasher, algorithm string) vector {
	d := newDesk(t, sqldbtest.New(t, ledger.Schema, rows), hasher, algorithm)
	d.write(1, 10)
	earlier := d.sign()
	d.write(11, 20)
	later := d.sign()
	path, err := d.log.Consistency(t.Context(), earlier.Size, later.Size)
	if err != nil {
		t.Fatal(err)
	}
	return vector{Name: name, Key: d.keys[0], Whole: d.bundle(), Earlier: earlier.Note, Later: later.Note, Path: path,
		Selected: d.bundle(ledger.Selection{Source: "thing_row", Prefix: "r1"})}
}

func vectors(t *testing.T) (list []vector) {
	t.Helper()
	if *update {
		text, err := json.MarshalIndent([]vector{vectorOf(t, "standard", "sha256", ledger.Ed25519), vectorOf(t, "gm", "sm3", ledger.SM2)}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorsFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// The stored bundles hold, and no byte of them can be another one.
func TestStoredBundlesHoldAndNoByteCanChange(t *testing.T) {
	for _, v := range vectors(t) {
		trust := ledger.Trust{Keys: []string{v.Key}}
		for bundle, leaves := range map[string]uint64{v.Whole: 20, v.Selected: 11} {
			report, err := ledger.Verify(strings.NewReader(bundle), trust)
			if err != nil || !report.OK() || report.Covered != leaves {
				t.Fatalf("%s: %+v, %v", v.Name, report, err)
			}
			for i := range len(bundle) {
				for _, bit := range []byte{1, 2 << (i % 5)} {
					changed := []byte(bundle)
					changed[i] ^= bit
					report, err := ledger.Verify(strings.NewReader(string(changed)), trust)
					if err == nil && report.OK() {
						t.Errorf("%s: byte %d of the %s bundle can be %q instead of %q\n…%s…", v.Name, i, report.Kind, changed[i], bundle[i], bundle[max(0, i-30):min(len(bundle), i+30)])
					}
				}
			}
		}
	}
}

// A kept checkpoint and the newest one fit together by the path between them.
func TestGrowthIsProvedFromAKeptCheckpoint(t *testing.T) {
	d := standard(t)
	head, path, err := d.log.Growth(t.Context(), 10)
	if err != nil || head.Size != 20 {
		t.Fatal(head, err)
	}
	v := vectors(t)[0]
	earlier, err := ledger.OpenCheckpoint(v.Earlier, []string{v.Key})
	if err != nil {
		t.Fatal(err)
	}
	later, err := ledger.OpenCheckpoint(v.Later, []string{v.Key})
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.VerifyConsistency(d.log.Hasher(), 10, 20, path, earlier.Root, later.Root); err != nil { // the same rows
		t.Error(err)
	}
	for _, c := range []uint64{20, 0} {
		if _, path, err := d.log.Growth(t.Context(), c); err != nil || len(path) != 0 {
			t.Errorf("from %d: %v, %v", c, path, err)
		}
	}
	if _, _, err := d.log.Growth(t.Context(), 21); err == nil {
		t.Error("a log of 20 leaves goes on from 21")
	}
}

// A listing finds its leaves among those of its time, and none that is not named.
func TestListedRowsAreProved(t *testing.T) {
	d := newDesk(t, sqldbtest.New(t, ledger.Schema, rows), "sha256", ledger.Ed25519)
	hour := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	for i := range 4 {
		d.write(1+10*i, 10+10*i)
		d.integrate()
		if _, err := d.log.Checkpoint(t.Context(), hour(i)); err != nil {
			t.Fatal(err)
		}
	}
	d.write(41, 45) // not signed
	d.integrate()
	for _, c := range []struct {
		refs  []string
		since int // hours
		until int
		want  uint64
	}{
		{[]string{"r12", "r15", "nothing"}, 1, 1, 2},
		{[]string{"r1", "r40", "r44"}, 0, 3, 2},
		{[]string{"r1"}, 2, 3, 0}, // not of that time
		{nil, 0, 3, 0},
	} {
		var out strings.Builder
		err := d.log.ExportListed(t.Context(), &out, load, ledger.Listing{Source: "thing_row", Refs: c.refs, Since: hour(c.since), Until: hour(c.until)})
		if err != nil {
			t.Fatal(err)
		}
		report := d.verify(out.String())
		d.expect(report)
		if report.Covered != c.want || report.Leaves != c.want {
			t.Errorf("%+v: %d leaves, want %d", c, report.Leaves, c.want)
		}
	}
}
