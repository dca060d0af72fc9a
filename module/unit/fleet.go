package unit

import (
	"slices"
	"sync"
	"time"

	"zhian/platform/geo"
)

// fleet is every unit as it was last committed and where it was last: held by
// every node, so that a proposal asks no database. Changes of this node are in
// it when their request is answered, those of others as soon as their facts and
// positions are heard of.
type fleet struct {
	mu    sync.RWMutex
	known map[string]*known
}

// known is what the fleet knows of a unit.
type known struct {
	unit *Unit // never changed, only replaced
	fix  *Fix  // WGS-84, the newest; nil off duty and when there is none
}

func newFleet() *fleet { return &fleet{known: map[string]*known{}} }

// put takes a unit in, unless a newer state of it is known.
func (f *fleet) put(u Unit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := f.known[u.ID]
	if k == nil {
		k = &known{unit: &Unit{}}
		f.known[u.ID] = k
	}
	if k.unit.EditCount >= u.EditCount {
		return
	}
	if k.unit = &u; len(u.Crew) == 0 {
		k.fix = nil
	}
}

// move takes the newest fix; an older one that comes late is history, and a unit
// off duty is nowhere.
func (f *fleet) move(id string, fix Fix) (moved bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := f.known[id]
	if moved = k != nil && len(k.unit.Crew) > 0 && (k.fix == nil || fix.At.After(k.fix.At)); moved {
		k.fix = &fix
	}
	return moved
}

// has says that a state of a unit at least as new is known.
func (f *fleet) has(id string, version int64) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	k := f.known[id]
	return k != nil && k.unit.EditCount >= version
}

// fix is where a unit was last; nil when that is not known.
func (f *fleet) fix(id string) *Fix {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if k := f.known[id]; k != nil {
		return k.fix
	}
	return nil
}

// rank lists the best units whose organisations are wanted, limit of them and
// those named beside; best first.
func (f *fleet) rank(p geo.Point, now time.Time, limit int, named []string, wanted func(orgID string) bool) []Near {
	best := f.best(p, now, limit, named, wanted)
	out := make([]Near, len(best))
	for i, v := range best {
		out[i] = v.near()
	}
	return out
}

func (f *fleet) best(p geo.Point, now time.Time, limit int, named []string, wanted func(orgID string) bool) (best []view) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	orgs := map[string]bool{}
	var beside []view
	for id, k := range f.known {
		in, asked := orgs[k.unit.OrgID]
		if !asked {
			in = wanted(k.unit.OrgID)
			orgs[k.unit.OrgID] = in
		}
		if !in {
			continue
		}
		v := look(*k, p, now)
		if slices.Contains(named, id) {
			beside = append(beside, v)
			continue
		}
		if at, _ := slices.BinarySearchFunc(best, v, compare); at < limit {
			best = slices.Insert(best[:min(len(best), limit-1)], at, v)
		}
	}
	best = append(best, beside...)
	slices.SortFunc(best, compare)
	return best
}
