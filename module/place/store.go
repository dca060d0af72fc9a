package place

import (
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"zhian/platform/geo"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds addresses, areas, hazards and divisions.
var Schema = sqldb.Schema{Room: "place", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("place", queriesText)

//go:embed data/divisions_330784.csv
var demoDivisions string

// DemoDivisions is the list of one real county-level city, names and codes only
// (data/SOURCES.md), in the form that Service.ImportDivisions takes.
func DemoDivisions() DivisionImport {
	return DivisionImport{Scheme: "nbs", Version: "2023-06-30", Content: []byte(demoDivisions)}
}

// Topics whose changes are counted.
const (
	topicAddress  = "address"
	topicArea     = "area"
	topicHazard   = "hazard"
	topicDivision = "division"
)

func scanRevision(r sqldb.Scanner) (out struct {
	topic string
	n     int64
}, err error) {
	err = r.Scan(&out.topic, &out.n)
	return out, err
}

// revisions are the counters of all topics.
func revisions(tx *sqldb.Tx) (map[string]int64, error) {
	list, err := sqldb.List(tx, Queries["Revisions"], scanRevision)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, r := range list {
		out[r.topic] = r.n
	}
	return out, nil
}

// touch counts a change of a topic. On PostgreSQL its row lock puts changes of
// one topic in the order of their commits, so that no reader skips one.
func touch(tx *sqldb.Tx, topic string) (int64, error) {
	return sqldb.Get(tx, Queries["Touch"], sqldb.ScanInt, topic)
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func optionalTime(ms sql.NullInt64) *time.Time {
	if !ms.Valid {
		return nil
	}
	t := fromMillis(ms.Int64)
	return &t
}

func optionalMillis(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMilli()
}

func optionalText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func scanAddress(r sqldb.Scanner) (a Address, err error) {
	var aliases string
	var updated int64
	var retired sql.NullInt64
	err = r.Scan(&a.ID, &a.Name, &a.identity, &a.Town, &a.Village, &a.Point.Lat, &a.Point.Lon, &a.Uncertainty, &a.Datum,
		&a.Source, &aliases, &a.Edition, &a.revision, &updated, &a.UpdatedBy, &retired)
	a.UpdatedAt, a.RetiredAt, a.Aliases = fromMillis(updated), optionalTime(retired), []string{}
	if aliases != "" {
		a.Aliases = strings.Split(aliases, "\n")
	}
	return a, err
}

func insertAddress(tx *sqldb.Tx, a Address) error {
	_, err := tx.Exec(Queries["InsertAddress"], a.ID, a.Name, a.identity, a.Town, a.Village, a.Point.Lat, a.Point.Lon,
		a.Uncertainty, string(a.Datum), a.Source, strings.Join(a.Aliases, "\n"), a.Edition, a.revision, a.UpdatedAt.UnixMilli(), a.UpdatedBy)
	return err
}

// updateAddress writes the next edition over the one before it; false when that
// has changed meanwhile.
func updateAddress(tx *sqldb.Tx, a Address) (bool, error) {
	n, err := tx.Exec(Queries["UpdateAddress"], a.Name, a.identity, a.Town, a.Village, a.Point.Lat, a.Point.Lon, a.Uncertainty,
		string(a.Datum), a.Source, strings.Join(a.Aliases, "\n"), a.Edition, a.revision, a.UpdatedAt.UnixMilli(), a.UpdatedBy,
		optionalMillis(a.RetiredAt), a.ID, a.Edition-1)
	return n == 1, err
}

func scanChart(r sqldb.Scanner) (c chart, err error) {
	var geometry string
	var from, updated int64
	var to sql.NullInt64
	err = r.Scan(&c.ID, &c.StationID, &c.Name, &c.Class, &geometry, &from, &to, &c.Edition, &updated, &c.UpdatedBy)
	if err != nil {
		return c, err
	}
	c.ValidFrom, c.ValidTo, c.UpdatedAt = fromMillis(from), optionalTime(to), fromMillis(updated)
	if c.region, err = geo.ParseRegion([]byte(geometry), geo.WGS84, "/geometry"); err != nil {
		return c, fmt.Errorf("area %s: %w", c.ID, err)
	}
	return c, nil
}

func putArea(tx *sqldb.Tx, c chart) error {
	geometry, err := json.Marshal(c.region)
	if err != nil {
		return err
	}
	_, err = tx.Exec(Queries["PutArea"], c.ID, c.StationID, c.Name, string(c.Class), string(geometry), c.ValidFrom.UnixMilli(),
		optionalMillis(c.ValidTo), c.Edition, c.UpdatedAt.UnixMilli(), c.UpdatedBy)
	return err
}

func endArea(tx *sqldb.Tx, id, by string, at time.Time) error {
	_, err := tx.Exec(Queries["EndArea"], at.UnixMilli(), at.UnixMilli(), by, id)
	return err
}

func scanHazard(r sqldb.Scanner) (h Hazard, err error) {
	var place, retiredBy sql.NullString
	var from, to, created int64
	var retired sql.NullInt64
	err = r.Scan(&h.ID, &place, &h.Point.Lat, &h.Point.Lon, &h.Kind, &h.Note, &from, &to, &created, &h.CreatedBy, &retired, &retiredBy)
	h.PlaceID, h.RetiredBy, h.RetiredAt = place.String, retiredBy.String, optionalTime(retired)
	h.ValidFrom, h.ValidTo, h.CreatedAt = fromMillis(from), fromMillis(to), fromMillis(created)
	return h, err
}

func insertHazard(tx *sqldb.Tx, h Hazard) error {
	_, err := tx.Exec(Queries["InsertHazard"], h.ID, optionalText(h.PlaceID), h.Point.Lat, h.Point.Lon, string(h.Kind), h.Note,
		h.ValidFrom.UnixMilli(), h.ValidTo.UnixMilli(), h.CreatedAt.UnixMilli(), h.CreatedBy)
	return err
}

func scanImport(r sqldb.Scanner) (im Import, err error) {
	var at int64
	err = r.Scan(&im.ID, &im.Source, &im.RowsIn, &im.Accepted, &im.Duplicate, &im.Rejected, &at, &im.By)
	im.At = fromMillis(at)
	return im, err
}

func insertImport(tx *sqldb.Tx, im Import, rejects []Reject) error {
	_, err := tx.Exec(Queries["InsertImport"], im.ID, im.Source, im.RowsIn, im.Accepted, im.Duplicate, im.Rejected, im.At.UnixMilli(), im.By)
	if err != nil {
		return err
	}
	for _, r := range rejects {
		if _, err := tx.Exec(Queries["InsertReject"], im.ID, r.Line, r.Reason, r.Field, r.Name, r.Lat, r.Lon); err != nil {
			return err
		}
	}
	return nil
}

func scanReject(r sqldb.Scanner) (out Reject, err error) {
	err = r.Scan(&out.Line, &out.Reason, &out.Field, &out.Name, &out.Lat, &out.Lon)
	return out, err
}

func scanDivision(r sqldb.Scanner) (d Division, err error) {
	err = r.Scan(&d.Code, &d.Name, &d.Parent, &d.Level)
	return d, err
}

func scanOther(r sqldb.Scanner) (c Conflict, err error) {
	err = r.Scan(&c.Scheme, &c.Version, &c.Code, &c.Other)
	return c, err
}
