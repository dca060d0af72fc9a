package geo

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"zhian/platform/fault"
)

var middle = Point{28.9, 120.03}

// star is a random ring around a point: never crosses itself, often deeply
// notched.
func star(random *rand.Rand, center Point, vertices int, low, high float64) []Point {
	ring := make([]Point, vertices)
	for i := range ring {
		sin, cos := math.Sincos(2 * math.Pi * (float64(i) + random.Float64()*0.9) / float64(vertices))
		radius := low + random.Float64()*(high-low)
		ring[i] = Point{center.Lat + radius*sin, center.Lon + radius*cos}
	}
	return ring
}

// exactly is the even-odd rule in exact arithmetic over every edge.
func exactly(polygons []polygon, p Point) bool {
	inside := false
	rat := func(f float64) *big.Rat { return new(big.Rat).SetFloat64(f) }
	for _, pg := range polygons {
		for _, ring := range pg {
			for i, a := range ring {
				b := ring[(i+1)%len(ring)]
				if a.Lat > b.Lat {
					a, b = b, a
				}
				if p.Lat < a.Lat || p.Lat >= b.Lat {
					continue
				}
				share := new(big.Rat).Quo(new(big.Rat).Sub(rat(p.Lat), rat(a.Lat)), new(big.Rat).Sub(rat(b.Lat), rat(a.Lat)))
				x := share.Mul(share, new(big.Rat).Sub(rat(b.Lon), rat(a.Lon)))
				if rat(p.Lon).Cmp(x.Add(x, rat(a.Lon))) < 0 {
					inside = !inside
				}
			}
		}
	}
	return inside
}

func randomRegions(random *rand.Rand, count, vertices int) (out []*Region) {
	for range count {
		center := Point{middle.Lat + random.NormFloat64()*0.1, middle.Lon + random.NormFloat64()*0.1}
		part := polygon{star(random, center, vertices, 0.05, 0.1), star(random, center, 5+vertices/10, 0.01, 0.04)}
		far := polygon{star(random, Point{center.Lat + 0.2, center.Lon}, 4, 0.02, 0.03)}
		out = append(out, newRegion([]polygon{part, far}))
	}
	return out
}

func TestContainsAndIndexAgreeWithExactArithmetic(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, vertices := range []int{5, 40, 400} {
		regions := randomRegions(random, 12, vertices)
		entries := []Entry[int]{}
		for i, r := range regions {
			entries = append(entries, Entry[int]{r, i})
		}
		ix := NewIndex(entries)
		for n := range 1500 {
			p := Point{middle.Lat - 0.3 + random.Float64()*0.9, middle.Lon - 0.3 + random.Float64()*0.6}
			if n%3 == 0 { // close to a border, where it is hard
				ring := regions[random.IntN(len(regions))].polygons[0][0]
				p = Point{ring[0].Lat + random.NormFloat64()*1e-7, ring[0].Lon + random.NormFloat64()*1e-7}
			}
			want, found := 0, false
			for i := len(regions) - 1; i >= 0; i-- {
				inside := exactly(regions[i].polygons, p)
				if inside != regions[i].Contains(p) {
					t.Fatalf("region %d of %d vertices: Contains(%v) is %v", i, vertices, p, !inside)
				}
				if inside {
					want, found = i, true
				}
			}
			if got, ok := ix.At(p); ok != found || ok && got != want {
				t.Fatalf("At(%v) = %d %v, want %d %v", p, got, ok, want, found)
			}
		}
	}
}

func TestIndexAgreesWithContainsOnManyPoints(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	regions := randomRegions(random, 20, 300)
	entries := []Entry[int]{}
	for i, r := range regions {
		entries = append(entries, Entry[int]{r, i})
	}
	ix := NewIndex(entries)
	b := ix.Bounds()
	for range 300_000 {
		p := Point{b.South + random.Float64()*(b.North-b.South), b.West + random.Float64()*(b.East-b.West)}
		want, found := 0, false
		for i, r := range regions {
			if r.Contains(p) {
				want, found = i, true
				break
			}
		}
		if got, ok := ix.At(p); ok != found || ok && got != want {
			t.Fatalf("At(%v) = %d %v, want %d %v", p, got, ok, want, found)
		}
	}
}

// tiles is a patchwork of n × n quadrilaterals with shaken corners that share
// every vertex with their neighbours.
func tiles(random *rand.Rand, n int) (out []*Region, corners []Point) {
	at := func(i, j int) Point { return corners[i*(n+1)+j] }
	for i := range n + 1 {
		for j := range n + 1 {
			corners = append(corners, Point{
				middle.Lat + (float64(i)+0.3*random.Float64())*0.01,
				middle.Lon + (float64(j)+0.3*random.Float64())*0.01,
			})
		}
	}
	for i := range n {
		for j := range n {
			ring := []Point{at(i, j), at(i, j+1), at(i+1, j+1), at(i+1, j)}
			if (i+j)%2 == 0 { // direction must not matter
				ring = []Point{ring[3], ring[2], ring[1], ring[0]}
			}
			out = append(out, newRegion([]polygon{{ring}}))
		}
	}
	return out, corners
}

