package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// page is how many leaves one reading transaction takes: a long log is read in
// many short ones, so that writers are not held up.
const page = 1024

// Selection picks leaves of one source whose ref begins with a prefix, such as
// every entry of one incident: {"incident_entry", "<incident>/"}.
type Selection struct{ Source, Prefix string }

// Export writes the whole log up to its newest checkpoint as a bundle. Rows that
// are gone or altered are written as they are: Verify names them. Fault Conflict
// "ledger.no_checkpoint" when nothing was signed yet.
func (l *Log) Export(ctx context.Context, w io.Writer, load Loader) error {
	head, err := sqldb.Read(ctx, l.db, l.last)
	if err != nil {
		return noCheckpoint(err)
	}
	out := bufio.NewWriterSize(w, 1<<18)
	if _, err := out.Write(l.header(kindWhole, head, head.Size)); err != nil {
		return err
	}
	e := exporter{log: l, load: load, head: head}
	for e.next = 1; e.next <= head.Size; {
		text, err := sqldb.Read(ctx, l.db, e.page)
		if err != nil {
			return err
		}
		if len(text) == 0 {
			break // the end was cut: Verify sees it by the head
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	return out.Flush()
}

func noCheckpoint(err error) error {
	if errors.Is(err, sqldb.ErrNone) {
		return fault.New(fault.Conflict, "ledger.no_checkpoint")
	}
	return err
}

func (l *Log) header(kind string, head Checkpoint, leaves uint64) []byte {
	return appendJSON(nil, header{Bundle: bundleFormat, Kind: kind, Origin: l.origin, Hasher: l.hasher.Name(),
		Keys: l.public, Leaves: leaves, Head: head.Note})
}

// exporter walks the log page by page.
type exporter struct {
	log  *Log
	load Loader
	head Checkpoint
	next uint64 // position of the page's first leaf
}

// page is the text of the next leaves with the checkpoints among them.
func (e *exporter) page(tx *sqldb.Tx) ([]byte, error) {
	leaves, err := leavesFrom(tx, e.next, page)
	if err != nil || len(leaves) == 0 {
		return nil, err
	}
	signed, err := checkpointsFrom(tx, e.next, page)
	if err != nil {
		return nil, err
	}
	var text []byte
	for _, leaf := range leaves {
		if leaf.pos > e.head.Size {
			break
		}
		data, gone, err := loadRow(tx, e.load, leaf)
		if err != nil {
			return nil, err
		}
		text = appendRecord(text, leaf, data, gone, nil)
		for len(signed) > 0 && signed[0].size <= leaf.pos {
			text = appendJSON(text, signedLine{signed[0].note})
			signed = signed[1:]
		}
	}
	e.next = leaves[len(leaves)-1].pos + 1
	return text, nil
}

// loadRow is the row of a leaf; gone when there is none.
func loadRow(tx *sqldb.Tx, load Loader, l leaf) (data []byte, gone bool, err error) {
	data, err = load(tx, l.source, l.ref)
	if errors.Is(err, sqldb.ErrNone) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("load %s %s: %w", l.source, l.ref, err)
	}
	return data, false, nil
}

// ExportSome writes the chosen leaves, each with a proof that it is in the tree
// of the newest checkpoint, as a bundle. Leaves that are younger than the
// checkpoint are left out. It looks at every leaf of the source's: seconds for
// tens of millions.
func (l *Log) ExportSome(ctx context.Context, w io.Writer, load Loader, chosen ...Selection) error {
	text, err := sqldb.Read(ctx, l.db, func(tx *sqldb.Tx) ([]byte, error) {
		head, err := l.last(tx)
		if err != nil {
			return nil, noCheckpoint(err)
		}
		var leaves []leaf
		for _, s := range chosen {
			found, err := leavesOf(tx, s.Source, s.Prefix, head.Size)
			if err != nil {
				return nil, err
			}
			leaves = append(leaves, found...)
		}
		return l.selected(tx, load, head, leaves)
	})
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// Listing picks leaves of one source by their refs. They were appended between
// Since and Until, both by the clock that signs: only the leaves of that time are
// looked at, however long the log is.
type Listing struct {
	Source       string
	Refs         []string
	Since, Until time.Time
}

// slack is how far clocks may differ, and a transaction may hold back leaves that
// others have appended.
const slack = 10 * time.Minute

// ExportListed writes the listed leaves as ExportSome does. Those that are
// younger than the newest checkpoint, or have no leaf, are left out.
func (l *Log) ExportListed(ctx context.Context, w io.Writer, load Loader, chosen Listing) error {
	text, err := sqldb.Read(ctx, l.db, func(tx *sqldb.Tx) ([]byte, error) {
		head, err := l.last(tx)
		if err != nil {
			return nil, noCheckpoint(err)
		}
		from, err := signedAt(tx, "SignedBefore", chosen.Since.Add(-slack), 0)
		if err != nil {
			return nil, err
		}
		to, err := signedAt(tx, "SignedAfter", chosen.Until.Add(slack), head.Size)
		if err != nil {
			return nil, err
		}
		leaves, err := leavesListed(tx, from, to, chosen.Source, chosen.Refs)
		if err != nil {
			return nil, err
		}
		return l.selected(tx, load, head, leaves)
	})
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (l *Log) selected(tx *sqldb.Tx, load Loader, head Checkpoint, leaves []leaf) ([]byte, error) {
	text := l.header(kindSelected, head, uint64(len(leaves)))
	get := tilesOf(tx)
	for _, leaf := range leaves {
		data, gone, err := loadRow(tx, load, leaf)
		if err != nil {
			return nil, err
		}
		path, err := inclusion(l.hasher, leaf.pos, head.Size, get)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "ledger.tiles_damaged", err)
		}
		joined := make([]byte, 0, len(path)*HashSize)
		for _, hash := range path {
			joined = append(joined, hash...)
		}
		text = appendRecord(text, leaf, data, gone, joined)
	}
	return text, nil
}
