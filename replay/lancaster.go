package replay

import (
	"cmp"
	"strings"
	"time"
)

// lancaster reads rural fire and ambulance assignments of Lancaster County,
// one row per unit, all stamps as bare times of day.
//
// There is no call stamp: the incident is dated by the first stamp of its
// first row, and the clocks start at each unit's dispatch. Which day a time of
// day belongs to follows from nearness: the first row's first stamp lies on
// the incident's date, every other row's near it, and a row's stamps near its
// own dispatch. A row without a unit is still a call: its pairs are missing.
func lancaster() Format {
	reader := lancasterReader{zone: mustZone("America/Chicago"), begun: map[string]time.Time{}}
	return Format{
		Name:    "lancaster",
		Columns: []string{"incident_num", "incident_date", "unit", "dispatch", "enroute", "arrive", "clear"},
		Clocks:  []Clock{clockEnRoute, clockFromDispatch},
		Kinds:   embeddedKinds("lancaster"),
		Read:    reader.read,
	}
}

type lancasterReader struct {
	zone  *time.Location
	begun map[string]time.Time // incident number → first stamp of its first row
}

// bare is a row's times of day; absent ones are negative.
type bare struct{ dispatch, enRoute, arrive, clear, service time.Duration }

func (l lancasterReader) read(r Row) (Call, error) {
	day, err := r.Wall("incident_date", time.DateOnly)
	if err != nil {
		return Call{}, err
	}
	stamps, err := readBare(r)
	if err != nil {
		return Call{}, err
	}
	ref := r.Text("incident_num")
	unit := Assignment{Unit: r.Text("unit")}
	on := local(day, l.zone)
	if anchors := l.anchors(ref, day, stamps); len(anchors) > 0 {
		unit = shortest(unit.Unit, stamps, anchors, l.zone)
		on = unit.known()
		if _, ok := l.begun[ref]; !ok {
			l.begun[ref] = anchors[0]
		}
	}
	kind := r.Text("call_type")
	return Call{
		Ref: ref, On: on,
		Kind:      kind,
		Narrative: strings.TrimSpace(kind + " " + r.Text("response_level")),
		Station:   "Lancaster County",
		Units:     []Assignment{unit},
		Closed:    unit.Cleared,
	}, nil
}

// anchors are the readings of a row's first stamp, in the column order of the
// stages: two in the repeated hour, none when the row has no stamp.
func (l lancasterReader) anchors(ref string, day time.Time, b bare) []time.Time {
	if day.IsZero() {
		return nil
	}
	for _, timeOfDay := range []time.Duration{b.dispatch, b.enRoute, b.arrive, b.clear} {
		if timeOfDay < 0 {
			continue
		}
		if begun, ok := l.begun[ref]; ok {
			day = date(nearest(timeOfDay, begun, l.zone))
		}
		return readings(day.Add(timeOfDay), l.zone)
	}
	return nil
}

// shortest places all stamps around each anchor and keeps the placing in which
// they lie closest together.
func shortest(name string, b bare, anchors []time.Time, zone *time.Location) Assignment {
	var best Assignment
	least := time.Duration(-1)
	for _, anchor := range anchors {
		a, spread := placed(b, anchor, zone)
		if least < 0 || spread < least {
			best, least = a, spread
		}
	}
	best.Unit = name
	return best
}

func placed(b bare, anchor time.Time, zone *time.Location) (a Assignment, spread time.Duration) {
	place := func(timeOfDay time.Duration, to time.Time) time.Time {
		if timeOfDay < 0 {
			return time.Time{}
		}
		at := nearest(timeOfDay, to, zone)
		spread += at.Sub(anchor).Abs()
		return at
	}
	if b.dispatch >= 0 {
		a.Dispatched = anchor
	}
	a.EnRoute = place(b.enRoute, anchor)
	a.Arrived = place(b.arrive, anchor)
	a.Cleared = place(b.clear, anchor)
	// Duties longer than half a day end nearer to the next dispatch time; the
	// recorded length says so, where it agrees with the stamp.
	if b.service > 12*time.Hour && b.clear >= 0 {
		end := anchor.Add(b.service)
		if at := nearest(b.clear, end, zone); at.Sub(end).Abs() <= 5*time.Second {
			a.Cleared = at
		}
	}
	return a, spread
}

func readBare(r Row) (b bare, err error) {
	for _, field := range []struct {
		column string
		to     *time.Duration
	}{
		{"dispatch", &b.dispatch}, {"enroute", &b.enRoute}, {"arrive", &b.arrive},
		{"clear", &b.clear}, {"time_in_service", &b.service},
	} {
		one, wrong := timeOfDay(r.Text(field.column))
		*field.to, err = one, cmp.Or(err, wrong)
	}
	return b, err
}

// timeOfDay reads HH:MM:SS, negative when empty.
func timeOfDay(text string) (time.Duration, error) {
	if text == "" {
		return -1, nil
	}
	wall, err := time.Parse(time.TimeOnly, text)
	if err != nil {
		return -1, BadTime
	}
	return wall.Sub(date(wall)), nil
}
