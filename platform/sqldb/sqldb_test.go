package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

var schema = sqldb.Schema{Room: "thing", Files: fstest.MapFS{
	"schema/0001_thing.sql": {Data: []byte(`
CREATE TABLE thing_part (
  thing TEXT NOT NULL,
  n     BIGINT NOT NULL,
  ok    BOOLEAN NOT NULL,
  size  DOUBLE PRECISION,
  data  BYTEA,
  PRIMARY KEY (thing, n)
); -- clustered
CREATE TABLE thing_log (
  seq  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  text TEXT NOT NULL
);`)},
	"schema/0002_only.sqlite.sql":   {Data: []byte(`CREATE TABLE thing_small (id TEXT PRIMARY KEY);`)},
	"schema/0002_only.postgres.sql": {Data: []byte(`CREATE TABLE thing_large (id TEXT PRIMARY KEY);`)},
}}

var queries = sqldb.Load("thing", `
-- name: Insert
INSERT INTO thing_part (thing, n, ok, data) VALUES ($1, $2, $3, $4)

-- name: Swapped
SELECT thing FROM thing_part WHERE n = $2 AND thing = $1

-- name: Count
SELECT count(*) FROM thing_part

-- name: OK
SELECT ok FROM thing_part WHERE thing = $1 AND n = $2

-- name: Log
INSERT INTO thing_log (text) VALUES ($1) RETURNING seq

-- name: WrongType
INSERT INTO thing_part (thing, n, ok) VALUES ($1, 'many', TRUE)

-- name: Engine
SELECT 'common'

-- name: Engine @postgres
SELECT 'postgres'
`)

func count(t *testing.T, db *sqldb.DB) int64 {
	t.Helper()
	n, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) (int64, error) {
		return sqldb.Get(tx, queries["Count"], sqldb.ScanInt)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func insert(tx *sqldb.Tx, thing string, n int) error {
	_, err := tx.Exec(queries["Insert"], thing, n, true, []byte{1})
	return err
}

func each(t *testing.T, test func(t *testing.T, db *sqldb.DB)) { sqldbtest.Each(t, test, schema) }

func TestWhatWasAcknowledgedCanBeRead(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		seq, err := sqldb.Write(t.Context(), db, func(tx *sqldb.Tx) (int64, error) {
			if err := insert(tx, "a", 1); err != nil {
				return 0, err
			}
			return sqldb.Get(tx, queries["Log"], sqldb.ScanInt, "first")
		})
		if err != nil || seq != 1 {
			t.Fatalf("seq %d, %v", seq, err)
		}
		ok, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) (ok bool, err error) {
			return sqldb.Get(tx, queries["OK"], func(r sqldb.Scanner) (ok bool, err error) { err = r.Scan(&ok); return }, "a", 1)
		})
		if err != nil || !ok {
			t.Fatalf("ok %v, %v", ok, err)
		}
	})
}

// Two SQLite drivers number $2,$1 by first appearance: unrewritten, this finds nothing.
func TestPlaceholdersBindByNumber(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Do(t.Context(), func(tx *sqldb.Tx) error { return insert(tx, "a", 7) }); err != nil {
			t.Fatal(err)
		}
		got, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) (string, error) {
			return sqldb.Get(tx, queries["Swapped"], sqldb.ScanString, "a", 7)
		})
		if err != nil || got != "a" {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func TestOneCallersFailureHarmsNoOther(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		bad := errors.New("bad")
		var wait sync.WaitGroup
		for i := range 200 {
			wait.Go(func() {
				err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
					if err := insert(tx, fmt.Sprint(i), i); err != nil {
						return err
					}
					switch i % 4 {
					case 1:
						return bad
					case 2:
						panic("a caller's mistake")
					case 3:
						return insert(tx, fmt.Sprint(i), i) // duplicate
					}
					return nil
				})
				switch {
				case i%4 == 0 && err != nil, i%4 == 1 && !errors.Is(err, bad), i%4 == 2 && err == nil, i%4 == 3 && !errors.Is(err, sqldb.ErrDuplicate):
					t.Errorf("caller %d got %v", i, err)
				}
			})
		}
		wait.Wait()
		if n := count(t, db); n != 50 {
			t.Errorf("%d rows, want the 50 of the callers that succeeded", n)
		}
	})
}

