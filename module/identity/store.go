package identity

import (
	"embed"
	"maps"
	"time"

	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds accounts, invitations and sessions.
var Schema = sqldb.Schema{Room: "identity", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = everyQuery()

func everyQuery() sqldb.Set {
	set := sqldb.Load("identity", queriesText)
	maps.Copy(set, listings())
	return set
}

// sessionsKept is how long it stays answerable who was logged in from where: half
// a year, as logs are (GB/T 22239-2019, 8.1.5.4 c).
const sessionsKept = 183 * 24 * time.Hour

// Retention of sessions, of devices that nobody logs in on, and of invitations
// that nobody took up.
var Retention = []sqldb.Retention{
	{Table: "identity_device", Column: "seen_at", Keep: sessionsKept, Query: Queries["ForgetDevices"]},
	{Table: "identity_session", Column: "ends_at", Keep: sessionsKept, Query: Queries["ForgetSessions"]},
	{Table: "identity_invitation", Column: "expires_at", Query: Queries["ForgetInvitations"]},
}

func scanAccount(r sqldb.Scanner) (a Account, err error) {
	var locked, created, password, last int64
	err = r.Scan(&a.ID, &a.Login, &a.DisplayName, &a.OrgID, &a.Kind, &a.State, &a.hash, &a.failures, &locked, &created, &a.CreatedBy, &password, &last,
		&a.StateReason, &a.EditCount)
	a.LockedUntil, a.CreatedAt, a.PasswordAt, a.LastLoginAt = sqldb.Moment(locked), sqldb.Moment(created), sqldb.Moment(password), sqldb.Moment(last)
	return a, err
}

func insertAccount(tx *sqldb.Tx, a Account) error {
	_, err := tx.Exec(Queries["InsertAccount"], a.ID, a.Login, a.DisplayName, a.OrgID, a.Kind, a.State, a.hash, sqldb.Millis(a.CreatedAt), a.CreatedBy)
	return err
}

// updateAccount keeps an edit, which makes a version.
func updateAccount(tx *sqldb.Tx, a *Account) error {
	a.EditCount++
	_, err := tx.Exec(Queries["UpdateAccount"], a.DisplayName, a.OrgID, a.State, a.hash, a.failures, sqldb.Millis(a.LockedUntil), sqldb.Millis(a.PasswordAt), a.StateReason,
		a.EditCount, a.ID)
	return err
}

// noteLogin keeps what a log-in leaves behind, which makes none.
func noteLogin(tx *sqldb.Tx, a Account) error {
	_, err := tx.Exec(Queries["NoteLogin"], a.hash, a.failures, sqldb.Millis(a.LockedUntil), sqldb.Millis(a.LastLoginAt), a.ID)
	return err
}

func accountByID(tx *sqldb.Tx, id string) (Account, error) {
	a, err := sqldb.Get(tx, Queries["AccountByID"], scanAccount, id)
	if err == sqldb.ErrNone {
		return a, noSuchAccount()
	}
	return a, err
}

func scanSession(r sqldb.Scanner) (s Session, err error) {
	var started, seen, ends, ended int64
	err = r.Scan(&s.ID, &s.tokenHash, &s.UserID, &s.OrgID, &s.name, &s.Kind, &s.DeviceID, &s.Address, &s.Method, &started, &seen, &ends, &ended, &s.EndedBy)
	s.StartedAt, s.SeenAt, s.EndsAt, s.EndedAt = sqldb.Moment(started), sqldb.Moment(seen), sqldb.Moment(ends), sqldb.Moment(ended)
	return s, err
}

func insertSession(tx *sqldb.Tx, s Session) error {
	_, err := tx.Exec(Queries["InsertSession"], s.ID, s.tokenHash, s.UserID, s.OrgID, s.name, s.Kind, s.DeviceID, s.Address, s.Method,
		sqldb.Millis(s.StartedAt), sqldb.Millis(s.SeenAt), sqldb.Millis(s.EndsAt))
	return err
}

func scanDevice(r sqldb.Scanner) (d Device, err error) {
	var first, seen, blocked int64
	err = r.Scan(&d.ID, &d.UserID, &d.OrgID, &first, &seen, &blocked, &d.BlockedBy, &d.BlockReason)
	d.FirstAt, d.SeenAt, d.BlockedAt = sqldb.Moment(first), sqldb.Moment(seen), sqldb.Moment(blocked)
	return d, err
}

func putDevice(tx *sqldb.Tx, d Device) error {
	_, err := tx.Exec(Queries["PutDevice"], d.ID, d.UserID, d.OrgID, sqldb.Millis(d.FirstAt), sqldb.Millis(d.SeenAt), sqldb.Millis(d.BlockedAt), d.BlockedBy, d.BlockReason)
	return err
}
