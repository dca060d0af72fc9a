package incident

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what the tests find into testdata")

// edgesFile lists every edge of the two state machines, for the journeys through
// the pages: each is clicked through by one of them (test/browser/edges.test.mjs).
const edgesFile = "testdata/edges.txt"

// TestEdgesAreKnown walks through everything that can be done with an incident
// and two units, and compares the edges that it finds to those in the file.
func TestEdgesAreKnown(t *testing.T) {
	found := map[string]bool{}
	seen := map[string]bool{}
	begin := newStory(t).in
	begin.Outside = true // so that it can be transferred too
	for queue := []Incident{begin}; len(queue) > 0; queue = queue[1:] {
		for _, next := range oneStep(queue[0]) {
			for _, e := range edgesOf(queue[0], next) {
				found[e] = true
			}
			if k := shapeOf(next); !seen[k] && len(next.Assignments) <= 2 {
				seen[k] = true
				queue = append(queue, next)
			}
		}
	}
	var lines []string
	for e := range found {
		lines = append(lines, e)
	}
	slices.Sort(lines)
	text := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(edgesFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(edgesFile)
	if err != nil || string(want) != text {
		t.Errorf("the edges have changed; go test ./module/incident -run Edges -update writes them anew, and each needs a click (%v)", err)
	}
}

// oneStep are the incidents that one decision makes of this one.
func oneStep(in Incident) (out []Incident) {
	at := after(time.Duration(in.EntryCount) * time.Minute)
	do := func(m Move, err error) {
		if err == nil {
			out = append(out, in.Apply(Entry{IncidentID: in.ID, Seq: in.EntryCount + 1, Kind: m.Kind, OccurredAt: m.OccurredAt, Detail: m.Detail}))
		}
	}
	for _, unit := range []string{"u1", "u2"} {
		do(in.Assign(unit, nil, true, "", at))
		do(in.Assign(unit, nil, false, "", at))
		for _, step := range []Step{StepAcknowledged, StepEnRoute, StepOnScene, StepCleared} {
			do(in.Advance(unit, step, at))
		}
		do(in.Unassign(unit, "", at))
	}
	gone, _, err := in.Merge(Incident{ID: "other", Status: StatusReceived}, "", at)
	do(gone, err)
	do(in.Transfer("next", "", at))
	do(in.Withdraw("", at))
	do(in.Close("", at))
	do(in.Reopen("", at))
	return out
}

// edgesOf are the edges that were taken from one incident to the next.
func edgesOf(was, is Incident) (edges []string) {
	if was.Status != is.Status {
		edges = append(edges, fmt.Sprintf("incident %s %s", was.Status, is.Status))
	}
	for i, a := range is.Assignments {
		from := "none"
		if i < len(was.Assignments) {
			from = standing(was.Assignments[i])
		}
		if to := standing(a); from != to {
			edges = append(edges, fmt.Sprintf("assignment %s %s", from, to))
		}
	}
	return edges
}

func standing(a Assignment) string {
	if a.Withdrawn {
		return "withdrawn"
	}
	return string(a.State)
}

// shapeOf is what two incidents have in common between which nothing that may
// happen differs.
func shapeOf(in Incident) string {
	s := fmt.Sprint(in.Status, in.Past)
	for _, a := range in.Assignments {
		s += fmt.Sprint(" ", a.UnitID, standing(a), !a.AckedAt.IsZero(), !a.EnRouteAt.IsZero(), !a.OnSceneAt.IsZero())
	}
	return s
}
