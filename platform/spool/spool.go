// Package spool keeps what must not be lost on this node's own disk until what it
// is for is back. An item is on disk when Put returns, sealed under a key of the
// node's site; items are handed out in the order in which they came, each until it
// is done. One that fails waits its turn again and holds up no other.
package spool

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

var schema = sqldb.Schema{Room: "spool", Files: files}

//go:embed queries.sql
var queriesText string

var queries = sqldb.Load("spool", queriesText)

// Locker seals bodies: crypto.Locker.
type Locker interface {
	Lock(label string, plain []byte) []byte
	Unlock(label string, box []byte) ([]byte, error)
}

// Spool is the items of one node. It is safe for concurrent use.
type Spool struct {
	db      *sqldb.DB
	lock    Locker
	waiting atomic.Int64
}

// Item is one thing that waits.
type Item struct {
	Seq      int64
	ID       string // unique
	Key      string // unique unless empty; only its hash is kept
	At       time.Time
	Body     []byte
	Attempts int
	Error    string // of the last attempt
	Broken   error  // why the body cannot be read: another site's key, or a damaged file
}

// ErrKeyTaken says that an item with the key waits already.
var ErrKeyTaken = errors.New("an item with this key waits already")

// Open opens the spool in a file of its own, and makes it when it is new.
func Open(ctx context.Context, path string, lock Locker) (*Spool, error) {
	db, err := sqldb.Open(ctx, path, sqldb.Options{Readers: 2})
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	if err := db.Migrate(ctx, schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Spool{db: db, lock: lock}
	n, err := sqldb.One(ctx, db, queries["Count"], sqldb.ScanInt)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.waiting.Store(n)
	return s, nil
}

// Waiting is how many items there are.
func (s *Spool) Waiting() int64 { return s.waiting.Load() }

// Close ends the spool; items stay.
func (s *Spool) Close() error { return s.db.Close() }

// Put keeps an item. It is on disk when Put returns nil.
func (s *Spool) Put(ctx context.Context, it Item) error {
	box := s.lock.Lock(it.ID, it.Body)
	err := s.db.Do(ctx, func(tx *sqldb.Tx) error {
		tx.AfterCommit(func() { s.waiting.Add(1) })
		_, err := tx.Exec(queries["Put"], it.ID, hashed(it.Key), it.At.UnixMilli(), box)
		return err
	})
	if errors.Is(err, sqldb.ErrDuplicate) {
		return ErrKeyTaken
	}
	return err
}

// hashed is what is kept of a key: it names a caller and their request.
func hashed(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// Find is the item that waits under a key.
func (s *Spool) Find(ctx context.Context, key string) (Item, bool, error) {
	if key == "" {
		return Item{}, false, nil
	}
	return s.one(ctx, queries["ByKey"], hashed(key))
}

// Due is the next item after a number whose time has come.
func (s *Spool) Due(ctx context.Context, after int64, now time.Time) (Item, bool, error) {
	return s.one(ctx, queries["Due"], after, now.UnixMilli())
}

func (s *Spool) one(ctx context.Context, q *sqldb.Query, args ...any) (Item, bool, error) {
	it, err := sqldb.One(ctx, s.db, q, s.scan, args...)
	if errors.Is(err, sqldb.ErrNone) {
		return it, false, nil
	}
	return it, err == nil, err
}

// List is the oldest items after a number, at most limit.
func (s *Spool) List(ctx context.Context, after int64, limit int) ([]Item, error) {
	return sqldb.Read(ctx, s.db, func(tx *sqldb.Tx) ([]Item, error) { return sqldb.List(tx, queries["Oldest"], s.scan, after, limit) })
}

func (s *Spool) scan(r sqldb.Scanner) (it Item, err error) {
	var at int64
	var box []byte
	if err := r.Scan(&it.Seq, &it.ID, &at, &box, &it.Attempts, &it.Error); err != nil {
		return it, err
	}
	it.At = time.UnixMilli(at).UTC()
	it.Body, it.Broken = s.lock.Unlock(it.ID, box)
	return it, nil
}

// Done forgets an item.
func (s *Spool) Done(ctx context.Context, seq int64) error {
	return s.db.Do(ctx, func(tx *sqldb.Tx) error {
		n, err := tx.Exec(queries["Done"], seq)
		tx.AfterCommit(func() { s.waiting.Add(-n) })
		return err
	})
}

// Failed notes why an item could not be done, and from when it may be tried again.
func (s *Spool) Failed(ctx context.Context, seq int64, cause error, again time.Time) error {
	return s.db.Do(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(queries["Failed"], again.UnixMilli(), cause.Error(), seq)
		return err
	})
}
