package place

import (
	"slices"
	"strconv"
	"strings"

	"zhian/platform/geo"
)

// gazetteer answers where a text may mean, over one set of addresses. It never
// changes once made.
type gazetteer struct {
	lexicon   *lexicon
	addresses []Address
	numbers   [][]number // of each address, in its first reading
	names     *names
	doors     [][]int32           // name → addresses that carry it
	byNumber  map[knock][]int32   // name and first number → addresses
	villages  [][]village         // name → villages called so
	extent    map[village]*extent // of villages; town alone has an empty name
	near      *geo.Nearest[int32]
}

// knock is a name and the first number behind it.
type knock struct {
	name  int32
	value string
}

// extent is where some addresses lie together.
type extent struct {
	bounds geo.Bounds
	lat    float64
	lon    float64
	count  float64
	rough  float64 // largest uncertainty of its addresses
}

func newExtent() *extent { return &extent{bounds: geo.NoBounds()} }

func (e *extent) add(a *Address) {
	e.bounds = e.bounds.With(a.Point)
	e.lat, e.lon, e.count = e.lat+a.Point.Lat, e.lon+a.Point.Lon, e.count+1
	e.rough = max(e.rough, a.Uncertainty)
}

// middle is the mean point and how far the addresses reach around it, metres.
func (e *extent) middle() (geo.Point, float64) {
	p := geo.Point{Lat: e.lat / e.count, Lon: e.lon / e.count}
	reach := geo.Distance(geo.Point{Lat: e.bounds.South, Lon: e.bounds.West}, geo.Point{Lat: e.bounds.North, Lon: e.bounds.East}) / 2
	return p, reach + e.rough
}

func newGazetteer(lx *lexicon, addresses []Address) *gazetteer {
	g := &gazetteer{lexicon: lx, addresses: addresses, numbers: make([][]number, len(addresses)), names: newNames(lx),
		byNumber: map[knock][]int32{}, extent: map[village]*extent{}, near: geo.NewNearest[int32]()}
	for i := range addresses {
		g.enter(int32(i))
	}
	for _, v := range lx.villages {
		n := g.name(v.name)
		g.villages[n] = append(g.villages[n], v)
	}
	g.names.finish()
	return g
}

// name is the position of a name, with room beside it.
func (g *gazetteer) name(text string) int32 {
	n := g.names.add(text)
	for len(g.doors) <= int(n) {
		g.doors = append(g.doors, nil)
		g.villages = append(g.villages, nil)
	}
	return n
}

// enter files one address under all the names it can be asked for by.
func (g *gazetteer) enter(i int32) {
	a := &g.addresses[i]
	g.near.Set(i, a.Point)
	for _, v := range []village{{town: a.Town}, {a.Village, a.Town}} {
		if g.extent[v] == nil {
			g.extent[v] = newExtent()
		}
		g.extent[v].add(a)
	}
	for k, text := range append([]string{a.Name}, a.Aliases...) {
		cleaned, err := Clean(text, "")
		if err != nil {
			continue // the tables hold only texts that were clean when they came
		}
		for _, r := range g.lexicon.read(cleaned) {
			if !r.certain() {
				continue
			}
			if k == 0 && g.numbers[i] == nil {
				g.numbers[i] = r.numbers()
			}
			g.file(i, r)
		}
	}
}

// certain reports whether only whole names of divisions were taken off: a site
// in a town is not filed under the rest of its name when it is merely called
// like the town.
func (r reading) certain() bool {
	return (r.townHow == "" || r.townHow == Exact) && (r.villageHow == "" || r.villageHow == Exact)
}

func (r reading) numbers() (out []number) {
	for _, g := range r.groups {
		out = append(out, g.numbers...)
	}
	return out
}

// file enters address i under the names of one reading.
func (g *gazetteer) file(i int32, r reading) {
	for _, gr := range r.groups {
		text := gr.name
		if text == "" {
			text = r.village
		}
		if text == "" {
			continue
		}
		n := g.name(text)
		if !slices.Contains(g.doors[n][max(0, len(g.doors[n])-1):], i) {
			g.doors[n] = append(g.doors[n], i)
		}
		if len(gr.numbers) == 0 {
			continue
		}
		k := knock{n, gr.numbers[0].value}
		if list := g.byNumber[k]; len(list) == 0 || list[len(list)-1] != i {
			g.byNumber[k] = append(list, i)
		}
	}
	if len(r.groups) == 0 && r.village != "" { // the village itself has a point
		n := g.name(r.village)
		g.doors[n] = append(g.doors[n], i)
	}
}

// question is one text being looked for in one gazetteer.
type question struct {
	g    *gazetteer
	live func(*Address) bool // false for what has changed since the index was made; nil when nothing has
	out  []Candidate
}

// goodEnough is the score from which other spellings need not be tried.
const goodEnough = 0.75

// find adds the candidates for all readings of a text.
func (q *question) find(readings []reading) {
	best := 0.0
	for _, r := range readings {
		if len(r.groups) == 0 || r.groups[0].name == "" {
			q.division(r)
		}
		q.read(r, q.g.names.plainly)
		if q.certain(r) {
			return
		}
	}
	for _, c := range q.out {
		best = max(best, c.Score)
	}
	if best >= goodEnough {
		return
	}
	for _, r := range readings {
		q.read(r, q.g.names.similar)
	}
}

// certain reports whether a reading explains all of its text: the town in full,
// name and number of one address. The readings after it take less of the text
// for the town and can only score less.
func (q *question) certain(r reading) bool {
	if r.townHow != Exact || r.village != "" {
		return false
	}
	return slices.ContainsFunc(q.out, func(c Candidate) bool { return c.Grain == Door && c.Score >= 1 })
}

// read adds the candidates of one reading, with names matched in one way.
func (q *question) read(r reading, match func(string) []match) {
	for i, gr := range r.groups {
		if gr.name == "" {
			continue
		}
		for _, m := range match(gr.name) {
			a := answer{q: q, r: r, at: i, m: m}
			a.all()
		}
	}
}

// division adds what a reading means that names a town or village and at most a
// number.
func (q *question) division(r reading) {
	if r.village != "" {
		if n, ok := q.g.names.byText[r.village]; ok {
			a := answer{q: q, r: r, at: 0, m: match{name: n, how: r.villageHow, quality: 1}, wholeVillage: true}
			a.all()
		}
		return
	}
	if r.town == "" {
		return
	}
	a := answer{q: q, r: r, at: 0}
	a.region(village{town: r.town}, Region)
}

// nearest is the standard address nearest to p within reach metres.
func (g *gazetteer) nearest(p geo.Point, reach float64, live func(*Address) bool) (Near, bool) {
	for k := 8; ; k *= 8 { // all rooms of a house can have changed at once
		hits := g.near.Near(p, k, reach)
		for _, hit := range hits {
			if a := &g.addresses[hit.ID]; live == nil || live(a) {
				return Near{PlaceID: a.ID, Name: a.Town + a.Name, Meters: hit.Meters}, true
			}
		}
		if len(hits) < k {
			return Near{}, false
		}
	}
}

// leadingInt is the number that a value starts with, for neighbours in a street.
func leadingInt(value string) (int, bool) {
	end := strings.IndexFunc(value, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(value)
	}
	n, err := strconv.Atoi(value[:end])
	return n, err == nil
}
