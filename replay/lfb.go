package replay

import (
	"strconv"
	"time"
)

// lfb reads dwelling fires of the London Fire Brigade.
//
// The set has the call and how many seconds later the first and the second
// pump were on scene; it has no dispatch and no end. So it allows call to
// arrival only, once for each pump. A fire that needed one pump has no second
// pair; one that needed more and has no second attendance lacks it. Station
// names are where a pump came from, not whose ground the fire was on.
func lfb() Format {
	zone := mustZone("Europe/London")
	return Format{
		Name:    "lfb",
		Columns: []string{"incident_no", "call_datetime_local", "first_pump_attendance_s", "second_pump_attendance_s", "num_pumps"},
		Clocks:  []Clock{clockArrival, clockSecondArrival},
		Kinds:   embeddedKinds("lfb"),
		Read:    func(r Row) (Call, error) { return readLFB(r, zone) },
	}
}

func readLFB(r Row, zone *time.Location) (Call, error) {
	wall, err := r.Wall("call_datetime_local", time.DateTime)
	if err != nil {
		return Call{}, err
	}
	call := local(wall, zone)
	point, err := r.Point("lat", "lon")
	if err != nil {
		return Call{}, err
	}
	pumps, err := strconv.Atoi(r.Text("num_pumps"))
	if err != nil {
		return Call{}, BadNumber
	}
	first, err := pump(r, "first_pump", call, "1")
	if err != nil {
		return Call{}, err
	}
	units := []Assignment{first}
	second, err := pump(r, "second_pump", call, "2")
	if err != nil {
		return Call{}, err
	}
	if pumps > 1 || !second.Arrived.IsZero() {
		units = append(units, second)
	}
	return Call{
		Ref: r.Text("incident_no"), At: call, On: call,
		Kind:      r.Text("stop_code"),
		Address:   r.Text("borough") + ", " + r.Text("station_ground"),
		Narrative: r.Text("property_type"),
		Station:   r.Text("station_ground"),
		Point:     point,
		Units:     units,
	}, nil
}

// pump is one pump's attendance. The order number keeps two pumps of one
// station apart.
func pump(r Row, column string, call time.Time, order string) (Assignment, error) {
	a := Assignment{}
	if station := r.Text(column + "_station"); station != "" {
		a.Unit = station + " pump " + order
	}
	after, ok, err := r.Seconds(column + "_attendance_s")
	if err != nil || !ok || call.IsZero() {
		return a, err
	}
	a.Arrived = call.Add(after)
	return a, nil
}
