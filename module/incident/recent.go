package incident

import (
	"hash/maphash"
	"math"
	"slices"
	"sync"
	"time"
)

// recents is what this node remembers of the last hours' open incidents, those
// of other nodes too, to propose duplicates without asking the database. It is a
// grid of cells a little wider than duplicateWithinM, so that a question looks at
// nine of them; beside it incidents are filed by the key of their address.
type recents struct {
	mu    sync.RWMutex
	spots map[spot][]*Recent // in the order of remembering
	known map[ID][]spot
	order []remembered // what to forget next
}

// spot is a cell of the grid, or an address by its hash. Two that share one are
// told apart by who looks: what lies too far and has another address is no
// duplicate.
type spot uint64

type remembered struct {
	id    ID
	until time.Time
}

// rememberedFor is longer than duplicateWithin: a call may be entered late.
const rememberedFor = 2 * time.Hour

// spotMost bounds what is remembered of one spot: of a mass event the newest.
const spotMost = 128

// cellDegrees is 333 m of latitude; of longitude it is 300 m up to 25° of
// latitude and less beyond, where a question must look at more columns.
const cellDegrees = 0.003

func cellOf(p Position) spot {
	return cell(int32(math.Floor(p.Lat/cellDegrees)), int32(math.Floor(p.Lon/cellDegrees)))
}

func cell(lat, lon int32) spot { return spot(uint64(uint32(lat))<<32 | uint64(uint32(lon))) }

func (s spot) lat() int32 { return int32(s >> 32) }
func (s spot) lon() int32 { return int32(s) }

var addressSeed = maphash.MakeSeed()

func addressOf(key string) spot { return spot(maphash.String(addressSeed, key)) }

// spots are where an incident is filed.
func (one Recent) spots() (at []spot) {
	if one.Position != nil {
		at = append(at, cellOf(*one.Position))
	}
	if one.key != "" {
		at = append(at, addressOf(one.key))
	}
	return at
}

// add remembers an incident, in place of what was known of it, and forgets those
// whose time is over.
func (r *recents) add(one Recent, now time.Time) {
	at := one.spots()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.spots, r.known = map[spot][]*Recent{}, map[ID][]spot{}
	}
	r.expire(now)
	r.drop(one.ID)
	if len(at) == 0 || now.Sub(one.CalledAt) > rememberedFor {
		return
	}
	for _, s := range at {
		if list := r.spots[s]; len(list) >= spotMost {
			r.drop(list[0].ID)
		}
		r.spots[s] = append(r.spots[s], &one)
	}
	r.known[one.ID] = at
	r.order = append(r.order, remembered{one.ID, now.Add(rememberedFor)})
}

// has spares remembering again what this node has received itself.
func (r *recents) has(id ID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, known := r.known[id]
	return known
}

// forget drops an incident that no call can be about any more.
func (r *recents) forget(id ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(id)
}

func (r *recents) drop(id ID) {
	for _, s := range r.known[id] {
		rest := slices.DeleteFunc(r.spots[s], func(one *Recent) bool { return one.ID == id })
		if r.spots[s] = rest; len(rest) == 0 {
			delete(r.spots, s)
		}
	}
	delete(r.known, id)
}

// expire drops those whose time is over; the order also loses those that were
// dropped before, once they are the larger part of it.
func (r *recents) expire(now time.Time) {
	for len(r.order) > 0 && now.After(r.order[0].until) {
		r.drop(r.order[0].id)
		r.order = r.order[1:]
	}
	if len(r.order) > 1000 && len(r.order) > 2*len(r.known) {
		r.order = slices.DeleteFunc(r.order, func(o remembered) bool { return r.known[o.id] == nil })
	}
}

// around hands out what is remembered of the cells that duplicateWithinM reaches.
func (r *recents) around(p Position, each func([]*Recent)) {
	middle := cellOf(p)
	columns := int32(math.Ceil(duplicateWithinM / (cellDegrees * metresPerDegree * max(0.01, math.Cos(p.Lat*math.Pi/180)))))
	r.mu.RLock()
	defer r.mu.RUnlock()
	for lat := middle.lat() - 1; lat <= middle.lat()+1; lat++ {
		for lon := middle.lon() - columns; lon <= middle.lon()+columns; lon++ {
			if list := r.spots[cell(lat, lon)]; len(list) > 0 {
				each(list)
			}
		}
	}
}

// at hands out what is remembered of an address.
func (r *recents) at(key string, each func([]*Recent)) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	each(r.spots[addressOf(key)])
}
