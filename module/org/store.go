package org

import (
	"embed"
	"encoding/csv"
	"strings"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the tree, its history and imports.
var Schema = sqldb.Schema{Room: "org", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("org", queriesText)

//go:embed data/*.csv
var data embed.FS

// DefaultDivisions are the lists that come with the program (data/SOURCES.md).
func DefaultDivisions() (Divisions, error) {
	counties, err := entries("data/divisions_2023.csv")
	if err != nil {
		return Divisions{}, err
	}
	history, err := entries("data/divisions_1980_2019.csv")
	return NewDivisions(DivisionList{"nbs", "2023-06-30", counties}, DivisionList{"gbt2260", "2019-04", history}), err
}

func entries(name string) (list []DivisionEntry, err error) {
	text, err := data.ReadFile(name)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, r := range rows[1:] {
		e := DivisionEntry{Code: r[0], Name: r[1]}
		if len(r) == 4 {
			e.First, e.Last = month(r[2]), month(r[3])
		}
		list = append(list, e)
	}
	return list, nil
}

// month spells YYYYMM as YYYY-MM.
func month(text string) string {
	if len(text) != 6 {
		return ""
	}
	return text[:4] + "-" + text[4:]
}

func scanOrganisation(r sqldb.Scanner) (o Organisation, err error) {
	var created, changed, retired int64
	err = r.Scan(&o.ID, &o.Code, &o.Name, &o.Kind, &o.ParentID, &o.Sort, &o.Division.Scheme, &o.Division.Version, &created, &changed, &retired, &o.ChangedSeq)
	o.Division.Code = o.Code[:min(6, len(o.Code))]
	o.CreatedAt, o.ChangedAt, o.RetiredAt = sqldb.Moment(created), sqldb.Moment(changed), sqldb.Moment(retired)
	return o, err
}

func scanEdition(r sqldb.Scanner) (e Edition, err error) {
	var created, changed, retired int64
	err = r.Scan(&e.ID, &e.Code, &e.Name, &e.Kind, &e.ParentID, &e.Sort, &e.Division.Scheme, &e.Division.Version, &created, &changed, &retired, &e.ChangedSeq,
		&e.Act, &e.By, &e.Reason, &e.ImportID)
	e.Division.Code = e.Code[:min(6, len(e.Code))]
	e.CreatedAt, e.ChangedAt, e.RetiredAt = sqldb.Moment(created), sqldb.Moment(changed), sqldb.Moment(retired)
	return e, err
}

// save writes an organisation as a change left it, and the change.
func save(tx *sqldb.Tx, e Edition) error {
	if _, err := tx.Exec(Queries["Put"], e.ID, e.Code, e.Name, string(e.Kind), e.ParentID, e.Sort, e.Division.Scheme, e.Division.Version,
		sqldb.Millis(e.CreatedAt), sqldb.Millis(e.ChangedAt), sqldb.Millis(e.RetiredAt), e.ChangedSeq); err != nil {
		return err
	}
	_, err := tx.Exec(Queries["Note"], e.ID, e.Code, e.Name, string(e.Kind), e.ParentID, e.Sort, e.Division.Scheme, e.Division.Version,
		sqldb.Millis(e.CreatedAt), sqldb.Millis(e.ChangedAt), sqldb.Millis(e.RetiredAt), e.ChangedSeq, string(e.Act), e.By, e.Reason, e.ImportID)
	return err
}

// stored is the table as a Forest. The first error of a look-up stays in err.
type stored struct {
	tx  *sqldb.Tx
	err error
}

// lock makes this transaction the only one that changes the tree, on every engine.
func lock(tx *sqldb.Tx) (*stored, error) {
	_, err := tx.Exec(Queries["Lock"])
	return &stored{tx: tx}, err
}

func (s *stored) get(query, key string) (Organisation, bool) {
	o, err := sqldb.Get(s.tx, Queries[query], scanOrganisation, key)
	if err != nil && err != sqldb.ErrNone && s.err == nil {
		s.err = err
	}
	return o, err == nil
}

// check is the error of the table, or else what a rule made of it.
func (s *stored) check(err error) error {
	if s.err != nil {
		return s.err
	}
	return err
}

func (s *stored) Find(id string) (Organisation, bool)    { return s.get("ByID", id) }
func (s *stored) Coded(code string) (Organisation, bool) { return s.get("ByCode", code) }

func (s *stored) Holds(id string) bool {
	n, err := sqldb.Get(s.tx, Queries["CountBelow"], sqldb.ScanInt, id)
	if err != nil && s.err == nil {
		s.err = err
	}
	return n > 0
}

func all(tx *sqldb.Tx) ([]Organisation, error) {
	return sqldb.List(tx, Queries["All"], scanOrganisation)
}

func scanImport(r sqldb.Scanner) (im Import, err error) {
	var at, approved, applied int64
	c := &im.Counts
	err = r.Scan(&im.ID, &im.Source, &im.By, &at, &im.Under, &im.Complete, &im.State, &im.Withheld, &im.Braked, &c.Rows, &c.Unchanged, &c.Create, &c.Change, &c.Move,
		&c.Rejected, &c.Leave, &c.Standing, &im.Applied, &im.ApprovedBy, &approved, &im.agreed.Leave, &im.agreed.Move, &applied, &im.ChangedSeq)
	im.At, im.ApprovedAt, im.AppliedAt = sqldb.Moment(at), sqldb.Moment(approved), sqldb.Moment(applied)
	return im, err
}

func saveImport(tx *sqldb.Tx, im Import) error {
	c := im.Counts
	_, err := tx.Exec(Queries["PutImport"], im.ID, im.Source, im.By, sqldb.Millis(im.At), im.Under, im.Complete, string(im.State), im.Withheld, im.Braked, c.Rows, c.Unchanged, c.Create,
		c.Change, c.Move, c.Rejected, c.Leave, c.Standing, im.Applied, im.ApprovedBy, sqldb.Millis(im.ApprovedAt), im.agreed.Leave, im.agreed.Move, sqldb.Millis(im.AppliedAt), im.ChangedSeq)
	return err
}

func importByID(tx *sqldb.Tx, id string) (Import, error) {
	im, err := sqldb.Get(tx, Queries["ImportByID"], scanImport, id)
	if err == sqldb.ErrNone {
		err = fault.New(fault.NotFound, "org.import_not_found")
	}
	return im, err
}

func scanRow(r sqldb.Scanner) (row Row, err error) {
	var remarks string
	err = r.Scan(&row.Number, &row.Code, &row.Name, &row.Kind, &row.ParentCode, &row.Sort, &row.Outcome, &row.Reason, &row.Column, &remarks, &row.OrgID, &row.Mended, &row.Unread)
	row.Remarks = strings.Fields(remarks)
	return row, err
}

func saveRow(tx *sqldb.Tx, importID string, row Row) error {
	_, err := tx.Exec(Queries["PutRow"], importID, row.Number, row.Code, row.Name, row.Kind, row.ParentCode, row.Sort, string(row.Outcome), row.Reason, row.Column,
		joined(row.Remarks), row.OrgID, row.Mended, row.Unread)
	return err
}
