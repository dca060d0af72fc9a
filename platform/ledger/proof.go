package ledger

import (
	"context"

	"github.com/transparency-dev/merkle/proof"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// Inclusion proves that the leaf at position pos (from 1) is in the tree of the
// first size leaves: hashes from the leaf's sibling to the root (RFC 6962
// §2.1.1). Fault Invalid "ledger.out_of_range" unless 1 ≤ pos ≤ size ≤ the tree.
func (l *Log) Inclusion(ctx context.Context, pos, size uint64) ([][]byte, error) {
	return sqldb.Read(ctx, l.db, func(tx *sqldb.Tx) ([][]byte, error) {
		if err := inTree(tx, 1, pos, size); err != nil {
			return nil, err
		}
		return inclusion(l.hasher, pos, size, tilesOf(tx))
	})
}

// Consistency proves that the tree of the first from leaves is the beginning of
// the tree of the first to leaves (RFC 6962 §2.1.2). Fault Invalid
// "ledger.out_of_range" unless from ≤ to ≤ the tree.
func (l *Log) Consistency(ctx context.Context, from, to uint64) ([][]byte, error) {
	return sqldb.Read(ctx, l.db, func(tx *sqldb.Tx) ([][]byte, error) {
		if err := inTree(tx, 0, from, to); err != nil {
			return nil, err
		}
		list, err := proof.Consistency(from, to)
		if err != nil {
			return nil, err
		}
		return prove(l.hasher, list, tilesOf(tx))
	})
}

// Growth is the newest checkpoint with the proof that it goes on from the tree of
// the first since leaves: what a witness asks who keeps an earlier checkpoint.
// Faults: Conflict "ledger.no_checkpoint" when nothing was signed yet, Invalid
// "ledger.out_of_range" when the signed tree is smaller than since.
func (l *Log) Growth(ctx context.Context, since uint64) (head Checkpoint, path [][]byte, err error) {
	type grown struct {
		head Checkpoint
		path [][]byte
	}
	g, err := sqldb.Read(ctx, l.db, func(tx *sqldb.Tx) (g grown, err error) {
		if g.head, err = l.last(tx); err != nil {
			return g, noCheckpoint(err)
		}
		if since > g.head.Size {
			return g, fault.New(fault.Invalid, "ledger.out_of_range")
		}
		list, err := proof.Consistency(since, g.head.Size)
		if err != nil {
			return g, err
		}
		g.path, err = prove(l.hasher, list, tilesOf(tx))
		return g, err
	})
	return g.head, g.path, err
}

func inTree(tx *sqldb.Tx, low, mid, high uint64) error {
	head, err := readTree(tx)
	if err != nil {
		return err
	}
	if mid < low || mid > high || high > head.size {
		return fault.New(fault.Invalid, "ledger.out_of_range")
	}
	return nil
}

func inclusion(h Hasher, pos, size uint64, get fetch) ([][]byte, error) {
	list, err := proof.Inclusion(pos-1, size)
	if err != nil {
		return nil, err
	}
	return prove(h, list, get)
}

// VerifyInclusion checks what Inclusion gave against a checkpoint's root; nil
// when it holds.
func VerifyInclusion(h Hasher, pos, size uint64, leafHash []byte, path [][]byte, root []byte) error {
	if pos == 0 {
		return fault.New(fault.Invalid, "ledger.out_of_range")
	}
	return proof.VerifyInclusion(h, pos-1, size, leafHash, path, root)
}

// VerifyConsistency checks what Consistency gave against two checkpoints' roots;
// nil when it holds.
func VerifyConsistency(h Hasher, from, to uint64, path [][]byte, fromRoot, toRoot []byte) error {
	return proof.VerifyConsistency(h, from, to, path, fromRoot, toRoot)
}
