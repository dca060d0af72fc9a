// Package sqldbtest gives a test its own fresh database: SQLite always, and
// PostgreSQL when TEST_POSTGRES holds a server's address.
package sqldbtest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Each runs the test once per engine.
func Each(t *testing.T, test func(t *testing.T, db *sqldb.DB), schemas ...sqldb.Schema) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, New(t, schemas...)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t, schemas...)) })
}

// templates are migrated files to copy: a fresh database costs a file copy.
var templates sync.Map // key of schemas → func() ([]byte, error)

// New is a fresh SQLite database with the schemas applied.
func New(t testing.TB, schemas ...sqldb.Schema) *sqldb.DB {
	t.Helper()
	path := File(t, schemas...)
	db, err := sqldb.Open(t.Context(), path, sqldb.Options{Readers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// File is the path of a fresh, migrated SQLite file that nobody has open.
func File(t testing.TB, schemas ...sqldb.Schema) string {
	t.Helper()
	made, _ := templates.LoadOrStore(key(schemas), sync.OnceValues(func() ([]byte, error) { return migrated(schemas) }))
	image, err := made.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "zhian.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func key(schemas []sqldb.Schema) string {
	var rooms []string
	for _, s := range schemas {
		rooms = append(rooms, s.Room)
	}
	return strings.Join(rooms, " ")
}

func migrated(schemas []sqldb.Schema) ([]byte, error) {
	dir, err := os.MkdirTemp("", "zhian-template")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	ctx := context.Background()
	db, err := sqldb.Open(ctx, path, sqldb.Options{Readers: 1})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, schemas...); err != nil {
		db.Close()
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Postgres is a fresh schema of its own on the server of TEST_POSTGRES; the test
// is skipped when there is none.
func Postgres(t testing.TB, schemas ...sqldb.Schema) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), PostgresDSN(t), sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context(), schemas...); err != nil {
		t.Fatal(err)
	}
	return db
}

// PostgresDSN is the address of a fresh, empty PostgreSQL schema.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	server := os.Getenv("TEST_POSTGRES")
	if server == "" {
		t.Skip("TEST_POSTGRES is not set")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	name := "t" + strings.ReplaceAll(ident.NewMaker(time.Now).Next(), "-", "")
	if _, err := admin.Exec(fmt.Sprintf("CREATE SCHEMA %q", name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin.Exec(fmt.Sprintf("DROP SCHEMA %q CASCADE", name))
		admin.Close()
	})
	glue := "?"
	if strings.Contains(server, "?") {
		glue = "&"
	}
	return server + glue + "search_path=" + name
}