func TestTryUndoesOnlyItsOwnWork(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
			if err := insert(tx, "kept", 1); err != nil {
				return err
			}
			if err := tx.Try(func() error {
				if err := insert(tx, "undone", 1); err != nil {
					return err
				}
				return insert(tx, "kept", 1)
			}); !errors.Is(err, sqldb.ErrDuplicate) && err == nil {
				return errors.New("the duplicate went unnoticed")
			}
			return insert(tx, "kept", 2)
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, db); n != 2 {
			t.Errorf("%d rows, want 2", n)
		}
	})
}

func TestStatementsTogetherStopAtTheFirstThatFails(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		row := func(thing string, n int) sqldb.Call { return queries["Insert"].With(thing, n, true, []byte{1}) }
		if err := db.Do(t.Context(), func(tx *sqldb.Tx) error { return tx.ExecAll(row("a", 1), row("a", 2)) }); err != nil {
			t.Fatal(err)
		}
		err := db.Do(t.Context(), func(tx *sqldb.Tx) error { return tx.ExecAll(row("b", 1), row("a", 1), row("b", 2)) })
		if !errors.Is(err, sqldb.ErrDuplicate) || !strings.Contains(err.Error(), "Insert") {
			t.Errorf("got %v", err)
		}
		if n := count(t, db); n != 2 {
			t.Errorf("%d rows, want 2", n)
		}
	})
}

func TestReadersCannotWrite(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		_, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) (int, error) { return 0, insert(tx, "a", 1) })
		if err == nil {
			t.Error("a reader wrote")
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestWrongTypesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(queries["WrongType"], "a")
			return err
		})
		if err == nil {
			t.Error("text went into a number")
		}
	})
}

func TestMissingRowIsErrNone(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		_, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) (string, error) {
			return sqldb.Get(tx, queries["Swapped"], sqldb.ScanString, "nobody", 1)
		})
		if !errors.Is(err, sqldb.ErrNone) {
			t.Errorf("got %v", err)
		}
	})
}

func TestPartsStandWhereTheyAreNamed(t *testing.T) {
	set := sqldb.Load("thing", "-- part: columns\na, b\n\n-- name: A\nSELECT {columns} FROM x\n\n-- name: A @postgres\nSELECT {columns} FROM y\n")
	for engine, want := range map[sqldb.Dialect]string{sqldb.SQLite: "SELECT a, b FROM x", sqldb.Postgres: "SELECT a, b FROM y"} {
		if got := set["A"].Text(engine); got != want {
			t.Errorf("%v gets %q", engine, got)
		}
	}
}

func TestEngineVariants(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		got, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) (string, error) {
			return sqldb.Get(tx, queries["Engine"], sqldb.ScanString)
		})
		want := map[sqldb.Dialect]string{sqldb.SQLite: "common", sqldb.Postgres: "postgres"}[db.Dialect]
		if err != nil || got != want {
			t.Errorf("%q, %v", got, err)
		}
		if err := db.Check(t.Context(), queries); db.Dialect == sqldb.Postgres && err != nil && !strings.Contains(err.Error(), "WrongType") {
			t.Error(err)
		}
	})
}

func TestMigrateTwiceChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Do(t.Context(), func(tx *sqldb.Tx) error { return insert(tx, "a", 1) }); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context(), schema); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestAfterCommitRunsOnlyWhenKept(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		calls := 0
		work := func(end error) error {
			return db.Do(t.Context(), func(tx *sqldb.Tx) error {
				tx.AfterCommit(func() { calls++ })
				return end
			})
		}
		if err := work(nil); err != nil {
			t.Fatal(err)
		}
		if err := work(errors.New("no")); err == nil || calls != 1 {
			t.Errorf("%v, %d calls", err, calls)
		}
	})
}

// note is a rider that leaves a row and counts its rides.
type note struct{ before, after int }

