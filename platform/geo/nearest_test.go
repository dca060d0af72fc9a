package geo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// bruteNear is Near by looking at everything.
func bruteNear(points map[int]Point, p Point, k int, maxMeters float64) []Hit[int] {
	var all []Hit[int]
	for id, q := range points {
		if d := Distance(p, q); d <= maxMeters {
			all = append(all, Hit[int]{id, q, d})
		}
	}
	slices.SortFunc(all, func(a, b Hit[int]) int {
		if a.Meters != b.Meters {
			if a.Meters < b.Meters {
				return -1
			}
			return 1
		}
		return a.ID - b.ID
	})
	return all[:min(k, len(all))]
}

func TestNearAgreesWithLookingAtEverything(t *testing.T) {
	random := rand.New(rand.NewPCG(15, 16))
	centers := []Point{middle, {0, 0}, {0, 179.99}, {89.5, 10}, {-60, -120}}
	for _, center := range centers {
		n, points := NewNearest[int](), map[int]Point{}
		for range 4000 {
			id := random.IntN(600)
			if random.IntN(5) == 0 {
				n.Remove(id)
				delete(points, id)
				continue
			}
			p := Point{max(-90, min(90, center.Lat+random.NormFloat64()*0.05)), center.Lon + random.NormFloat64()*0.05}
			if p.Lon > 180 {
				p.Lon -= 360
			}
			p = Point{math.Round(p.Lat*500) / 500, math.Round(p.Lon*500) / 500} // many ties
			n.Set(id, p)
			points[id] = p
		}
		for range 200 {
			p := Point{max(-90, min(90, center.Lat+random.NormFloat64()*0.1)), min(180, center.Lon+random.NormFloat64()*0.1)}
			k, reach := 1+random.IntN(20), []float64{50, 500, 5000, 50_000, math.Inf(1)}[random.IntN(5)]
			got, want := n.Near(p, k, reach), bruteNear(points, p, k, reach)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("Near(%v, %d, %g):\n%v\nwant\n%v", p, k, reach, got, want)
			}
		}
		if n.Len() != len(points) {
			t.Errorf("%d points, want %d", n.Len(), len(points))
		}
	}
}

func TestTiesGoById(t *testing.T) {
	n := NewNearest[string]()
	for _, id := range []string{"c", "a", "d", "b"} {
		n.Set(id, middle)
	}
	hits := n.Near(middle, 3, 10)
	if len(hits) != 3 || hits[0].ID != "a" || hits[1].ID != "b" || hits[2].ID != "c" {
		t.Errorf("%v", hits)
	}
}

func TestWhatIsGoneIsNotNear(t *testing.T) {
	n := NewNearest[string]()
	n.Set("a", middle)
	n.Set("b", middle)
	n.Remove("a")
	n.Set("b", Point{math.NaN(), 0})
	n.Remove("never there")
	if hits := n.Near(middle, 5, math.Inf(1)); len(hits) != 0 {
		t.Errorf("%v", hits)
	}
	if len(n.cells) != 0 {
		t.Errorf("%d cells are left behind", len(n.cells))
	}
	if _, ok := n.At("b"); ok {
		t.Error("b is still somewhere")
	}
}

func TestNearRefusesQuestionsWithoutSense(t *testing.T) {
	n := NewNearest[int]()
	n.Set(1, middle)
	for _, hits := range [][]Hit[int]{n.Near(middle, 0, 10), n.Near(middle, 1, -1), n.Near(middle, 1, math.NaN()), n.Near(Point{100, 0}, 1, 10)} {
		if len(hits) != 0 {
			t.Errorf("%v", hits)
		}
	}
}

func TestNearestFromManyGoroutines(t *testing.T) {
	n := NewNearest[int]()
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for range 2000 {
				id := random.IntN(100)
				n.Set(id, Point{middle.Lat + random.Float64()*0.1, middle.Lon + random.Float64()*0.1})
				if got := len(n.Near(middle, 5, 100_000)); got > 5 {
					t.Errorf("%d hits", got)
				}
				n.Remove(random.IntN(100))
			}
		})
	}
	all.Wait()
}

func BenchmarkNearest(b *testing.B) {
	random := rand.New(rand.NewPCG(17, 18))
	n := NewNearest[int32]()
	at := func() Point {
		return Point{middle.Lat + random.Float64()*0.3, middle.Lon + random.Float64()*0.35}
	}
	for id := range int32(20_000) {
		n.Set(id, at())
	}
	b.Run("near10_of_20000", func(b *testing.B) {
		for b.Loop() {
			n.Near(at(), 10, 50_000)
		}
	})
	b.Run("set", func(b *testing.B) {
		i := int32(0)
		for b.Loop() {
			n.Set(i%20_000, at())
			i++
		}
	})
}
