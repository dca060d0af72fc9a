package twin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"zhian/platform/geo"
)

// Tell lives the life of the city as Drive does, with a share of its incidents
// only and without a word of where units are: what a centre has written down of
// weeks. It ends when all that has begun has come to its close.
func (c *City) Tell(ctx context.Context, centre Centre, clock Clock, end time.Time, share float64, trouble func(error)) error {
	d := c.drive(centre, trouble)
	d.unseen = true
	for call := range c.Calls(clock.Now(), end) {
		if !c.told(call, share) {
			continue
		}
		if err := d.until(ctx, clock, call.At); err != nil {
			return err
		}
		d.later(call.At, func(ctx context.Context) error { return d.receive(ctx, call) })
	}
	return d.until(ctx, clock, time.Time{})
}

// told says that a call belongs to the share; who calls again about the same
// thing goes with the first.
func (c *City) told(call Call, share float64) bool {
	ref := call.Ref
	if call.Repeats != "" {
		ref = call.Repeats
	}
	return c.dice("told", ref).chance(share)
}

// Chance is what happens to be the case of something, from 0 to 1: the same for
// the same seed and names.
func (c *City) Chance(names ...string) float64 { return c.dice(names...).Float64() }

// Nearest are the units of a station, nearest first by where they are.
func (c *City) Nearest(station int, to geo.Point, at func(unit int) geo.Point) []int {
	var units []int
	for i, u := range c.Units {
		if u.Station == station {
			units = append(units, i)
		}
	}
	slices.SortStableFunc(units, func(a, b int) int {
		return cmp.Compare(geo.Distance(at(a), to), geo.Distance(at(b), to))
	})
	return units
}

// ShiftLasts is how long two call-takers sit at their desks.
const ShiftLasts = 8 * time.Hour

// Shift is who takes calls at a moment: two of the call-takers, who change every
// eight hours and have another part of the day each day.
func (c *City) Shift(at time.Time) [2]User {
	local := at.In(Zone())
	n := (local.YearDay() + int(local.Sub(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, Zone()))/ShiftLasts)) % (callTakers / 2)
	return [2]User{c.Users[2*n], c.Users[2*n+1]}
}

// Leaders are the stations' leaders, in the order of the stations.
func (c *City) Leaders() (list []User) {
	for _, u := range c.Users {
		if u.Role == "leader" {
			list = append(list, u)
		}
	}
	return list
}
