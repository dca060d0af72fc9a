package sqldb

import (
	"context"
	"database/sql"
	"errors"
)

// conn is one connection with its prepared statements.
type conn struct {
	raw   *sql.Conn
	pool  *sql.DB // closed with the connection; nil when shared
	stmts map[*Query]*sql.Stmt
	keep  bool // prepare and keep statements (SQLite); pgx keeps its own
}

func newConn(raw *sql.Conn) *conn {
	return &conn{raw: raw, stmts: map[*Query]*sql.Stmt{}, keep: true}
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	errs = append(errs, c.raw.Close())
	if c.pool != nil {
		errs = append(errs, c.pool.Close())
	}
	return errors.Join(errs...)
}

// stmt prepares q once per connection.
func (c *conn) stmt(q *Query) (*sql.Stmt, error) {
	if s, ok := c.stmts[q]; ok {
		return s, nil
	}
	s, err := c.raw.PrepareContext(context.Background(), q.sqlite)
	if err != nil {
		return nil, err
	}
	c.stmts[q] = s
	return s, nil
}

func (c *conn) exec(ctx context.Context, q *Query, args []any) (sql.Result, error) {
	if !c.keep {
		return c.raw.ExecContext(ctx, q.postgres, args...)
	}
	s, err := c.stmt(q)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *conn) query(ctx context.Context, q *Query, args []any) (*sql.Rows, error) {
	if !c.keep {
		return c.raw.QueryContext(ctx, q.postgres, args...)
	}
	s, err := c.stmt(q)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (c *conn) run(q *Query) error {
	_, err := c.exec(context.Background(), q, nil)
	return err
}

var (
	beginRead  = newQuery("sqldb", "BeginRead", "BEGIN")
	beginWrite = newQuery("sqldb", "BeginWrite", "BEGIN IMMEDIATE")
	commit     = newQuery("sqldb", "Commit", "COMMIT")
	rollback   = newQuery("sqldb", "Rollback", "ROLLBACK")
	savepoint  = newQuery("sqldb", "Savepoint", "SAVEPOINT caller")
	release    = newQuery("sqldb", "Release", "RELEASE caller")
	undo       = newQuery("sqldb", "Undo", "ROLLBACK TO caller")
)

// snapshot runs fn between BEGIN and the end of a read transaction.
func (c *conn) snapshot(ctx context.Context, fn func(*Tx) error) error {
	if err := c.run(beginRead); err != nil {
		return classify(err)
	}
	tx := &Tx{ctx: ctx, conn: c}
	err := protect(tx, fn)
	if endErr := c.run(rollback); err == nil {
		err = endErr
	}
	return classify(err)
}
