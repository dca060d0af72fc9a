package place

import (
	"cmp"
	"slices"
	"time"

	"zhian/platform/geo"
)

// atlas is all that is held in memory, of one moment. It never changes once
// made: the service swaps it for another.
type atlas struct {
	lexicon  *lexicon
	base     *gazetteer
	recent   *gazetteer      // addresses changed since base was made
	changed  map[string]bool // their ids, and those retired since
	areas    []chart
	index    *geo.Index[int]
	turn     time.Time // when an area next begins or ends; zero for never
	hazards  []Hazard
	warnings *geo.Nearest[int32]
	posted   map[string][]int // place → its hazards
}

// chart is an area and its outline.
type chart struct {
	Area
	region *geo.Region
}

// withAreas is the atlas with other areas: those in force at now are asked, the
// smaller before the larger where they overlap.
func (at atlas) withAreas(all []chart, now time.Time) *atlas {
	at.areas, at.turn = nil, time.Time{}
	for _, c := range all {
		if c.holds(now) {
			at.areas = append(at.areas, c)
		}
		at.turn = sooner(at.turn, c.ValidFrom, now)
		if c.ValidTo != nil {
			at.turn = sooner(at.turn, *c.ValidTo, now)
		}
	}
	slices.SortStableFunc(at.areas, func(a, b chart) int {
		return cmp.Or(cmp.Compare(a.region.Area(), b.region.Area()), cmp.Compare(a.ID, b.ID))
	})
	entries := make([]geo.Entry[int], len(at.areas))
	for i, c := range at.areas {
		entries[i] = geo.Entry[int]{Region: c.region, Value: i}
	}
	at.index = geo.NewIndex(entries)
	return &at
}

// sooner is the earlier of turn and a moment after now.
func sooner(turn, moment, now time.Time) time.Time {
	if moment.After(now) && (turn.IsZero() || moment.Before(turn)) {
		return moment
	}
	return turn
}

func (at atlas) withHazards(all []Hazard) *atlas {
	at.hazards, at.warnings, at.posted = all, geo.NewNearest[int32](), map[string][]int{}
	for i, h := range all {
		at.warnings.Set(int32(i), h.Point)
		if h.PlaceID != "" {
			at.posted[h.PlaceID] = append(at.posted[h.PlaceID], i)
		}
	}
	return &at
}

// withBase is the atlas with every address indexed anew.
func (at atlas) withBase(lx *lexicon, live []Address) *atlas {
	at.lexicon, at.base = lx, newGazetteer(lx, live)
	at.recent, at.changed = newGazetteer(bare(lx), nil), map[string]bool{}
	return &at
}

// withRecent is the atlas with the addresses that changed since its base.
func (at atlas) withRecent(changes []Address) *atlas {
	at.changed = make(map[string]bool, len(changes))
	var live []Address
	for _, a := range changes {
		at.changed[a.ID] = true
		if a.RetiredAt == nil {
			live = append(live, a)
		}
	}
	at.recent = newGazetteer(bare(at.lexicon), live)
	return &at
}

// bare is a lexicon that reads the same and offers no villages of its own: the
// base offers them already.
func bare(lx *lexicon) *lexicon {
	out := *lx
	out.villages = nil
	return &out
}

// unchanged tells which addresses of the base still hold; nil when all do.
func (at *atlas) unchanged() func(*Address) bool {
	if len(at.changed) == 0 {
		return nil
	}
	return func(a *Address) bool { return !at.changed[a.ID] }
}

// find lists what a cleaned text may mean, best first.
func (at *atlas) find(cleaned string, limit int) ([]Candidate, bool) {
	if cleaned == "" {
		return []Candidate{}, false
	}
	readings := at.lexicon.read(cleaned)
	old := question{g: at.base, live: at.unchanged()}
	old.find(readings)
	if len(at.recent.addresses) > 0 {
		fresh := question{g: at.recent}
		fresh.find(readings)
		old.out = append(old.out, fresh.out...)
	}
	heed(old.out)
	for i := range old.out {
		c := &old.out[i]
		if c.Point == nil {
			continue
		}
		if area, ok := at.areaAt(*c.Point); ok {
			c.StationID, c.Class = area.StationID, area.Class
		}
	}
	return judge(old.out, limit)
}

func (at *atlas) areaAt(p geo.Point) (*Area, bool) {
	i, ok := at.index.At(p)
	if !ok {
		return nil, false
	}
	return &at.areas[i].Area, true
}

const nearestReach = 2_000.0 // metres

