// Package sqldb keeps the one database: SQLite inside the process by default,
// PostgreSQL for a province, under one SQL text.
//
// The text is written in the PostgreSQL dialect with $1 … $n; on SQLite the
// placeholders become ?1 … ?n (two drivers number $2,$1 by first appearance and
// would bind them swapped, silently) and the few words of the schema language
// that differ are translated (ddl.go).
//
// # Writing
//
// Write and Do run one intent in one durable transaction. On SQLite a single
// goroutine owns the only writing connection and commits many callers' work with
// one fsync; each caller works inside a savepoint of its own, so that one
// caller's failure harms no other. On PostgreSQL each caller has a transaction
// of its own and the server groups the commits. An acknowledged write is on
// disk: synchronous=FULL is set and asserted at start.
//
// A function given to Write may run more than once (after a serialization
// failure on PostgreSQL): it must set what it returns afresh and have no effect
// outside the transaction. Network calls never happen inside one.
//
// # Reading
//
// Read runs on a pool of read-only connections, in one snapshot.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"zhian/platform/fault"
)

// Dialect names the engine.
type Dialect string

const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Options tune a database; the zero value is right for production.
type Options struct {
	Readers  int           // reading connections; default 2 × processors, at least 4
	Batch    int           // most callers in one commit on SQLite; default 512
	BusyWait time.Duration // how long to wait for another process's lock; default 5 s
	VFS      string        // SQLite file system layer, for crash tests; default the system's
	// Synchronous overrides FULL. Crash tests use it to show that NORMAL loses
	// acknowledged writes; the server has no flag for it.
	Synchronous string
}

// DB is the one database of a node.
type DB struct {
	Dialect Dialect

	pool    *sql.DB
	writer  *writer // SQLite only
	readers chan *conn
	leads   leads // PostgreSQL only
	opts    Options
	dsn     string

	mu      sync.Mutex
	closed  bool
	readAll []*conn
}

// Open opens a database: a file path for SQLite, a postgres:// address otherwise.
func Open(ctx context.Context, dsn string, opts Options) (*DB, error) {
	if opts.Readers == 0 {
		opts.Readers = max(4, 2*runtime.NumCPU())
	}
	if opts.Batch == 0 {
		opts.Batch = 512
	}
	if opts.BusyWait == 0 {
		opts.BusyWait = 5 * time.Second
	}
	if opts.Synchronous == "" {
		opts.Synchronous = "FULL"
	}
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return openPostgres(ctx, dsn, opts)
	}
	return openSQLite(ctx, dsn, opts)
}

func openPostgres(ctx context.Context, dsn string, opts Options) (*DB, error) {
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	pool.SetMaxOpenConns(max(32, 2*opts.Readers))
	pool.SetMaxIdleConns(max(32, 2*opts.Readers))
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open postgres: %w", classify(err))
	}
	return &DB{Dialect: Postgres, pool: pool, opts: opts, dsn: dsn}, nil
}

func openSQLite(ctx context.Context, path string, opts Options) (*DB, error) {
	db := &DB{Dialect: SQLite, opts: opts, dsn: path, readers: make(chan *conn, opts.Readers)}
	var err error
	if db.pool, err = openDriver(path, opts, false); err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	db.pool.SetMaxOpenConns(1)
	c, err := db.pool.Conn(ctx)
	if err != nil {
		db.pool.Close()
		return nil, fmt.Errorf("open sqlite: %w", classify(err))
	}
	if err := assertDurable(ctx, c, opts.Synchronous); err != nil {
		c.Close()
		db.pool.Close()
		return nil, err
	}
	db.writer = newWriter(newConn(c), opts.Batch)
	for range opts.Readers {
		db.readers <- nil // opened when first needed
	}
	return db, nil
}

// assertDurable refuses to start on a connection that would lose acknowledged
// writes at a power cut: drivers differ in their default (measured).
func assertDurable(ctx context.Context, c *sql.Conn, want string) error {
	var mode, level string
	if err := c.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return fmt.Errorf("read journal_mode: %w", err)
	}
	if err := c.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level); err != nil {
		return fmt.Errorf("read synchronous: %w", err)
	}
	names := map[string]string{"0": "OFF", "1": "NORMAL", "2": "FULL", "3": "EXTRA"}
	if mode != "wal" || names[level] != want {
		return fmt.Errorf("sqlite is not durable: journal_mode %s, synchronous %s", mode, names[level])
	}
	return nil
}

