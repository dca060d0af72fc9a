package ledger

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"zhian/platform/sqldb"
)

// Audit compares the live database with itself: each leaf with its business row,
// the leaves with the stored tree, the tree with every checkpoint, and all of it
// with the anchors that the caller brings. It reads only, in short transactions,
// and may run beside the server.
//
// A business row that never had a leaf is seen by comparing Report.Sources with
// the owner's own count of rows.
func (l *Log) Audit(ctx context.Context, load Loader, trust Trust) (Report, error) {
	a := &audit{log: l, load: load, report: Report{Origin: l.origin, Hasher: l.hasher.Name(), Kind: "live",
		Sources: map[string]uint64{}, OwnKeys: len(trust.Keys) == 0, Problems: []Problem{}}}
	known, anchors, err := trust.open(l.public)
	if err != nil {
		return Report{}, err
	}
	a.walk = newWalk(l.hasher, &a.report, known, anchors)
	a.kept = map[uint64]Checkpoint{}
	for _, c := range anchors {
		a.kept[c.Size] = c
	}
	a.tiles = tree{hasher: l.hasher}
	if a.head, err = sqldb.Read(ctx, l.db, readTree); err != nil {
		return Report{}, err
	}
	for more := true; more; {
		if more, err = sqldb.Read(ctx, l.db, a.page); err != nil {
			return Report{}, err
		}
	}
	if _, err := sqldb.Read(ctx, l.db, a.end); err != nil {
		return Report{}, err
	}
	return a.report, nil
}

// audit is a live log being compared.
type audit struct {
	log      *Log
	load     Loader
	head     treeRow
	walk     *walk
	tiles    tree // rebuilt from the leaves, to compare with the stored one
	altered  []content
	suspects []suspect
	kept     map[uint64]Checkpoint // anchors, by size, that no row has come for
	report   Report
}

// content is a row that is not what was appended, kept to see whose it is.
type content struct {
	leaf leaf
	data []byte
}

// suspect is a leaf that differs from the stored tree; which of the two was
// changed is decided by what was signed.
type suspect struct {
	leaf leaf
	tile []byte // the hash in the tree
	row  []byte // the hash of the business row
}

// keptRows and keptBytes bound what is kept to recognise moved rows.
const (
	keptRows  = 64
	keptBytes = 64 << 10
)

// page compares the next leaves; false when there were none.
func (a *audit) page(tx *sqldb.Tx) (bool, error) {
	leaves, err := leavesFrom(tx, a.walk.next, page)
	if err != nil || len(leaves) == 0 {
		return false, err
	}
	signed, err := checkpointsFrom(tx, a.walk.next, page)
	if err != nil {
		return false, err
	}
	get := tilesOf(tx)
	for _, leaf := range leaves {
		row, err := a.row(tx, leaf)
		if err != nil {
			return false, err
		}
		if err := a.walk.leaf(&record{pos: leaf.pos, source: []byte(leaf.source), ref: []byte(leaf.ref), hash: leaf.hash}); err != nil {
			return false, err
		}
		if err := a.place(leaf, row, get); err != nil {
			return false, err
		}
		for len(signed) > 0 && signed[0].size <= leaf.pos {
			a.checkpoint(signed[0], get)
			signed = signed[1:]
		}
	}
	return true, nil
}

// row compares a leaf with its business row and returns the row's own hash, nil
// when it is gone.
func (a *audit) row(tx *sqldb.Tx, l leaf) ([]byte, error) {
	data, gone, err := loadRow(tx, a.load, l)
	if err != nil {
		return nil, err
	}
	if gone {
		a.report.about(RowMissing, l, "the row is gone")
		return nil, nil
	}
	hash := a.log.hasher.EntryHash(l.source, l.ref, data)
	if bytes.Equal(hash, l.hash) {
		return hash, nil
	}
	if len(a.altered) < keptRows && len(data) <= keptBytes {
		a.altered = append(a.altered, content{l, data})
		return hash, nil // named at the end, when it is known whether rows were swapped
	}
	a.report.about(RowAltered, l, "the row is not what was appended")
	return hash, nil
}

// place compares a leaf with the stored tree.
func (a *audit) place(l leaf, row []byte, get fetch) error {
	if l.pos > a.head.size || !a.walk.whole() || len(l.hash) != HashSize {
		return nil
	}
	at := (l.pos - 1) % tileWidth
	stored, err := part(get, tileID{0, (l.pos - 1) / tileWidth}, at, 1)
	if err != nil {
		a.report.about(TileAltered, l, "the stored tree does not hold this leaf: %v", err)
	} else if !bytes.Equal(stored, l.hash) && len(a.suspects) < maxProblems {
		a.suspects = append(a.suspects, suspect{l, bytes.Clone(stored), row})
	}
	a.tiles.add(l.hash, func(id tileID, hashes []byte) { a.tile(id, hashes, get) })
	return nil
}

