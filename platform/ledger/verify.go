package ledger

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"zhian/platform/fault"
)

// Verify checks a bundle without database or network. What is wrong with the
// log is in the report; the error is for input that cannot be read or is no
// bundle at all (fault Invalid "ledger.bundle_malformed") and for unusable trust.
func Verify(r io.Reader, trust Trust) (Report, error) {
	in := bufio.NewReaderSize(r, blockBytes)
	line, err := nextLine(in)
	if err != nil && !errors.Is(err, io.EOF) {
		return Report{}, err
	}
	v, err := newVerification(line, trust)
	if err != nil {
		return Report{}, err
	}
	stop := make(chan struct{})
	defer close(stop)
	for b := range blocks(in, v.hasher, stop) {
		<-b.done
		for i := range b.items {
			if err := v.take(b.first+i, &b.items[i]); err != nil {
				return Report{}, err
			}
		}
		if b.err != nil && !errors.Is(b.err, io.EOF) {
			return Report{}, b.err
		}
	}
	return v.end(), nil
}

// verification is a bundle being read.
type verification struct {
	header header
	hasher Hasher
	head   Checkpoint
	signed bool // the head is signed by a trusted key
	walk   *walk
	report Report
}

// Kept is the trust that a bundle of an earlier day gives, whole or its first
// line: the log must still be the one that it describes. Fault Invalid
// "ledger.bundle_malformed".
func Kept(r io.Reader) (Trust, error) {
	line, err := nextLine(bufio.NewReaderSize(r, blockBytes))
	if err != nil && !errors.Is(err, io.EOF) {
		return Trust{}, err
	}
	h, err := readHeader(line)
	return Trust{Keys: h.Keys, Anchors: []string{h.Head}}, err
}

func readHeader(line []byte) (h header, err error) {
	if err = json.Unmarshal(line, &h); err == nil && !bytes.Equal(appendJSON(nil, h), append(bytes.Clone(line), '\n')) {
		return h, malformed(errHeader)
	}
	if err == nil && (h.Bundle != bundleFormat || h.Kind != kindWhole && h.Kind != kindSelected) {
		err = fmt.Errorf("%q of kind %q", h.Bundle, h.Kind)
	}
	return h, malformed(err)
}

// errHeader: a header has one form, as a record has.
var errHeader = errors.New("not spelled as a header is")

func malformed(err error) error { return fault.Wrap(fault.Invalid, "ledger.bundle_malformed", err) }

func newVerification(line []byte, trust Trust) (*verification, error) {
	h, err := readHeader(line)
	if err != nil {
		return nil, err
	}
	v := &verification{header: h}
	if v.hasher, err = NewHasher(v.header.Hasher); err != nil {
		return nil, malformed(err)
	}
	v.report = Report{Origin: v.header.Origin, Hasher: v.header.Hasher, Kind: v.header.Kind, Sources: map[string]uint64{},
		OwnKeys: len(trust.Keys) == 0, Problems: []Problem{}}
	if _, err := verifiers(v.header.Keys); err != nil { // trusted or not, it names keys
		return nil, malformed(err)
	}
	known, anchors, err := trust.open(v.header.Keys)
	if err != nil {
		return nil, err
	}
	v.walk = newWalk(v.hasher, &v.report, known, anchors)
	v.head, v.signed = v.walk.open(v.header.Head)
	return v, nil
}

// open makes the verifier's keys and anchors ready; without keys, own are taken.
func (t Trust) open(own []string) (note.Verifiers, []Checkpoint, error) {
	keys := t.Keys
	if len(keys) == 0 {
		keys = own
	}
	known, err := verifiers(keys)
	if err != nil {
		return nil, nil, err
	}
	var anchors []Checkpoint
	for _, signed := range t.Anchors {
		c, err := openCheckpoint(signed, known)
		if err != nil {
			return nil, nil, err
		}
		anchors = append(anchors, c)
	}
	slices.SortFunc(anchors, func(a, b Checkpoint) int { return int(int64(a.Size) - int64(b.Size)) })
	return known, anchors, nil
}

// take takes one line after the header.
func (v *verification) take(n int, it *item) error {
	whole := v.header.Kind == kindWhole
	switch {
	case it.err != nil || it.note != "" && !whole:
		v.report.say(LineMalformed, "line %d is no record", n)
		return nil
	case it.note != "":
		if c, ok := v.walk.open(it.note); ok {
			v.walk.checkpoint(c)
		}
		return nil
	case it.record.gone:
		v.report.about(RowMissing, it.record.leaf(), "the row was gone when the bundle was written")
	case it.altered:
		v.report.about(RowAltered, it.record.leaf(), "the content is not what was appended")
	}
	if whole {
		return v.walk.leaf(&it.record)
	}
	v.selected(&it.record)
	return nil
}

// selected proves one leaf against the head.
func (v *verification) selected(r *record) {
	v.report.count(r.source)
	if !v.signed {
		return
	}
	var path [][]byte
	for rest := r.proof; len(rest) > 0; rest = rest[HashSize:] {
		if len(rest) < HashSize {
			v.report.about(ProofBroken, r.leaf(), "the proof is no list of hashes")
			return
		}
		path = append(path, rest[:HashSize])
	}
	if err := VerifyInclusion(v.hasher, r.pos, v.head.Size, r.hash, path, v.head.Root); err != nil {
		v.report.about(ProofBroken, r.leaf(), "the leaf is not in the tree of %d leaves", v.head.Size)
		return
	}
	v.report.Covered++
}

func (v *verification) end() Report {
	if v.header.Kind == kindSelected {
		v.endSelected()
		return v.report
	}
	if v.signed {
		v.endWhole()
	}
	v.walk.end()
	return v.report
}

// endWhole holds the leaves against the head, which came first and so survives
// when the end of the file, with the last checkpoints, is cut away.
func (v *verification) endWhole() {
	if v.header.Leaves != v.head.Size {
		v.report.say(LineMalformed, "the header says %d leaves, its checkpoint %d", v.header.Leaves, v.head.Size)
	}
	held := v.report.Covered == v.head.Size
	if v.walk.mark < v.head.Size || held && !bytes.Equal(v.walk.root(), v.head.Root) {
		v.walk.checkpoint(v.head)
	}
	if have := v.walk.next - 1; have > v.head.Size {
		v.report.say(LineMalformed, "the bundle holds %d leaves, more than the %d that its head speaks of", have, v.head.Size)
	}
}

func (v *verification) endSelected() {
	if v.signed {
		v.report.Checkpoints, v.report.SignedAt = 1, v.head.At
	}
	if v.report.Leaves != v.header.Leaves {
		v.report.say(LeavesCut, "the head says %d selected leaves, the bundle holds %d", v.header.Leaves, v.report.Leaves)
	}
	for _, c := range v.walk.anchors {
		if c.Size == v.head.Size && !bytes.Equal(c.Root, v.head.Root) {
			v.report.say(AnchorBroken, "the tree of %d leaves is not that of the checkpoint kept from %s", c.Size, stamp(c))
		}
	}
}
