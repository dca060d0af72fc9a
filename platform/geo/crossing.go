package geo

import (
	"cmp"
	"slices"
)

// crossesItself reports whether two edges of a ring that are not neighbours meet
// in a point inside both: the bow tie that a slipped hand draws. Rings that only
// touch themselves pass. Edges are swept from south to north, so that each is
// compared only with those at its own latitude.
func crossesItself(ring []Point) bool {
	n := len(ring)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	south := func(i int) float64 { return min(ring[i].Lat, ring[(i+1)%n].Lat) }
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(south(a), south(b)) })

	var open []int
	for _, i := range order {
		a, b := ring[i], ring[(i+1)%n]
		keep := open[:0]
		for _, j := range open {
			c, d := ring[j], ring[(j+1)%n]
			if max(c.Lat, d.Lat) < min(a.Lat, b.Lat) {
				continue
			}
			keep = append(keep, j)
			if properlyCross(a, b, c, d) {
				return true
			}
		}
		open = append(keep, i)
	}
	return false
}

// properlyCross reports whether ab and cd meet in a point that is an end of
// neither.
func properlyCross(a, b, c, d Point) bool {
	if max(a.Lon, b.Lon) < min(c.Lon, d.Lon) || max(c.Lon, d.Lon) < min(a.Lon, b.Lon) {
		return false
	}
	return side(a, b, c)*side(a, b, d) < 0 && side(c, d, a)*side(c, d, b) < 0
}

// side is 1 when p lies left of ab, -1 when right, 0 on the line or too close to
// tell.
func side(a, b, p Point) int {
	left := (b.Lon - a.Lon) * (p.Lat - a.Lat)
	right := (b.Lat - a.Lat) * (p.Lon - a.Lon)
	const rounding = 1e-14
	switch diff := left - right; {
	case diff > rounding:
		return 1
	case diff < -rounding:
		return -1
	}
	return 0
}
