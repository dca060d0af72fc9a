package geo

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestDistanceAgainstKnownGeodesics(t *testing.T) {
	dms := func(d, m, s float64) float64 { return d + m/60 + s/3600 }
	cases := []struct {
		name   string
		a, b   Point
		meters float64
		share  float64 // allowed error
	}{
		// GDA Technical Manual: Flinders Peak to Buninyong.
		{"54 km", Point{-dms(37, 57, 3.7203), dms(144, 25, 29.5244)}, Point{-dms(37, 39, 10.1561), dms(143, 55, 35.3839)}, 54972.271, 1e-6},
		{"a degree of the equator", Point{0, 10}, Point{0, 11}, 111319.491, 2e-5},
		{"a degree of the meridian at the equator", Point{0, 0}, Point{1, 0}, 110574.389, 2e-5},
		{"the meridian's quarter", Point{0, 0}, Point{90, 0}, 10001965.729, 4e-3},
		{"nothing", Point{28.9, 120}, Point{28.9, 120}, 0, 0},
		{"across the antimeridian", Point{0, 179.5}, Point{0, -179.5}, 111319.491, 2e-5},
	}
	for _, c := range cases {
		got := Distance(c.a, c.b)
		if math.Abs(got-c.meters) > c.share*c.meters+1e-6 {
			t.Errorf("%s: %.3f m, want %.3f", c.name, got, c.meters)
		}
		if back := Distance(c.b, c.a); math.Abs(back-got) > 1e-6 {
			t.Errorf("%s: %.6f m one way, %.6f m the other", c.name, got, back)
		}
	}
}

func TestBearing(t *testing.T) {
	o := Point{28.9, 120}
	for want, to := range map[float64]Point{0: {29, 120}, 180: {28.8, 120}, 90: {28.9, 120.001}, 270: {28.9, 119.999}} {
		if got := Bearing(o, to); math.Abs(got-want) > 0.01 {
			t.Errorf("Bearing(%v) = %g, want %g", to, got, want)
		}
	}
	if got := Bearing(o, o); got != 0 {
		t.Errorf("bearing to itself is %g", got)
	}
}

func TestPlaneKeepsItsPromise(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	o := Point{28.9, 120.03}
	pl := NewPlane(o)
	for range 10_000 {
		p := pl.Point((random.Float64()-0.5)*7000, (random.Float64()-0.5)*7000)
		x, y := pl.XY(p)
		if back := pl.Point(x, y); farDegrees(back, p) > 1e-12 {
			t.Fatalf("%v comes back as %v", p, back)
		}
		q := pl.Point((random.Float64()-0.5)*7000, (random.Float64()-0.5)*7000)
		qx, qy := pl.XY(q)
		flat, round := math.Hypot(x-qx, y-qy), Distance(p, q)
		if math.Abs(flat-round) > 5e-4*round+1e-6 {
			t.Fatalf("%v to %v: %.3f m on the plane, %.3f m on earth", p, q, flat, round)
		}
	}
}

func TestSegmentDistance(t *testing.T) {
	o := Point{28.9, 120.03}
	at := NewPlane(o).Point
	cases := []struct {
		name          string
		a, b          Point
		meters, share float64
	}{
		{"passes by in the middle", at(-100, 30), at(100, 30), 30, 0.5},
		{"ends before", at(-200, 0), at(-50, 0), 50, 1},
		{"starts after", at(40, 0), at(90, 0), 40, 0},
		{"stands still", at(3, 4), at(3, 4), 5, 0},
		{"goes through", at(-10, -10), at(30, 30), 0, 0.25},
	}
	for _, c := range cases {
		m, s := SegmentDistance(o, c.a, c.b)
		if math.Abs(m-c.meters) > 0.01 || math.Abs(s-c.share) > 0.001 {
			t.Errorf("%s: %.3f m at %.3f, want %.3f at %.3f", c.name, m, s, c.meters, c.share)
		}
	}
}

func TestAroundHoldsTheCircle(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		p := Point{random.Float64()*180 - 90, random.Float64()*360 - 180}
		q := Point{max(-90, min(90, p.Lat+random.NormFloat64()*0.01)), p.Lon + random.NormFloat64()*0.01}
		if q.Lon > 180 || q.Lon < -180 {
			continue
		}
		if d := Distance(p, q); !Around(p, d).Contains(q) {
			t.Fatalf("%v lies %.1f m from %v and outside the box", q, d, p)
		}
	}
	b := Around(Point{28.9, 120}, 60)
	if b.Contains(Point{28.902, 120}) || b.Contains(Point{28.9, 120.002}) {
		t.Errorf("box of 60 m is too large: %+v", b)
	}
}

func TestPointValid(t *testing.T) {
	for _, p := range []Point{{91, 0}, {-91, 0}, {0, 181}, {0, -181}, {math.NaN(), 0}, {0, math.NaN()}, {math.Inf(1), 0}} {
		if p.Valid() {
			t.Errorf("%v is valid", p)
		}
	}
	if !(Point{-90, 180}).Valid() {
		t.Error("a corner of the world is not valid")
	}
}

func BenchmarkDistance(b *testing.B) {
	p, q := Point{28.9, 120.03}, Point{28.95, 120.1}
	for b.Loop() {
		Distance(p, q)
	}
}
