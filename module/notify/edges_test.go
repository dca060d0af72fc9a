package notify

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the tests find into testdata")

// edgesFile lists every edge that a delivery can take with the channels that there
// are, for the journeys through the pages: each is clicked through by one of them
// (test/browser/edges.test.mjs).
const edgesFile = "testdata/edges.txt"

// TestEdgesAreKnown walks through everything that can become of a delivery, and
// compares the edges that it finds to those in the file. A delivery fails when its
// channel refuses or has trouble: as long as no channel says either, no journey can
// lead there, and those edges are not in the file. The first channel that says one
// brings them in.
func TestEdgesAreKnown(t *testing.T) {
	outcomes := outcomesOf(t)
	found, seen := map[string]bool{}, map[string]bool{}
	for queue := []Delivery{{State: StateQueued}}; len(queue) > 0; queue = queue[1:] {
		was := queue[0]
		for _, d := range oneStep(was, outcomes) {
			if d.State != was.State {
				found[fmt.Sprintf("delivery %s %s\n", was.State, d.State)] = true
			}
			if k := fmt.Sprint(d.State, min(d.Attempts, len(retries)+1)); !seen[k] {
				seen[k] = true
				queue = append(queue, d)
			}
		}
	}
	text := strings.Join(slices.Sorted(maps.Keys(found)), "")
	if *update {
		if err := os.WriteFile(edgesFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(edgesFile)
	if err != nil || string(want) != text {
		t.Errorf("the edges have changed; go test ./module/notify -run Edges -update writes them anew, and each needs a click (%v)", err)
	}
}

// oneStep are the deliveries that this one becomes by one attempt, by one deed of
// its recipient, by not being wanted any more, or by the end of its time.
func oneStep(d Delivery, outcomes []Outcome) (out []Delivery) {
	for _, o := range outcomes {
		out = append(out, d.Attempted(o, "", noon))
	}
	for _, to := range []State{StateDelivered, StateSeen, StateAcknowledged, StateCancelled, StateExpired} {
		next, _ := d.Become(to, "", noon)
		out = append(out, next)
	}
	return out
}

// outcomesOf are those that the channels answer with, as their sources say.
func outcomesOf(t *testing.T) (said []Outcome) {
	files, err := filepath.Glob("../../gateway/*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no channels", err)
	}
	var all strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(source)
	}
	for name, o := range map[string]Outcome{"Taken": Taken, "Nobody": Nobody, "Trouble": Trouble, "Refused": Refused} {
		if strings.Contains(all.String(), "notify."+name) {
			said = append(said, o)
		}
	}
	if !slices.Contains(said, Taken) {
		t.Fatalf("no channel takes anything: %v", said)
	}
	return said
}
