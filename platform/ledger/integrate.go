package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// batch is how many leaves one step integrates.
const batch = 4096

// errOvertaken says that another node has moved the tree meanwhile.
var errOvertaken = errors.New("the tree was moved by another node")

// Integrate takes new leaves into the tree until none is left and returns its
// size. Run it on one node at a time (sqldb.DB.Lead); if two do, one of them
// starts again. It refuses to build on leaves that are not those it has built on
// before: fault Internal "ledger.leaves_changed", after which only a person can
// decide; Append goes on working meanwhile.
func (l *Log) Integrate(ctx context.Context) (size uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.placeAll(ctx); err != nil {
		return 0, err
	}
	for {
		n, err := l.step(ctx)
		if err != nil {
			l.tree = nil
		}
		if errors.Is(err, errOvertaken) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if n < batch {
			return l.tree.size, nil
		}
	}
}

// placeAll gives every leaf that can have one its position.
func (l *Log) placeAll(ctx context.Context) error {
	for l.db.Dialect == sqldb.Postgres {
		var n int64
		err := l.db.Background(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = place(tx)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// step integrates one batch and reports how many leaves it had.
func (l *Log) step(ctx context.Context) (int, error) {
	t, leaves, err := l.unread(ctx)
	if err != nil || len(leaves) == 0 {
		l.tree = t
		return 0, err
	}
	from := t.size
	filled := map[tileID][]byte{}
	for _, leaf := range leaves {
		t.add(leaf.hash, func(id tileID, hashes []byte) { filled[id] = hashes })
	}
	err = l.db.Background(ctx, func(tx *sqldb.Tx) error { return saveGrowth(tx, t, from, filled) })
	if err != nil {
		return 0, err
	}
	l.tree = t
	return len(leaves), nil
}

// unread is the tree and the next leaves behind it.
func (l *Log) unread(ctx context.Context) (*tree, []leaf, error) {
	type found struct {
		tree   *tree
		leaves []leaf
	}
	f, err := sqldb.Read(ctx, l.db, func(tx *sqldb.Tx) (f found, err error) {
		if f.tree = l.tree; f.tree == nil {
			if f.tree, err = l.restore(tx); err != nil {
				return f, err
			}
		}
		f.leaves, err = behind(tx, f.tree)
		return f, err
	})
	return f.tree, f.leaves, err
}

func (l *Log) restore(tx *sqldb.Tx) (*tree, error) {
	head, err := readTree(tx)
	if err != nil {
		return nil, err
	}
	t, err := restore(l.hasher, head.size, tilesOf(tx))
	return t, fault.Wrap(fault.Internal, "ledger.tiles_damaged", err)
}

// behind are the leaves that follow the tree. It reads the tree's last leaf too:
// if that one is gone or another, rows were removed, and what follows would
// stand in a place that is taken.
func behind(tx *sqldb.Tx, t *tree) ([]leaf, error) {
	leaves, err := leavesFrom(tx, max(t.size, 1), batch+1)
	if err != nil {
		return nil, err
	}
	if t.size > 0 {
		want, err := lastHash(tx, t)
		if err != nil {
			return nil, err
		}
		if len(leaves) == 0 || leaves[0].pos != t.size || !bytes.Equal(leaves[0].hash, want) {
			return nil, changed("leaf %d is not the one in the tree", t.size)
		}
		leaves = leaves[1:]
	}
	leaves = leaves[:min(batch, len(leaves))]
	for i, leaf := range leaves {
		if want := t.size + 1 + uint64(i); leaf.pos != want {
			return nil, changed("leaf %d is missing", want)
		}
		if len(leaf.hash) != HashSize {
			return nil, changed("leaf %d has no hash", leaf.pos)
		}
	}
	return leaves, nil
}

func changed(format string, args ...any) error {
	return fault.Wrap(fault.Internal, "ledger.leaves_changed", fmt.Errorf(format, args...))
}

// lastHash is the leaf hash that the tree ends with.
func lastHash(tx *sqldb.Tx, t *tree) ([]byte, error) {
	if edge := t.edge[0]; len(edge) > 0 {
		return edge[len(edge)-HashSize:], nil
	}
	last := t.size - 1
	return part(tilesOf(tx), tileID{0, last / tileWidth}, last%tileWidth, 1)
}

func saveGrowth(tx *sqldb.Tx, t *tree, from uint64, filled map[tileID][]byte) error {
	moved, err := grow(tx, from, t.size)
	if err != nil {
		return err
	}
	if !moved {
		return errOvertaken
	}
	for id, hashes := range filled {
		if err := saveTile(tx, id, hashes); err != nil {
			return err
		}
	}
	t.each(func(id tileID, hashes []byte) {
		if err == nil {
			err = saveTile(tx, id, hashes)
		}
	})
	return err
}

// Checkpoint signs the tree if it has grown since the last one, and returns the
// newest checkpoint; sqldb.ErrNone while the tree is empty. It signs no tree
// that does not contain what was signed before: fault Internal
// "ledger.history_changed".
func (l *Log) Checkpoint(ctx context.Context, now time.Time) (Checkpoint, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.signers) == 0 {
		return Checkpoint{}, fault.New(fault.Conflict, "ledger.no_key")
	}
	type found struct {
		last Checkpoint
		root []byte
		size uint64
	}
	f, err := sqldb.Read(ctx, l.db, func(tx *sqldb.Tx) (f found, err error) {
		if f.last, err = l.last(tx); err != nil && !errors.Is(err, sqldb.ErrNone) {
			return f, err
		}
		f.root, f.size, err = l.verifiedRoot(tx, f.last)
		return f, err
	})
	if err != nil {
		return Checkpoint{}, err
	}
	if f.size == f.last.Size {
		if f.size == 0 {
			return Checkpoint{}, sqldb.ErrNone
		}
		return f.last, nil
	}
	next := Checkpoint{Origin: l.origin, Hasher: l.hasher.Name(), Size: f.size, Root: f.root, At: now.UTC().Truncate(time.Millisecond)}
	if next, err = next.sign(l.signers); err != nil {
		return Checkpoint{}, err
	}
	return next, l.db.Background(ctx, func(tx *sqldb.Tx) error { return saveCheckpoint(tx, next) })
}

// Head is the newest checkpoint; sqldb.ErrNone when nothing was signed yet.
func (l *Log) Head(tx *sqldb.Tx) (Checkpoint, error) { return l.last(tx) }

func (l *Log) last(tx *sqldb.Tx) (Checkpoint, error) {
	row, err := lastCheckpoint(tx)
	if err != nil {
		return Checkpoint{}, err
	}
	return row.checkpoint(l.origin, l.hasher.Name()), nil
}

// verifiedRoot is the tree's root, after a look that the tree still begins with
// what the last checkpoint signed.
func (l *Log) verifiedRoot(tx *sqldb.Tx, last Checkpoint) (root []byte, size uint64, err error) {
	head, err := readTree(tx)
	if err != nil {
		return nil, 0, err
	}
	get := tilesOf(tx)
	if last.Size > 0 {
		before, err := rootAt(l.hasher, last.Size, get)
		if err != nil || head.size < last.Size || !bytes.Equal(before, last.Root) {
			return nil, 0, fault.Wrap(fault.Internal, "ledger.history_changed",
				errors.Join(err, fmt.Errorf("the tree of %d leaves is not the one signed at %d", head.size, last.Size)))
		}
	}
	root, err = rootAt(l.hasher, head.size, get)
	return root, head.size, fault.Wrap(fault.Internal, "ledger.tiles_damaged", err)
}
