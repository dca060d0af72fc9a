//go:build modernc

package sqldb

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// openDriver opens the twin driver, kept in the test run to find what either
// driver gets wrong (docs/adr/0002).
func openDriver(path string, opts Options, readOnly bool) (*sql.DB, error) {
	return sql.Open("sqlite", sqliteDSN(path, opts, readOnly))
}

func sqliteDSN(path string, opts Options, readOnly bool) string {
	v := url.Values{}
	for _, p := range pragmas(opts, readOnly) {
		v.Add("_pragma", p)
	}
	if opts.VFS != "" {
		v.Set("vfs", opts.VFS)
	}
	return fmt.Sprintf("file:%s?%s", url.PathEscape(path), v.Encode())
}

func sqliteOutcome(err error) (o outcome, ours bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return outcomeOther, false
	}
	switch e.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
		return outcomeDuplicate, true
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return outcomeMissing, true
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_FULL:
		return outcomeFull, true
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY:
		return outcomeDown, true
	}
	return outcomeOther, true
}
