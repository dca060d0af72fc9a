package place

import (
	"slices"
	"strconv"
	"testing"

	"zhian/platform/geo"
)

// villageAtlas holds the houses of testdata/ranked_addresses.csv: communities of one town
// whose names share nothing but their ending, and some that differ by a
// character.
func villageAtlas(t testing.TB) *atlas {
	lx := testLexicon(t)
	var live []Address
	for i, r := range table(t, "ranked_addresses.csv") {
		a, err := lx.settle(Draft{Name: r["name"], Town: r["town"], Datum: geo.WGS84,
			Point: geo.Point{Lat: 28.8 + float64(i)/100, Lon: 120}})
		if err != nil {
			t.Fatalf("%s: %v", r["name"], err)
		}
		a.ID = "r" + strconv.Itoa(i)
		live = append(live, a)
	}
	return atlas{}.withBase(lx, live).withAreas(nil, noon).withHazards(nil)
}

// What stands in the text comes before what would stand there after a mistake,
// and a name of which nothing is left is no mistake.
func TestWhatIsWrittenComesFirst(t *testing.T) {
	at := villageAtlas(t)
	for _, want := range table(t, "ranked.csv") {
		cleaned, err := Clean(want["text"], "")
		if err != nil {
			t.Fatal(err)
		}
		got, _ := at.find(cleaned, 20)
		labels := []string{}
		for _, c := range got {
			labels = append(labels, label(c))
		}
		if len(got) == 0 || labels[0] != want["first"] || got[0].Matched[len(got[0].Matched)-1].How == Typo {
			t.Errorf("%s (%s): want %s, got %v", want["text"], want["why"], want["first"], got)
		}
		if slices.Contains(labels, want["never"]) {
			t.Errorf("%s (%s): %s is among %v", want["text"], want["why"], want["never"], labels)
		}
		if want["behind"] != "" && slices.Index(labels, want["behind"]) < 1 {
			t.Errorf("%s (%s): %s is not behind the first of %v", want["text"], want["why"], want["behind"], labels)
		}
	}
}

// A literal name that was entered a moment ago counts like one of the base.
func TestARecentNameIsHeededToo(t *testing.T) {
	found := []Candidate{{Score: 0.9, part: "a"}, {Score: 0.5, part: "a", literal: true}, {Score: 0.9, part: "b"}, {Score: 0.8}}
	heed(found)
	for i, want := range []float64{0.49, 0.5, 0.9, 0.8} {
		if found[i].Score != want {
			t.Errorf("%d: %v, want %v", i, found[i].Score, want)
		}
	}
}

func TestMarkIsWhatTellsANameFromOthers(t *testing.T) {
	lx := testLexicon(t)
	for _, r := range table(t, "marks.csv") {
		runes := []rune(r["text"])
		m := lx.mark(r["text"])
		if got := string(runes[m.town:m.end]); got != r["mark"] || m.called != r["town"] {
			t.Errorf("%s: %q in %q", r["text"], got, m.called)
		}
	}
}
