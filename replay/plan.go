package replay

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Incident is all that a file says about one incident.
type Incident struct {
	Ref   string // "<format>:<number at the source>"
	First Call   // the row that opened it
	Steps []Step
	Rows  []PlannedRow
}

// PlannedRow is one row's share of an incident.
type PlannedRow struct {
	Line    int
	CallRef string // which call about the incident its clocks start from
	HasCall bool   // the file says when that call came
	Units   []string
}

// Plan is a whole file, read and accounted for.
type Plan struct {
	Format    Format
	Rows      int
	Rejected  map[Reason]int
	Incidents []*Incident // in the order of the file
}

// Load reads a file (.csv or .csv.gz) as a format.
func Load(path string, format Format) (*Plan, error) {
	t, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return read(t, format)
}

func read(t *table, format Format) (*Plan, error) {
	if name := t.lacks(format.Columns); name != "" {
		return nil, fmt.Errorf("the file has no column %q: is it %s?", name, format.Name)
	}
	b := builder{
		plan:   &Plan{Format: format, Rejected: map[Reason]int{}},
		byRef:  map[string]*draft{},
		digest: map[[32]byte]struct{}{},
	}
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return b.finish(), nil
		}
		if err != nil {
			return nil, err
		}
		b.plan.Rows++
		if err := b.add(row); err != nil {
			reason := BadRow
			errors.As(err, &reason)
			b.plan.Rejected[reason]++
		}
	}
}

// draft is an incident while its rows come in.
type draft struct {
	ref   string
	lines []int
	calls []Call
}

type builder struct {
	plan   *Plan
	drafts []*draft
	byRef  map[string]*draft
	digest map[[32]byte]struct{}
}

func (b *builder) add(row Row) error {
	if row.fault != "" {
		return row.fault
	}
	call, err := b.plan.Format.Read(row)
	switch {
	case err != nil:
		return err
	case call.Ref == "":
		return NoRef
	case call.On.IsZero():
		return NoTime
	}
	digest := row.digest()
	if _, again := b.digest[digest]; again {
		return DuplicateRow
	}
	b.digest[digest] = struct{}{}
	d := b.byRef[call.Ref]
	if d == nil {
		d = &draft{ref: b.plan.Format.Name + ":" + call.Ref}
		b.byRef[call.Ref] = d
		b.drafts = append(b.drafts, d)
	}
	d.lines, d.calls = append(d.lines, row.Line), append(d.calls, call)
	return nil
}

func (b *builder) finish() *Plan {
	for _, d := range b.drafts {
		b.plan.Incidents = append(b.plan.Incidents, d.incident())
	}
	return b.plan
}

// incident turns rows into steps. Rows with the same call stamp tell of the
// same call; another stamp is another call about the same incident.
func (d *draft) incident() *Incident {
	in := &Incident{Ref: d.ref, First: d.calls[0]}
	in.First.On = d.begin()
	in.Steps = []Step{{Kind: StepOpen, At: in.First.On, turn: in.First.On}}
	calls := map[int64]string{}
	used := map[string]int{}
	last := Step{Kind: StepClose}
	for i, call := range d.calls {
		row := PlannedRow{Line: d.lines[i], CallRef: d.ref, HasCall: !call.At.IsZero()}
		if row.HasCall {
			row.CallRef = in.call(call.At, i, calls)
		}
		for _, a := range call.Units {
			name := numbered(a.Unit, used)
			row.Units = append(row.Units, name)
			in.Steps = append(in.Steps, stamps(a, name, i)...)
		}
		in.Rows = append(in.Rows, row)
		if call.Closed.After(last.At) {
			last.At, last.turn, last.row = call.Closed, call.Closed, i
		}
	}
	if !last.At.IsZero() {
		in.Steps = append(in.Steps, last)
	}
	slices.SortStableFunc(in.Steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.turn.Compare(b.turn), cmp.Compare(a.Kind, b.Kind))
	})
	return in
}

// begin is when the incident begins: its earliest call, else the earliest
// moment known of it.
func (d *draft) begin() time.Time {
	var call, on time.Time
	for _, c := range d.calls {
		call, on = earliest(call, c.At), earliest(on, c.On)
	}
	if call.IsZero() {
		return on
	}
	return call
}

// call is the reference of a row's call; a new stamp adds a step.
func (in *Incident) call(at time.Time, row int, calls map[int64]string) string {
	if at.Equal(in.First.On) {
		return in.Ref
	}
	ref, ok := calls[at.UnixMilli()]
	if !ok {
		ref = fmt.Sprintf("%s/%d", in.Ref, len(calls)+2)
		calls[at.UnixMilli()] = ref
		in.Steps = append(in.Steps, Step{Kind: StepCall, At: at, Unit: ref, row: row, turn: at})
	}
	return ref
}
