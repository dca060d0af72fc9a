package crash

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"zhian/platform/ident"
)

// setting is a number from the environment: long runs ask for more.
func setting(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// engines are the databases that a process is killed on: by name, what makes a
// fresh centre and says where it is. This build's SQLite driver is one of the two.
func engines(t *testing.T) map[string]func(t *testing.T) string {
	all := map[string]func(t *testing.T) string{"sqlite": sqliteCentres(t)}
	if server := os.Getenv("TEST_POSTGRES"); server != "" {
		all["postgres"] = postgresCentres(t, server)
	}
	return all
}

// base is the file of an empty centre with so many units.
func base(t *testing.T, fleet int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base.db")
	if err := found(t.Context(), path, fleet); err != nil {
		t.Fatal(err)
	}
	return path
}

func sqliteCentres(t *testing.T) func(t *testing.T) string {
	from := sync.OnceValue(func() string { return base(t, callers) })
	return func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "zhian.db")
		copyFile(t, from(), path)
		return path
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// postgresCentres makes databases of a server by copying one that holds an empty
// centre: quicker than making the tables anew.
func postgresCentres(t *testing.T, server string) func(t *testing.T) string {
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	template := sync.OnceValue(func() string {
		name := newDatabase(t, admin, "template0")
		if err := found(t.Context(), at(t, server, name), callers); err != nil {
			t.Fatal(err)
		}
		return name
	})
	var one sync.Mutex // a template is copied by one at a time
	return func(t *testing.T) string {
		one.Lock()
		defer one.Unlock()
		return at(t, server, newDatabase(t, admin, template()))
	}
}

func newDatabase(t *testing.T, admin *sql.DB, template string) string {
	t.Helper()
	name := "crash" + strings.ReplaceAll(ident.NewMaker(time.Now).Next(), "-", "")
	if _, err := admin.ExecContext(t.Context(), fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.ExecContext(context.Background(), fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)) })
	return name
}

// at is a database of a server.
func at(t *testing.T, server, name string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