func TestNeighboursShareNoPointAndLeaveNoneOut(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	const n = 6
	regions, corners := tiles(random, n)
	count := func(p Point) (holders int) {
		for _, r := range regions {
			if r.Contains(p) {
				holders++
			}
		}
		return holders
	}
	inner := func(i, j int) Point { return corners[i*(n+1)+j] }
	for i := 1; i < n; i++ {
		for j := 1; j < n; j++ {
			a, b := inner(i, j), inner(i, j+1)
			for _, p := range []Point{a, {(a.Lat + b.Lat) / 2, (a.Lon + b.Lon) / 2}} {
				if got := count(p); j+1 < n && got != 1 {
					t.Errorf("%v on a border is in %d regions", p, got)
				}
			}
		}
	}
	for range 50_000 {
		p := Point{middle.Lat + 0.004 + random.Float64()*0.055, middle.Lon + 0.004 + random.Float64()*0.055}
		if got := count(p); got != 1 {
			t.Fatalf("%v is in %d regions", p, got)
		}
	}
}

func TestAreaOfADegreeOfLatitudeBand(t *testing.T) {
	r := newRegion([]polygon{{{{28, 120}, {28, 121}, {29, 121}, {29, 120}}}})
	// The ellipsoid's radii at 28.5°: M 6,349,950 m × N 6,383,003 m × cos φ × 1° × 1°.
	if got := r.Area() / 1e6; math.Abs(got-10850.4) > 0.5 {
		t.Errorf("%.1f km²", got)
	}
	hole := newRegion([]polygon{{{{28, 120}, {28, 121}, {29, 121}, {29, 120}}, {{28.2, 120.2}, {28.2, 120.8}, {28.8, 120.8}, {28.8, 120.2}}}})
	if share := hole.Area() / r.Area(); math.Abs(share-0.64) > 0.001 {
		t.Errorf("with a hole %.4f of the whole", share)
	}
}

func TestMiddleLiesInside(t *testing.T) {
	horseshoe := newRegion([]polygon{{{{0, 0}, {0, 3}, {3, 3}, {3, 2}, {1, 2}, {1, 1}, {3, 1}, {3, 0}}}})
	if m := horseshoe.Middle(); !horseshoe.Contains(m) {
		t.Errorf("%v is not inside", m)
	}
}

func TestIndexOfNothing(t *testing.T) {
	if _, ok := NewIndex[int](nil).At(middle); ok {
		t.Error("an empty index knows a region")
	}
}

func TestParseRegionFaults(t *testing.T) {
	const square = `[[120,28],[121,28],[121,29],[120,29],[120,28]]`
	cases := []struct{ text, key, path string }{
		{`{`, "geo.malformed", "/g"},
		{`{"type":"Point","coordinates":[1,2]}`, "geo.type_unknown", "/g/type"},
		{`{"coordinates":[` + square + `]}`, "geo.type_unknown", "/g/type"},
		{`{"type":"Polygon"}`, "geo.list_expected", "/g/coordinates"},
		{`{"type":"Polygon","coordinates":[]}`, "geo.list_expected", "/g/coordinates"},
		{`{"type":"Polygon","coordinates":[7]}`, "geo.list_expected", "/g/coordinates/0"},
		{`{"type":"Polygon","coordinates":[[[1,2],[1,2]]]}`, "geo.ring_too_short", "/g/coordinates/0"},
		{`{"type":"Polygon","coordinates":[[[120,28],[121,28],[121,29],[120,29]]]}`, "geo.ring_open", "/g/coordinates/0"},
		{`{"type":"Polygon","coordinates":[[[120,28],[121,28],[122,28],[120,28]]]}`, "geo.ring_empty", "/g/coordinates/0"},
		{`{"type":"Polygon","coordinates":[[[120,28],[120,28],[120,28],[120,28]]]}`, "geo.ring_empty", "/g/coordinates/0"},
		{`{"type":"Polygon","coordinates":[[[120,28],[121,29],[121,28],[120,29.5],[120,28]]]}`, "geo.ring_crosses_itself", "/g/coordinates/0"},
		{`{"type":"Polygon","coordinates":[[[120,28],[121,28],[121,"x"],[120,29],[120,28]]]}`, "geo.number_expected", "/g/coordinates/0/2"},
		{`{"type":"Polygon","coordinates":[[[120,28],[121,28],[121],[120,29],[120,28]]]}`, "geo.position_expected", "/g/coordinates/0/2"},
		{`{"type":"Polygon","coordinates":[[[28,120],[28,121],[29,121],[29,120],[28,120]]]}`, "geo.latitude_out_of_range", "/g/coordinates/0/0/1"},
		{`{"type":"Polygon","coordinates":[[[190,28],[121,28],[121,29],[120,29],[190,28]]]}`, "geo.longitude_out_of_range", "/g/coordinates/0/0/0"},
		{`{"type":"MultiPolygon","coordinates":[[` + square + `],[[[1,2]]]]}`, "geo.ring_too_short", "/g/coordinates/1/0"},
	}
	for _, c := range cases {
		_, err := ParseRegion([]byte(c.text), WGS84, "/g")
		if f := fault.Of(err); err == nil || f.Kind != fault.Invalid || f.Key != c.key || f.Path != c.path {
			t.Errorf("%s: %v, want %s at %s", c.text, err, c.key, c.path)
		}
	}
	many := `{"type":"Polygon","coordinates":[[` + strings.Repeat("[120,28],[121,28],", maxVertices/2) + `[120,28]]]}`
	if _, err := ParseRegion([]byte(many), WGS84, ""); fault.KeyOf(err) != "geo.too_many_vertices" {
		t.Errorf("%d vertices: %v", maxVertices+1, err)
	}
}

