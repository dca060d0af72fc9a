package identity

import (
	"embed"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds accounts, invitations and sessions.
var Schema = sqldb.Schema{Room: "identity", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("identity", queriesText)

// sessionsKept is how long it stays answerable who was logged in from where: half
// a year, as logs are (GB/T 22239-2019, 8.1.5.4 c).
const sessionsKept = 183 * 24 * time.Hour

// Retention of sessions and of invitations that nobody took up.
var Retention = []sqldb.Retention{
	{Table: "identity_session", Column: "ends_at", Keep: sessionsKept, Query: Queries["ForgetSessions"]},
	{Table: "identity_invitation", Column: "expires_at", Query: Queries["ForgetInvitations"]},
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func scanAccount(r sqldb.Scanner) (a Account, err error) {
	var locked, created, last int64
	err = r.Scan(&a.ID, &a.Login, &a.DisplayName, &a.OrgID, &a.Kind, &a.State, &a.hash, &a.failures, &locked, &created, &a.CreatedBy, &last, &a.EditCount)
	a.lockedUntil, a.CreatedAt, a.LastLoginAt = moment(locked), moment(created), moment(last)
	return a, err
}

func insertAccount(tx *sqldb.Tx, a Account) error {
	_, err := tx.Exec(Queries["InsertAccount"], a.ID, a.Login, a.DisplayName, a.OrgID, a.Kind, a.State, a.hash, millis(a.CreatedAt), a.CreatedBy)
	return err
}

func updateAccount(tx *sqldb.Tx, a Account) error {
	_, err := tx.Exec(Queries["UpdateAccount"], a.DisplayName, a.OrgID, a.State, a.hash, a.failures, millis(a.lockedUntil), millis(a.LastLoginAt), a.ID)
	return err
}

func accountByID(tx *sqldb.Tx, id string) (Account, error) {
	a, err := sqldb.Get(tx, Queries["AccountByID"], scanAccount, id)
	if err == sqldb.ErrNone {
		return a, fault.New(fault.NotFound, "identity.no_such_account")
	}
	return a, err
}

func scanSession(r sqldb.Scanner) (s Session, err error) {
	var started, seen, ends, ended int64
	err = r.Scan(&s.ID, &s.tokenHash, &s.UserID, &s.OrgID, &s.name, &s.Kind, &s.DeviceID, &s.Address, &s.Method, &started, &seen, &ends, &ended, &s.EndedBy)
	s.StartedAt, s.SeenAt, s.EndsAt, s.EndedAt = moment(started), moment(seen), moment(ends), moment(ended)
	return s, err
}

func insertSession(tx *sqldb.Tx, s Session) error {
	_, err := tx.Exec(Queries["InsertSession"], s.ID, s.tokenHash, s.UserID, s.OrgID, s.name, s.Kind, s.DeviceID, s.Address, s.Method,
		millis(s.StartedAt), millis(s.SeenAt), millis(s.EndsAt))
	return err
}
