package org

import (
	"slices"
	"strconv"
	"strings"

	"zhian/platform/fault"
)

// Line is a row of an import as it stands in the file.
type Line struct {
	Number     int    `json:"line"`
	Code       string `json:"code" max:"200"`
	Name       string `json:"name" max:"200"`
	Kind       string `json:"kind" max:"200"`
	ParentCode string `json:"parent_code" max:"200"`
	Sort       string `json:"sort" max:"200"`
	err        error  // of a row that could not be read
}

// Outcome is what an import makes, or would make, of a row.
type Outcome string

const (
	OutUnchanged Outcome = "unchanged"
	OutCreate    Outcome = "create"
	OutChange    Outcome = "change"
	OutMove      Outcome = "move"
	OutRejected  Outcome = "rejected"
	OutLeave     Outcome = "leave" // of an organisation that a complete file does not hold
)

// Remarks are keys of what looks wrong and is taken all the same.
const (
	RemarkOldDivision = "org.division_no_longer_stands"
	RemarkOtherParent = "org.parent_differs_from_code"
)

// Verdict is what is to become of a row.
type Verdict struct {
	Line
	Outcome Outcome
	Fault   *fault.Error // of a rejected row
	Remarks []string
	target  Organisation // what the organisation becomes, but for its parent's id
	parent  string       // code of the parent; "" for a root
}

// Terms are what an import is judged by.
type Terms struct {
	Divisions Divisions
	Complete  bool                    // the file is everything below Under
	Under     string                  // id of the organisation to which rows without a parent belong
	May       func(orgID string) bool // whether the importer may change an organisation and put others below it
	Done      map[string]int          // codes of rows that were carried out before, with their lines
}

// Plan is what an import would do.
type Plan struct {
	Verdicts []Verdict // one for each line, in order
	Leaving  []string  // ids, children before parents
	Withheld bool      // nothing leaves, since some rows do not say which organisation they mean
	standing int       // organisations below Under now
	above    func(code string) string
}

// planner judges the lines of one import together.
type planner struct {
	Terms
	tree     *Tree
	verdicts []Verdict
	byCode   map[string]int // of lines that are not rejected
	named    map[string]bool
}

// Draw judges an import: parents may stand after their children in the file, and
// a row whose parent is rejected is rejected with it.
func Draw(tree *Tree, lines []Line, terms Terms) Plan {
	p := &planner{Terms: terms, tree: tree, byCode: map[string]int{}, named: map[string]bool{}}
	for code := range terms.Done {
		p.named[code] = true
	}
	for i, l := range lines {
		p.verdicts = append(p.verdicts, p.read(l))
		p.named[l.Code] = true
		p.claim(i)
	}
	// Each round takes at least one line out.
	for p.settleParents(); p.breakCircles(); p.settleParents() {
	}
	for i := range p.verdicts {
		p.compare(&p.verdicts[i])
	}
	plan := Plan{Verdicts: p.verdicts, standing: len(tree.Under(terms.Under)), above: p.above}
	if terms.Complete {
		plan.Withheld = slices.ContainsFunc(p.verdicts, unnamed)
	}
	if terms.Complete && !plan.Withheld {
		plan.Leaving = p.leavers()
	}
	return plan
}

// unnamed says that a row does not tell which organisation it means.
func unnamed(v Verdict) bool {
	return v.err != nil || len(v.Code) != codeLength
}

func (p *planner) reject(i int, err error) {
	v := &p.verdicts[i]
	if p.byCode[v.Code] == i {
		delete(p.byCode, v.Code)
	}
	v.Outcome, v.Fault = OutRejected, fault.Of(err)
}

// read judges a line by itself.
func (p *planner) read(l Line) (v Verdict) {
	v.Line = l
	fail := func(err error) Verdict { v.Outcome, v.Fault = OutRejected, fault.Of(err); return v }
	if l.err != nil {
		return fail(l.err)
	}
	division, stands, err := CheckCode(l.Code, p.Divisions)
	if err != nil {
		return fail(err)
	}
	if err := CheckName(l.Name); err != nil {
		return fail(err)
	}
	if !slices.Contains(kinds, Kind(l.Kind)) {
		return fail(fault.With(fault.At("/kind", "org.kind_unknown"), "allowed", kinds))
	}
	sort, err := sortOf(l.Sort)
	if err != nil {
		return fail(err)
	}
	if !stands {
		v.Remarks = append(v.Remarks, RemarkOldDivision)
	}
	v.target = Organisation{Code: l.Code, Name: l.Name, Kind: Kind(l.Kind), Sort: sort, Division: division}
	if old, known := p.tree.Coded(l.Code); known && l.Sort == "" {
		v.target.Sort = old.Sort
	}
	return v
}

