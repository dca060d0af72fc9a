//go:build !modernc

package crash

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// sector is the smallest piece that a disk writes whole, in bytes.
const sector = 512

// change is a write, or a truncation, that no sync has made durable yet.
type change struct {
	at   int64
	data []byte // nil: cut the file to at
}

// image is what a file would hold after a power cut: for certain, and perhaps.
type image struct {
	durable []byte
	pending []change
}

// trouble is when and how a disk fails.
type trouble struct {
	after int                       // operations that go well
	code  sqlite3.ExtendedErrorCode // what the next one returns; 0: as IOERR of its own kind
	once  bool                      // only one fails; otherwise all from then on
	reads bool                      // reads are operations too
}

// disk is a file system layer over the system's. Its user sees every write at
// once; the power cut sees only what was synced and an arbitrary part of the
// rest. A sync that fails makes nothing durable, then or later: what it was for
// is forgotten, as systems do. Creation and removal of a file are taken to be
// durable.
type disk struct {
	vfs.VFS

	mu      sync.Mutex
	files   map[string]*image
	trouble trouble
	done    int // operations
	failed  int
}

func newDisk(t trouble) *disk {
	return &disk{VFS: vfs.Find("os"), files: map[string]*image{}, trouble: t}
}

// mend makes everything go well from now on.
func (d *disk) mend() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trouble.after = 1 << 60
}

// spend counts one operation; the caller holds the lock.
func (d *disk) spend(kind sqlite3.ExtendedErrorCode) error {
	d.done++
	if d.done <= d.trouble.after || d.trouble.once && d.failed > 0 {
		return nil
	}
	d.failed++
	if d.trouble.code != 0 {
		return d.trouble.code
	}
	return kind
}

func (d *disk) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, out, err := vfsutil.WrapOpen(d.VFS, name, flags)
	return d.wrap(name, f, out, err)
}

func (d *disk) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, out, err := vfsutil.WrapOpenFilename(d.VFS, name, flags)
	return d.wrap(name.String(), f, out, err)
}

func (d *disk) wrap(name string, f vfs.File, flags vfs.OpenFlag, err error) (vfs.File, vfs.OpenFlag, error) {
	if err != nil || flags&(vfs.OPEN_MAIN_DB|vfs.OPEN_WAL) == 0 {
		return f, flags, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files[name] == nil {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Close()
			return nil, 0, err
		}
		d.files[name] = &image{durable: data}
	}
	return &file{File: f, disk: d, image: d.files[name]}, flags, nil
}

// Delete refuses after the cut: the closing store must not tidy up what the
// cut has left.
func (d *disk) Delete(name string, syncDir bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.spend(sqlite3.IOERR_DELETE); err != nil {
		return err
	}
	delete(d.files, name)
	return d.VFS.Delete(name, syncDir)
}

// after writes what a power cut leaves of every file.
func (d *disk) after(r *rand.Rand, database string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, i := range d.files {
		end := strings.TrimPrefix(filepath.Base(name), sourceName)
		if err := os.WriteFile(database+end, i.after(r), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// file is one open database or WAL file.
type file struct {
	vfs.File
	disk  *disk
	image *image
}

func (f *file) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }
func (f *file) LockState() vfs.LockLevel       { return vfsutil.WrapLockState(f.File) }

func (f *file) ReadAt(p []byte, at int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.trouble.reads {
		if err := f.disk.spend(sqlite3.IOERR_READ); err != nil {
			return 0, err
		}
	}
	return f.File.ReadAt(p, at)
}

func (f *file) WriteAt(p []byte, at int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.spend(sqlite3.IOERR_WRITE); err != nil {
		return 0, err
	}
	f.image.pending = append(f.image.pending, change{at, append([]byte{}, p...)})
	return f.File.WriteAt(p, at)
}

func (f *file) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.spend(sqlite3.IOERR_TRUNCATE); err != nil {
		return err
	}
	f.image.pending = append(f.image.pending, change{at: size})
	return f.File.Truncate(size)
}

// Sync makes the image durable; the machine's own disk is not troubled.
func (f *file) Sync(vfs.SyncFlag) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	pending := f.image.pending
	f.image.pending = nil
	if err := f.disk.spend(sqlite3.IOERR_FSYNC); err != nil {
		if !f.disk.trouble.once {
			f.image.pending = pending // the power goes: the sync is only cut short
		}
		return err
	}
	for _, c := range pending {
		f.image.durable = c.on(f.image.durable)
	}
	return nil
}

// on applies a change to a file's bytes.
func (c change) on(b []byte) []byte {
	if c.data == nil {
		return b[:min(c.at, int64(len(b)))]
	}
	if end := c.at + int64(len(c.data)); end > int64(len(b)) {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[c.at:], c.data)
	return b
}

// after is what a power cut leaves of a file: each unsynced change is kept, lost
// or torn between sectors, in any order.
func (i *image) after(r *rand.Rand) []byte {
	b := append([]byte{}, i.durable...)
	for _, n := range r.Perm(len(i.pending)) {
		c := i.pending[n]
		switch fate := r.IntN(3); {
		case fate == 0:
			continue
		case fate == 1 && len(c.data) > sector:
			c.data = c.data[:sector*(1+r.IntN(len(c.data)/sector))]
		}
		b = c.on(b)
	}
	return b
}
