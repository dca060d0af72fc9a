package audit

import (
	"embed"
	"encoding/json"
	"maps"
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
var Queries = everyQuery()

func everyQuery() sqldb.Set {
	set := sqldb.Load("audit", queriesText)
	maps.Copy(set, views())
	return set
}

// views composes the statement of each way into the log: by account, by class, or
// by time alone. Each has an index; what is asked for is in the arguments.
func views() sqldb.Set {
	set := sqldb.Set{}
	for name, within := range map[string]string{
		"ViewByUser":  "user_id = $1 AND ($2 = '' AND class <> 'login' OR class = $2)",
		"ViewByClass": "$1 = '' AND class = $2",
		"ViewByTime":  "$1 = '' AND $2 = '' AND class <> 'login'",
	} {
		set[name] = sqldb.Statement("audit", name, `SELECT ref, seq, at, user_id, org_id, session_id, device_id, address, request_id, class, action, object, purpose, result, account, method, change
FROM audit_event
WHERE `+within+` AND object LIKE $3 ESCAPE '\' AND object LIKE $4 ESCAPE '\' AND ($5 = '' OR action = $5)
  AND ($6 = '' OR result = $6 OR $6 = 'refused' AND result <> 'ok')
  AND ($7 = '%%' OR lower(action || ' ' || object || ' ' || purpose || ' ' || result || ' ' || account || ' ' || address) LIKE $7 ESCAPE '\')
  AND at >= $8 AND at < $9 AND (at, seq) < ($10, $11) AND address LIKE $12 ESCAPE '\'
ORDER BY at DESC, seq DESC LIMIT $13`)
	}
	return set
}

// query is the shortest way to what is asked for.
func (q Question) query() *sqldb.Query {
	switch {
	case q.UserID != "":
		return Queries["ViewByUser"]
	case Views[q.View].Class != "":
		return Queries["ViewByClass"]
	}
	return Queries["ViewByTime"]
}

func insert(tx *sqldb.Tx, ref string, e Event) error {
	change := ""
	if e.Change != nil {
		text, err := json.Marshal(e.Change)
		if err != nil {
			return err
		}
		change = string(text)
	}
	_, err := tx.Exec(Queries["Insert"], ref, e.At.UnixMilli(), e.UserID, e.OrgID, e.SessionID, e.DeviceID, e.Address, e.RequestID,
		e.Class, e.Action, e.Object, e.Purpose, e.Result, e.Account, e.Method, change)
	return err
}

func scanEvent(r sqldb.Scanner) (e Event, err error) {
	var at int64
	var change string
	err = r.Scan(&e.Ref, &e.Seq, &at, &e.UserID, &e.OrgID, &e.SessionID, &e.DeviceID, &e.Address, &e.RequestID, &e.Class, &e.Action, &e.Object, &e.Purpose, &e.Result,
		&e.Account, &e.Method, &change)
	e.At = time.UnixMilli(at).UTC()
	if err == nil && change != "" {
		e.Change = readChange(change)
	}
	return e, err
}

// readChange reads what a row keeps of a change. Text that is none was put there
// by somebody: it is shown as it stands, so that the log can be read, and the
// event is no longer the one that the ledger committed to.
func readChange(text string) *Change {
	var c Change
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return &Change{After: map[string]string{"unreadable": text}}
	}
	return &c
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
