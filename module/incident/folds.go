package incident

import (
	"sync"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// folds remembers long timelines folded: when hundreds of units are sent to one
// incident, its entries are not read again for each who looks at it or presses a
// button. What is remembered is a prefix of the timeline, which never changes, so
// that only the entries after it are read; the doctor reads everything.
type folds struct {
	mu    sync.Mutex
	known map[ID]folded
	order []ID // in the order of remembering
}

// folded is an incident after some of its entries. One that a transaction has
// made is that transaction's alone until it commits.
type folded struct {
	in Incident
	tx *sqldb.Tx
}

// Only timelines this long are worth remembering, and so many of them.
const (
	longTimeline = 24
	foldsKept    = 64
)

// get is what is known of an incident up to a version; the zero incident when
// that is nothing.
func (f *folds) get(tx *sqldb.Tx, id ID, version int64) Incident {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := f.known[id]
	// What this very transaction has made may have been undone by a savepoint, and
	// other entries put in its place: then the versions differ, or it is read anew.
	if known.in.EntryCount > version || known.tx != nil && (known.tx != tx || known.in.EntryCount != version) {
		return Incident{}
	}
	return known.in
}

// put remembers an incident that a transaction has read or made; others see it
// once that is on disk.
func (f *folds) put(tx *sqldb.Tx, in Incident) {
	if in.EntryCount < longTimeline {
		return
	}
	f.set(folded{in, tx})
	tx.AfterCommit(func() { f.settle(tx, in.ID) })
}

func (f *folds) set(one folded) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := one.in.ID
	if _, known := f.known[id]; !known {
		if f.known == nil {
			f.known = map[ID]folded{}
		}
		if f.order = append(f.order, id); len(f.order) > foldsKept {
			delete(f.known, f.order[0])
			f.order = f.order[1:]
		}
	}
	f.known[id] = one
}

func (f *folds) settle(tx *sqldb.Tx, id ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one := f.known[id]; one.tx == tx {
		one.tx = nil
		f.known[id] = one
	}
}

// seen remembers an incident that a snapshot has shown: it is on disk.
func (f *folds) seen(in Incident) {
	if in.EntryCount >= longTimeline {
		f.set(folded{in: in})
	}
}

// fold is an incident at a version that tx sees.
func (s *Service) fold(tx *sqldb.Tx, id ID, version int64) (Incident, error) {
	in := s.folds.get(tx, id, version)
	if in.EntryCount == version {
		return in, nil
	}
	entries, err := sqldb.List(tx, Queries["EntriesFrom"], scanEntry, id, in.EntryCount)
	if err != nil {
		return in, err
	}
	return in.after(entries), nil
}

// locked is an incident as of now; others who change it wait, where there can be
// others.
func (s *Service) locked(tx *sqldb.Tx, id ID) (Incident, error) {
	version, err := sqldb.Get(tx, Queries["Lock"], sqldb.ScanInt, id)
	if err == sqldb.ErrNone {
		err = fault.New(fault.NotFound, "incident.not_found")
	}
	if err != nil {
		return Incident{}, err
	}
	in, err := s.fold(tx, id, version)
	if err == nil {
		s.folds.put(tx, in)
	}
	return in, err
}

// shown is an incident as a snapshot has it.
func (s *Service) shown(tx *sqldb.Tx, id ID) (Incident, error) {
	version, err := sqldb.Get(tx, Queries["Version"], sqldb.ScanInt, id)
	if err == sqldb.ErrNone {
		err = fault.New(fault.NotFound, "incident.not_found")
	}
	if err != nil {
		return Incident{}, err
	}
	in, err := s.fold(tx, id, version)
	if err == nil {
		s.folds.seen(in)
	}
	return in, err
}