// Close waits for running work and closes every connection.
func (db *DB) Close() error {
	db.mu.Lock()
	if db.closed {
		db.mu.Unlock()
		return nil
	}
	db.closed = true
	db.mu.Unlock()
	db.leads.close()
	var errs []error
	if db.writer != nil {
		errs = append(errs, db.writer.close())
		for range db.opts.Readers {
			if c := <-db.readers; c != nil {
				errs = append(errs, c.close())
			}
		}
	}
	return errors.Join(append(errs, db.pool.Close())...)
}

// Do runs fn in one durable transaction.
func (db *DB) Do(ctx context.Context, fn func(*Tx) error) error {
	if db.Dialect == Postgres {
		return db.inOwnTx(ctx, fn)
	}
	return db.writer.submit(ctx, db.writer.urgent, fn)
}

// Background is Do behind everybody else: handlers of facts, sweepers, trimmers.
func (db *DB) Background(ctx context.Context, fn func(*Tx) error) error {
	if db.Dialect == Postgres {
		return db.inOwnTx(ctx, fn)
	}
	return db.writer.submit(ctx, db.writer.patient, fn)
}

// Write is Do for work with a result. If ctx carries a Rider, the rider is in
// the same transaction, before and after fn.
func Write[T any](ctx context.Context, db *DB, fn func(*Tx) (T, error)) (out T, err error) {
	rider := takeRider(ctx)
	err = db.Do(ctx, func(tx *Tx) error {
		if rider != nil {
			if err := rider.Before(tx); err != nil {
				return err
			}
		}
		var err error
		if out, err = fn(tx); err != nil {
			return err
		}
		if rider != nil {
			return rider.After(tx, out)
		}
		return nil
	})
	return out, err
}

// Read runs fn in one snapshot on a read-only connection.
func Read[T any](ctx context.Context, db *DB, fn func(*Tx) (T, error)) (out T, err error) {
	err = db.read(ctx, func(tx *Tx) error {
		out, err = fn(tx)
		return err
	})
	return out, err
}

// One is Get outside of a transaction: a single statement is a snapshot of its own
// and needs no other.
func One[T any](ctx context.Context, db *DB, q *Query, scan func(Scanner) (T, error), args ...any) (out T, err error) {
	err = db.alone(ctx, func(c *conn) error {
		return guarded(func() error {
			out, err = Get(&Tx{ctx: ctx, conn: c}, q, scan, args...)
			return err
		})
	})
	return out, err
}

// alone lends fn a connection without a transaction.
func (db *DB) alone(ctx context.Context, fn func(*conn) error) error {
	if db.Dialect == Postgres {
		raw, err := db.pool.Conn(ctx)
		if err != nil {
			return classify(err)
		}
		defer raw.Close()
		return fn(&conn{raw: raw})
	}
	c, err := db.borrow(ctx)
	if err != nil {
		return err
	}
	defer func() { db.readers <- c }()
	return fn(c)
}

func (db *DB) read(ctx context.Context, fn func(*Tx) error) error {
	if db.Dialect == Postgres {
		return db.inSnapshot(ctx, fn)
	}
	c, err := db.borrow(ctx)
	if err != nil {
		return err
	}
	defer func() { db.readers <- c }()
	return c.snapshot(ctx, fn)
}

// borrow takes a reading connection, opening it at its first use.
func (db *DB) borrow(ctx context.Context) (*conn, error) {
	var c *conn
	select {
	case c = <-db.readers:
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "storage.no_reader", ctx.Err())
	}
	if c != nil {
		return c, nil
	}
	pool, err := openDriver(db.dsn, db.opts, true)
	if err != nil {
		db.readers <- nil
		return nil, classify(err)
	}
	pool.SetMaxOpenConns(1)
	raw, err := pool.Conn(context.WithoutCancel(ctx))
	if err != nil {
		pool.Close()
		db.readers <- nil
		return nil, classify(err)
	}
	c = newConn(raw)
	c.pool = pool
	return c, nil
}
