//go:build !modernc

package crash

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"

	"zhian/platform/sqldb"
)

const (
	cutCount = "CRASH_CUTS"
	cutSeed  = "CRASH_SEED"
)

// cut runs intake until the power fails at a place that the seed chooses, and
// says what is wrong with what the next start finds.
func cut(t *testing.T, base string, seed uint64, synchronous string) (acknowledged int, faults []string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	operations := 20 + r.IntN(400)
	if r.IntN(16) == 0 {
		operations += r.IntN(4000) // far enough for the WAL to be written back
	}
	d := newDisk(operations, sqlite3.IOERR_WRITE)
	ids := intakeOn(t, d, base, synchronous)
	left := filepath.Join(t.TempDir(), "left")
	for name, i := range d.files {
		if err := os.WriteFile(left+strings.TrimPrefix(filepath.Base(name), "zhian.db"), i.after(r), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := open(t.Context(), left, sqldb.Options{})
	if err != nil {
		return len(ids), []string{fmt.Sprintf("does not open again: %v", err)}
	}
	defer c.db.Close()
	return len(ids), c.check(t.Context(), ids)
}

// intakeOn takes calls on a disk until it fails, and returns what was
// acknowledged.
func intakeOn(t *testing.T, d *disk, base, synchronous string) []string {
	t.Helper()
	c, err := openOn(t, d, base, synchronous)
	if err != nil {
		return nil // the disk failed before the store was open: nothing was promised
	}
	defer c.db.Close()
	var ids record
	c.takeCalls(t.Context(), 4, 1000, ids.add)
	return ids.list
}

// openOn opens a copy of the base on a disk of its own.
func openOn(t *testing.T, d *disk, base, synchronous string) (*centre, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "zhian.db")
	copyFile(t, base, path)
	vfs.Register(path, d)
	t.Cleanup(func() { vfs.Unregister(path) })
	return open(t.Context(), path, sqldb.Options{VFS: path, Synchronous: synchronous})
}

// record is what was acknowledged, by many callers at once.
type record struct {
	mu   sync.Mutex
	list []string
}

func (r *record) add(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, id)
}

func migrated(t *testing.T) string {
	t.Helper()
	base := filepath.Join(t.TempDir(), "base.db")
	if err := migrate(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	return base
}

func TestPowerCutLosesNothingAcknowledged(t *testing.T) {
	base, first, total := migrated(t), uint64(setting(cutSeed, 1)), 0
	for n := range setting(cutCount, 4000) {
		t.Run("", func(t *testing.T) {
			seed := first + uint64(n)
			acknowledged, faults := cut(t, base, seed, "FULL")
			total += acknowledged
			for _, fault := range faults {
				t.Errorf("seed %d: %s", seed, fault)
			}
		})
	}
	t.Logf("%d incidents acknowledged before the cuts", total)
	if total == 0 {
		t.Error("nothing was acknowledged: the test has shown nothing")
	}
}

// The same cuts without a sync at each commit must lose something: otherwise
// the test above could not fail.
func TestPowerCutTestCanFail(t *testing.T) {
	base, lost := migrated(t), 0
	for n := range 30 {
		_, faults := cut(t, base, uint64(n), "NORMAL")
		for _, fault := range faults {
			if strings.HasSuffix(fault, "is lost") {
				lost++
			}
		}
	}
	if lost == 0 {
		t.Error("no acknowledged incident was lost with synchronous=NORMAL")
	}
}

func TestFullDiskRefusesAndKeepsWhatItAcknowledged(t *testing.T) {
	base := migrated(t)
	for operations := 50; operations < 1000; operations += 50 {
		t.Run("", func(t *testing.T) {
			d := newDisk(operations, sqlite3.ExtendedErrorCode(sqlite3.FULL))
			c, err := openOn(t, d, base, "FULL")
			if err != nil {
				t.Fatal(err)
			}
			defer c.db.Close()
			var ids record
			c.takeCalls(t.Context(), 4, 1000, ids.add)
			before := len(ids.list)
			d.mu.Lock()
			d.left = 1 << 40 // somebody makes room
			d.mu.Unlock()
			c.takeCalls(t.Context(), 4, 5, ids.add)
			if len(ids.list) != before+20 {
				t.Errorf("intake went on with %d of 20 calls after there was room", len(ids.list)-before)
			}
			for _, fault := range c.check(t.Context(), ids.list) {
				t.Error(fault)
			}
		})
	}
}
