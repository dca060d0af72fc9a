//go:build !modernc

package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// sourceName is the database's file name on every disk of these tests.
const sourceName = "zhian.db"

// rig is a centre on a disk of its own.
type rig struct {
	*centre
	disk *disk
	dir  string
}

// scratch is where files are quickest: the disks below lose power by themselves
// and need no real one.
func scratch() (string, error) {
	if dir, err := os.MkdirTemp("/dev/shm", "zhian-crash"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "zhian-crash")
}

// install opens a copy of an empty centre on a disk with trouble ahead. A centre
// that does not even open has promised nothing: then rig.centre is nil.
func install(ctx context.Context, base []byte, d *disk, synchronous string) (*rig, error) {
	dir, err := scratch()
	if err != nil {
		return nil, err
	}
	r := &rig{disk: d, dir: dir}
	path := filepath.Join(dir, sourceName)
	if err := os.WriteFile(path, base, 0o600); err != nil {
		return r, err
	}
	vfs.Register(path, d)
	c, err := open(ctx, path, sqldb.Options{VFS: path, Synchronous: synchronous, Readers: 2})
	if err == nil {
		r.centre = c
	}
	return r, nil
}

func (r *rig) remove() error {
	vfs.Unregister(filepath.Join(r.dir, sourceName))
	return os.RemoveAll(r.dir)
}

// leave closes the centre and opens what a power cut leaves of it, on a good disk.
func (r *rig) leave(ctx context.Context, chance *rand.Rand) (*centre, error) {
	if r.centre != nil {
		r.centre.db.Close()
	}
	left := filepath.Join(r.dir, "left")
	if err := r.disk.after(chance, left); err != nil {
		return nil, err
	}
	return open(ctx, left, sqldb.Options{Readers: 2})
}

// cut runs intake until the power fails at a place that the seed chooses, and
// says what is wrong with what the next start finds.
func cut(ctx context.Context, base []byte, seed uint64, synchronous string) (steps int, faults []string) {
	chance := rand.New(rand.NewPCG(seed, 0))
	operations := 20 + chance.IntN(400)
	if chance.IntN(16) == 0 {
		operations += chance.IntN(4000) // far enough for the WAL to be written back
	}
	r, err := install(ctx, base, newDisk(trouble{after: operations}), synchronous)
	if r != nil {
		defer r.remove()
	}
	if err != nil {
		return 0, []string{err.Error()}
	}
	var acknowledged record
	if r.centre != nil {
		r.takeCalls(ctx, 4, 1000, func(id string, version int64) {
			acknowledged.add(id, version)
		})
	}
	c, err := r.leave(ctx, chance)
	if err != nil {
		return 0, []string{fmt.Sprintf("does not open again: %v", err)}
	}
	defer c.db.Close()
	return acknowledged.steps(), c.check(ctx, acknowledged.of)
}

func (r *record) steps() (n int) {
	for _, version := range r.of {
		n += int(version)
	}
	return n
}

func baseImage(t *testing.T) []byte {
	t.Helper()
	image, err := os.ReadFile(base(t, 4))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// manyTrials is from where on one wants to know how far they are.
const manyTrials = 2000

// atOnce runs n numbered trials on all processors, and tells how far it is.
func atOnce(t *testing.T, n int, trial func(number int)) {
	t.Helper()
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				number := int(next.Add(1)) - 1
				if number >= n || t.Failed() {
					return
				}
				if n >= manyTrials && number > 0 && number%(n/20) == 0 {
					t.Logf("%d of %d", number, n)
				}
				trial(number)
			}
		})
	}
	workers.Wait()
}

func TestPowerCutLosesNothingAcknowledged(t *testing.T) {
	image, first := baseImage(t), setting(firstSeed, 1)
	var total atomic.Int64
	atOnce(t, setting(cutCount, 4000), func(n int) {
		seed := uint64(first + n)
		steps, faults := cut(t.Context(), image, seed, "FULL")
		total.Add(int64(steps))
		for _, fault := range faults {
			t.Errorf("seed %d: %s", seed, fault)
		}
	})
	t.Logf("%d steps acknowledged before the cuts", total.Load())
	if total.Load() == 0 {
		t.Error("nothing was acknowledged: the test has shown nothing")
	}
}

