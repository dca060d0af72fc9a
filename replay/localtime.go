package replay

import (
	"time"
	_ "time/tzdata" // a static binary brings the zones along
)

// readings lists the instants at which clocks of a zone showed wall (a time in
// UTC that stands for year, month, day and time of day): one as a rule, two in
// the hour that a zone repeats in autumn, earlier first. A time that the
// clocks skipped in spring is read with the offset before the change, as
// PEP 495 does with fold=0.
func readings(wall time.Time, zone *time.Location) []time.Time {
	before := wall.Add(-offset(wall.Add(-24*time.Hour), zone)).In(zone)
	after := wall.Add(-offset(wall.Add(24*time.Hour), zone)).In(zone)
	if !shows(after, wall) || after.Equal(before) {
		return []time.Time{before}
	}
	if !shows(before, wall) {
		return []time.Time{after}
	}
	return []time.Time{before, after}
}

func offset(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

func shows(at, wall time.Time) bool {
	return wall.Equal(at.Add(offset(at, at.Location())))
}

// local is the instant of a wall time, the first of two. Zero stays zero.
func local(wall time.Time, zone *time.Location) time.Time {
	if wall.IsZero() {
		return wall
	}
	return readings(wall, zone)[0]
}

// nearest is the reading of a bare time of day, on any date, that lies closest
// to a known moment: stamps of one assignment are hours apart, never a day, so
// this undoes both the wrap at midnight and the repeated hour in autumn.
// Of two readings at the same distance the later one holds.
func nearest(timeOfDay time.Duration, to time.Time, zone *time.Location) time.Time {
	var best time.Time
	midnight := date(to.In(zone))
	for day := -1; day <= 1; day++ {
		for _, at := range readings(midnight.AddDate(0, 0, day).Add(timeOfDay), zone) {
			if best.IsZero() || at.Sub(to).Abs() <= best.Sub(to).Abs() {
				best = at
			}
		}
	}
	return best
}

// date is the wall midnight of the day that at shows.
func date(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
}
