package unit

import (
	"embed"
	"time"

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
	fix    Fix
}

func scanLastFix(r sqldb.Scanner) (f lastFix, err error) {
	var at int64
	err = r.Scan(&f.unitID, &at, &f.fix.Lat, &f.fix.Lon, &f.fix.AccuracyM)
	f.fix.At = time.UnixMilli(at).UTC()
	return f, err
}

// lastFixes asks for each unit on duty by itself: a month of positions is too much
// to group.
func lastFixes(tx *sqldb.Tx, units []Unit) (all []lastFix, err error) {
	for _, u := range units {
		if len(u.Crew) == 0 {
			continue
		}
		f, err := sqldb.Get(tx, Queries["LastFix"], scanLastFix, u.ID)
		if err == sqldb.ErrNone {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func scanDuty(r sqldb.Scanner) (d Duty, err error) {
	var since, until int64
	err = r.Scan(&d.UserID, &d.UnitID, &since, &until)
	d.Since = time.UnixMilli(since).UTC()
	if until != 0 {
		d.Until = time.UnixMilli(until).UTC()
	}
	return d, err
}

func insert(tx *sqldb.Tx, u Unit) error {
	_, err := tx.Exec(Queries["Insert"], u.ID, u.CallSign, u.Kind, u.OrgID, u.State, u.StateSince.UnixMilli())
	return err
}

func save(tx *sqldb.Tx, u Unit) error {
	_, err := tx.Exec(Queries["Save"], u.CallSign, u.Kind, u.OrgID, u.State, u.StateSince.UnixMilli(), u.ID)
	return err
}

// byID reads a unit and makes others who change it wait, where there can be others.
func byID(tx *sqldb.Tx, id string) (Unit, error) { return one(tx, "ByID", id) }

// peek reads a unit without holding anybody up.
func peek(tx *sqldb.Tx, id string) (Unit, error) { return one(tx, "Peek", id) }

func one(tx *sqldb.Tx, query, id string) (Unit, error) {
	u, err := sqldb.Get(tx, Queries[query], scanUnit, id)
	if err == sqldb.ErrNone {
		return u, notFound(id)
	}
	if err != nil {
		return u, err
	}
	if u.Crew, err = sqldb.List(tx, Queries["Crew"], scanMember, id); err != nil {
		return u, err
	}
	u.Engaged, err = sqldb.List(tx, Queries["Engagements"], scanEngagement, id)
	return u, err
}

// page reads the units after a call sign with three questions, however many.
func page(tx *sqldb.Tx, after string, limit int) ([]Unit, error) {
	units, err := sqldb.List(tx, Queries["Page"], scanUnit, after, limit)
	if err != nil || len(units) == 0 {
		return units, err
	}
	at := map[string]int{}
	for i := range units {
		units[i].Crew, units[i].Engaged = []Member{}, []Engagement{}
		at[units[i].ID] = i
	}
	last := units[len(units)-1].CallSign
	err = sqldb.Each(tx, Queries["CrewsBetween"], func(r sqldb.Scanner) error {
		id, m, err := scanOf(r, scanMember)
		units[at[id]].Crew = append(units[at[id]].Crew, m)
		return err
	}, after, last)
	if err != nil {
		return nil, err
	}
	err = sqldb.Each(tx, Queries["EngagementsBetween"], func(r sqldb.Scanner) error {
		id, e, err := scanOf(r, scanEngagement)
		units[at[id]].Engaged = append(units[at[id]].Engaged, e)
		return err
	}, after, last)
	return units, err
}

// everyone is all units.
func everyone(tx *sqldb.Tx) (all []Unit, err error) {
	const batch = 1000
	for after := ""; ; after = all[len(all)-1].CallSign {
		units, err := page(tx, after, batch)
		if all = append(all, units...); err != nil || len(units) < batch {
			return all, err
		}
	}
}

// prefixed is a row whose first column is a unit's id.
type prefixed struct {
	sqldb.Scanner
	id *string
}

func (p prefixed) Scan(dest ...any) error { return p.Scanner.Scan(append([]any{p.id}, dest...)...) }

func scanOf[T any](r sqldb.Scanner, scan func(sqldb.Scanner) (T, error)) (id string, out T, err error) {
	out, err = scan(prefixed{r, &id})
	return id, out, err
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
