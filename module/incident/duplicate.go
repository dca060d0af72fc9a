package incident

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Two calls this close in place and time may tell of one event. A person
// decides; we only propose.
const (
	duplicateWithinM = 300.0
	duplicateWithin  = 30 * time.Minute
	duplicatesShown  = 5
)

// Recent is what is remembered of an incident to compare new calls with.
type Recent struct {
	ID       ID        `json:"id"`
	Address  string    `json:"address"`
	KindCode string    `json:"kind_code"`
	CalledAt time.Time `json:"called_at"`
	Position Position  `json:"position"`
}

// Duplicate is a proposal to merge, with how near it is.
type Duplicate struct {
	Recent
	DistanceM float64 `json:"distance_m"`
	ApartS    float64 `json:"apart_s"`
}

// Duplicates are the recent incidents that a call at p may be about, nearest
// first.
func Duplicates(p Position, at time.Time, recent []Recent) []Duplicate {
	return nearest(appendNear([]Duplicate{}, p, at, recent))
}

func appendNear(found []Duplicate, p Position, at time.Time, recent []Recent) []Duplicate {
	for _, r := range recent {
		apart := at.Sub(r.CalledAt).Abs()
		if apart > duplicateWithin {
			continue
		}
		if metres := distance(p, r.Position); metres <= duplicateWithinM {
			found = append(found, Duplicate{r, math.Round(metres), apart.Seconds()})
		}
	}
	return found
}

func nearest(found []Duplicate) []Duplicate {
	slices.SortFunc(found, func(a, b Duplicate) int {
		return cmp.Or(cmp.Compare(a.DistanceM, b.DistanceM), cmp.Compare(a.ApartS, b.ApartS), cmp.Compare(a.ID, b.ID))
	})
	return found[:min(len(found), duplicatesShown)]
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
