package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Schema is the schema files of one room: <room>/schema/NNNN_name.sql, in
// PostgreSQL's words, forward only. NNNN_name.postgres.sql and .sqlite.sql are
// for one engine.
type Schema struct {
	Room  string
	Files fs.FS
}

// Migrate brings every room's tables up to date, in the order given, under a
// lock that other nodes respect. Running it again changes nothing.
func (db *DB) Migrate(ctx context.Context, schemas ...Schema) error {
	pool, done, err := db.migrationPool()
	if err != nil {
		return err
	}
	defer done()
	for _, s := range schemas {
		if err := db.migrate(ctx, pool, s); err != nil {
			return fmt.Errorf("migrate %s: %w", s.Room, err)
		}
	}
	return nil
}

// migrationPool is a connection beside the writer's, which is taken for life.
func (db *DB) migrationPool() (*sql.DB, func() error, error) {
	if db.Dialect == Postgres {
		return db.pool, func() error { return nil }, nil
	}
	pool, err := openDriver(db.dsn, db.opts, false)
	if err != nil {
		return nil, nil, classify(err)
	}
	pool.SetMaxOpenConns(1)
	return pool, pool.Close, nil
}

func (db *DB) migrate(ctx context.Context, pool *sql.DB, s Schema) error {
	files, err := db.translated(s.Files)
	if err != nil {
		return err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithTableName("schema_" + s.Room), goose.WithDisableGlobalRegistry(true)}
	if db.Dialect == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, pool, files, options...)
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// translated is the room's files as goose and this engine want them.
func (db *DB) translated(files fs.FS) (fs.FS, error) {
	names, err := fs.Glob(files, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		base, engine := engineOf(path.Base(name))
		if engine != "" && engine != db.Dialect {
			continue
		}
		if db.Dialect == SQLite {
			text = []byte(sqliteDDL(string(text)))
		}
		out[base] = &fstest.MapFile{Data: bytes.Join([][]byte{[]byte("-- +goose Up\n"), text}, nil)}
	}
	return out, nil
}

func engineOf(name string) (base string, engine Dialect) {
	stem := strings.TrimSuffix(name, ".sql")
	for _, d := range []Dialect{SQLite, Postgres} {
		if short, ok := strings.CutSuffix(stem, "."+string(d)); ok {
			return short + ".sql", d
		}
	}
	return name, ""
}

// Check prepares every query on this engine and reports the first that fails:
// most of what a generator would give, without one.
func (db *DB) Check(ctx context.Context, set Set) error {
	c, done, err := db.migrationPool()
	if err != nil {
		return err
	}
	defer done()
	var errs []error
	for _, q := range set {
		s, err := c.PrepareContext(ctx, q.Text(db.Dialect))
		if err != nil {
			errs = append(errs, named(q, err))
			continue
		}
		s.Close()
	}
	return errors.Join(errs...)
}
