package audit

import (
	"embed"
	"time"

	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the events.
var Schema = sqldb.Schema{Room: "audit", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("audit", queriesText)

func insert(tx *sqldb.Tx, ref string, e Event) error {
	_, err := tx.Exec(Queries["Insert"], ref, e.At.UnixMilli(), e.UserID, e.OrgID, e.SessionID, e.DeviceID, e.Address, e.RequestID,
		e.Class, e.Action, e.Object, e.Purpose, e.Result)
	return err
}

func scanEvent(r sqldb.Scanner) (e Event, err error) {
	var at int64
	err = r.Scan(&e.Seq, &at, &e.UserID, &e.OrgID, &e.SessionID, &e.DeviceID, &e.Address, &e.RequestID, &e.Class, &e.Action, &e.Object, &e.Purpose, &e.Result)
	e.At = time.UnixMilli(at).UTC()
	return e, err
}

// LeafSource names audit events among the ledger's leaves.
const LeafSource = "audit_event"

// Leaf reads the bytes that the ledger committed to for an event, as they are
// now; sqldb.ErrNone when the event is gone.
func Leaf(tx *sqldb.Tx, ref string) ([]byte, error) {
	e, err := sqldb.Get(tx, Queries["ByRef"], scanEvent, ref)
	if err != nil {
		return nil, err
	}
	return e.Canonical()
}
