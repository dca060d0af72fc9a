package sqldb

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"zhian/platform/fault"
)

// writer is the group commit: one goroutine owns the only writing connection,
// takes all callers that wait, runs one after the other, commits once and then
// answers them all. A caller that fails before it has written leaves nothing to
// undo; one that fails after takes the batch back, which then runs again with
// each caller in a savepoint of its own, so that only the failed one is undone.
type writer struct {
	conn    *conn
	batch   int
	urgent  chan *request // people and their devices
	patient chan *request // handlers of facts, sweepers
	quit    chan struct{}
	done    chan struct{}
	once    sync.Once

	asked  time.Time // when people last had the writer
	resume time.Time // when background work may have it again, while people use it
}

// request is one caller's work.
type request struct {
	ctx     context.Context
	fn      func(*Tx) error
	patient bool
	tx      *Tx
	err     error
	done    chan struct{}
	state   atomic.Int32 // waiting, running or left
}

const (
	waiting int32 = iota
	running
	left // the caller went away before its turn: nothing is done
)

// While people use the writer, background work gets a quarter of its time: intake
// goes first, but its consequences must not starve. People have left it once
// nobody has come for the time of calm.
const (
	patientShare = 4
	calm         = 5 * time.Millisecond
)

func newWriter(c *conn, batch int) *writer {
	w := &writer{conn: c, batch: batch, quit: make(chan struct{}), done: make(chan struct{}),
		urgent: make(chan *request, batch), patient: make(chan *request, batch)}
	go w.loop()
	return w
}

// submit waits for the work's turn and its commit.
func (w *writer) submit(ctx context.Context, lane chan *request, fn func(*Tx) error) error {
	r := &request{ctx: ctx, fn: fn, patient: lane == w.patient, done: make(chan struct{})}
	select {
	case lane <- r:
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "storage.writer_busy", ctx.Err())
	case <-w.quit:
		return fault.New(fault.Unavailable, "storage.closed")
	}
	select {
	case <-r.done:
		return r.err
	case <-w.done:
		return closedUnless(r)
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, left) {
			return fault.Wrap(fault.Unavailable, "storage.writer_busy", ctx.Err())
		}
		<-r.done // it runs already: its outcome must be told truthfully
		return r.err
	}
}

// closedUnless prefers the outcome of a request that was still served.
func closedUnless(r *request) error {
	select {
	case <-r.done:
		return r.err
	default:
		return fault.New(fault.Unavailable, "storage.closed")
	}
}

func (w *writer) close() error {
	w.once.Do(func() { close(w.quit) })
	<-w.done
	w.conn.exec(context.Background(), optimize, nil)
	return w.conn.close()
}

var optimize = newQuery("sqldb", "Optimize", "PRAGMA optimize")

func (w *writer) loop() {
	defer close(w.done)
	batch := make([]*request, 0, w.batch)
	for {
		if batch = w.fill(batch[:0], w.urgent); len(batch) == 0 {
			if batch = w.wait(batch); len(batch) == 0 {
				return
			}
		}
		began := time.Now()
		if batch[0].patient {
			w.commit(batch)
			w.rest(began, time.Now())
			continue
		}
		if began.After(w.resume) {
			batch = w.add(batch, w.patient)
		}
		w.commit(batch)
		w.asked = time.Now()
	}
}

// wait waits for somebody: for people always, for background work when it is its
// time. Nobody comes once the writer is closed.
func (w *writer) wait(batch []*request) []*request {
	patient := w.patient
	var later <-chan time.Time
	if now := time.Now(); now.Before(w.resume) && now.Sub(w.asked) < calm {
		patient, later = nil, time.After(min(w.resume.Sub(now), calm-now.Sub(w.asked)))
	}
	for {
		select {
		case r := <-w.urgent:
			return w.fill(append(batch, r), w.urgent)
		case r := <-patient:
			return append(batch, r)
		case <-later:
			patient, later = w.patient, nil
		case <-w.quit:
			return batch
		}
	}
}

// rest says when background work that had the writer may have it again.
func (w *writer) rest(began, ended time.Time) {
	w.resume = ended.Add((patientShare - 1) * ended.Sub(began))
}

// fill takes those that wait already, and no more: the first caller must not
// wait for a second one.
func (w *writer) fill(batch []*request, lane chan *request) []*request {
	for len(batch) < w.batch {
		n := len(batch)
		if batch = w.add(batch, lane); len(batch) == n {
			return batch
		}
	}
	return batch
}

func (w *writer) add(batch []*request, lane chan *request) []*request {
	select {
	case r := <-lane:
		return append(batch, r)
	default:
		return batch
	}
}

// commit runs a batch in one transaction and answers everyone.
func (w *writer) commit(batch []*request) {
	batch = slices.DeleteFunc(batch, func(r *request) bool { return !r.state.CompareAndSwap(waiting, running) })
	err := w.attempt(batch, (*writer).runPlain)
	if errors.Is(err, errUndo) {
		err = w.attempt(batch, (*writer).runApart)
	}
	err = classify(err)
	for _, r := range batch {
		answer(r, err)
	}
}

// attempt is one transaction around a batch.
func (w *writer) attempt(batch []*request, run func(*writer, *request) error) error {
	err := w.conn.run(beginWrite)
	for _, r := range batch {
		if err == nil {
			err = run(w, r)
		}
	}
	if err == nil {
		err = w.conn.run(commit)
	}
	if err != nil {
		w.conn.run(rollback) // fails when the engine has rolled back by itself
	}
	return err
}

// errUndo says that a caller has failed and left something to undo.
var errUndo = errors.New("a caller's work is to be undone")

// runPlain runs a caller without a savepoint: most refusals come before the
// first write, and a savepoint costs as much as a row.
func (w *writer) runPlain(r *request) error {
	r.tx = &Tx{ctx: r.ctx, conn: w.conn}
	if r.patient {
		began := time.Now()
		defer func() { w.rest(began, time.Now()) }()
	}
	r.err = protect(r.tx, r.fn)
	if r.tx.fatal == nil && r.err != nil && r.tx.dirty {
		return errUndo
	}
	return r.tx.fatal
}

// runApart runs a caller in a savepoint. The error it returns is one of the
// transaction as a whole, not of the caller.
func (w *writer) runApart(r *request) error {
	if err := w.conn.run(savepoint); err != nil {
		return err
	}
	r.tx = &Tx{ctx: r.ctx, conn: w.conn}
	r.err = protect(r.tx, r.fn)
	if r.tx.fatal != nil {
		return r.tx.fatal
	}
	if r.err != nil {
		if err := w.conn.run(undo); err != nil {
			return errors.Join(err, r.err)
		}
	}
	return w.conn.run(release)
}

// answer tells a caller its own error first, then that of the commit.
func answer(r *request, commitErr error) {
	switch {
	case r.err != nil:
		r.err = classify(r.err)
	case commitErr != nil:
		r.err = commitErr
	case r.tx != nil:
		for _, fn := range r.tx.after {
			fn()
		}
	}
	close(r.done)
}
