package org

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func everybody(string) bool { return true }

// small is a county with two stations, one with a squad.
func small() *Tree {
	return NewTree([]Organisation{
		{ID: "county", Code: "330784000000", Name: "County", Kind: County},
		{ID: "north", Code: "330784510000", Name: "North", Kind: Station, ParentID: "county", Sort: 3},
		{ID: "squad", Code: "330784510100", Name: "Squad", Kind: Squad, ParentID: "north"},
		{ID: "south", Code: "330784520000", Name: "South", Kind: Station, ParentID: "county"},
		{ID: "gone", Code: "330784530000", Name: "Gone", Kind: Station, ParentID: "county", RetiredAt: time.UnixMilli(1)},
	})
}

// file reads "code name kind parent sort" a line; "-" is an empty cell.
func file(text string) (lines []Line) {
	for i, l := range strings.Split(strings.TrimSpace(text), "\n") {
		cells := append(strings.Fields(strings.TrimSpace(l)), "-", "-", "-", "-")
		for j := range cells {
			cells[j] = strings.TrimPrefix(cells[j], "-")
		}
		lines = append(lines, Line{Number: i + 2, Code: cells[0], Name: cells[1], Kind: cells[2], ParentCode: cells[3], Sort: cells[4]})
	}
	return lines
}

// said is a plan as "outcome key column, …| leaving".
func said(p Plan) string {
	var out []string
	for _, v := range p.Verdicts {
		one := string(v.Outcome)
		if v.Fault != nil {
			one += " " + v.Fault.Key + " " + v.Fault.Path
		}
		for _, r := range v.Remarks {
			one += " (" + r + ")"
		}
		out = append(out, one)
	}
	return strings.Join(out, ", ") + " | " + strings.Join(p.Leaving, " ")
}

func TestPlans(t *testing.T) {
	cases := []struct {
		name, file string
		complete   bool
		want       string
	}{
		{"nothing new", "330784510000 North station - 3\n330784520000 South station", false, "unchanged, unchanged | "},
		{"an empty sort keeps the one there is", "330784510000 North station", false, "unchanged | "},
		{"change, move, create", "330784510000 Nord station\n330784510100 Squad squad 330784520000\n330784540000 New station", false, "change, move (org.parent_differs_from_code), create | "},
		{"a retired code is free", "330784530000 Again station", false, "create | "},
		{"children before parents", "330784540100 Squad squad 330784540000\n330784540000 New station", false, "create, create | "},
		{"the parent that the code says", "330784540100 Squad squad\n330784540000 New station", false, "create, create | "},
		{"no parent anywhere: the importer's root", "110101510000 Far station", false, "create | "},
		{"an old division", "330722510000 Old station 330784000000", false, "create (org.division_no_longer_stands) | "},
		{"rejected by themselves", "1 A station\n330784540000 - station\n330784550000 B palace\n330784560000 C station - x\n330784570000 D station - --1\n3.30784E+11 E station", false,
			"rejected org.code_not_twelve_digits /code, rejected org.name_required /name, rejected org.kind_unknown /kind, rejected org.sort_malformed /sort, rejected org.sort_malformed /sort, rejected org.code_damaged_by_spreadsheet /code | "},
		{"twice", "330784540000 A station\n330784540000 B station", false, "create, rejected org.code_twice /code | "},
		{"a rejected row keeps no code", "330784540000 - station\n330784540000 B station", false, "rejected org.name_required /name, create | "},
		{"parent unknown", "330784540000 A station 330784990000", false, "rejected org.parent_unknown /parent_code | "},
		{"parent retired", "330784540000 A station 330784530000", false, "rejected org.parent_unknown /parent_code | "},
		{"rejected with its parent, and so on", "330784550101 C squad 330784550100\n330784550100 B squad 330784540000\n330784540000 A palace", false,
			"rejected org.parent_unknown /parent_code, rejected org.parent_unknown /parent_code, rejected org.kind_unknown /kind | "},
		{"its own parent", "330784540000 A station 330784540000", false, "rejected org.parent_is_below /parent_code | "},
		{"in a circle in the file", "330784540000 A station 330784550000\n330784550000 B station 330784540000\n330784550100 C squad 330784550000", false,
			"rejected org.parent_is_below /parent_code, rejected org.parent_is_below /parent_code, rejected org.parent_unknown /parent_code | "},
		{"in a circle through the tree", "330784510000 North station 330784510100", false, "rejected org.parent_is_below /parent_code | "},
		{"changing places is no circle", "330784510000 North station 330784510100\n330784510100 Squad squad 330784000000", false, "move (org.parent_differs_from_code), move (org.parent_differs_from_code) | "},
		{"the root may not hang on what is below it", "330784000000 County county 330784520000", false, "rejected org.parent_is_below /parent_code | "},

		{"complete: what is not named leaves, from below", "330784520000 South station", true, "unchanged | squad north"},
		{"complete: a rejected row keeps its organisation, and what it hangs on", "330784510100 Squad palace\n330784520000 South station", true, "rejected org.kind_unknown /kind, unchanged | "},
		{"complete: what something new hangs on stays", "330784510200 New squad 330784510000\n330784520000 South station", true, "create, unchanged | squad"},
		{"complete: what it held has moved", "330784510100 Squad squad 330784520000\n330784520000 South station", true, "move (org.parent_differs_from_code), unchanged | north"},
		{"complete: rows that name nothing let nobody leave", "3.30785E+11 North station\n330784520000 South station", true, "rejected org.code_damaged_by_spreadsheet /code, unchanged | "},
	}
	for _, c := range cases {
		p := Draw(small(), file(c.file), Terms{Divisions: divisions, Complete: c.complete, Under: "county", May: everybody})
		if got := said(p); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.name, got, c.want)
		}
		if p.Withheld != strings.Contains(c.name, "name nothing") {
			t.Errorf("%s: withheld %v", c.name, p.Withheld)
		}
	}
}