func (n *note) Before(*sqldb.Tx) error { n.before++; return nil }
func (n *note) After(tx *sqldb.Tx, result any) error {
	n.after++
	_, err := sqldb.Get(tx, queries["Log"], sqldb.ScanInt, fmt.Sprint(result))
	return err
}

func TestRiderRidesOnceAndSharesTheFateOfTheWork(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		n := &note{}
		ctx := sqldb.WithRider(t.Context(), n)
		write := func(ctx context.Context, end error) {
			sqldb.Write(ctx, db, func(tx *sqldb.Tx) (int, error) { return 7, end })
		}
		write(ctx, errors.New("refused"))
		write(ctx, nil)
		if n.before != 1 || n.after != 0 {
			t.Errorf("%+v: the rider goes with the first transaction, and ends with it", n)
		}
	})
}

func TestCallerThatLeavesBeforeItsTurnDoesNothing(t *testing.T) {
	db := sqldbtest.New(t, schema)
	hold, entered := make(chan struct{}), make(chan struct{})
	go db.Do(t.Context(), func(*sqldb.Tx) error { close(entered); <-hold; return nil })
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.Do(ctx, func(tx *sqldb.Tx) error { return insert(tx, "late", 1) })
	close(hold)
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	if err := db.Do(t.Context(), func(*sqldb.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db); n != 0 {
		t.Errorf("%d rows of a caller that had left", n)
	}
}

// While people keep the writer busy, background work is done as well, and leaves
// most of the time to them.
func TestBackgroundWorkGoesOnBesidePeopleAndLeavesThemTheWriter(t *testing.T) {
	db := sqldbtest.New(t, schema)
	ctx, stop := context.WithCancel(t.Context())
	var people, background time.Duration // both only ever touched in the writer's turn
	hold := func(of *time.Duration) func(*sqldb.Tx) error {
		return func(tx *sqldb.Tx) error {
			began := time.Now()
			for time.Since(began) < time.Millisecond {
				if _, err := tx.Exec(queries["Log"], "x"); err != nil {
					return err
				}
			}
			*of += time.Since(began)
			return nil
		}
	}
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for ctx.Err() == nil {
				db.Do(t.Context(), hold(&people))
			}
		})
	}
	for range 20 {
		if err := db.Background(t.Context(), hold(&background)); err != nil {
			t.Error(err)
		}
	}
	stop()
	work.Wait()
	if background < 20*time.Millisecond || people < 2*background {
		t.Errorf("people had the writer for %v, background work for %v", people, background)
	}
}

func TestAnotherProcessHoldingTheLockIsAClearRefusal(t *testing.T) {
	path := sqldbtest.File(t, schema)
	open := func() *sqldb.DB {
		db, err := sqldb.Open(t.Context(), path, sqldb.Options{BusyWait: 20 * time.Millisecond, Readers: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	first, second := open(), open()
	err := first.Do(t.Context(), func(tx *sqldb.Tx) error {
		if err := insert(tx, "a", 1); err != nil {
			return err
		}
		if err := second.Do(t.Context(), func(tx *sqldb.Tx) error { return insert(tx, "b", 1) }); !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Do(t.Context(), func(tx *sqldb.Tx) error { return insert(tx, "b", 1) }); err != nil {
		t.Errorf("it did not recover: %v", err)
	}
}

func TestClosedDatabaseRefuses(t *testing.T) {
	db := sqldbtest.New(t, schema)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(t.Context(), func(*sqldb.Tx) error { return nil }); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestLostDurabilityIsRefusedAtStart(t *testing.T) {
	if _, err := sqldb.Open(t.Context(), t.TempDir()+"/x.db", sqldb.Options{Synchronous: "1"}); err == nil {
		t.Error("opened although synchronous is not what was asked for")
	}
}

func BenchmarkGroupCommit(b *testing.B) {
	db := sqldbtest.New(b, schema)
	b.SetParallelism(128)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if err := db.Do(b.Context(), func(tx *sqldb.Tx) error {
				_, err := sqldb.Get(tx, queries["Log"], sqldb.ScanInt, "x")
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
