package org

import (
	"context"
	"strconv"
	"strings"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sheet"
	"zhian/platform/sqldb"
)

// Upload is a file of organisations (platform/sheet) with the columns code, name,
// kind, parent_code and sort; code, name and kind must be there. A complete one is
// everything below Under: what it does not hold leaves.
type Upload struct {
	Content  []byte            `json:"content" required:"true"`
	Titles   map[string]string `json:"columns"` // what the file calls our columns
	Source   string            `json:"source" required:"true" max:"100"`
	Under    string            `json:"under" max:"64"` // empty: the top of the tree
	Complete bool              `json:"complete"`
}

// State is how far an import is.
type State string

// States of an import.
const (
	Loading State = "loading" // its rows are being written
	Draft   State = "draft"   // judged; nothing of the tree has changed by it since
	Applied State = "applied" // every row that can be taken is
)

// Import is the account of one file. Every row is in one of the counts.
type Import struct {
	ID       string    `json:"id"`
	Source   string    `json:"source"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Under    string    `json:"under"`
	Complete bool      `json:"complete"`
	State    State     `json:"state"`
	Counts
	Withheld   bool      `json:"leave_withheld"` // some rows do not say which organisation they mean, so none leaves
	Braked     bool      `json:"braked"`         // so much would leave or move that another person must agree
	Applied    int       `json:"applied"`        // rows carried out so far
	ApprovedBy string    `json:"approved_by,omitempty"`
	ApprovedAt time.Time `json:"approved_at,omitzero"`
	AppliedAt  time.Time `json:"applied_at,omitzero"`
	ChangedSeq int64     `json:"version"`

	agreed Counts
}

// Version rises whenever the import is judged, agreed to or carried out.
func (im Import) Version() int64 { return im.ChangedSeq }

// Row is a line of an import with what became of it, or what would.
type Row struct {
	Line
	Outcome Outcome  `json:"outcome"`
	Reason  string   `json:"reason,omitempty"` // key of the fault of a rejected row
	Column  string   `json:"column,omitempty"` // where it is
	Remarks []string `json:"remarks,omitempty"`
	OrgID   string   `json:"org_id,omitempty"` // set when the row has been carried out
	Mended  bool     `json:"mended,omitempty"`
	Unread  string   `json:"-"` // why the row could not be read; mending it makes it readable
}

func (r Row) done() bool { return r.OrgID != "" }

// line is the row for the planner.
func (r Row) line() Line {
	l := r.Line
	if r.Unread != "" {
		l.err = fault.At("", r.Unread)
	}
	return l
}

const chunk = 200 // rows in one transaction: intake must not wait behind a file

// Prepare reads a file and judges it. Nothing of the tree changes.
func (s *Service) Prepare(ctx context.Context, u Upload) (Import, error) {
	who := httpapi.Caller(ctx)
	if u.Under == "" {
		var err error
		if u.Under, err = s.Top(ctx); err != nil {
			return Import{}, err
		}
	}
	if !s.Gate.Can(who, permWrite, u.Under) || u.Under == "" {
		return Import{}, fault.New(fault.Forbidden, "org.outside_your_scope")
	}
	rows, err := readRows(u.Content, u.Titles)
	if err != nil {
		return Import{}, err
	}
	im := Import{ID: s.IDs.Next(), Source: u.Source, By: who.UserID, At: s.Now().UTC().Truncate(time.Millisecond), Under: u.Under, Complete: u.Complete, State: Loading}
	if err := s.DB.Background(ctx, func(tx *sqldb.Tx) error { return saveImport(tx, im) }); err != nil {
		return Import{}, err
	}
	return s.judge(ctx, im, rows, true)
}

func readRows(content []byte, titles map[string]string) ([]Row, error) {
	lines, err := sheet.Read(content, sheet.Form{Columns: columns, Required: columns[:3], Titles: titles})
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(lines))
	for i, l := range lines {
		rows[i] = rowOf(l)
	}
	return rows, nil
}

func rowOf(l sheet.Row) Row {
	cell := func(column string) string { return sheet.Legible(l.Cells[column]) }
	r := Row{Line: Line{Number: l.Line, Code: cell("code"), Name: cell("name"), Kind: cell("kind"), ParentCode: cell("parent_code"), Sort: cell("sort")}}
	if l.Err != nil {
		r.Unread = fault.KeyOf(l.Err)
	}
	return r
}

// judge plans the rows that are not carried out yet and keeps what was found;
// fresh rows are kept whatever was found.
func (s *Service) judge(ctx context.Context, im Import, rows []Row, fresh bool) (Import, error) {
	plan, err := s.draw(ctx, im, rows)
	if err != nil {
		return im, err
	}
	changed := plan.mark(rows, fresh)
	for start := 0; start < len(changed); start += chunk {
		part := changed[start:min(start+chunk, len(changed))]
		err := s.DB.Background(ctx, func(tx *sqldb.Tx) error {
			for _, r := range part {
				if err := saveRow(tx, im.ID, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return im, err
		}
	}
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Import, error) {
		now, err := importByID(tx, im.ID)
		if err == nil && now.ChangedSeq != im.ChangedSeq {
			err = fault.New(fault.Stale, "request.stale") // somebody else was faster
		}
		if err != nil {
			return im, err
		}
		next := im.judged(plan, rows)
		return next, saveImport(tx, next)
	})
}

// draw plans what is left to do of an import.
func (s *Service) draw(ctx context.Context, im Import, rows []Row) (Plan, error) {
	list, err := s.Some(ctx, nil)
	if err != nil {
		return Plan{}, err
	}
	scope := s.Gate.Scope(httpapi.Caller(ctx), permWrite)
	terms := Terms{Divisions: s.Divisions, Complete: im.Complete, Under: im.Under, May: scope.Covers, Done: map[string]int{}}
	var lines []Line
	for _, r := range rows {
		if r.done() {
			terms.Done[r.Code] = r.Number
			continue
		}
		lines = append(lines, r.line())
	}
	return Draw(NewTree(list), lines, terms), nil
}

// mark writes the verdicts into the rows and hands out those that are not as they
// were.
func (p Plan) mark(rows []Row, all bool) (changed []Row) {
	verdicts := p.Verdicts
	for i := range rows {
		if rows[i].done() {
			continue
		}
		v := verdicts[0]
		verdicts = verdicts[1:]
		next := rows[i]
		next.Outcome, next.Reason, next.Column, next.Remarks = v.Outcome, "", "", v.Remarks
		if v.Fault != nil {
			next.Reason, next.Column = v.Fault.Key, strings.TrimPrefix(v.Fault.Path, "/")
		}
		if all || next.Outcome != rows[i].Outcome || next.Reason != rows[i].Reason || next.Column != rows[i].Column || joined(next.Remarks) != joined(rows[i].Remarks) {
			changed = append(changed, next)
		}
		rows[i] = next
	}
	return changed
}

// judged is the account after a plan was drawn.
func (im Import) judged(p Plan, rows []Row) Import {
	pending := p.Count()
	im.State, im.Withheld = Draft, p.Withheld
	im.Braked = pending.Brake() && !pending.Within(im.agreed)
	im.Counts, im.Applied = countRows(rows), 0
	im.Leave, im.Standing = pending.Leave, pending.Standing
	for _, r := range rows {
		if r.done() {
			im.Applied++
		}
	}
	im.ChangedSeq++
	return im
}

// countRows adds up outcomes, of rows carried out and of those to come alike.
func countRows(rows []Row) Counts {
	var p Plan
	for _, r := range rows {
		p.Verdicts = append(p.Verdicts, Verdict{Outcome: r.Outcome})
	}
	return p.Count()
}

// Mending puts other cells into rows of an import.
type Mending struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
	Rows    []Line `json:"rows" required:"true" max:"1000"`
}

// Mend corrects rows and judges the whole file again: other rows may have waited
// for these.
func (s *Service) Mend(ctx context.Context, m Mending) (Import, error) {
	im, rows, err := s.open(ctx, m.ID, m.IfMatch)
	if err != nil {
		return im, err
	}
	at := map[int]int{}
	for i, r := range rows {
		at[r.Number] = i
	}
	for i, l := range m.Rows {
		path := "/rows/" + strconv.Itoa(i) + "/line"
		j, known := at[l.Number]
		switch {
		case !known:
			return im, fault.At(path, "org.import_row_not_found")
		case rows[j].done():
			return im, fault.At(path, "org.import_row_applied")
		}
		rows[j].Line, rows[j].Mended, rows[j].Unread = l, true, ""
	}
	return s.judge(ctx, im, rows, true)
}

// open reads an import that the caller may work on, and its rows.
func (s *Service) open(ctx context.Context, id, ifMatch string) (im Import, rows []Row, err error) {
	rows, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Row, error) {
		if im, err = importByID(tx, id); err != nil {
			return nil, err
		}
		return sqldb.List(tx, Queries["Rows"], scanRow, id)
	})
	switch {
	case err != nil:
		return im, nil, err
	case !s.Gate.Can(httpapi.Caller(ctx), permWrite, im.Under):
		return Import{}, nil, fault.New(fault.NotFound, "org.import_not_found")
	case im.State == Loading:
		return im, nil, fault.New(fault.Conflict, "org.import_incomplete")
	}
	return im, rows, httpapi.Match(ifMatch, im.Version())
}

// ImportEdit names an import that something is done with.
type ImportEdit struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
}

// Approve agrees to as much leaving and moving as the import now would do. Who
// brought the file cannot.
func (s *Service) Approve(ctx context.Context, e ImportEdit) (Import, error) {
	who := httpapi.Caller(ctx)
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Import, error) {
		im, err := importByID(tx, e.ID)
		switch {
		case err != nil:
			return im, err
		case !s.Gate.Can(who, permApprove, im.Under):
			return Import{}, fault.New(fault.NotFound, "org.import_not_found")
		case who.UserID == im.By:
			return Import{}, fault.New(fault.Forbidden, "org.import_not_your_own")
		case !im.Braked:
			return Import{}, fault.New(fault.Conflict, "org.import_not_braked")
		}
		if err := httpapi.Match(e.IfMatch, im.Version()); err != nil {
			return im, err
		}
		im.Braked, im.agreed = false, im.Counts
		im.ApprovedBy, im.ApprovedAt = who.UserID, s.Now().UTC().Truncate(time.Millisecond)
		im.ChangedSeq++
		return im, saveImport(tx, im)
	})
}