func TestPlanStaysInTheImportersScope(t *testing.T) {
	mine := func(id string) bool { return id == "north" || id == "squad" }
	lines := file("330784510200 A squad\n330784510100 Squad squad 330784520000\n330784520000 Sud station\n330784540000 New station 330784000000\n330784540100 Below squad 330784540000\n330784510000 Nord station")
	p := Draw(small(), lines, Terms{Divisions: divisions, Complete: true, Under: "county", May: mine})
	want := "create, rejected org.outside_your_scope /parent_code, rejected org.outside_your_scope /code, rejected org.outside_your_scope /parent_code, rejected org.parent_unknown /parent_code, change | "
	if got := said(p); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBrake(t *testing.T) {
	for _, c := range []struct {
		leave, move, standing int
		want                  bool
	}{{0, 0, 0, false}, {0, 10, 100, false}, {0, 11, 100, true}, {5, 0, 100, false}, {6, 0, 100, true}, {1, 0, 10, true}, {0, 1, 10, false}, {0, 1, 5, true}} {
		if got := (Counts{Leave: c.leave, Move: c.move, Standing: c.standing}).Brake(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	agreed := Counts{Leave: 3, Move: 5}
	for _, c := range []struct {
		leave, move int
		want        bool
	}{{3, 5, true}, {0, 0, true}, {4, 0, false}, {0, 6, false}} {
		if got := (Counts{Leave: c.leave, Move: c.move}).Within(agreed); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// code is the n-th of few codes, so that random files hit the tree and each other.
func code(n int) string { return fmt.Sprintf("330784%02d%02d00", 50+n/4, n%4) }

// randomTree hangs the first codes anywhere that is no circle.
func randomTree(t *rapid.T) *Tree {
	list := []Organisation{{ID: "county", Code: "330784000000", Name: "County", Kind: County}}
	for i := range rapid.IntRange(0, 12).Draw(t, "standing") {
		parent := list[rapid.IntRange(0, len(list)-1).Draw(t, "parent")]
		list = append(list, Organisation{ID: fmt.Sprint("o", i), Code: code(i), Name: "N", Kind: Station, ParentID: parent.ID})
	}
	return NewTree(list)
}

func randomFile(t *rapid.T) (lines []Line) {
	for i := range rapid.IntRange(0, 16).Draw(t, "rows") {
		l := Line{Number: i + 2, Code: code(rapid.IntRange(0, 19).Draw(t, "code")), Name: rapid.SampledFrom([]string{"N", "M", ""}).Draw(t, "name"), Kind: "station"}
		if n := rapid.IntRange(-2, 19).Draw(t, "above"); n >= 0 {
			l.ParentCode = code(n)
		} else if n == -1 {
			l.ParentCode = "330784000000"
		}
		lines = append(lines, l)
	}
	return lines
}

// carry carries a plan out in memory, step by step, as the service does.
func carry(t *rapid.T, tree *Tree, p Plan) {
	for i, v := range p.Steps() {
		o, known := tree.Coded(v.Code)
		if !known {
			o = Organisation{ID: fmt.Sprint("n", i)}
		}
		parent, stands := tree.Coded(v.parent)
		if !stands && v.parent != "" {
			t.Fatalf("%s comes before its parent %s", v.Code, v.parent)
		}
		o.Code, o.Name, o.Kind, o.Sort, o.ParentID = v.target.Code, v.target.Name, v.target.Kind, v.target.Sort, parent.ID
		if err := CheckPut(tree, o); err != nil {
			t.Fatalf("%s under %s: %v", v.Code, v.parent, err)
		}
		tree.Put(o)
	}
	for _, id := range p.Leaving {
		o, _ := tree.Find(id)
		if err := CheckRetire(tree, o); err != nil {
			t.Fatalf("%s leaves: %v", id, err)
		}
		o.RetiredAt = time.UnixMilli(1)
		tree.Put(o)
	}
}

// Whatever the file: every step can be carried out in turn, what results is a
// tree, doing it again changes nothing, and the order of rows does not matter.
func TestAnyFileLeavesATree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, lines := randomTree(t), randomFile(t)
		terms := Terms{Divisions: divisions, Complete: rapid.Bool().Draw(t, "complete"), Under: "county", May: everybody}
		p := Draw(tree, lines, terms)
		if c := p.Count(); c.Rows != c.Unchanged+c.Create+c.Change+c.Move+c.Rejected || c.Rows != len(lines) {
			t.Fatalf("the account does not add up: %+v", c)
		}
		shuffled := slices.Clone(lines)
		if distinct(lines) {
			seed := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
			seed.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if a, b := outcomes(p), outcomes(Draw(tree, shuffled, terms)); a != b {
				t.Fatalf("in another order\n%s\n%s", a, b)
			}
		}
		carry(t, tree, p)
		for id, o := range tree.byID {
			if !o.Stands() || id == "county" {
				continue
			}
			if !tree.Below(id, "county") {
				t.Fatalf("%s hangs on nothing", id)
			}
			if parent := tree.byID[o.ParentID]; !parent.Stands() {
				t.Fatalf("%s hangs on what has been retired", id)
			}
		}
		again := Draw(tree, lines, terms)
		for i, v := range again.Verdicts {
			if was := p.Verdicts[i].Outcome; was != OutRejected && v.Outcome != OutUnchanged {
				t.Fatalf("row %d was %s, and is %s when sent again", i, was, v.Outcome)
			}
		}
		if len(again.Leaving) > 0 && again.Count().Rejected == 0 {
			t.Fatalf("more leave when it is sent again: %v", again.Leaving)
		}
	})
}

func distinct(lines []Line) bool {
	codes := map[string]bool{}
	for _, l := range lines {
		codes[l.Code] = true
	}
	return len(codes) == len(lines)
}

func outcomes(p Plan) string {
	var out []string
	for _, v := range p.Verdicts {
		out = append(out, v.Code+" "+string(v.Outcome))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
