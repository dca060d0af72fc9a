package ledger

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"zhian/platform/sqldb"
)

// leaf is one row of ledger_leaf at its place in the tree.
type leaf struct {
	pos         uint64 // from 1
	source, ref string
	hash        []byte
}

type treeRow struct {
	origin, hasher string
	keys           string // public ones that began it, a line each
	size           uint64
}

func scanLeaf(r sqldb.Scanner) (l leaf, err error) {
	err = r.Scan(&l.pos, &l.source, &l.ref, &l.hash)
	return l, err
}

// leavesFrom are leaves in order, beginning at position pos.
func leavesFrom(tx *sqldb.Tx, pos uint64, limit int) ([]leaf, error) {
	return sqldb.List(tx, Queries["From"], scanLeaf, pos, limit)
}

// leavesOf are the leaves of one source whose ref begins with prefix.
func leavesOf(tx *sqldb.Tx, source, prefix string, size uint64) ([]leaf, error) {
	return sqldb.List(tx, Queries["Chosen"], scanLeaf, source, len(prefix), prefix, size)
}

// leavesListed are the leaves of one source with these refs, among those behind
// position from up to position to.
func leavesListed(tx *sqldb.Tx, from, to uint64, source string, refs []string) ([]leaf, error) {
	return sqldb.List(tx, Queries["Listed"], scanLeaf, from, to, source, sqldb.Texts(refs))
}

// signedAt is the size that a statement finds by a time, or another when nothing
// was signed then.
func signedAt(tx *sqldb.Tx, query string, at time.Time, or uint64) (uint64, error) {
	n, err := sqldb.Get(tx, Queries[query], sqldb.ScanInt, at.UnixMilli())
	if errors.Is(err, sqldb.ErrNone) {
		return or, nil
	}
	return uint64(n), err
}

// lastLeaf is the position of the last leaf, 0 when there is none.
func lastLeaf(tx *sqldb.Tx) (uint64, error) {
	n, err := sqldb.Get(tx, Queries["Last"], sqldb.ScanInt)
	return uint64(n), err
}

// unplaced counts leaves that have no position yet (PostgreSQL).
func unplaced(tx *sqldb.Tx) (int64, error) {
	return sqldb.Get(tx, Queries["Unplaced"], sqldb.ScanInt)
}

// place gives positions to leaves of finished transactions and counts them.
func place(tx *sqldb.Tx) (int64, error) {
	return sqldb.Get(tx, Queries["Place"], sqldb.ScanInt)
}

func scanTree(r sqldb.Scanner) (t treeRow, err error) {
	err = r.Scan(&t.origin, &t.hasher, &t.keys, &t.size)
	return t, err
}

func beginTree(tx *sqldb.Tx, origin, hasher string, keys []string) (treeRow, error) {
	head, err := readTree(tx)
	if !errors.Is(err, sqldb.ErrNone) {
		return head, err
	}
	if _, err := tx.Exec(Queries["NewTree"], origin, hasher, strings.Join(keys, "\n")); err != nil {
		return treeRow{}, err
	}
	return readTree(tx)
}

func readTree(tx *sqldb.Tx) (treeRow, error) { return sqldb.Get(tx, Queries["Tree"], scanTree) }

// grow moves the tree from one size to the next; false when it had another.
func grow(tx *sqldb.Tx, from, to uint64) (bool, error) {
	n, err := tx.Exec(Queries["Grow"], to, from)
	return n == 1, err
}

func saveTile(tx *sqldb.Tx, id tileID, hashes []byte) error {
	_, err := tx.Exec(Queries["SaveTile"], id.level, id.idx, hashes)
	return err
}

func scanBytes(r sqldb.Scanner) (b []byte, err error) { err = r.Scan(&b); return b, err }

// tilesOf reads tiles and keeps them for the one proof or walk it serves.
func tilesOf(tx *sqldb.Tx) fetch {
	kept := map[tileID][]byte{}
	return func(id tileID) ([]byte, error) {
		if hashes, ok := kept[id]; ok {
			return hashes, nil
		}
		hashes, err := readTile(tx, id)
		kept[id] = hashes
		return hashes, err
	}
}

// readTile is one tile's hashes; a tile that is not there has none.
func readTile(tx *sqldb.Tx, id tileID) ([]byte, error) {
	hashes, err := sqldb.Get(tx, Queries["Tile"], scanBytes, id.level, id.idx)
	if errors.Is(err, sqldb.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read tile %d/%d: %w", id.level, id.idx, err)
	}
	return hashes, nil
}

// checkpointRow keeps the signed text beside what it says, so that the two can
// be compared.
type checkpointRow struct {
	size uint64
	root []byte
	at   int64
	note string
}

func scanCheckpoint(r sqldb.Scanner) (c checkpointRow, err error) {
	err = r.Scan(&c.size, &c.root, &c.at, &c.note)
	return c, err
}

func saveCheckpoint(tx *sqldb.Tx, c Checkpoint) error {
	_, err := tx.Exec(Queries["SaveCheckpoint"], c.Size, c.Root, c.At.UnixMilli(), c.Note)
	return err
}

// lastCheckpoint is the newest one; sqldb.ErrNone when nothing was signed yet.
func lastCheckpoint(tx *sqldb.Tx) (checkpointRow, error) {
	return sqldb.Get(tx, Queries["LastCheckpoint"], scanCheckpoint)
}

// checkpointsFrom are checkpoints of at least this size, in order.
func checkpointsFrom(tx *sqldb.Tx, size uint64, limit int) ([]checkpointRow, error) {
	return sqldb.List(tx, Queries["CheckpointsFrom"], scanCheckpoint, size, limit)
}

func (c checkpointRow) checkpoint(origin, hasher string) Checkpoint {
	return Checkpoint{Origin: origin, Hasher: hasher, Size: c.size, Root: c.root, At: time.UnixMilli(c.at).UTC(), Note: c.note}
}
