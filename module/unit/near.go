package unit

import (
	"cmp"
	"maps"
	"math"
	"time"

	"zhian/platform/geo"
)

// Near is a unit seen from a place. Distances are in whole metres and times in
// whole seconds; they are missing where no position is known. No road network is
// loaded: the way is the straight line × Detour, and the time that way at the
// usual speed of the unit's kind.
type Near struct {
	Unit
	StraightM  *float64 `json:"straight_m,omitempty"`
	DistanceM  *float64 `json:"distance_m,omitempty"`
	EtaS       *float64 `json:"eta_s,omitempty"`
	FixAgeS    *float64 `json:"fix_age_s,omitempty"`
	Shortfalls []string `json:"shortfalls"` // what speaks against sending it; empty for a free one
}

// Detour is how much longer a way by road is than the straight line: our guess
// for a county of hills and rivers.
const Detour = 1.35

// usualSpeed of a kind in metres per second, traffic included: our guesses.
var usualSpeed = map[string]float64{"car": 9.5, "motorcycle": 8.5, "foot": 1.4, "boat": 5}

// UsualSpeeds are the speeds that times are estimated with, by kind, in m/s.
func UsualSpeeds() map[string]float64 { return maps.Clone(usualSpeed) }

// Limits beyond which a unit is shown with a shortfall.
const (
	staleAfter = 30 * time.Minute
	farBeyondM = 20_000.0 // straight
)

// shortfalls are the reasons against a unit, in the order in which they are told.
var shortfalls = []string{"out_of_service", "off_duty", "only_muted_crew", "engaged", "no_position", "position_stale", "outside_radius"}

// never marks the first two: such a unit is not sent at all.
const never = 1<<0 | 1<<1

// view is a unit as ranking sees it.
type view struct {
	known
	metres float64       // straight
	eta    float64       // seconds; infinite without a fix
	age    time.Duration // of the fix
	lacks  int           // bits of shortfalls
	class  int           // 0 free, 1 can be sent, 2 cannot
}

func look(k known, p geo.Point, now time.Time) view {
	if k.fix != nil && now.Sub(k.fix.At) > fixOld {
		k.fix = nil // nobody shows where a unit was the day before
	}
	v := view{known: k, eta: math.Inf(1)}
	u, onDuty, placed := k.unit, len(k.unit.Crew) > 0, k.fix != nil
	if placed {
		v.metres, v.age = geo.Distance(geo.Point{Lat: k.fix.Lat, Lon: k.fix.Lon}, p), max(0, now.Sub(k.fix.At))
		v.eta = v.metres * Detour / usualSpeed[u.Kind]
	}
	for i, holds := range [...]bool{u.State == OutOfService, !onDuty, onDuty && u.muted(), rank[u.State] > 0,
		onDuty && !placed, placed && v.age > staleAfter, placed && v.metres > farBeyondM} {
		if holds {
			v.lacks |= 1 << i
		}
	}
	switch {
	case v.lacks&never != 0:
		v.class = 2
	case v.lacks != 0:
		v.class = 1
	}
	return v
}

// muted says that everybody in the crew has asked not to be paged.
func (u *Unit) muted() bool {
	for _, m := range u.Crew {
		if !m.Muted {
			return false
		}
	}
	return true
}

// compare puts free units first and those that cannot be sent last; within each,
// who is there sooner.
func compare(a, b view) int {
	return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.eta, b.eta), cmp.Compare(a.unit.CallSign, b.unit.CallSign))
}

func (v view) near() Near {
	n := Near{Unit: *v.unit, Shortfalls: []string{}}
	if n.LastFix = v.fix; v.fix != nil {
		whole := func(v float64) *float64 { v = math.Round(v); return &v }
		n.StraightM, n.DistanceM = whole(v.metres), whole(v.metres*Detour)
		n.EtaS, n.FixAgeS = whole(v.eta), whole(v.age.Seconds())
	}
	for i, name := range shortfalls {
		if v.lacks&(1<<i) != 0 {
			n.Shortfalls = append(n.Shortfalls, name)
		}
	}
	return n
}

// A fix this new and this good shows that a unit is where it says.
const (
	presentWithin   = 2 * time.Minute
	presentReachM   = 50.0 // of the arrival rule
	presentAccuracy = 50.0
)

// There says that the unit is at the place already.
func (n Near) There() bool {
	return n.LastFix != nil && *n.FixAgeS <= presentWithin.Seconds() && *n.StraightM <= presentReachM && n.LastFix.AccuracyM <= presentAccuracy
}
