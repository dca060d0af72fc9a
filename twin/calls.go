package twin

import (
	"iter"
	"slices"
	"strconv"
	"time"

	"zhian/platform/geo"
)

// Call is one call for help.
type Call struct {
	Ref       string // the same for the same seed
	At        time.Time
	Kind      string
	Priority  int
	Address   string
	Point     geo.Point // where it really is
	Told      geo.Point // where the caller's phone says it is, tens of metres off
	Station   int       // index in City.Stations
	Narrative string
	Phone     string // made up; no such number can be dialled
	Repeats   string // Ref of the call that tells of the same incident; empty for the first
}

// repeatShare of incidents are reported a second time within minutes.
const repeatShare = 0.06

// PerWeek is how many first calls a week has on average.
func (c *City) PerWeek() float64 {
	sum := 0.0
	for _, k := range c.tables.kinds {
		sum += k.perDay * 7
	}
	return sum
}

// rate is the mean number of calls of a kind in the hour that begins at
// (local). Weekends are busier or quieter by the kind's factor, while the week
// as a whole keeps its mean.
func (k kindRate) rate(at time.Time) float64 {
	week := (5 + 2*k.weekend) / 7
	day := 1 / week
	if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		day = k.weekend / week
	}
	return k.perDay * day * k.hours[at.Hour()]
}

// Calls are the calls with from ≤ At < to, in the order of time: for each kind
// a Poisson process whose rate depends on the hour of the week. A call is the
// same whatever period it is asked in.
func (c *City) Calls(from, to time.Time) iter.Seq[Call] {
	return func(yield func(Call) bool) {
		var held []Call // repeats that belong to a later hour
		start := from.Truncate(time.Hour).Add(-time.Hour)
		for hour := start; hour.Before(to); hour = hour.Add(time.Hour) {
			calls := append(held, c.hour(hour)...)
			held = nil
			slices.SortStableFunc(calls, func(a, b Call) int { return a.At.Compare(b.At) })
			for _, call := range calls {
				switch {
				case !call.At.Before(hour.Add(time.Hour)):
					held = append(held, call)
				case call.At.Before(from) || !call.At.Before(to):
				case !yield(call):
					return
				}
			}
		}
	}
}

// hour is what is reported first in one hour, each followed by its repeat.
func (c *City) hour(hour time.Time) []Call {
	stamp := strconv.FormatInt(hour.Unix()/3600, 10)
	d := c.dice("hour", stamp)
	var calls []Call
	for _, k := range c.tables.kinds {
		for range d.poisson(k.rate(hour.In(Zone()))) {
			at := hour.Add(time.Duration(d.IntN(3600)) * time.Second)
			call := c.call(d, k, at, "twin-"+strconv.FormatUint(c.Seed, 10)+"-"+stamp+"-"+number(len(calls)+1, 3))
			calls = append(calls, call)
			if d.chance(repeatShare) {
				calls = append(calls, c.repeat(d, call))
			}
		}
	}
	return calls
}

func (c *City) call(d dice, k kindRate, at time.Time, ref string) Call {
	station := d.pick(len(c.Stations), func(i int) float64 { return float64(len(c.stationAddresses[i])) })
	address := c.Addresses[c.stationAddresses[station][d.IntN(len(c.stationAddresses[station]))]]
	texts := c.tables.narratives[k.kind]
	return Call{
		Ref: ref, At: at, Kind: k.kind, Priority: k.priority, Address: address.Text,
		Point: address.At, Told: near(address.At, d), Station: station,
		Narrative: texts[d.IntN(len(texts))], Phone: phone(d),
	}
}

// repeat is a second caller about the same thing.
func (c *City) repeat(d dice, first Call) Call {
	again := first
	again.Ref, again.Repeats = first.Ref+"-2", first.Ref
	again.At = first.At.Add(max(10*time.Second, d.seconds(120, 0.8)))
	if limit := first.At.Add(59 * time.Minute); again.At.After(limit) {
		again.At = limit
	}
	again.Told, again.Phone = near(first.Point, d), phone(d)
	return again
}

// near is a point some tens of metres off, as phones locate.
func near(p geo.Point, d dice) geo.Point {
	const spread = 30 // metres
	return geo.NewPlane(p).Point(spread*d.NormFloat64(), spread*d.NormFloat64())
}

// phone begins with 100, which no mobile number does.
func phone(d dice) string { return "100" + number(d.IntN(1e8), 8) }
