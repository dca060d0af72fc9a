package geo

import "math"

// WGS-84 ellipsoid (NIMA TR8350.2).
const (
	axis         = 6378137.0
	eccentricity = 6.69437999014e-3 // squared
	meanRadius   = 6371008.8
)

// vector is a point of the ellipsoid in earth-centred metres: differences of
// vectors need no trigonometry, which is what makes Near fast.
type vector struct{ x, y, z float64 }

func vectorOf(p Point) vector {
	sinLat, cosLat := math.Sincos(p.Lat * degree)
	sinLon, cosLon := math.Sincos(p.Lon * degree)
	n := axis / math.Sqrt(1-eccentricity*sinLat*sinLat)
	return vector{n * cosLat * cosLon, n * cosLat * sinLon, n * (1 - eccentricity) * sinLat}
}

func (v vector) chord2(w vector) float64 {
	dx, dy, dz := v.x-w.x, v.y-w.y, v.z-w.z
	return dx*dx + dy*dy + dz*dz
}

// arc is the length along the earth over a chord (squared).
func arc(chord2 float64) float64 {
	half := min(1, math.Sqrt(chord2)/(2*meanRadius))
	return 2 * meanRadius * math.Asin(half)
}

// Distance is the way between two points along the earth in metres: the chord
// through the ellipsoid bent over a sphere. Its error is below 1e-6 of the
// distance up to 100 km, 1e-4 up to 1,000 km, and 0.4 % between antipodes.
func Distance(a, b Point) float64 { return arc(vectorOf(a).chord2(vectorOf(b))) }

// Bearing is the direction in which to leave a for b: degrees from north,
// clockwise, 0 ≤ bearing < 360; on a sphere, so up to 0.2° off. It is 0 for
// equal points.
func Bearing(a, b Point) float64 {
	lat1, lat2, dLon := a.Lat*degree, b.Lat*degree, (b.Lon-a.Lon)*degree
	y := math.Sin(dLon) * math.Cos(lat2)
	x := math.Cos(lat1)*math.Sin(lat2) - math.Sin(lat1)*math.Cos(lat2)*math.Cos(dLon)
	bearing := math.Mod(math.Atan2(y, x)/degree+360, 360)
	return bearing
}

// Plane is a flat map around an origin: equirectangular, with the ellipsoid's
// own radii at the origin. Distances on it are within 0.05 % up to 5 km from the
// origin and 0.2 % up to 20 km, at the latitudes of China.
type Plane struct {
	origin     Point
	perLat     float64 // metres per degree
	perLon     float64
	perLatBack float64
	perLonBack float64
}

// NewPlane is the plane that touches the earth at origin, which must be Valid
// and not a pole.
func NewPlane(origin Point) Plane {
	sin, cos := math.Sincos(origin.Lat * degree)
	w2 := 1 - eccentricity*sin*sin
	n := axis / math.Sqrt(w2)
	pl := Plane{origin: origin, perLat: n * (1 - eccentricity) / w2 * degree, perLon: n * cos * degree}
	pl.perLatBack, pl.perLonBack = 1/pl.perLat, 1/pl.perLon
	return pl
}

// XY is p in metres east and north of the origin.
func (pl Plane) XY(p Point) (east, north float64) {
	return (p.Lon - pl.origin.Lon) * pl.perLon, (p.Lat - pl.origin.Lat) * pl.perLat
}

// Point is the point that lies so many metres east and north of the origin.
func (pl Plane) Point(east, north float64) Point {
	return Point{Lat: pl.origin.Lat + north*pl.perLatBack, Lon: pl.origin.Lon + east*pl.perLonBack}
}

// SegmentDistance is how near the way from a to b comes to p, in metres, and at
// which share of the way (0 at a, 1 at b). It works on the plane around p, so it
// is best where it matters, near p.
func SegmentDistance(p, a, b Point) (meters, share float64) {
	plane := NewPlane(p)
	ax, ay := plane.XY(a)
	bx, by := plane.XY(b)
	dx, dy := bx-ax, by-ay
	if length2 := dx*dx + dy*dy; length2 > 0 {
		share = max(0, min(1, -(ax*dx+ay*dy)/length2))
	}
	return math.Hypot(ax+share*dx, ay+share*dy), share
}
