package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// attempts is how often a transaction is tried that lost a race on PostgreSQL.
const attempts = 5

// inOwnTx runs fn in a PostgreSQL transaction, again if it lost a race.
func (db *DB) inOwnTx(ctx context.Context, fn func(*Tx) error) (err error) {
	for try := range attempts {
		var tx *Tx
		if tx, err = db.once(ctx, nil, fn); err == nil {
			for _, after := range tx.after {
				after()
			}
			return nil
		}
		if !lostRace(err) {
			return classify(err)
		}
		time.Sleep(time.Duration(try) * time.Millisecond)
	}
	return classify(err)
}

// inSnapshot runs fn in a read-only PostgreSQL transaction.
func (db *DB) inSnapshot(ctx context.Context, fn func(*Tx) error) error {
	_, err := db.once(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}, fn)
	return classify(err)
}

func (db *DB) once(ctx context.Context, opts *sql.TxOptions, fn func(*Tx) error) (*Tx, error) {
	raw, err := db.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	own, err := raw.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	tx := &Tx{ctx: ctx, conn: &conn{raw: raw}}
	if err := protect(tx, fn); err != nil {
		own.Rollback()
		return nil, err
	}
	return tx, own.Commit()
}

// pipeline sends statements together and reads their outcomes.
func (tx *Tx) pipeline(calls []Call) error {
	batch := &pgx.Batch{}
	for _, c := range calls {
		batch.Queue(c.query.postgres, c.args...)
	}
	return tx.conn.raw.Raw(func(driver any) error {
		sent := driver.(*stdlib.Conn).Conn().SendBatch(tx.ctx, batch)
		for _, c := range calls {
			if _, err := sent.Exec(); err != nil {
				return errors.Join(tx.failed(c.query, err), sent.Close())
			}
		}
		return sent.Close()
	})
}
