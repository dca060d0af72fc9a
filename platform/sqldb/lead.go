package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"time"
)

// leadRetry is how often a node asks again for a lead that another one holds,
// and how often the holder makes sure that it still has it: a takeover is done
// within two of these. leadAnswer is how long the server may take to answer
// before the lead is given up.
const (
	leadRetry  = 500 * time.Millisecond
	leadAnswer = 2 * time.Second
)

// Lead runs fn on one node at a time and again after it returns, until ctx ends.
// On SQLite the process is alone with its file. On PostgreSQL the lead is an
// advisory lock of this node's one session: it falls with the node, or when the
// server does not answer. For a moment two nodes can both think that they lead,
// so what fn does must also hold by itself (a condition on a cursor).
func (db *DB) Lead(ctx context.Context, name string, fn func(context.Context) error) error {
	for ctx.Err() == nil {
		run := fn
		if db.Dialect == Postgres {
			run = func(ctx context.Context) error { return db.leadOnce(ctx, name, fn) }
		}
		if err := run(ctx); err != nil {
			pause(ctx)
		}
	}
	return ctx.Err()
}

func (db *DB) leadOnce(ctx context.Context, name string, fn func(context.Context) error) error {
	s, err := db.leads.open(ctx, db.pool)
	if err != nil {
		return err
	}
	for {
		mine, err := s.take(name)
		if err != nil {
			return err
		}
		if mine {
			break
		}
		if !pause(ctx) {
			return ctx.Err()
		}
	}
	defer s.give(name)
	led, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(s.alive, stop)()
	return fn(led)
}

// leads is the session that holds every lead of this node; it is opened when
// first needed and again after it was lost.
type leads struct {
	mu     sync.Mutex
	now    *session
	closed bool
}

// session is one connection of the pool, kept for its advisory locks.
type session struct {
	mu    sync.Mutex // one question at a time
	conn  *sql.Conn
	held  map[string]bool
	alive context.Context // ends with the session
	lose  context.CancelFunc
}

func (l *leads) open(ctx context.Context, pool *sql.DB) (*session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, driver.ErrBadConn
	}
	if l.now != nil && l.now.alive.Err() == nil {
		return l.now, nil
	}
	c, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{conn: c, held: map[string]bool{}}
	s.alive, s.lose = context.WithCancel(context.Background())
	// A node whose machine dies says no good-bye: let the server find out.
	for _, setting := range []string{"tcp_keepalives_idle = 1", "tcp_keepalives_interval = 1", "tcp_keepalives_count = 2"} {
		if err := s.ask("SET "+setting, nil); err != nil {
			return nil, err
		}
	}
	l.now = s
	go s.watch()
	return s, nil
}

func (l *leads) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.now != nil {
		l.now.end()
	}
}

// ask runs one statement. A session that does not answer is ended: its locks
// may be another node's by now.
func (s *session) ask(query string, answer *bool, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.alive, leadAnswer)
	defer cancel()
	var err error
	if answer == nil {
		_, err = s.conn.ExecContext(ctx, query, args...)
	} else {
		err = s.conn.QueryRowContext(ctx, query, args...).Scan(answer)
	}
	if err != nil {
		s.end()
	}
	return err
}

// end closes the connection for good: one that went back to the pool would keep
// the locks.
func (s *session) end() {
	s.lose()
	s.conn.Raw(func(any) error { return driver.ErrBadConn })
}

// A lead belongs to one schema: two centres may share a server.
const (
	lockKey = "hashtextextended('zhian/' || current_schema() || '/' || $1, 0)"
	tryLock = "SELECT pg_try_advisory_lock(" + lockKey + ")"
	unlock  = "SELECT pg_advisory_unlock(" + lockKey + ")"
)

// take asks for a lock. A session may lock twice what it has, two loops of one
// node may not.
func (s *session) take(name string) (mine bool, err error) {
	if !s.reserve(name) {
		return false, nil
	}
	err = s.ask(tryLock, &mine, name)
	if !mine {
		s.release(name)
	}
	return mine, err
}

func (s *session) reserve(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	free := !s.held[name]
	s.held[name] = true
	return free
}

func (s *session) release(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, name)
}

func (s *session) give(name string) {
	s.ask(unlock, nil, name)
	s.release(name)
}

// watch ends the session when the server no longer answers.
func (s *session) watch() {
	for pause(s.alive) {
		if err := s.ask("SELECT 1", nil); errors.Is(err, context.Canceled) {
			return
		}
	}
}

func pause(ctx context.Context) bool {
	t := time.NewTimer(leadRetry)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
