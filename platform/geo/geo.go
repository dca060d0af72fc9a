// Package geo knows where things are: points and the datums they come in,
// distances, regions with exact borders, and what is near a point.
//
// A Point is always WGS-84, which CGCS2000 equals for our purposes (the
// ellipsoids differ by 0.1 mm, the epoch drift is below a metre). Numbers of
// another datum live only between the door and Convert.
//
// It answers questions about regions and points handed to it. It keeps nothing
// on disk, and Near is meant for our own units and for places, never for people.
package geo

import "math"

// Point is a place on earth in WGS-84 degrees.
type Point struct {
	Lat float64 `json:"lat" min:"-90" max:"90"`
	Lon float64 `json:"lon" min:"-180" max:"180"`
}

// Valid reports whether p lies on earth: latitude ±90, longitude ±180, no NaN.
func (p Point) Valid() bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180
}

// Bounds is a box of degrees, borders included. It does not cross the
// antimeridian: West ≤ East. The zero value holds one point; start from NoBounds
// to collect.
type Bounds struct {
	South float64 `json:"south"`
	West  float64 `json:"west"`
	North float64 `json:"north"`
	East  float64 `json:"east"`
}

// NoBounds holds nothing, whatever is added to it.
func NoBounds() Bounds {
	return Bounds{South: math.Inf(1), West: math.Inf(1), North: math.Inf(-1), East: math.Inf(-1)}
}

// Contains reports whether p lies in the box.
func (b Bounds) Contains(p Point) bool {
	return p.Lat >= b.South && p.Lat <= b.North && p.Lon >= b.West && p.Lon <= b.East
}

// With is the box grown to hold p.
func (b Bounds) With(p Point) Bounds {
	return Bounds{South: min(b.South, p.Lat), West: min(b.West, p.Lon), North: max(b.North, p.Lat), East: max(b.East, p.Lon)}
}

// Join is the box that holds both.
func (b Bounds) Join(other Bounds) Bounds {
	return Bounds{South: min(b.South, other.South), West: min(b.West, other.West),
		North: max(b.North, other.North), East: max(b.East, other.East)}
}

// Around is a box that holds every point within meters of p, and a little more.
// Near a pole or the antimeridian it spans all longitudes.
func Around(p Point, meters float64) Bounds {
	dLat := meters/metersPerDegree*boxSlack + 1e-9
	b := Bounds{South: max(-90, p.Lat-dLat), North: min(90, p.Lat+dLat), West: -180, East: 180}
	widest := math.Cos(max(math.Abs(b.South), math.Abs(b.North)) * degree)
	if widest < 1e-6 {
		return b
	}
	dLon := dLat / widest
	if p.Lon-dLon < -180 || p.Lon+dLon > 180 {
		return b
	}
	b.West, b.East = p.Lon-dLon, p.Lon+dLon
	return b
}

const (
	degree          = math.Pi / 180
	metersPerDegree = 110574.0 // of latitude at the equator, the shortest on the ellipsoid
	boxSlack        = 1.001
)
