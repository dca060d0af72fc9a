package geo

import "math"

// Entry is a region and what it stands for.
type Entry[T any] struct {
	Region *Region
	Value  T
}

// Index tells in which of many regions a point lies, in tens of nanoseconds and
// exactly as Region.Contains would: a raster knows the answer for every cell
// that no border passes, the cells on a border ask the few regions at hand. It
// never changes once made, so any number of goroutines may ask it.
type Index[T any] struct {
	entries []Entry[T]
	bounds  Bounds
	perLat  float64 // cells per degree
	perLon  float64
	size    int
	cells   []int32   // for each cell its list below
	lists   [][]claim // list 0 is empty
}

// claim says that a region covers a cell, wholly or in part.
type claim struct {
	entry int32
	whole bool
}

// NewIndex makes an index. Where regions overlap, the one that comes first in
// entries wins: sort them by what should win.
func NewIndex[T any](entries []Entry[T]) *Index[T] {
	ix := &Index[T]{entries: entries, bounds: NoBounds(), lists: [][]claim{nil}}
	for _, e := range entries {
		ix.bounds = ix.bounds.Join(e.Region.bounds)
	}
	if len(entries) == 0 {
		return ix
	}
	ix.size = min(1024, 128*int(math.Ceil(math.Sqrt(float64(len(entries))))))
	ix.perLat = float64(ix.size) / (ix.bounds.North - ix.bounds.South)
	ix.perLon = float64(ix.size) / (ix.bounds.East - ix.bounds.West)
	ix.cells = make([]int32, ix.size*ix.size)
	known := map[grown]int32{}
	touched := make([]bool, len(ix.cells))
	for i, e := range entries {
		clear(touched)
		ix.touchBorders(e.Region, touched)
		ix.draw(int32(i), e.Region, touched, known)
	}
	return ix
}

// At is the value of the first region that contains p.
func (ix *Index[T]) At(p Point) (value T, ok bool) {
	if !ix.bounds.Contains(p) {
		return value, false
	}
	for _, c := range ix.lists[ix.cells[ix.row(p.Lat)*ix.size+ix.column(p.Lon)]] {
		e := &ix.entries[c.entry]
		if c.whole || e.Region.Contains(p) {
			return e.Value, true
		}
	}
	return value, false
}

// Bounds is the box around all regions.
func (ix *Index[T]) Bounds() Bounds { return ix.bounds }

// row and column grow with their argument, so a border between two points is in
// the cells between theirs.
func (ix *Index[T]) row(lat float64) int {
	return max(0, min(ix.size-1, int((lat-ix.bounds.South)*ix.perLat)))
}

func (ix *Index[T]) column(lon float64) int {
	return max(0, min(ix.size-1, int((lon-ix.bounds.West)*ix.perLon)))
}

func (ix *Index[T]) middle(row, column int) Point {
	return Point{
		Lat: ix.bounds.South + (float64(row)+0.5)/ix.perLat,
		Lon: ix.bounds.West + (float64(column)+0.5)/ix.perLon,
	}
}

// draw adds the claims of one region to the cells of its box.
func (ix *Index[T]) draw(entry int32, r *Region, touched []bool, known map[grown]int32) {
	b := r.bounds
	west, east := ix.column(b.West), ix.column(b.East)
	for row := ix.row(b.South); row <= ix.row(b.North); row++ {
		// Between two border cells nothing changes: one question per run.
		asked, inside := false, false
		for column := west; column <= east; column++ {
			cell := row*ix.size + column
			if touched[cell] {
				ix.grow(cell, claim{entry, false}, known)
				asked = false
				continue
			}
			if !asked {
				asked, inside = true, r.Contains(ix.middle(row, column))
			}
			if inside {
				ix.grow(cell, claim{entry, true}, known)
			}
		}
	}
}

// touchBorders marks the cells that a border of r passes, and one more on each
// side so that rounding cannot hide one.
func (ix *Index[T]) touchBorders(r *Region, touched []bool) {
	for _, pg := range r.polygons {
		for _, ring := range pg {
			for i, a := range ring {
				ix.touch(a, ring[(i+1)%len(ring)], touched)
			}
		}
	}
}

// touch marks the cells along the edge ab, row by row.
func (ix *Index[T]) touch(a, b Point, touched []bool) {
	if a.Lat > b.Lat {
		a, b = b, a
	}
	first, last := ix.row(a.Lat), ix.row(b.Lat)
	for row := first - 1; row <= last+1; row++ {
		if row < 0 || row >= ix.size {
			continue
		}
		low := along(a, b, ix.bounds.South+float64(row-1)/ix.perLat)
		high := along(a, b, ix.bounds.South+float64(row+2)/ix.perLat)
		if low > high {
			low, high = high, low
		}
		for column := max(0, ix.column(low)-1); column <= min(ix.size-1, ix.column(high)+1); column++ {
			touched[row*ix.size+column] = true
		}
	}
}

// along is the longitude of the edge ab at a latitude, or at its nearer end.
func along(a, b Point, lat float64) float64 {
	switch {
	case lat <= a.Lat:
		return a.Lon
	case lat >= b.Lat:
		return b.Lon
	}
	return a.Lon + (lat-a.Lat)/(b.Lat-a.Lat)*(b.Lon-a.Lon)
}

// grown names the list that comes of adding a claim to a list, so that cells
// with the same claims share one list.
type grown struct {
	list int32
	add  claim
}

// grow adds a claim to a cell, unless an earlier region has all of it.
func (ix *Index[T]) grow(cell int, c claim, known map[grown]int32) {
	list := ix.cells[cell]
	claims := ix.lists[list]
	if len(claims) > 0 && claims[len(claims)-1].whole {
		return
	}
	key := grown{list, c}
	next, ok := known[key]
	if !ok {
		next = int32(len(ix.lists))
		ix.lists = append(ix.lists, append(claims[:len(claims):len(claims)], c))
		known[key] = next
	}
	ix.cells[cell] = next
}
