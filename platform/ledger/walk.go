package ledger

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"golang.org/x/mod/sumdb/note"
)

// Trust is what a verifier brings along.
type Trust struct {
	Keys    []string // public keys of the log; none: the log's or the bundle's own are taken, and the report says so
	Anchors []string // signed checkpoints that were kept elsewhere
}

// span is a run of positions that no leaf has come for, and the leaf before it.
type span struct {
	from, to uint64
	after    leaf
}

// walk follows a log from its first leaf, rebuilds the tree and compares it with
// what was signed. It keeps no leaves, so a log of any length fits.
type walk struct {
	hasher  Hasher
	report  *Report
	known   note.Verifiers
	anchors []Checkpoint // by size, those not reached yet

	rebuilt *compact.Range
	next    uint64 // position expected
	last    leaf   // the leaf before it; its hash is not kept
	gaps    []span
	signed  uint64 // most leaves that a checkpoint speaks of
	mark    uint64 // size of the last checkpoint looked at
}

func newWalk(h Hasher, r *Report, known note.Verifiers, anchors []Checkpoint) *walk {
	factory := &compact.RangeFactory{Hash: h.HashChildren}
	return &walk{hasher: h, report: r, known: known, anchors: anchors, rebuilt: factory.NewEmptyRange(0), next: 1}
}

// whole says that no leaf is missing so far, so that roots can be compared.
func (w *walk) whole() bool { return w.rebuilt.End()+1 == w.next }

// leaf takes the next leaf as it stands in the log; of r only the hash is kept.
func (w *walk) leaf(r *record) error {
	w.report.count(r.source)
	switch {
	case r.pos < w.next:
		w.late(r)
		return nil
	case r.pos > w.next:
		w.gaps = append(w.gaps, span{w.next, r.pos - 1, w.last})
	case w.whole():
		if err := w.rebuilt.Append(r.hash, nil); err != nil {
			return err
		}
	}
	w.next = r.pos + 1
	w.last.pos = r.pos
	w.last.source, w.last.ref = reuse(w.last.source, r.source), reuse(w.last.ref, r.ref)
	w.reachAnchors()
	return nil
}

// reuse avoids a string per leaf for labels that repeat.
func reuse(old string, label []byte) string {
	if old == string(label) {
		return old
	}
	return string(label)
}

// late is a leaf that stands behind one with a higher position.
func (w *walk) late(r *record) {
	for i, gap := range w.gaps {
		if r.pos < gap.from || r.pos > gap.to {
			continue
		}
		w.report.about(LeafMoved, r.leaf(), "stands behind leaf %d", w.next-1)
		parts := []span{{gap.from, r.pos - 1, gap.after}, {r.pos + 1, gap.to, r.leaf()}}
		parts = slices.DeleteFunc(parts, func(s span) bool { return s.from > s.to })
		w.gaps = slices.Replace(w.gaps, i, i+1, parts...)
		return
	}
	w.report.about(LeafRepeated, r.leaf(), "position %d was there before", r.pos)
}

// reachAnchors compares the tree with kept checkpoints of this very size.
func (w *walk) reachAnchors() {
	for len(w.anchors) > 0 && w.anchors[0].Size < w.next {
		c := w.anchors[0]
		w.anchors = w.anchors[1:]
		if !w.whole() || !bytes.Equal(w.root(), c.Root) {
			w.report.say(AnchorBroken, "the first %d leaves are not those of the checkpoint kept from %s", c.Size, stamp(c))
		}
	}
}

func (w *walk) root() []byte {
	root, err := w.rebuilt.GetRootHash(nil)
	if err != nil || root == nil {
		return w.hasher.EmptyRoot()
	}
	return root
}

// open reads a signed checkpoint and names what is wrong with it.
func (w *walk) open(signed string) (Checkpoint, bool) {
	c, err := openCheckpoint(signed, w.known)
	if err != nil {
		w.report.say(CheckpointForged, "%s is not signed by a trusted key: %v", unverified(signed), err)
		return c, false
	}
	if c.Origin != w.report.Origin || c.Hasher != w.report.Hasher {
		w.report.say(CheckpointForged, "the checkpoint of %d leaves is of another log: %s (%s)", c.Size, c.Origin, c.Hasher)
		return c, false
	}
	return c, true
}

// unverified names a checkpoint whose signature does not count.
func unverified(signed string) string {
	_, rest, _ := strings.Cut(signed, "\n")
	size, _, _ := strings.Cut(rest, "\n")
	if _, err := strconv.ParseUint(size, 10, 63); err != nil {
		return "a checkpoint"
	}
	return "the checkpoint of " + size + " leaves"
}

// stamp is when a checkpoint was signed, for people.
func stamp(c Checkpoint) string { return c.At.UTC().Format(time.RFC3339) }

// checkpoint compares the tree so far with what was signed at its size.
func (w *walk) checkpoint(c Checkpoint) {
	w.signed = max(w.signed, c.Size)
	if c.Size != w.next-1 || !w.whole() {
		return // leaves are missing, and named as such at the end
	}
	if !bytes.Equal(w.root(), c.Root) {
		w.report.say(RootMismatch, "leaves %d to %d are not those signed %s", w.mark+1, c.Size, stamp(c))
		w.mark = c.Size
		return
	}
	w.mark = c.Size
	w.report.Checkpoints++
	w.report.Covered = c.Size
	w.report.SignedAt = c.At
}

// end names what never came.
func (w *walk) end() {
	for _, gap := range w.gaps {
		next := "at the beginning"
		if gap.after.pos > 0 {
			next = "after " + gap.after.source + " " + gap.after.ref
		}
		w.report.add(Problem{Kind: LeafMissing, Pos: gap.from, Source: gap.after.source, Ref: gap.after.ref,
			Detail: missing(gap) + " " + next})
	}
	if have := w.next - 1; w.signed > have {
		w.report.say(LeavesCut, "the checkpoint says %d leaves, the log holds %d", w.signed, have)
	}
	for _, c := range w.anchors {
		w.report.say(AnchorBroken, "the checkpoint kept from %s says %d leaves, the log holds %d", stamp(c), c.Size, w.next-1)
	}
	w.report.Unsigned = w.next - 1 - min(w.next-1, w.signed)
}

func missing(gap span) string {
	if gap.from == gap.to {
		return fmt.Sprintf("leaf %d is missing", gap.from)
	}
	return fmt.Sprintf("leaves %d to %d are missing", gap.from, gap.to)
}