var kinds = []Kind{Bureau, County, Station, Branch, Department, CommandRoom, Squad}

func sortOf(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > sortMax {
		return 0, fault.With(fault.At("/sort", "org.sort_malformed"), "max", sortMax)
	}
	return n, nil
}

// claim gives a code to the first line that has it.
func (p *planner) claim(i int) {
	v := &p.verdicts[i]
	if v.Outcome == OutRejected {
		return
	}
	line, taken := p.Done[v.Code]
	if first, listed := p.byCode[v.Code]; listed {
		line, taken = p.verdicts[first].Number, true
	}
	if taken {
		v.Outcome, v.Fault = OutRejected, fault.Of(fault.With(fault.At("/code", "org.code_twice"), "line", line))
		return
	}
	p.byCode[v.Code] = i
}

// settleParents finds each line's parent among the lines and the tree, and takes
// out those that have none.
func (p *planner) settleParents() {
	const untouched, entered, done = 0, 1, 2
	state := make([]int, len(p.verdicts))
	var settle func(i int)
	settle = func(i int) {
		if state[i] != untouched || p.verdicts[i].Outcome == OutRejected {
			return
		}
		state[i] = entered
		parent, err := p.parentOf(i, settle)
		if err == nil {
			p.verdicts[i].parent = parent
			err = p.checkScope(i)
		}
		if err != nil {
			p.reject(i, err)
		}
		state[i] = done
	}
	for i := range p.verdicts {
		settle(i)
	}
}

// parentOf is the code of a line's parent: the one it names; or the one its
// organisation has; or the nearest that its code says; or the importer's root.
func (p *planner) parentOf(i int, settle func(int)) (string, error) {
	v := &p.verdicts[i]
	stands := func(code string) bool {
		if at, listed := p.byCode[code]; listed {
			settle(at)
		}
		_, listed := p.byCode[code]
		_, known := p.tree.Coded(code)
		return listed || known
	}
	if v.ParentCode != "" {
		if v.ParentCode == v.Code {
			return "", fault.At("/parent_code", "org.parent_is_below")
		}
		if !stands(v.ParentCode) {
			return "", fault.At("/parent_code", "org.parent_unknown")
		}
		return v.ParentCode, nil
	}
	if old, known := p.tree.Coded(v.Code); known {
		return p.tree.byID[old.ParentID].Code, nil
	}
	for code := ParentCode(v.Code); code != ""; code = ParentCode(code) {
		if stands(code) {
			return code, nil
		}
	}
	if root, known := p.tree.byID[p.Under]; known {
		return root.Code, nil
	}
	return "", fault.At("/parent_code", "org.parent_unknown")
}

// checkScope refuses what the importer may not change, and parents that they may
// put nothing below.
func (p *planner) checkScope(i int) error {
	v := p.verdicts[i]
	old, known := p.tree.Coded(v.Code)
	if known && !p.May(old.ID) {
		return fault.At("/code", "org.outside_your_scope")
	}
	if known && p.tree.byID[old.ParentID].Code == v.parent {
		return nil
	}
	if above, known := p.tree.Coded(v.parent); known && !p.May(above.ID) {
		return fault.At("/parent_code", "org.outside_your_scope")
	}
	return nil
}

// breakCircles takes out the lines that would hang on themselves, and says
// whether there were any.
func (p *planner) breakCircles() (found bool) {
	seen := map[string]int{} // code: the walk that came through it
	for i := range p.verdicts {
		if p.verdicts[i].Outcome == OutRejected {
			continue
		}
		walk := i + 1
		code := p.verdicts[i].Code
		for ; code != "" && seen[code] == 0; code = p.above(code) {
			seen[code] = walk
		}
		if code == "" || seen[code] != walk {
			continue
		}
		found = true
		for start := code; ; {
			next := p.above(code)
			if at, listed := p.byCode[code]; listed {
				p.reject(at, fault.At("/parent_code", "org.parent_is_below"))
			}
			if code = next; code == start {
				break
			}
		}
	}
	return found
}

