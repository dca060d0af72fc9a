package sqldb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// takeover is the longest that nobody may lead after the leading node is gone.
const takeover = 2 * time.Second

// node is one database handle that asks for a lead; won tells each time that it
// gets it, lost each time that it ends.
type node struct {
	db        *sqldb.DB
	won, lost chan string
}

func openNode(t *testing.T, dsn string, names ...string) *node {
	t.Helper()
	db, err := sqldb.Open(t.Context(), dsn, sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	n := &node{db: db, won: make(chan string, 100), lost: make(chan string, 100)}
	for _, name := range names {
		go db.Lead(t.Context(), name, func(ctx context.Context) error {
			n.won <- name
			<-ctx.Done()
			n.lost <- name
			return ctx.Err()
		})
	}
	return n
}

func within(t *testing.T, limit time.Duration, what string, ch <-chan string) string {
	t.Helper()
	select {
	case name := <-ch:
		return name
	case <-time.After(limit):
		t.Fatal("not within ", limit, ": ", what)
		return ""
	}
}

func TestOneNodeLeadsAtATimeAndAnotherTakesOver(t *testing.T) {
	dsn := sqldbtest.PostgresDSN(t)
	const name = "x"
	first := openNode(t, dsn, name)
	within(t, takeover, "the first node leads", first.won)
	second := openNode(t, dsn, name)
	select {
	case <-second.won:
		t.Fatal("two nodes lead")
	case <-time.After(600 * time.Millisecond): // longer than one look
	}
	first.db.Close()
	within(t, takeover, "the second node leads", second.won)
	within(t, takeover, "the first node knows that it does not", first.lost)
}

// A node has one session for all its leads, and gets them back after it was cut.
func TestLeadsShareOneSessionAndComeBack(t *testing.T) {
	dsn := sqldbtest.PostgresDSN(t)
	n := openNode(t, dsn, "1", "2", "3", "4")
	for range 4 {
		within(t, takeover, "a lead", n.won)
	}
	locks := func() (list []int64) {
		err := n.db.Do(t.Context(), func(tx *sqldb.Tx) (err error) {
			list, err = sqldb.List(tx, sqldb.Statement("sqldb", "Locks", `SELECT DISTINCT pid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted
				AND (classid::bigint << 32 | objid::bigint) IN (SELECT hashtextextended('zhian/' || current_schema() || '/' || n, 0) FROM (VALUES ('1'), ('2'), ('3'), ('4')) v (n))`), sqldb.ScanInt)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	pids := locks()
	if len(pids) != 1 {
		t.Fatalf("four leads are held by sessions %v", pids)
	}
	err := n.db.Do(t.Context(), func(tx *sqldb.Tx) error {
		_, err := sqldb.Get(tx, sqldb.Statement("sqldb", "Cut", "SELECT count(*) FROM (SELECT pg_terminate_backend($1)) x"), sqldb.ScanInt, pids[0])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		within(t, takeover, "the node knows that it lost the lead", n.lost)
	}
	for range 4 {
		within(t, takeover, "the node leads again", n.won)
	}
}

func TestTwoLoopsOfOneNodeDoNotShareALead(t *testing.T) {
	dsn := sqldbtest.PostgresDSN(t)
	n := openNode(t, dsn, "x", "x")
	within(t, takeover, "one loop leads", n.won)
	select {
	case <-n.won:
		t.Error("both loops lead")
	case <-time.After(600 * time.Millisecond):
	}
}

func TestLeadRunsAgainAfterAFailure(t *testing.T) {
	db := sqldbtest.New(t)
	ctx, stop := context.WithCancel(t.Context())
	runs := 0
	err := db.Lead(ctx, "x", func(context.Context) error {
		if runs++; runs == 2 {
			stop()
		}
		return errors.New("not now")
	})
	if runs != 2 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d runs, %v", runs, err)
	}
}
