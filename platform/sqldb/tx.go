package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// ErrNone says that Get found no row.
var ErrNone = errors.New("no row")

// Tx is what a store is given: it never opens or commits by itself.
type Tx struct {
	ctx   context.Context
	conn  *conn
	after []func()
	dirty bool  // something was written that a failure must undo
	fatal error // the engine failed under a statement: it may have ended the transaction
}

// Context is the caller's; statements do not end with it, so that one caller
// that goes away does not break the others of its commit.
func (tx *Tx) Context() context.Context { return tx.ctx }

// AfterCommit runs fn once the work is on disk. It is for wake-ups only: a crash
// may come before it.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Exec runs a statement and reports how many rows it touched.
func (tx *Tx) Exec(q *Query, args ...any) (affected int64, err error) {
	result, err := tx.conn.exec(tx.statementContext(), q, args)
	if err != nil {
		return 0, tx.failed(q, err) // a statement that fails has undone itself
	}
	tx.dirty = true
	return result.RowsAffected()
}

// ExecAll runs statements whose answers nobody needs, in their order, and stops
// at the first that fails. On PostgreSQL they share one round trip.
func (tx *Tx) ExecAll(calls ...Call) error {
	if !tx.conn.keep {
		return tx.pipeline(calls)
	}
	for _, c := range calls {
		if _, err := tx.Exec(c.query, c.args...); err != nil {
			return err
		}
	}
	return nil
}

// statementContext is the caller's on PostgreSQL, where the caller is alone.
func (tx *Tx) statementContext() context.Context {
	if tx.conn.keep {
		return context.Background()
	}
	return tx.ctx
}

// failed says which statement failed, and how, so that a store can tell a duplicate.
func (tx *Tx) failed(q *Query, err error) error {
	if o := engineOutcome(err); o == outcomeFull || o == outcomeDown {
		tx.fatal = err
	}
	return named(q, err)
}

func named(q *Query, err error) error { return fmt.Errorf("%s: %w", q.Name, classify(err)) }

// Scanner is a row being read.
type Scanner interface{ Scan(dest ...any) error }

// Get reads one row; ErrNone when there is none.
func Get[T any](tx *Tx, q *Query, scan func(Scanner) (T, error), args ...any) (out T, err error) {
	rows, err := tx.rows(q, args)
	if err != nil {
		return out, err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return out, tx.failed(q, err)
		}
		return out, ErrNone
	}
	if out, err = scan(rows); err != nil {
		return out, named(q, err)
	}
	return out, rows.Close()
}

// List reads every row; the slice is empty, never nil.
func List[T any](tx *Tx, q *Query, scan func(Scanner) (T, error), args ...any) ([]T, error) {
	out := []T{}
	err := Each(tx, q, func(r Scanner) error {
		row, err := scan(r)
		out = append(out, row)
		return err
	}, args...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Each hands out every row without keeping them.
func Each(tx *Tx, q *Query, row func(Scanner) error, args ...any) error {
	rows, err := tx.rows(q, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return named(q, err)
		}
	}
	if err := rows.Err(); err != nil {
		return tx.failed(q, err)
	}
	return nil
}

// rows runs a query. A statement with RETURNING writes too.
func (tx *Tx) rows(q *Query, args []any) (*sql.Rows, error) {
	tx.dirty = tx.dirty || q.mutates
	rows, err := tx.conn.query(tx.statementContext(), q, args)
	if err != nil {
		return nil, tx.failed(q, err)
	}
	return rows, nil
}

// Columns for one-column rows.
func ScanString(r Scanner) (s string, err error) { err = r.Scan(&s); return s, err }
func ScanInt(r Scanner) (n int64, err error)     { err = r.Scan(&n); return n, err }

// Millis is a time as rows keep it: Unix milliseconds, 0 for none.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Moment is the time of a row, in UTC; the zero time for 0.
func Moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Try runs fn under a savepoint of its own inside tx: its failure undoes only
// its own work. The bus runs each handler in one.
func (tx *Tx) Try(fn func() error) error {
	if _, err := tx.Exec(nestedSave); err != nil {
		return err
	}
	err := guarded(fn)
	if err != nil {
		if _, undoErr := tx.Exec(nestedUndo); undoErr != nil {
			return errors.Join(err, undoErr)
		}
	}
	if _, releaseErr := tx.Exec(nestedRelease); releaseErr != nil {
		return errors.Join(err, releaseErr)
	}
	return err
}

var (
	nestedSave    = newQuery("sqldb", "NestedSave", "SAVEPOINT nested")
	nestedRelease = newQuery("sqldb", "NestedRelease", "RELEASE nested")
	nestedUndo    = newQuery("sqldb", "NestedUndo", "ROLLBACK TO nested")
)

// protect turns a panic in a caller's function into that caller's error: the
// writer serves everybody and must outlive it.
func protect(tx *Tx, fn func(*Tx) error) error {
	return guarded(func() error { return fn(tx) })
}

func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}
