package geo

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The published vectors of the shift, recomputed with the axis of 6378245 m.
var shiftVectors = []struct{ wgs, gcj Point }{
	{Point{31.1774276, 121.5272106}, Point{31.17530398364597, 121.531541859215}},
	{Point{22.543847, 113.912316}, Point{22.540796131694766, 113.9171764808363}},
	{Point{39.911954, 116.377817}, Point{39.91334545536069, 116.38404722455657}},
}

func TestShiftReproducesThePublishedVectorsExactly(t *testing.T) {
	for _, v := range shiftVectors {
		if got := Express(v.wgs, GCJ02); got != v.gcj {
			t.Errorf("Express(%v) = %v, want %v", v.wgs, got, v.gcj)
		}
		if got := Convert(v.gcj, GCJ02); farDegrees(got, v.wgs) > 1e-9 {
			t.Errorf("Convert(%v) = %v, want %v", v.gcj, got, v.wgs)
		}
	}
}

func TestShiftIsUndoneToABillionthOfADegreeEverywhereInTheBox(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	worst := map[Datum]float64{}
	for range 100_000 {
		p := Point{
			Lat: shiftBox.South + random.Float64()*(shiftBox.North-shiftBox.South),
			Lon: shiftBox.West + random.Float64()*(shiftBox.East-shiftBox.West),
		}
		for _, d := range []Datum{GCJ02, BD09, WGS84, CGCS2000} {
			back := Convert(Express(p, d), d)
			worst[d] = max(worst[d], farDegrees(back, p))
		}
	}
	for d, far := range worst {
		if far > 1e-9 {
			t.Errorf("%s: worst round trip %g°", d, far)
		}
	}
}

func TestOneStepInverseWouldNotPass(t *testing.T) {
	p := Point{Lat: 28.9, Lon: 120.03}
	g := Express(p, GCJ02)
	if far := farDegrees(invert(g, gcjFromWGS, 1), p); far < 1e-7 {
		t.Errorf("one step is off by only %g°: the round-trip test shows nothing", far)
	}
}

func TestOutsideTheBoxNothingMoves(t *testing.T) {
	for _, p := range []Point{{51.5, -0.12}, {40.7, -74}, {35.68, 139.77}, {-33.87, 151.2}, {0.5, 100}, {56, 100}, {30, 72}, {30, 137.86}, {0, 0}, {90, 0}, {-90, 180}} {
		for _, d := range []Datum{WGS84, CGCS2000, GCJ02, BD09} {
			if Express(p, d) != p || Convert(p, d) != p {
				t.Errorf("%s moves %v to %v and %v", d, p, Express(p, d), Convert(p, d))
			}
		}
	}
}

// On the seam a point inside makes the round trip although its image lies
// outside; an image that no inside point has stays where it is.
func TestSeam(t *testing.T) {
	for _, p := range []Point{
		{30, shiftBox.East}, {30, shiftBox.East - 1e-4}, {30, shiftBox.West}, {30, shiftBox.West + 1e-6},
		{shiftBox.South, 110}, {shiftBox.North, 110}, {shiftBox.North - 1e-6, 110},
	} {
		for _, d := range []Datum{GCJ02, BD09} {
			g := Express(p, d)
			if g == p {
				t.Errorf("%s does not shift %v, on the border of the box", d, p)
			}
			if far := farDegrees(Convert(g, d), p); far > 1e-9 {
				t.Errorf("%s: %v comes back %g° off", d, p, far)
			}
		}
	}
	east := Point{30, shiftBox.East}
	beyond := Point{30, Express(east, GCJ02).Lon + 0.01}
	if got := Convert(beyond, GCJ02); got != beyond {
		t.Errorf("a point beyond the seam moved from %v to %v", beyond, got)
	}
}

func TestShiftOverTheCountyIsHundredsOfMetres(t *testing.T) {
	p := Point{Lat: 28.9, Lon: 120.03}
	if d := Distance(p, Express(p, GCJ02)); d < 300 || d > 700 {
		t.Errorf("shift of %v is %.0f m", p, d)
	}
}

func TestLooksShifted(t *testing.T) {
	here := Point{Lat: 28.9, Lon: 120.03}
	shifted := Express(here, GCJ02)
	pl := NewPlane(here)
	x, y := pl.XY(shifted)
	near := func(dx, dy float64) Point { return pl.Point(dx, dy) }
	cases := []struct {
		name string
		p    Point
		want bool
	}{
		{"the shift itself", shifted, true},
		{"the shift and 100 m of address error", near(x+70, y-70), true},
		{"the right place", here, false},
		{"100 m off", near(70, 70), false},
		{"as far, but the other way", near(-x, -y), false},
		{"as far, at a right angle", near(-y, x), false},
		{"twice as far", near(2*x, 2*y), false},
		{"another town", Point{29.1, 120.3}, false},
		{"nowhere", Point{math.NaN(), 120}, false},
	}
	for _, c := range cases {
		if got := LooksShifted(c.p, here); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if tokyo := (Point{35.68, 139.77}); LooksShifted(tokyo, tokyo) {
		t.Error("outside the box nothing looks shifted")
	}
}

func TestDatumIsAClosedSet(t *testing.T) {
	for d, want := range map[Datum]bool{WGS84: true, CGCS2000: true, GCJ02: true, BD09: true, "": false, "WGS84": false, "utm": false} {
		if d.Valid() != want {
			t.Errorf("Datum(%q).Valid() = %v", d, !want)
		}
	}
}

func farDegrees(a, b Point) float64 {
	return max(math.Abs(a.Lat-b.Lat), math.Abs(a.Lon-b.Lon))
}

func BenchmarkConvertGCJ(b *testing.B) {
	g := Express(Point{Lat: 28.9, Lon: 120.03}, GCJ02)
	for b.Loop() {
		Convert(g, GCJ02)
	}
}
