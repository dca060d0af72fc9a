package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"zhian/platform/ident"
)

// The bare limit is what the engine gives when nothing of the house stands in
// the way: a goroutine that owns the connection, takes all who wait, runs each
// in a savepoint and commits once. Each caller has what no intake can do without
// on disk: an incident of twelve columns with two indexes, and an outbox row of
// 300 bytes.
const bareSchema = `
CREATE TABLE bare_incident (
  id TEXT PRIMARY KEY, status TEXT NOT NULL, kind TEXT NOT NULL, priority INTEGER NOT NULL, station TEXT NOT NULL,
  area TEXT NOT NULL, address TEXT NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL,
  taker TEXT NOT NULL, called_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX bare_incident_station ON bare_incident (station, called_at);
CREATE INDEX bare_incident_called ON bare_incident (called_at);
CREATE TABLE bare_outbox (seq INTEGER PRIMARY KEY, name TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL) STRICT;`

var bareTexts = []string{
	"BEGIN IMMEDIATE", "COMMIT", "SAVEPOINT one", "RELEASE one",
	"INSERT INTO bare_incident VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	"INSERT INTO bare_outbox (name, body, at) VALUES (?1, ?2, ?3)",
}

const (
	bareBegin = iota
	bareCommit
	bareSave
	bareRelease
	bareIncident
	bareOutbox
)

// bareWriter is the goroutine's connection with its statements.
type bareWriter struct {
	stmts []*sql.Stmt
	calls chan bareCall
	body  string
}

type bareCall struct {
	id   string
	done chan error
}

func newBareWriter(ctx context.Context, path string) (*bareWriter, *sql.DB, error) {
	db, err := driver.Open("file:" + path + "?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-32768)")
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, bareSchema); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	w := &bareWriter{calls: make(chan bareCall, manyCallers), body: strings.Repeat("abcdefghij", 30)}
	for _, text := range bareTexts {
		s, err := db.PrepareContext(ctx, text)
		if err != nil {
			return nil, nil, errors.Join(err, db.Close())
		}
		w.stmts = append(w.stmts, s)
	}
	return w, db, nil
}

// run commits batches until the calls end.
func (w *bareWriter) run() {
	for first := range w.calls {
		batch := []bareCall{first}
		for waits := true; waits && len(batch) < 512; {
			select {
			case c, open := <-w.calls:
				if waits = open; open {
					batch = append(batch, c)
				}
			default:
				waits = false
			}
		}
		err := w.commit(batch)
		for _, c := range batch {
			c.done <- err
		}
	}
}

func (w *bareWriter) commit(batch []bareCall) error {
	_, err := w.stmts[bareBegin].Exec()
	for _, c := range batch {
		if err == nil {
			err = w.insert(c.id)
		}
	}
	if err != nil {
		return err
	}
	_, err = w.stmts[bareCommit].Exec()
	return err
}

func (w *bareWriter) insert(id string) error {
	at := time.Now().UnixMilli()
	_, err := w.stmts[bareSave].Exec()
	if err == nil {
		_, err = w.stmts[bareIncident].Exec(id, "received", "4", 2, "0199c0a0-0000-7000-8000-000000000001", "urban",
			"No. 12, lane 7", 28.9, 120.04, "0199c0a0-0000-7000-8000-000000000002", at, at)
	}
	if err == nil {
		_, err = w.stmts[bareOutbox].Exec("incident.received", w.body, at)
	}
	if err == nil {
		_, err = w.stmts[bareRelease].Exec()
	}
	return err
}

// bareCommits is how fast callers can have those two rows on disk.
func bareCommits(ctx context.Context, lasting time.Duration) (o outcome, err error) {
	dir, err := os.MkdirTemp("", "zhian-bare")
	if err != nil {
		return o, err
	}
	defer os.RemoveAll(dir)
	w, db, err := newBareWriter(ctx, filepath.Join(dir, "bare.db"))
	if err != nil {
		return o, err
	}
	defer db.Close()
	go w.run()
	defer close(w.calls)
	ids := ident.NewMaker(time.Now)
	return together(manyCallers, 500*time.Millisecond, lasting, func(until func() bool, took func(time.Time)) error {
		done := make(chan error, 1)
		for until() {
			sent := time.Now()
			w.calls <- bareCall{ids.Next(), done}
			if err := <-done; err != nil {
				return err
			}
			took(sent)
		}
		return nil
	})
}

// together lets callers work for a time after a warm-up and gathers how long
// each thing took them.
func together(callers int, warm, lasting time.Duration, call func(until func() bool, took func(sent time.Time)) error) (o outcome, err error) {
	begin := time.Now().Add(warm)
	end := begin.Add(lasting)
	var before time.Duration
	time.AfterFunc(warm, func() { before = busySoFar() })
	var mu sync.Mutex
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			var times []time.Duration
			failed := call(func() bool { return time.Now().Before(end) }, func(sent time.Time) {
				if now := time.Now(); sent.After(begin) && now.Before(end) {
					times = append(times, now.Sub(sent))
				}
			})
			mu.Lock()
			defer mu.Unlock()
			o.took, err = append(o.took, times...), errors.Join(err, failed)
		})
	}
	all.Wait()
	o.busy, o.seconds = busySoFar()-before, lasting.Seconds()
	slices.Sort(o.took)
	return o, err
}