func (at *atlas) nearest(p geo.Point) *Near {
	best, ok := at.base.nearest(p, nearestReach, at.unchanged())
	if other, found := at.recent.nearest(p, nearestReach, nil); found && (!ok || other.Meters < best.Meters) {
		best, ok = other, true
	}
	if !ok {
		return nil
	}
	return &best
}

// WarnShifted says that a point marked WGS-84 lies where the shifted datum would
// put the address beside it, or that only in that datum it lies in the county.
const WarnShifted = "place.point_looks_shifted"

// WarnFar says that a point lies so far from the county that its datum, its
// columns or its sign may be mistaken.
const WarnFar = "place.point_far_outside"

// WarnApart says that a point and the address beside it are far apart.
const WarnApart = "place.point_far_from_address"

const (
	apartMeters = 1_000.0
	farMeters   = 100_000 // from all areas: a neighbour's call comes from nearer
	keyMeters   = 30.0    // within which the nearest address is taken for a point's own
)

// locate answers a question: point is nil when only a text is given.
func (at *atlas) locate(cleaned string, point *geo.Point, limit int, now time.Time) Located {
	out := Located{Point: point, Warnings: []string{}, Hazards: []Hazard{}}
	out.Candidates, out.Ambiguous = at.find(cleaned, limit)
	first, isSettled := out.Settled()
	where, placeID := point, ""
	if isSettled {
		placeID = first.PlaceID
		if where == nil {
			where = first.Point
		}
	}
	if point != nil {
		out.Nearest = at.nearest(*point)
	}
	out.Key = at.key(cleaned, placeID, out)
	if where == nil {
		return out
	}
	out.Area, _ = at.areaAt(*where)
	out.Outside = out.Area == nil
	out.Hazards = at.hazardsAt(placeID, where, now)
	if point != nil {
		at.doubt(&out, *point)
	}
	return out
}

// key names the place of an answer: its standard address, or the text that was
// asked for. Of several places that fit equally well it is none.
func (at *atlas) key(cleaned, placeID string, out Located) string {
	switch {
	case placeID != "":
		return "place/" + placeID
	case out.Ambiguous:
		return ""
	case cleaned != "":
		return "text/" + at.lexicon.below(cleaned)[0]
	case out.Nearest != nil && out.Nearest.Meters <= keyMeters:
		return "place/" + out.Nearest.PlaceID
	}
	return ""
}

// doubt says what speaks against a point. Where it looks shifted and the area
// hangs on that, no area is told: nobody is sent on a guess.
func (at *atlas) doubt(out *Located, p geo.Point) {
	unshifted, _ := at.areaAt(geo.Convert(p, geo.GCJ02))
	out.Warnings = doubts(p, out.Candidates)
	if at.beyond(p, farMeters) {
		out.Warnings = append(out.Warnings, WarnFar)
		return
	}
	if out.Area == nil && unshifted != nil && len(out.Warnings) == 0 {
		out.Warnings = []string{WarnShifted}
		return
	}
	if len(out.Warnings) > 0 && out.Warnings[0] == WarnShifted && out.Area.station() != unshifted.station() {
		out.Area, out.Contested, out.Outside = nil, true, false
	}
}

// station answers for an area; nobody for none.
func (a *Area) station() string {
	if a == nil {
		return ""
	}
	return a.StationID
}

// doubts are what speaks against a point, seen from the addresses the text may
// mean: one of them agreeing is enough.
func doubts(p geo.Point, candidates []Candidate) []string {
	shifted, far := false, false
	for _, c := range candidates {
		if c.Point == nil || c.Score < settledScore || c.Uncertainty > 150 {
			continue
		}
		if geo.Distance(p, *c.Point) < 200 {
			return []string{}
		}
		shifted = shifted || geo.LooksShifted(p, *c.Point)
		far = far || geo.Distance(p, *c.Point) > apartMeters
	}
	switch {
	case shifted:
		return []string{WarnShifted}
	case far:
		return []string{WarnApart}
	}
	return []string{}
}

// hazardsAt lists what to be warned of at a place or within HazardReach of a
// point, at a moment; nearest first, then by id.
func (at *atlas) hazardsAt(placeID string, p *geo.Point, now time.Time) []Hazard {
	out := []Hazard{}
	seen := map[string]bool{}
	add := func(h Hazard) {
		if h.Shows(now) && !seen[h.ID] {
			seen[h.ID] = true
			out = append(out, h)
		}
	}
	for _, i := range at.posted[placeID] {
		add(at.hazards[i])
	}
	if p != nil {
		for _, hit := range at.warnings.Near(*p, len(at.hazards), HazardReach) {
			add(at.hazards[hit.ID])
		}
	}
	return out
}
