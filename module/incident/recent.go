package incident

import (
	"math"
	"sync"
	"time"
)

// recents is what this node remembers of the last hours' incidents, to propose
// duplicates without asking the database. It is a grid of cells a little wider
// than duplicateWithinM, so that a question looks at nine of them.
type recents struct {
	mu    sync.RWMutex
	cells map[cell][]Recent // in the order of remembering
	order []remembered      // what to forget next
	known map[ID]bool
}

// cell is a square of the grid; degrees of longitude are shorter than those of
// latitude, so cells are narrower than they are high.
type cell struct{ lat, lon int32 }

type remembered struct {
	id    ID
	in    cell
	until time.Time
}

// rememberedFor is longer than duplicateWithin: a call may be entered late.
const rememberedFor = 2 * time.Hour

// cellDegrees is 333 m of latitude; of longitude it is 300 m up to 25° of
// latitude and less beyond, where a question must look at more columns.
const cellDegrees = 0.003

func cellOf(p Position) cell {
	return cell{int32(math.Floor(p.Lat / cellDegrees)), int32(math.Floor(p.Lon / cellDegrees))}
}

// add remembers an incident and forgets those whose time is over.
func (r *recents) add(one Recent, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.cells, r.known = map[cell][]Recent{}, map[ID]bool{}
	}
	r.forget(now)
	if r.known[one.ID] || now.Sub(one.CalledAt) > rememberedFor {
		return
	}
	in := cellOf(one.Position)
	r.known[one.ID] = true
	r.cells[in] = append(r.cells[in], one)
	r.order = append(r.order, remembered{one.ID, in, now.Add(rememberedFor)})
}

// has spares a read of what this node has received itself.
func (r *recents) has(id ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.known[id]
}

func (r *recents) forget(now time.Time) {
	for len(r.order) > 0 && now.After(r.order[0].until) {
		old := r.order[0]
		r.order = r.order[1:]
		delete(r.known, old.id)
		if rest := r.cells[old.in][1:]; len(rest) > 0 {
			r.cells[old.in] = rest
		} else {
			delete(r.cells, old.in)
		}
	}
}

// around hands out what is remembered of the cells that duplicateWithinM reaches.
func (r *recents) around(p Position, each func([]Recent)) {
	middle := cellOf(p)
	columns := int32(math.Ceil(duplicateWithinM / (cellDegrees * metresPerDegree * max(0.01, math.Cos(p.Lat*math.Pi/180)))))
	r.mu.RLock()
	defer r.mu.RUnlock()
	for lat := middle.lat - 1; lat <= middle.lat+1; lat++ {
		for lon := middle.lon - columns; lon <= middle.lon+columns; lon++ {
			if list := r.cells[cell{lat, lon}]; len(list) > 0 {
				each(list)
			}
		}
	}
}
