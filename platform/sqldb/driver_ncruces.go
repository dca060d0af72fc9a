//go:build !modernc

package sqldb

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// openDriver opens the default SQLite driver: plain Go, and its reads scale with
// the processors (docs/adr/0002). A statement keeps its plan whatever is bound:
// without that guarantee SQLite prepares range queries anew at every call.
func openDriver(path string, opts Options, readOnly bool) (*sql.DB, error) {
	return driver.Open(sqliteDSN(path, opts, readOnly), func(c *sqlite3.Conn) error {
		_, err := c.Config(sqlite3.DBCONFIG_ENABLE_QPSG, true)
		return err
	})
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
	var code sqlite3.ExtendedErrorCode // also of a bare code, which the driver returns where there is nothing else to say
	if !errors.As(err, &code) {
		return outcomeOther, false
	}
	switch code {
	case sqlite3.CONSTRAINT_UNIQUE, sqlite3.CONSTRAINT_PRIMARYKEY, sqlite3.CONSTRAINT_ROWID:
		return outcomeDuplicate, true
	case sqlite3.CONSTRAINT_FOREIGNKEY:
		return outcomeMissing, true
	}
	switch code.Code() {
	case sqlite3.FULL:
		return outcomeFull, true
	case sqlite3.BUSY, sqlite3.LOCKED, sqlite3.IOERR, sqlite3.CANTOPEN, sqlite3.READONLY:
		return outcomeDown, true
	}
	return outcomeOther, true
}