// The same cuts without a sync at each commit must lose something: otherwise
// the test above could not fail.
func TestPowerCutTestCanFail(t *testing.T) {
	image := baseImage(t)
	var lost atomic.Int64
	atOnce(t, 30, func(n int) {
		_, faults := cut(t.Context(), image, uint64(n), "NORMAL")
		for _, fault := range faults {
			if isLoss(fault) {
				lost.Add(1)
			}
		}
	})
	if lost.Load() == 0 {
		t.Error("no acknowledged step was lost with synchronous=NORMAL")
	}
}

// A full disk refuses clearly, loses nothing, and takes calls again by itself
// when somebody has made room.
func TestFullDiskRefusesAndRecovers(t *testing.T) {
	image := baseImage(t)
	atOnce(t, 20, func(n int) {
		d := newDisk(trouble{after: 50 + 50*n, code: sqlite3.ExtendedErrorCode(sqlite3.FULL)})
		r, err := install(t.Context(), image, d, "FULL")
		if err != nil || r.centre == nil {
			t.Error(r, err)
			return
		}
		defer r.remove()
		var acknowledged record
		r.takeCalls(t.Context(), 4, 1000, acknowledged.add)
		before := len(acknowledged.of)
		for _, err := range r.refused {
			if !fault.Is(err, fault.Full) {
				t.Errorf("full after %d, and callers are told %v", d.trouble.after, err)
			}
		}
		d.mend()
		r.takeCalls(t.Context(), 4, 5, acknowledged.add)
		if len(acknowledged.of) != before+20 {
			t.Errorf("intake went on with %d of 20 calls after there was room", len(acknowledged.of)-before)
		}
		for _, fault := range r.check(t.Context(), acknowledged.of) {
			t.Errorf("full after %d: %s", d.trouble.after, fault)
		}
		if err := r.db.Close(); err != nil {
			t.Error(err)
		}
	})
}

const sweepCount = "CRASH_SWEEP"

// Every operation of the disk fails once, and every one for good, reads too:
// nothing is acknowledged without its data, nobody panics, callers get a fault
// they can act on, and a disk that failed once serves on. Then the power goes.
func TestEveryOperationOfTheDiskMayFail(t *testing.T) {
	image := baseImage(t)
	operations := setting(sweepCount, 160)
	before := runtime.NumGoroutine()
	var failures atomic.Int64
	atOnce(t, 4*operations, func(n int) {
		how := trouble{after: n / 4, once: n%2 == 0, reads: n%4 >= 2}
		failed, faults := fail(t.Context(), image, how, uint64(n))
		failures.Add(int64(failed))
		for _, fault := range faults {
			t.Errorf("%+v: %s", how, fault)
		}
	})
	if int(failures.Load()) < 4*operations {
		t.Errorf("only %d operations of %d centres failed", failures.Load(), 4*operations)
	}
	runtime.GC()
	if left := runtime.NumGoroutine() - before; left > 10 {
		t.Errorf("%d goroutines are left of %d centres", left, 4*operations)
	}
}

func fail(ctx context.Context, image []byte, how trouble, seed uint64) (failed int, faults []string) {
	r, err := install(ctx, image, newDisk(how), "FULL")
	if r != nil {
		defer r.remove()
	}
	if err != nil {
		return 0, []string{err.Error()}
	}
	var acknowledged record
	if r.centre != nil {
		for range 3 { // callers who are refused call again
			r.refused = nil
			r.takeCalls(ctx, 2, 8, acknowledged.add)
		}
		if err := errors.Join(r.refused...); err != nil && how.once {
			faults = append(faults, fmt.Sprintf("a disk that failed once does not serve on: %v", err))
		}
		faults = append(faults, r.mishaps()...)
	}
	c, err := r.leave(ctx, rand.New(rand.NewPCG(seed, 1)))
	if err != nil {
		return 0, append(faults, fmt.Sprintf("does not open again: %v", err))
	}
	defer c.db.Close()
	return r.disk.failed, append(faults, c.check(ctx, acknowledged.of)...)
}
