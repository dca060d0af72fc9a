package geo

import (
	"math"
	"slices"
)

// Region is an area of the earth with holes and separate parts. Its borders are
// straight lines between vertices in degrees, as GeoJSON has them.
//
// Which side a border belongs to is settled so that regions which share vertices
// along a border share no point and leave none out: of two neighbours exactly
// one contains a point, wherever it lies.
type Region struct {
	polygons []polygon
	bounds   Bounds
	rows     []edge  // the edges of row 0, of row 1, …
	rowStart []int32 // where each row starts in rows, and the end
	perLat   float64 // rows per degree
}

// polygon is one outer ring and its holes; no ring repeats its first vertex.
type polygon [][]Point

// edge runs from south to north, whichever way its ring ran, so that two
// neighbours compute the very same crossing.
type edge struct{ south, north Point }

// crosses reports whether the ray that leaves p to the east meets e.
func (e edge) crosses(p Point) bool {
	if p.Lat < e.south.Lat || p.Lat >= e.north.Lat {
		return false
	}
	share := (p.Lat - e.south.Lat) / (e.north.Lat - e.south.Lat)
	return p.Lon < e.south.Lon+share*(e.north.Lon-e.south.Lon)
}

func newRegion(polygons []polygon) *Region {
	r := &Region{polygons: polygons, bounds: NoBounds()}
	var edges []edge
	for _, pg := range polygons {
		for _, ring := range pg {
			for i, a := range ring {
				r.bounds = r.bounds.With(a)
				b := ring[(i+1)%len(ring)]
				switch {
				case a.Lat < b.Lat:
					edges = append(edges, edge{a, b})
				case a.Lat > b.Lat:
					edges = append(edges, edge{b, a})
				}
			}
		}
	}
	r.layRows(edges)
	return r
}

// layRows cuts the region into rows of latitude, each with the edges that pass
// through it, so that a point is tested against a few edges instead of all. There
// are fewer rows where edges are long, so that a strange shape cannot make the
// rows many times larger than the region.
func (r *Region) layRows(edges []edge) {
	height := r.bounds.North - r.bounds.South
	count := max(1, min(maxRows, len(edges)/2))
	for {
		r.rowStart = make([]int32, count+1)
		r.perLat = float64(count) / height
		total := r.countRows(edges)
		if count == 1 || total <= 16*len(edges) {
			break
		}
		count /= 2
	}
	r.rows = make([]edge, r.rowStart[count])
	next := slices.Clone(r.rowStart[:count])
	for _, e := range edges {
		for i := r.row(e.south.Lat); i <= r.row(e.north.Lat); i++ {
			r.rows[next[i]] = e
			next[i]++
		}
	}
}

const maxRows = 4096

// countRows sets where each row starts and returns their length together.
func (r *Region) countRows(edges []edge) int {
	for _, e := range edges {
		for i := r.row(e.south.Lat); i <= r.row(e.north.Lat); i++ {
			r.rowStart[i+1]++
		}
	}
	for i := range len(r.rowStart) - 1 {
		r.rowStart[i+1] += r.rowStart[i]
	}
	return int(r.rowStart[len(r.rowStart)-1])
}

// row grows with lat, so an edge is in the row of every latitude it spans.
func (r *Region) row(lat float64) int {
	return max(0, min(len(r.rowStart)-2, int((lat-r.bounds.South)*r.perLat)))
}

// Contains reports whether p lies in the region, exactly.
func (r *Region) Contains(p Point) bool {
	if !r.bounds.Contains(p) {
		return false
	}
	inside := false
	row := r.row(p.Lat)
	for _, e := range r.rows[r.rowStart[row]:r.rowStart[row+1]] {
		if e.crosses(p) {
			inside = !inside
		}
	}
	return inside
}

// Bounds is the box around the region.
func (r *Region) Bounds() Bounds { return r.bounds }

// Area is the region's size in square metres, within 0.1 % for a county.
func (r *Region) Area() float64 {
	total := 0.0
	for _, pg := range r.polygons {
		for i, ring := range pg {
			size := ringArea(ring)
			if i > 0 {
				size = -size
			}
			total += size
		}
	}
	return total
}

// ringArea is the area under the trapezia of a ring on the authalic approximation
// of the ellipsoid: exact in longitude, local in latitude.
func ringArea(ring []Point) float64 {
	sum := 0.0
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		sum += (b.Lon - a.Lon) * degree * (zonal(a.Lat) + zonal(b.Lat)) / 2
	}
	return math.Abs(sum)
}

// zonal is the area between the equator and a latitude per radian of longitude
// (Snyder, Map Projections, 1987, 3-12).
func zonal(lat float64) float64 {
	e := math.Sqrt(eccentricity)
	sin := math.Sin(lat * degree)
	return axis * axis * (1 - eccentricity) / 2 * (sin/(1-eccentricity*sin*sin) + math.Log((1+e*sin)/(1-e*sin))/(2*e))
}

// Middle is the centre of the region's box, or the nearest point to it on a grid
// that lies inside: a place for a label, and for a question about the region.
func (r *Region) Middle() Point {
	b := r.bounds
	best, found := Point{Lat: (b.South + b.North) / 2, Lon: (b.West + b.East) / 2}, math.Inf(1)
	center := best
	if r.Contains(center) {
		return center
	}
	const steps = 32
	for i := range steps * steps {
		p := Point{
			Lat: b.South + (b.North-b.South)*(float64(i/steps)+0.5)/steps,
			Lon: b.West + (b.East-b.West)*(float64(i%steps)+0.5)/steps,
		}
		if d := math.Hypot(p.Lat-center.Lat, p.Lon-center.Lon); d < found && r.Contains(p) {
			best, found = p, d
		}
	}
	return best
}
