package twin

import (
	"cmp"
	"math"
	"slices"

	"zhian/platform/geo"
)

// Where and how large the city is. Its outline is generated and convex.
const (
	centreLat = 28.90
	centreLon = 120.04
	areaM2    = 1047.5e6
)

// spot is a place on the plane around the centre, in metres.
type spot struct{ x, y float64 }

func (a spot) minus(b spot) spot      { return spot{a.x - b.x, a.y - b.y} }
func (a spot) cross(b spot) float64   { return a.x*b.y - a.y*b.x }
func (a spot) to(b spot) float64      { return math.Hypot(b.x-a.x, b.y-a.y) }
func (a spot) times(f float64) spot   { return spot{a.x * f, a.y * f} }
func turn(a, b, c spot) float64       { return b.minus(a).cross(c.minus(a)) }
func along(a, b spot, s float64) spot { return spot{a.x + s*(b.x-a.x), a.y + s*(b.y-a.y)} }

// area of a ring without its closing point, positive when counter-clockwise.
func area(ring []spot) float64 {
	sum := 0.0
	for i, a := range ring {
		sum += a.cross(ring[(i+1)%len(ring)])
	}
	return sum / 2
}

// outline is a bumpy circle made convex and scaled to the city's area.
func outline(d dice) []spot {
	const corners = 48
	points := make([]spot, corners)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		radius := 1 + 0.09*d.NormFloat64()
		points[i] = spot{1.25 * radius * cos, 0.8 * radius * sin}
	}
	ring := hull(points)
	scale := math.Sqrt(areaM2 / area(ring))
	for i := range ring {
		ring[i] = ring[i].times(scale)
	}
	return ring
}

// hull is the convex hull, counter-clockwise (Andrew, Information Processing
// Letters 9 (1979): monotone chain).
func hull(points []spot) []spot {
	slices.SortFunc(points, func(a, b spot) int {
		return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y))
	})
	chain := func(points []spot) []spot {
		var out []spot
		for _, p := range points {
			for len(out) > 1 && turn(out[len(out)-2], out[len(out)-1], p) <= 0 {
				out = out[:len(out)-1]
			}
			out = append(out, p)
		}
		return out[:len(out)-1]
	}
	lower := chain(points)
	slices.Reverse(points)
	return append(lower, chain(points)...)
}

// nearest keeps the part of a convex ring that is nearer to site than to other.
func nearest(ring []spot, site, other spot) []spot {
	middle := along(site, other, 0.5)
	way := other.minus(site)
	beyond := func(p spot) float64 { d := p.minus(middle); return d.x*way.x + d.y*way.y }
	var out []spot
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		da, db := beyond(a), beyond(b)
		if da <= 0 {
			out = append(out, a)
		}
		if da < 0 && db > 0 || da > 0 && db < 0 {
			out = append(out, along(a, b, da/(da-db)))
		}
	}
	return out
}

// cells cuts the outline into the areas that are nearest to each site
// (Voronoi). Corners that cells share are the very same point: each cell finds
// them with another rounding, so the first finder's point is taken by the rest.
func cells(ring []spot, sites []spot) [][]spot {
	const weld = 0.5 // metres
	var known []spot
	same := func(p spot) spot {
		for _, k := range known {
			if k.to(p) < weld {
				return k
			}
		}
		known = append(known, p)
		return p
	}
	out := make([][]spot, len(sites))
	for i, site := range sites {
		cell := ring
		for j, other := range sites {
			if j != i {
				cell = nearest(cell, site, other)
			}
		}
		for k, p := range cell {
			cell[k] = same(p)
		}
		out[i] = slices.Compact(cell)
	}
	return out
}

// inside draws a point of a convex ring evenly.
func inside(ring []spot, d dice) spot {
	apex := ring[0]
	i := 1 + d.pick(len(ring)-2, func(i int) float64 { return turn(apex, ring[i+1], ring[i+2]) })
	u, v := d.Float64(), d.Float64()
	if u+v > 1 {
		u, v = 1-u, 1-v
	}
	a, b := ring[i].minus(apex), ring[i+1].minus(apex)
	return spot{apex.x + u*a.x + v*b.x, apex.y + u*a.y + v*b.y}
}

// plane is the city's flat map.
func plane() geo.Plane { return geo.NewPlane(geo.Point{Lat: centreLat, Lon: centreLon}) }

// point is a spot on earth, to a centimetre.
func point(p geo.Plane, s spot) geo.Point {
	at := p.Point(s.x, s.y)
	return geo.Point{Lat: math.Round(at.Lat*1e7) / 1e7, Lon: math.Round(at.Lon*1e7) / 1e7}
}
