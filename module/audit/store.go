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

// views composes the statements of each way into the log: by account, by class, or
// by time alone. Each has an index; what is asked for is in the arguments. One of
// each shows a page, one counts.
func views() sqldb.Set {
	set := sqldb.Set{}
	for way, within := range map[string]string{
		"ByUser":  "user_id = $1 AND ($2 = '' AND class <> 'login' OR class = $2)",
		"ByClass": "$1 = '' AND class = $2",
		"ByTime":  "$1 = '' AND $2 = '' AND class <> 'login'",
	} {
		where := `
FROM audit_event
WHERE ` + within + ` AND object LIKE $3 ESCAPE '\' AND object LIKE $4 ESCAPE '\' AND ($5 = '' OR action = $5)
  AND ($6 = '' OR result = $6 OR $6 = 'refused' AND result <> 'ok')
  AND ($7 = '%%' OR lower(action || ' ' || object || ' ' || purpose || ' ' || result || ' ' || account || ' ' || address) LIKE $7 ESCAPE '\')
  AND at >= $8 AND at < $9 AND address LIKE $10 ESCAPE '\'`
		set["View"+way] = sqldb.Statement("audit", "View"+way, `SELECT ref, seq, at, user_id, org_id, session_id, device_id, address, request_id, class, action, object, purpose, result, account, method, change`+
			where+` AND (at, seq) < ($11, $12)
ORDER BY at DESC, seq DESC LIMIT $13`)
		set["Count"+way] = sqldb.Statement("audit", "Count"+way, `SELECT org_id, (at - $8) / $11, count(*)`+where+`
GROUP BY 1, 2`)
	}
	return set
}

// way is the shortest way to what is asked for.
func (f Filter) way(to string) *sqldb.Query {
	switch {
	case f.UserID != "":
		return Queries[to+"ByUser"]
	case Views[f.View].Class != "":
		return Queries[to+"ByClass"]
	}
	return Queries[to+"ByTime"]
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
