package incident

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"zhian/platform/httpapi"
)

// Two calls this close in place and time may tell of one event. A person
// decides; we only propose.
const (
	duplicateWithinM = 300.0
	duplicateWithin  = 30 * time.Minute
	duplicatesShown  = 5
)

// Recent is what is remembered of an open incident to compare new calls with.
type Recent struct {
	ID        ID        `json:"id"`
	Number    string    `json:"number"`
	StationID string    `json:"station_id"`
	KindCode  string    `json:"kind_code"`
	Address   string    `json:"address"`
	Position  *Position `json:"position,omitempty"`
	CalledAt  time.Time `json:"called_at"`
	key       string    // of the address
}

func (in Incident) recent() Recent {
	return Recent{in.ID, in.Number, in.StationID, in.KindCode, in.Address, in.Position, in.CalledAt, in.Key}
}

// Duplicate is a proposal to merge, with how near it is. Distance is missing
// where one of the two has no point and only the address is the same.
type Duplicate struct {
	Recent
	DistanceM *float64 `json:"distance_m,omitempty"`
	ApartS    float64  `json:"apart_s"`
}

// Nearby asks, before a call is taken down, what it may be about: by a point in
// WGS-84, by the key that GET /v1/places/… gives an address, or by both.
type Nearby struct {
	Lat float64   `query:"lat" min:"-90" max:"90"` // 0 and 0: there is no point
	Lon float64   `query:"lon" min:"-180" max:"180"`
	Key string    `query:"place_key" max:"400"`
	At  time.Time `query:"at"` // when the caller rang; now when it is not said
}

// Nearby are the recent incidents that a call may be about, nearest first.
func (s *Service) Nearby(ctx context.Context, n Nearby) (httpapi.List[Duplicate], error) {
	p := Placing{Key: n.Key}
	if n.Lat != 0 && n.Lon != 0 {
		p.Position = &Position{Lat: n.Lat, Lon: n.Lon}
	}
	return httpapi.List[Duplicate]{Items: s.duplicates(ctx, p, orNow(n.At, s.Now()))}, nil
}

// Duplicates are the recent incidents that a call from a place may be about,
// nearest first.
func Duplicates(p Placing, at time.Time, recent []Recent) []Duplicate {
	found := nearest{place: p, at: at, list: []Duplicate{}}
	for i := range recent {
		found.look(&recent[i])
	}
	return found.list
}

// nearest gathers the few nearest of many; it copies no others.
type nearest struct {
	place  Placing
	at     time.Time
	wanted func(Recent) bool // nil: all
	list   []Duplicate
}

func (n *nearest) look(some ...*Recent) {
	for _, r := range some {
		if apart := n.at.Sub(r.CalledAt).Abs(); apart <= duplicateWithin {
			n.offer(r, apart.Seconds())
		}
	}
}

// offer takes a recent incident in if it is near and nearer than the last.
func (n *nearest) offer(r *Recent, apartS float64) {
	both := n.place.Position != nil && r.Position != nil
	metres := 0.0
	switch {
	case both:
		if metres = math.Round(distance(*n.place.Position, *r.Position)); metres > duplicateWithinM {
			return
		}
	case n.place.Key == "" || n.place.Key != r.key:
		return
	}
	at, _ := slices.BinarySearchFunc(n.list, r.ID, func(d Duplicate, id ID) int {
		return cmp.Or(cmp.Compare(d.metres(), metres), cmp.Compare(d.ApartS, apartS), cmp.Compare(d.ID, id))
	})
	if at == duplicatesShown || n.wanted != nil && !n.wanted(*r) {
		return
	}
	d := Duplicate{*r, nil, apartS}
	if both {
		away := metres
		d.DistanceM = &away
	}
	n.list = slices.Insert(n.list[:min(len(n.list), duplicatesShown-1)], at, d)
}

// metres is 0 for one address.
func (d Duplicate) metres() float64 {
	if d.DistanceM == nil {
		return 0
	}
	return *d.DistanceM
}

// metresPerDegree of a great circle, mean radius 6,371.0 km.
const metresPerDegree = 111_195

// distance in metres on a plane through both points: within a city its error is
// below 0.1 %.
func distance(a, b Position) float64 {
	dLat := (a.Lat - b.Lat) * metresPerDegree
	dLon := (a.Lon - b.Lon) * metresPerDegree * math.Cos((a.Lat+b.Lat)/2*math.Pi/180)
	return math.Sqrt(dLat*dLat + dLon*dLon)
}
