package geo

import "math"

// Datum says what a pair of degrees means.
type Datum string

const (
	WGS84    Datum = "wgs84"
	CGCS2000 Datum = "cgcs2000" // the national system; treated as WGS-84, as PROJ does (EPSG 4490)
	GCJ02    Datum = "gcj02"    // shifted by some 300 to 700 m inside China: most map services
	BD09     Datum = "bd09"     // GCJ-02 shifted once more: one map service
)

// Valid reports whether d is one of the four. "" is not: a caller that does not
// know the datum has to decide.
func (d Datum) Valid() bool { return d == WGS84 || d == CGCS2000 || d == GCJ02 || d == BD09 }

// Convert turns degrees of a datum into a Point; Express does the reverse, for a
// client whose map is drawn in that datum. Both are identity for WGS-84 and
// CGCS2000 and outside the box in which the shift applies.
//
// The shift is the public reverse-engineered formula with a = 6378245 m, which
// gives the published vectors to the last bit. Convert inverts it by fixed-point
// iteration: five steps are within 1e-9° of Express everywhere in the box, where
// the usual single step is off by up to 4.8 m.
//
// On the seam, where shifted points leave the box, Convert prefers the point
// inside: everything in the box makes the round trip, and a few hundred metres
// of sea and neighbouring country outside it do not.
func Convert(p Point, from Datum) Point {
	if from != GCJ02 && from != BD09 {
		return p
	}
	gcj := p
	if from == BD09 {
		gcj = invert(p, bdFromGCJ, bdSteps)
	}
	w := invert(gcj, gcjFromWGS, gcjSteps)
	if !seam.Contains(w) {
		return p
	}
	return w
}

// Express is the degrees of p in a datum; see Convert.
func Express(p Point, in Datum) Point {
	if in != GCJ02 && in != BD09 || !shiftBox.Contains(p) {
		return p
	}
	gcj := gcjFromWGS(p)
	if in == GCJ02 {
		return gcj
	}
	return bdFromGCJ(gcj)
}

// LooksShifted reports whether p, said to be WGS-84, is most likely GCJ-02: it
// lies off reference, where it should be, by what the shift is there, in
// distance and direction, to within a third. It needs a reference that is good
// to about 100 m; it is a reason to warn, never to correct silently.
func LooksShifted(p, reference Point) bool {
	if !shiftBox.Contains(reference) || !p.Valid() {
		return false
	}
	plane := NewPlane(reference)
	shiftX, shiftY := plane.XY(gcjFromWGS(reference))
	x, y := plane.XY(p)
	return math.Hypot(x-shiftX, y-shiftY) < math.Hypot(shiftX, shiftY)/3
}

const (
	gcjAxis         = 6378245.0
	gcjEccentricity = 0.00669342162296594323 // squared
	gcjSteps        = 5
	bdSteps         = 4
	bdTurn          = math.Pi * 3000.0 / 180.0
	bdLat           = 0.006
	bdLon           = 0.0065
)

// shiftBox is where the shift applies, as every library has it. It includes
// parts of the neighbours.
var shiftBox = Bounds{South: 0.8293, West: 72.004, North: 55.8271, East: 137.8347}

// seam is the box with room for the rounding of the inverse on its very border.
var seam = Bounds{South: shiftBox.South - 1e-9, West: shiftBox.West - 1e-9, North: shiftBox.North + 1e-9, East: shiftBox.East + 1e-9}

// invert finds the w with f(w) = p; f must move points only a little.
func invert(p Point, f func(Point) Point, steps int) Point {
	w := p
	for range steps {
		q := f(w)
		w = Point{Lat: p.Lat - (q.Lat - w.Lat), Lon: p.Lon - (q.Lon - w.Lon)}
	}
	return w
}

func gcjFromWGS(p Point) Point {
	x, y := p.Lon-105, p.Lat-35
	root := math.Sqrt(math.Abs(x))
	waves := (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	dLat := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*root + waves +
		(20*math.Sin(y*math.Pi)+40*math.Sin(y/3*math.Pi))*2/3 +
		(160*math.Sin(y/12*math.Pi)+320*math.Sin(y*math.Pi/30))*2/3
	dLon := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*root + waves +
		(20*math.Sin(x*math.Pi)+40*math.Sin(x/3*math.Pi))*2/3 +
		(150*math.Sin(x/12*math.Pi)+300*math.Sin(x/30*math.Pi))*2/3

	radLat := p.Lat / 180 * math.Pi
	magic := math.Sin(radLat)
	magic = 1 - gcjEccentricity*magic*magic
	rootMagic := math.Sqrt(magic)
	return Point{
		Lat: p.Lat + dLat*180/((gcjAxis*(1-gcjEccentricity))/(magic*rootMagic)*math.Pi),
		Lon: p.Lon + dLon*180/(gcjAxis/rootMagic*math.Cos(radLat)*math.Pi),
	}
}

func bdFromGCJ(p Point) Point {
	z := math.Hypot(p.Lon, p.Lat) + 0.00002*math.Sin(p.Lat*bdTurn)
	theta := math.Atan2(p.Lat, p.Lon) + 0.000003*math.Cos(p.Lon*bdTurn)
	sin, cos := math.Sincos(theta)
	return Point{Lat: z*sin + bdLat, Lon: z*cos + bdLon}
}
