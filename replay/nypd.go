package replay

import (
	"strings"
	"time"
)

// nypd reads "NYPD Calls for Service" of NYC Open Data (d6zx-ckhd).
//
// Times are New York's, without a zone. The set names no unit, so each row is
// given a car of its precinct. An id that occurs again with another dispatch
// is a second dispatch to the same incident; where its add stamp differs too,
// it is a second call about it, and that dispatch counts from that call.
// Rows with add = dispatch = arrival (self-initiated, or filled in later) are
// real rows and stay: a report shows them as 0 s.
func nypd() Format {
	zone := mustZone("America/New_York")
	return Format{
		Name:    "nypd",
		Columns: []string{"cad_evnt_id", "add_ts", "disp_ts", "arrivd_ts", "closng_ts"},
		Clocks:  []Clock{clockDispatch, clockArrival},
		Kinds:   embeddedKinds("nypd"),
		Read:    func(r Row) (Call, error) { return readNYPD(r, zone) },
	}
}

func readNYPD(r Row, zone *time.Location) (Call, error) {
	var stamps [4]time.Time
	for i, column := range []string{"add_ts", "disp_ts", "arrivd_ts", "closng_ts"} {
		wall, err := r.Wall(column, "2006-01-02T15:04:05.999")
		if err != nil {
			return Call{}, err
		}
		stamps[i] = local(wall, zone)
	}
	point, err := r.Point("latitude", "longitude")
	if err != nil {
		return Call{}, err
	}
	precinct := "precinct " + r.Text("nypd_pct_cd")
	return Call{
		Ref:       r.Text("cad_evnt_id"),
		At:        stamps[0],
		On:        earliest(stamps[:]...),
		Kind:      r.Text("radio_code"),
		Address:   strings.Trim(r.Text("boro_nm")+", "+precinct, ", "),
		Narrative: r.Text("typ_desc"),
		Station:   precinct,
		Point:     point,
		Units:     []Assignment{{Unit: precinct + " car", Dispatched: stamps[1], Arrived: stamps[2], Cleared: stamps[3]}},
		Closed:    stamps[3],
	}, nil
}
