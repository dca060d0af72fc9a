package geo

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// Nearest is a live index of points that come, move and go: our units, places,
// hydrants. All its methods may be called from any goroutine.
type Nearest[ID cmp.Ordered] struct {
	mu    sync.RWMutex
	slots map[ID]int32
	items []item[ID]
	free  []int32
	cells map[square][]int32
}

type item[ID cmp.Ordered] struct {
	id     ID
	point  Point
	vector vector
	seat   int32 // position in its cell
}

// Hit is a point that was near.
type Hit[ID cmp.Ordered] struct {
	ID     ID      `json:"id"`
	Point  Point   `json:"point"`
	Meters float64 `json:"meters"`
}

// square is a cell of the grid, in cells from the equator and from Greenwich.
type square struct{ row, column int32 }

const perDegree = 200 // cells of about 550 m by 480 m at 30° north

func squareOf(p Point) square {
	return square{int32(math.Floor(p.Lat * perDegree)), int32(math.Floor(p.Lon * perDegree))}
}

// NewNearest is an empty index.
func NewNearest[ID cmp.Ordered]() *Nearest[ID] {
	return &Nearest[ID]{slots: map[ID]int32{}, cells: map[square][]int32{}}
}

// Set puts id at p, wherever it was before. A point that is not Valid says that
// the place is unknown: id is removed.
func (n *Nearest[ID]) Set(id ID, p Point) {
	if !p.Valid() {
		n.Remove(id)
		return
	}
	v := vectorOf(p)
	n.mu.Lock()
	defer n.mu.Unlock()
	slot, known := n.slots[id]
	if !known {
		slot = n.newSlot()
		n.slots[id] = slot
		n.items[slot] = item[ID]{id: id, point: p, vector: v}
		n.seat(slot, squareOf(p))
		return
	}
	it := &n.items[slot]
	from, to := squareOf(it.point), squareOf(p)
	if from != to {
		n.unseat(slot, from)
	}
	it.point, it.vector = p, v
	if from != to {
		n.seat(slot, to)
	}
}

// Remove forgets id.
func (n *Nearest[ID]) Remove(id ID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	slot, known := n.slots[id]
	if !known {
		return
	}
	n.unseat(slot, squareOf(n.items[slot].point))
	delete(n.slots, id)
	n.items[slot] = item[ID]{}
	n.free = append(n.free, slot)
}

// Len is how many points there are.
func (n *Nearest[ID]) Len() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.slots)
}

// At is where id is.
func (n *Nearest[ID]) At(id ID) (Point, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	slot, known := n.slots[id]
	if !known {
		return Point{}, false
	}
	return n.items[slot].point, true
}

func (n *Nearest[ID]) newSlot() int32 {
	if last := len(n.free) - 1; last >= 0 {
		slot := n.free[last]
		n.free = n.free[:last]
		return slot
	}
	n.items = append(n.items, item[ID]{})
	return int32(len(n.items) - 1)
}

func (n *Nearest[ID]) seat(slot int32, s square) {
	cell := n.cells[s]
	n.items[slot].seat = int32(len(cell))
	n.cells[s] = append(cell, slot)
}

func (n *Nearest[ID]) unseat(slot int32, s square) {
	cell := n.cells[s]
	last := cell[len(cell)-1]
	seat := n.items[slot].seat
	cell[seat] = last
	n.items[last].seat = seat
	if len(cell) == 1 {
		delete(n.cells, s) // a unit that drives on must not leave cells behind
		return
	}
	n.cells[s] = cell[:len(cell)-1]
}

// Near lists at most k points within maxMeters of p, nearest first; equal
// distances go by id, so that the same question has the same answer everywhere.
// maxMeters may be +Inf.
func (n *Nearest[ID]) Near(p Point, k int, maxMeters float64) []Hit[ID] {
	if k <= 0 || !p.Valid() || !(maxMeters >= 0) {
		return nil
	}
	s := search[ID]{n: n, from: vectorOf(p), k: k, limit2: chordOver(maxMeters)}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if !s.byRings(p, maxMeters) {
		s.everywhere()
	}
	hits := make([]Hit[ID], 0, len(s.best))
	for _, b := range s.best {
		it := &n.items[b.slot]
		if meters := arc(b.chord2); meters <= maxMeters {
			hits = append(hits, Hit[ID]{it.id, it.point, meters})
		}
	}
	return hits
}

// chordOver is the squared chord of an arc, with room for rounding.
func chordOver(meters float64) float64 {
	if meters >= math.Pi*meanRadius {
		return math.Inf(1)
	}
	half := 2 * meanRadius * math.Sin(meters/(2*meanRadius))
	return half*half*(1+1e-9) + 1e-6
}

// search is one question at work.
type search[ID cmp.Ordered] struct {
	n      *Nearest[ID]
	from   vector
	k      int
	limit2 float64 // squared chord beyond which nothing is wanted any more
	best   []found // at most k, nearest first
}

type found struct {
	chord2 float64
	slot   int32
}

// byRings looks at the cells around p in growing squares and stops as soon as
// nothing outside can be nearer. It gives up, false, where looking at every
// point is cheaper or the grid has a seam: far out, at the poles and across the
// antimeridian.
func (s *search[ID]) byRings(p Point, maxMeters float64) bool {
	reach := Around(p, min(maxMeters, 100_000))
	if reach.West == -180 && reach.East == 180 || math.Abs(p.Lat) > 80 {
		return false
	}
	// Metres that one ring adds at least: east to west near the poleward side.
	narrow := math.Cos(max(math.Abs(reach.South), math.Abs(reach.North)) * degree)
	ringMeters := narrow * metersPerDegree / perDegree * 0.99
	home := squareOf(p)
	for r := int32(0); ; r++ {
		if inner := float64(r-1) * ringMeters; r > 0 {
			if inner > maxMeters || inner*inner > s.limit2 {
				return true
			}
			if inner > 90_000 || int(8*r) > len(s.n.items) {
				s.best = s.best[:0]
				return false
			}
		}
		s.ring(home, r)
	}
}

// ring looks at the cells r away from home.
func (s *search[ID]) ring(home square, r int32) {
	for column := home.column - r; column <= home.column+r; column++ {
		s.look(s.n.cells[square{home.row - r, column}])
		if r > 0 {
			s.look(s.n.cells[square{home.row + r, column}])
		}
	}
	for row := home.row - r + 1; row < home.row+r; row++ {
		s.look(s.n.cells[square{row, home.column - r}])
		s.look(s.n.cells[square{row, home.column + r}])
	}
}

func (s *search[ID]) everywhere() {
	for _, cell := range s.n.cells {
		s.look(cell)
	}
}

func (s *search[ID]) look(cell []int32) {
	for _, slot := range cell {
		chord2 := s.n.items[slot].vector.chord2(s.from)
		if chord2 > s.limit2 {
			continue
		}
		s.keep(found{chord2, slot})
	}
}

// keep puts f in its place among the best k.
func (s *search[ID]) keep(f found) {
	at, _ := slices.BinarySearchFunc(s.best, f, s.compare)
	if at == s.k {
		return
	}
	if len(s.best) == s.k {
		s.best = s.best[:s.k-1]
	}
	s.best = slices.Insert(s.best, at, f)
	if len(s.best) == s.k {
		s.limit2 = min(s.limit2, s.best[s.k-1].chord2)
	}
}

func (s *search[ID]) compare(a, b found) int {
	return cmp.Or(cmp.Compare(a.chord2, b.chord2), cmp.Compare(s.n.items[a.slot].id, s.n.items[b.slot].id))
}