// tile compares a tile of inner nodes; those of leaves are compared one by one.
func (a *audit) tile(id tileID, want []byte, get fetch) {
	if id.level == 0 || len(a.suspects) > 0 {
		return
	}
	if stored, err := get(id); err != nil || !bytes.Equal(stored, want) {
		a.report.say(TileAltered, "tile %d/%d of the stored tree is not that of the leaves", id.level, id.idx)
	}
}

// checkpoint compares a checkpoint with its row, the leaves and the stored tree.
func (a *audit) checkpoint(row checkpointRow, get fetch) {
	delete(a.kept, row.size)
	c, ok := a.walk.open(row.note)
	if !ok {
		return
	}
	if c.Size != row.size || !bytes.Equal(c.Root, row.root) || c.At.UnixMilli() != row.at {
		a.report.say(CheckpointForged, "the checkpoint row of %d leaves does not say what its note says", row.size)
	}
	a.walk.checkpoint(c)
	if c.Size > a.head.size {
		return
	}
	if stored, err := rootAt(a.log.hasher, c.Size, get); err != nil || !bytes.Equal(stored, c.Root) {
		a.report.say(TileAltered, "the stored tree is not the one of %d leaves signed %s", c.Size, stamp(c))
	}
}

// end names what only the whole picture shows.
func (a *audit) end(tx *sqldb.Tx) (struct{}, error) {
	none := struct{}{}
	get := tilesOf(tx)
	if a.walk.whole() {
		a.tiles.each(func(id tileID, hashes []byte) { a.tile(id, hashes, get) })
	}
	signed, err := checkpointsFrom(tx, a.walk.next, page)
	if err != nil {
		return none, err
	}
	for _, row := range signed {
		a.checkpoint(row, get)
	}
	waiting, err := unplaced(tx)
	if err != nil {
		return none, err
	}
	a.judgeSuspects()
	a.judgeRows()
	if a.head.size < a.walk.signed {
		a.report.say(TreeCut, "the checkpoint says %d leaves, the stored tree holds %d", a.walk.signed, a.head.size)
	}
	if have := a.walk.next - 1; have < a.head.size && a.walk.signed <= have {
		a.report.say(LeavesCut, "the tree was made of %d leaves, the log holds %d", a.head.size, have)
	}
	a.judgeCheckpoints()
	a.walk.end()
	a.report.Unsigned = a.walk.next - 1 - min(a.report.Covered, a.walk.next-1) + uint64(waiting)
	return none, nil
}

// judgeCheckpoints names what was signed, kept elsewhere and removed here. What
// lies beyond the log's end is named as such.
func (a *audit) judgeCheckpoints() {
	for _, size := range slices.Sorted(maps.Keys(a.kept)) {
		if size < a.walk.next {
			a.report.say(CheckpointGone, "the checkpoint of %d leaves signed %s is gone", size, stamp(a.kept[size]))
		}
	}
}

// judgeSuspects decides whether a leaf or the stored tree was changed: what was
// signed is right; under no signature the business row decides.
func (a *audit) judgeSuspects() {
	for _, s := range a.suspects {
		if s.leaf.pos <= a.report.Covered || bytes.Equal(s.row, s.leaf.hash) && s.leaf.pos > a.walk.signed {
			a.report.about(TileAltered, s.leaf, "the stored tree holds another hash for this leaf")
			continue
		}
		a.report.about(LeafAltered, s.leaf, "the leaf is not the one in the tree")
	}
}

// judgeRows names altered rows; a row whose content belongs to another altered
// leaf, and that leaf's label, are a swap.
func (a *audit) judgeRows() {
	for _, row := range a.altered {
		// A row that the tree itself vouches for is right; its leaf is named.
		if i := slices.IndexFunc(a.suspects, func(s suspect) bool { return s.leaf.pos == row.leaf.pos }); i >= 0 &&
			bytes.Equal(a.suspects[i].tile, a.suspects[i].row) {
			continue
		}
		kind, detail := RowAltered, "the row is not what was appended"
		if i := slices.IndexFunc(a.altered, func(other content) bool { return a.belongs(row, other) }); i >= 0 {
			kind, detail = RowMoved, fmt.Sprintf("holds what belongs to %s %s", a.altered[i].leaf.source, a.altered[i].leaf.ref)
		}
		a.report.about(kind, row.leaf, "%s", detail)
	}
}

// belongs says that a row's content is the other leaf's, or that the other
// leaf's hash is this row's.
func (a *audit) belongs(row, other content) bool {
	if row.leaf.pos == other.leaf.pos {
		return false
	}
	h := a.log.hasher
	return bytes.Equal(h.EntryHash(other.leaf.source, other.leaf.ref, row.data), other.leaf.hash) ||
		bytes.Equal(h.EntryHash(row.leaf.source, row.leaf.ref, row.data), other.leaf.hash)
}
