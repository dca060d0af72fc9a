package incident

import (
	"context"
	"slices"

	"zhian/platform/sqldb"
)

// rebuildBatch is how many entries are read at once.
const rebuildBatch = 4000

// Rebuild folds every incident again and compares with its row; it names those
// that differ, those without a row and rows without a timeline, and mends them
// when asked to. Progress hears how many incidents have been checked; it may be
// nil.
func (s *Service) Rebuild(ctx context.Context, mend bool, progress func(checked int)) (differing []ID, checked int, err error) {
	var at place
	for !at.ended {
		b, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (batch, error) { return readBatch(tx, at) })
		if err != nil {
			return differing, checked, err
		}
		differing, checked, at = append(differing, b.wrong()...), checked+b.incidents, b.next
		if progress != nil {
			progress(checked)
		}
	}
	if !mend {
		return differing, checked, nil
	}
	for chunk := range slices.Chunk(differing, mendBatch) {
		if err := s.mend(ctx, chunk); err != nil {
			return differing, checked, err
		}
	}
	return differing, checked, nil
}

// mendBatch is how many rows are mended in one transaction.
const mendBatch = 200

// place is how far a rebuild has come: every incident up to an id.
type place struct {
	id    ID
	ended bool
}

// batch is some whole incidents, folded, and all rows between them.
type batch struct {
	folded    []Row
	rows      []Row
	incidents int
	next      place
}

// readBatch reads timelines from a place on. The last one may go on beyond the
// batch, and is left for the next; one that fills a whole batch is read alone.
func readBatch(tx *sqldb.Tx, from place) (b batch, err error) {
	entries, err := sqldb.List(tx, Queries["EntriesAfter"], scanEntry, from.id, rebuildBatch)
	if err != nil {
		return b, err
	}
	if b.next.ended = len(entries) < rebuildBatch; !b.next.ended {
		last := entries[len(entries)-1].IncidentID
		whole := slices.IndexFunc(entries, func(e Entry) bool { return e.IncidentID == last })
		if entries = entries[:whole]; whole == 0 {
			if entries, err = timeline(tx, last); err != nil {
				return b, err
			}
		}
	}
	for len(entries) > 0 {
		id := entries[0].IncidentID
		n := len(entries)
		if i := slices.IndexFunc(entries, func(e Entry) bool { return e.IncidentID != id }); i > 0 {
			n = i
		}
		b.folded = append(b.folded, Fold(entries[:n]).row())
		entries, b.next.id, b.incidents = entries[n:], id, b.incidents+1
	}
	if b.next.ended {
		b.rows, err = sqldb.List(tx, Queries["RowsAfter"], scanRow, from.id)
		return b, err
	}
	b.rows, err = sqldb.List(tx, Queries["RowsBetween"], scanRow, from.id, b.next.id)
	return b, err
}

// wrong are the incidents whose row is not what their timeline folds to.
func (b batch) wrong() (ids []ID) {
	rows := map[ID]Row{}
	for _, r := range b.rows {
		rows[r.ID] = r
	}
	for _, want := range b.folded {
		if have, found := rows[want.ID]; !found || !have.equal(want) {
			ids = append(ids, want.ID)
		}
		delete(rows, want.ID)
	}
	for id := range rows {
		ids = append(ids, id) // nothing in the timeline tells of it
	}
	slices.Sort(ids)
	return ids
}

// mend makes rows what their timelines fold to, as of now; one that no timeline
// tells of goes. All go first: a stray row may hold the reference of another.
func (s *Service) mend(ctx context.Context, ids []ID) error {
	return s.DB.Background(ctx, func(tx *sqldb.Tx) error {
		var calls []sqldb.Call
		for _, id := range ids {
			calls = append(calls, Queries["DropRow"].With(id))
		}
		for _, id := range ids {
			entries, err := sqldb.List(tx, Queries["Entries"], scanEntry, id)
			if err != nil {
				return err
			}
			if len(entries) > 0 {
				calls = append(calls, insertRow(Fold(entries)))
			}
		}
		return tx.ExecAll(calls...)
	})
}

// equal compares rows, the point by value.
func (r Row) equal(o Row) bool {
	if (r.Position == nil) != (o.Position == nil) || r.Position != nil && *r.Position != *o.Position {
		return false
	}
	r.Position, o.Position = nil, nil
	return r == o
}
