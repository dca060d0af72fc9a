package unit

import (
	"embed"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds units, crews, engagements and positions.
var Schema = sqldb.Schema{Room: "unit", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("unit", queriesText)

func scanUnit(r sqldb.Scanner) (u Unit, err error) {
	var since int64
	err = r.Scan(&u.ID, &u.CallSign, &u.Kind, &u.OrgID, &u.State, &since, &u.EditCount)
	u.StateSince = time.UnixMilli(since).UTC()
	return u, err
}

func scanMember(r sqldb.Scanner) (m Member, err error) {
	var since int64
	err = r.Scan(&m.UserID, &m.Muted, &since)
	m.Since = time.UnixMilli(since).UTC()
	return m, err
}

func scanEngagement(r sqldb.Scanner) (e Engagement, err error) {
	err = r.Scan(&e.IncidentID, &e.State)
	return e, err
}

// lastFix is the newest position of a unit.
type lastFix struct {
	unitID string
	at     time.Time
	point  geo.Point
}

func scanLastFix(r sqldb.Scanner) (f lastFix, err error) {
	var at int64
	err = r.Scan(&f.unitID, &at, &f.point.Lat, &f.point.Lon)
	f.at = time.UnixMilli(at).UTC()
	return f, err
}

func insert(tx *sqldb.Tx, u Unit) error {
	_, err := tx.Exec(Queries["Insert"], u.ID, u.CallSign, u.Kind, u.OrgID, u.State, u.StateSince.UnixMilli())
	return err
}

func save(tx *sqldb.Tx, u Unit) error {
	_, err := tx.Exec(Queries["Save"], u.CallSign, u.Kind, u.OrgID, u.State, u.StateSince.UnixMilli(), u.ID)
	return err
}

func byID(tx *sqldb.Tx, id string) (Unit, error) {
	u, err := sqldb.Get(tx, Queries["ByID"], scanUnit, id)
	if err == sqldb.ErrNone {
		return u, fault.With(fault.New(fault.NotFound, "unit.not_found"), "unit_id", id)
	}
	if err != nil {
		return u, err
	}
	return fill(tx, u)
}

// fill adds crew and engagements.
func fill(tx *sqldb.Tx, u Unit) (Unit, error) {
	var err error
	if u.Crew, err = sqldb.List(tx, Queries["Crew"], scanMember, u.ID); err != nil {
		return u, err
	}
	u.Engaged, err = sqldb.List(tx, Queries["Engagements"], scanEngagement, u.ID)
	return u, err
}

// saveEngagement brings one engagement's row in line with the unit.
func saveEngagement(tx *sqldb.Tx, u Unit, incidentID string) error {
	for _, e := range u.Engaged {
		if e.IncidentID == incidentID {
			_, err := tx.Exec(Queries["Engage"], u.ID, incidentID, e.State)
			return err
		}
	}
	_, err := tx.Exec(Queries["Release"], u.ID, incidentID)
	return err
}