func TestParseRegionReadsHolesPartsAndDatum(t *testing.T) {
	text := `{"type":"MultiPolygon","coordinates":[
		[[[120,28],[121,28],[121,29],[120,29],[120,28]],[[120.4,28.4],[120.6,28.4],[120.6,28.6],[120.4,28.6],[120.4,28.4]]],
		[[[122,28],[122,29],[123,29],[123,28],[122,28,5]]]]}`
	r, err := ParseRegion([]byte(text), WGS84, "")
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[Point]bool{{28.1, 120.1}: true, {28.5, 120.5}: false, {28.5, 122.5}: true, {28.5, 121.5}: false, {0, 0}: false} {
		if r.Contains(p) != want {
			t.Errorf("Contains(%v) = %v", p, !want)
		}
	}
	again, err := r.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	second, err := ParseRegion(again, WGS84, "")
	if err != nil || second.Bounds() != r.Bounds() || second.Area() != r.Area() {
		t.Errorf("a region written and read again differs: %v", err)
	}
	shifted, err := ParseRegion([]byte(text), GCJ02, "")
	if err != nil {
		t.Fatal(err)
	}
	if d := Distance(Point{shifted.Bounds().South, shifted.Bounds().West}, Point{28, 120}); d < 300 || d > 800 {
		t.Errorf("a region in the shifted datum moved by %.0f m", d)
	}
}

func FuzzParseRegion(f *testing.F) {
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[120,28],[121,28],[121,29],[120,29],[120,28]]]}`))
	f.Add([]byte(`{"type":"MultiPolygon","coordinates":[[[[120,28],[121,28],[121,29],[120,28]]]]}`))
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[1e308,28],[121,-1e308]]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseRegion(data, WGS84, "")
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("a fault of the sender's is called %v", err)
			}
			return
		}
		ix := NewIndex([]Entry[int]{{r, 1}})
		for _, ring := range r.polygons[0] {
			for _, p := range ring {
				if _, ok := ix.At(p); ok != r.Contains(p) {
					t.Fatalf("index and region differ at %v", p)
				}
			}
		}
		text, err := r.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseRegion(text, WGS84, ""); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}

// outline is a ring as a county's is: uneven on every scale.
func outline(random *rand.Rand, vertices int) []Point {
	ring := make([]Point, vertices)
	phases := [9]float64{}
	for i := range phases {
		phases[i] = random.Float64() * 2 * math.Pi
	}
	for i := range ring {
		angle := 2 * math.Pi * float64(i) / float64(vertices)
		radius := 0.17
		for k, phase := range phases {
			waves := math.Pow(2, float64(k)+1)
			radius += 0.03 / waves * math.Sin(waves*angle+phase)
		}
		sin, cos := math.Sincos(angle)
		ring[i] = Point{middle.Lat + radius*sin, middle.Lon + radius*cos}
	}
	return ring
}

func BenchmarkIndexAt(b *testing.B) {
	random := rand.New(rand.NewPCG(13, 14))
	county := newRegion([]polygon{{outline(random, 5229)}})
	tiled, _ := tiles(random, 4)
	entries := []Entry[int]{}
	for i, r := range tiled {
		entries = append(entries, Entry[int]{r, i})
	}
	for name, ix := range map[string]*Index[int]{"county_5229_vertices": NewIndex([]Entry[int]{{county, 0}}), "16_areas": NewIndex(entries)} {
		bounds := ix.Bounds()
		points := make([]Point, 4096)
		for i := range points {
			points[i] = Point{bounds.South + random.Float64()*(bounds.North-bounds.South), bounds.West + random.Float64()*(bounds.East-bounds.West)}
		}
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				ix.At(points[i&4095])
				i++
			}
		})
	}
}