// above is the code of the parent that a code would have.
func (p *planner) above(code string) string {
	if at, listed := p.byCode[code]; listed {
		return p.verdicts[at].parent
	}
	o, _ := p.tree.Coded(code)
	return p.tree.byID[o.ParentID].Code
}

// compare says what a line does to its organisation.
func (p *planner) compare(v *Verdict) {
	if v.Outcome == OutRejected {
		return
	}
	if byCode := ParentCode(v.Code); v.parent != byCode && p.stands(byCode) {
		v.Remarks = append(v.Remarks, RemarkOtherParent)
	}
	old, known := p.tree.Coded(v.Code)
	switch {
	case !known:
		v.Outcome = OutCreate
	case p.tree.byID[old.ParentID].Code != v.parent:
		v.Outcome = OutMove
	case old.Name != v.target.Name || old.Kind != v.target.Kind || old.Sort != v.target.Sort:
		v.Outcome = OutChange
	default:
		v.Outcome = OutUnchanged
	}
}

func (p *planner) stands(code string) bool {
	_, listed := p.byCode[code]
	_, known := p.tree.Coded(code)
	return listed || known
}

// leavers are the organisations below Under that no row names, and that nothing
// would still hang on. A rejected row keeps its organisation.
func (p *planner) leavers() (ids []string) {
	holding := map[string]bool{} // codes that something stays or comes below
	for _, v := range p.verdicts {
		if v.Outcome != OutRejected {
			holding[v.parent] = true
		}
	}
	down := p.tree.Under(p.Under)
	for _, id := range slices.Backward(down) {
		o := p.tree.byID[id]
		_, listed := p.byCode[o.Code]
		if !p.named[o.Code] && !holding[o.Code] && p.May(id) {
			ids = append(ids, id)
			continue
		}
		if !listed {
			holding[p.tree.byID[o.ParentID].Code] = true
		}
	}
	return ids
}

// Counts are how many rows have which outcome, and how many organisations leave.
type Counts struct {
	Rows      int `json:"rows_in"`
	Unchanged int `json:"unchanged"`
	Create    int `json:"create"`
	Change    int `json:"change"`
	Move      int `json:"move"`
	Rejected  int `json:"rejected"`
	Leave     int `json:"leave"`
	Standing  int `json:"standing"` // below the importer's root, before
}

// Count adds up a plan.
func (p Plan) Count() Counts {
	c := Counts{Rows: len(p.Verdicts), Leave: len(p.Leaving), Standing: p.standing}
	of := map[Outcome]*int{OutUnchanged: &c.Unchanged, OutCreate: &c.Create, OutChange: &c.Change, OutMove: &c.Move, OutRejected: &c.Rejected}
	for _, v := range p.Verdicts {
		*of[v.Outcome]++
	}
	return c
}

// The brake: shares of the standing organisations.
const (
	leaveShare = 0.05
	moveShare  = 0.10
)

// Brake says whether a person should look before so much leaves or moves. A
// source that suddenly holds almost nothing must not empty the tree.
func (c Counts) Brake() bool {
	return float64(c.Leave) > leaveShare*float64(c.Standing) || float64(c.Move) > moveShare*float64(c.Standing)
}

// Within says that no more leaves or moves than somebody has agreed to.
func (c Counts) Within(agreed Counts) bool { return c.Leave <= agreed.Leave && c.Move <= agreed.Move }

// Steps are the rows to carry out, parents before children: what is moved goes to
// where its new parent already hangs.
func (p Plan) Steps() []Verdict {
	at := make(map[string]int, len(p.Verdicts))
	for i, v := range p.Verdicts {
		if v.Outcome != OutRejected {
			at[v.Code] = i
		}
	}
	var steps []Verdict
	taken := make([]bool, len(p.Verdicts))
	var take func(i int)
	take = func(i int) {
		if taken[i] {
			return
		}
		taken[i] = true
		for up := p.Verdicts[i].parent; up != ""; up = p.above(up) {
			if j, listed := at[up]; listed {
				take(j)
				break
			}
		}
		steps = append(steps, p.Verdicts[i])
	}
	for i, v := range p.Verdicts {
		if v.Outcome != OutRejected {
			take(i)
		}
	}
	return steps
}

// joined is how remarks are kept.
func joined(remarks []string) string { return strings.Join(remarks, " ") }
