package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"zhian/platform/fault"
)

// Outcomes of a statement that callers decide on; use errors.Is.
var (
	ErrDuplicate = errors.New("duplicate key") // a unique or primary key exists already
	ErrMissing   = errors.New("missing reference")
)

// classify gives an engine's error the fault that a caller can act on. Faults
// and context errors of the caller's own pass through.
func classify(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, ErrNone) {
		return err
	}
	switch engineOutcome(err) {
	case outcomeDuplicate:
		return errors.Join(ErrDuplicate, err)
	case outcomeMissing:
		return errors.Join(ErrMissing, err)
	case outcomeFull:
		return fault.Wrap(fault.Full, "storage.full", err)
	case outcomeDown:
		return fault.Wrap(fault.Unavailable, "storage.unavailable", err)
	}
	return err
}

type outcome int

const (
	outcomeOther outcome = iota
	outcomeDuplicate
	outcomeMissing
	outcomeFull
	outcomeDown
	outcomeRace
)

func engineOutcome(err error) outcome {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return postgresOutcome(pg.Code)
	}
	if o, ours := sqliteOutcome(err); ours {
		return o
	}
	var network net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &network), errors.As(err, &connect), pgconn.SafeToRetry(err):
		return outcomeDown
	}
	for _, gone := range connectionGone {
		if errors.Is(err, gone) {
			return outcomeDown
		}
	}
	return outcomeOther
}

// connectionGone is what a server that stops, and a caller who stops waiting,
// make of a transaction: database/sql rolls it back behind our back.
var connectionGone = []error{driver.ErrBadConn, sql.ErrTxDone, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF,
	context.DeadlineExceeded, context.Canceled}

// postgresOutcome reads SQLSTATE (PostgreSQL manual, appendix A).
func postgresOutcome(code string) outcome {
	switch code {
	case "23505":
		return outcomeDuplicate
	case "23503":
		return outcomeMissing
	case "40001", "40P01":
		return outcomeRace
	case "53100", "53200":
		return outcomeFull
	}
	switch code[:min(2, len(code))] {
	case "08", "53", "55", "57", "58":
		return outcomeDown
	}
	return outcomeOther
}

func lostRace(err error) bool { return engineOutcome(err) == outcomeRace }
