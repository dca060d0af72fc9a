package org

import (
	"embed"
	"encoding/csv"
	"time"

	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the tree.
var Schema = sqldb.Schema{Room: "org", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("org", queriesText)

//go:embed data/divisions.csv
var data embed.FS

// Divisions are the county-level codes of GB/T 2260 with their names
// (data/SOURCES.md).
func Divisions() (map[string]string, error) {
	f, err := data.Open("data/divisions.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	divisions := make(map[string]string, len(rows))
	for _, r := range rows[1:] {
		divisions[r[0]] = r[1]
	}
	return divisions, nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func scanOrganisation(r sqldb.Scanner) (o Organisation, err error) {
	var created, retired int64
	err = r.Scan(&o.ID, &o.Code, &o.Name, &o.Kind, &o.ParentID, &o.Sort, &created, &retired, &o.ChangedSeq)
	o.CreatedAt = time.UnixMilli(created).UTC()
	if retired != 0 {
		o.RetiredAt = time.UnixMilli(retired).UTC()
	}
	return o, err
}

func insert(tx *sqldb.Tx, o Organisation) error {
	_, err := tx.Exec(Queries["Insert"], o.ID, o.Code, o.Name, o.Kind, o.ParentID, o.Sort, o.CreatedAt.UnixMilli())
	return err
}

func update(tx *sqldb.Tx, o Organisation) error {
	_, err := tx.Exec(Queries["Update"], o.Name, o.Kind, o.ParentID, o.Sort, millis(o.RetiredAt), o.ID)
	return err
}

// all reads the tree: a county has some hundred nodes, so the whole of it is
// read where any of it is judged.
func all(tx *sqldb.Tx) (map[string]Organisation, []Organisation, error) {
	list, err := sqldb.List(tx, Queries["All"], scanOrganisation)
	byID := make(map[string]Organisation, len(list))
	for _, o := range list {
		byID[o.ID] = o
	}
	return byID, list, err
}
