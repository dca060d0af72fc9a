package access

import (
	"embed"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the grants.
var Schema = sqldb.Schema{Room: "access", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("access", queriesText)

func insert(tx *sqldb.Tx, g Grant) error {
	_, err := tx.Exec(Queries["Insert"], g.ID, g.UserID, g.Role, g.OrgID, g.UnitOnly, sqldb.Millis(g.From), sqldb.Millis(g.Until), g.GrantedBy, sqldb.Millis(g.GrantedAt), g.Reason)
	return err
}

func scanGrant(r sqldb.Scanner) (g Grant, err error) {
	var from, until, granted, revoked int64
	err = r.Scan(&g.ID, &g.UserID, &g.Role, &g.OrgID, &g.UnitOnly, &from, &until, &g.GrantedBy, &granted, &g.Reason, &g.RevokedBy, &revoked)
	g.From, g.Until, g.GrantedAt, g.RevokedAt = sqldb.Moment(from), sqldb.Moment(until), sqldb.Moment(granted), sqldb.Moment(revoked)
	return g, err
}

func byID(tx *sqldb.Tx, id string) (Grant, error) {
	g, err := sqldb.Get(tx, Queries["ByID"], scanGrant, id)
	if err == sqldb.ErrNone {
		return g, fault.New(fault.NotFound, "access.grant_not_found")
	}
	return g, err
}

// lock lets one transaction at a time judge grants against one another, on every
// engine.
func lock(tx *sqldb.Tx) error {
	_, err := sqldb.Get(tx, Queries["Lock"], sqldb.ScanInt)
	return err
}

func ofUser(tx *sqldb.Tx, userID string) ([]Grant, error) {
	if err := lock(tx); err != nil {
		return nil, err
	}
	return sqldb.List(tx, Queries["OfUser"], scanGrant, userID)
}
