package place

import (
	"cmp"
	"slices"
)

// answer turns one matched name of one reading into candidates.
type answer struct {
	q            *question
	r            reading
	at           int // the group that matched
	m            match
	wholeVillage bool // the name is the village's own
}

// all adds every place the match can mean, town by town.
func (a *answer) all() {
	numbers := a.numbers()
	if len(numbers) > 0 {
		if known := a.liveDoors(a.q.g.byNumber[knock{a.m.name, numbers[0].value}]); len(known) > 0 {
			a.perTown(known, func(town []int32) { a.house(town, numbers) })
			return
		}
	}
	doors := a.liveDoors(a.q.g.doors[a.m.name])
	a.perTown(doors, func(town []int32) { a.street(town, numbers) })
	for _, v := range a.q.g.villages[a.m.name] {
		unseen := !slices.ContainsFunc(doors, func(i int32) bool { return a.q.g.addresses[i].Town == v.town })
		if unseen && (a.r.town == "" || a.r.town == v.town) {
			a.region(v, Hamlet)
		}
	}
}

// numbers are those behind the matched name.
func (a *answer) numbers() (out []number) {
	if a.at >= len(a.r.groups) {
		return nil
	}
	return a.r.groups[a.at].numbers
}

func (a *answer) liveDoors(list []int32) []int32 {
	if a.q.live == nil {
		return list
	}
	dead := func(i int32) bool { return !a.q.live(&a.q.g.addresses[i]) }
	if !slices.ContainsFunc(list, dead) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), dead)
}

// perTown splits addresses by town and village said, in the order of towns.
func (a *answer) perTown(doors []int32, each func(town []int32)) {
	towns := map[string][]int32{}
	var order []string
	for _, i := range doors {
		at := &a.q.g.addresses[i]
		if a.wholeVillage && at.Town != a.r.town {
			continue
		}
		key := at.Town
		if a.r.village != "" && at.Village == a.r.village {
			key += "/" + at.Village
		}
		if _, known := towns[key]; !known {
			order = append(order, key)
		}
		towns[key] = append(towns[key], i)
	}
	slices.Sort(order)
	for _, key := range order {
		each(towns[key])
	}
}

// house adds the addresses of one town that fit the first number, as far as they
// fit the others.
func (a *answer) house(doors []int32, asked []number) {
	best := 0
	for _, i := range doors {
		best = max(best, a.fits(i, asked))
	}
	var fitting, whole []int32
	for _, i := range doors {
		if a.fits(i, asked) != best {
			continue
		}
		fitting = append(fitting, i)
		if rest := len(a.q.g.numbers[i]) - a.offset(i, asked) - best; rest == 0 {
			whole = append(whole, i)
		}
	}
	factor := 1.0
	switch {
	case best == 0: // filed under this number by another of its names
		best = 1
	case len(whole) > 0 && best < len(asked):
		fitting, factor = whole, factorShort // the house is known, rooms are not listed
	case len(whole) > 0:
		fitting = whole
	case best < len(asked):
		factor = factorPart
	}
	if len(fitting) == 1 {
		a.door(fitting[0], asked[:best], factor)
		return
	}
	a.together(fitting, House, asked[:best], factor*factorShort)
}

// fits is how many of the asked numbers an address has, from the first on.
func (a *answer) fits(i int32, asked []number) int {
	have := a.q.g.numbers[i][min(a.offset(i, asked), len(a.q.g.numbers[i])):]
	n := 0
	for n < len(asked) && n < len(have) && asked[n].same(have[n]) {
		n++
	}
	return n
}

// offset is where in the address's numbers the first asked one stands: behind a
// second name it is not at the beginning.
func (a *answer) offset(i int32, asked []number) int {
	at := slices.IndexFunc(a.q.g.numbers[i], func(n number) bool { return n.value == asked[0].value })
	return max(at, 0)
}

// street adds what stands for a name without a known number: the one site so
// named, the neighbour of the number asked, or the whole street.
func (a *answer) street(doors []int32, asked []number) {
	if len(asked) > 0 {
		if i, away := a.neighbour(doors, asked[0]); away > 0 && away <= 20 {
			a.close(i, away, asked[:1])
			return
		}
	}
	factor := factorStreet
	if len(asked) > 0 {
		factor = factorNoNumber
	}
	if own := a.unnumbered(doors); len(own) == 1 {
		if len(asked) == 0 {
			factor = 1
		}
		a.door(own[0], nil, factor)
		return
	}
	a.together(doors, Street, nil, factor)
}

// unnumbered are the addresses that are the name itself.
func (a *answer) unnumbered(doors []int32) (out []int32) {
	for _, i := range doors {
		if len(a.q.g.numbers[i]) == 0 {
			out = append(out, i)
		}
	}
	return out
}

// neighbour is the address with the nearest number and how far off it counts;
// the other side of the street counts one more.
func (a *answer) neighbour(doors []int32, asked number) (door int32, away int) {
	want, ok := leadingInt(asked.value)
	if !ok {
		return 0, 0
	}
	for _, i := range doors {
		if len(a.q.g.numbers[i]) == 0 {
			continue
		}
		have, ok := leadingInt(a.q.g.numbers[i][0].value)
		if !ok {
			continue
		}
		diff := max(want-have, have-want)
		if diff%2 == 1 {
			diff++
		}
		diff = max(diff, 1) // 88-1 for 88
		if away == 0 || diff < away {
			door, away = i, diff
		}
	}
	return door, away
}

func (a *answer) door(i int32, matched []number, factor float64) {
	at := &a.q.g.addresses[i]
	c := a.candidate(i, at.Town, at.Village, Door, matched, factor)
	c.PlaceID, c.Name = at.ID, at.Name
	p := at.Point
	c.Point, c.Uncertainty = &p, a.rough(at.Uncertainty)
	a.q.out = append(a.q.out, c)
}

func (a *answer) close(i int32, away int, asked []number) {
	at := &a.q.g.addresses[i]
	c := a.candidate(i, at.Town, at.Village, Close, nil, factorNeighbour)
	c.Matched = append(c.Matched, Part{Kind: kindOf(asked[0]), Text: asked[0].text, How: Missing})
	c.Name = a.text() + asked[0].text
	p := at.Point
	c.Point, c.Uncertainty = &p, a.rough(at.Uncertainty+neighbourMeters*float64(away))
	a.q.out = append(a.q.out, c)
}

// together adds one candidate for several addresses.
func (a *answer) together(doors []int32, grain Grain, matched []number, factor float64) {
	if len(doors) == 0 {
		return
	}
	e := newExtent()
	for _, i := range doors {
		e.add(&a.q.g.addresses[i])
	}
	first := &a.q.g.addresses[doors[0]]
	c := a.candidate(doors[0], first.Town, first.Village, grain, matched, factor)
	c.Name = a.text()
	for _, n := range matched {
		c.Name += n.text
	}
	p, reach := e.middle()
	c.Point, c.Uncertainty = &p, a.rough(reach)
	a.q.out = append(a.q.out, c)
}

// region adds a village or a town as a whole.
func (a *answer) region(v village, grain Grain) {
	factor := factorTown
	if grain == Hamlet {
		factor = factorVillage
	}
	if len(a.numbers()) > 0 {
		factor *= factorNoNumber
	}
	c := a.candidate(none, v.town, v.name, grain, nil, factor)
	c.Name = cmp.Or(v.name, v.town)
	if e := a.q.g.extent[v]; e != nil {
		p, reach := e.middle()
		c.Point, c.Uncertainty = &p, a.rough(reach)
	}
	a.q.out = append(a.q.out, c)
}
