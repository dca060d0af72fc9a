package incident

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/sqldb"
)

// Whatever is said of the place, the call is taken; what is not known of it is
// said, and never guessed.
func TestNoCallIsRefusedForItsPlace(t *testing.T) {
	each(t, func(d *desk) {
		for name, c := range map[string]struct {
			call    Intake
			doubts  []string
			choices int
			station string
			placed  bool
		}{
			"settled":          {Intake{Address: "1 Market Street"}, nil, 0, "S1", true},
			"markup":           {Intake{Address: "<b>"}, []string{DoubtUnreadable}, 1, "", false},
			"two streets":      {Intake{Address: "South Street"}, []string{DoubtAmbiguous}, 2, "", false},
			"a broken service": {Intake{Address: "broken"}, []string{DoubtGazetteer}, 0, "", false},
			"a neighbour's":    {Intake{Address: "outside"}, nil, 0, "", true},
			"shifted":          {Intake{Address: "shifted"}, []string{DoubtShifted}, 0, "S2", true},
			"no fix":           {Intake{Address: "1 Market Street", Position: &Point{}}, []string{DoubtNoPoint}, 0, "S1", true},
			"half a point":     {Intake{Address: "1 Market Street", Position: &Point{Lat: 28.9}}, []string{DoubtNoPoint}, 0, "S1", true},
			"abroad":           {Intake{Address: "abroad"}, []string{DoubtFar}, 0, "", false},
			"named station":    {Intake{Address: "South Street", StationID: "S2"}, []string{DoubtAmbiguous}, 2, "S2", false},
			"unknown station":  {Intake{Address: "1 Market Street", StationID: "no such"}, []string{DoubtStation}, 0, "S1", true},
			"very long":        {Intake{Address: strings.Repeat("a", 1000)}, nil, 0, "S1", true},
		} {
			in := d.receive(c.call)
			if !slices.Equal(in.Doubts, c.doubts) || len(in.Choices) != c.choices || in.StationID != c.station || in.Unsettled == c.placed || (in.Position != nil) != (c.placed || name == "abroad") || in.AreaClass == "" {
				d.Errorf("%s: %+v, choices %+v", name, in.Placing, in.Choices)
			}
			if name == "shifted" && in.Position.UncertaintyM < 500 {
				d.Errorf("a point that may be shifted claims %v m", in.Position.UncertaintyM)
			}
		}
	})
}

// What no station answers for is the command room's to see, and no station's.
func TestCallWithoutAStationIsTheCentresAlone(t *testing.T) {
	each(t, func(d *desk) {
		local := d.as("local")
		for _, address := range []string{"South Street", "outside"} {
			in := d.receive(Intake{Address: address})
			if _, err := d.Get(d.ctx, ByID{in.ID}); err != nil {
				d.Errorf("%s: the centre got %v", address, err)
			}
			if _, err := d.Get(local, ByID{in.ID}); !fault.Is(err, fault.NotFound) {
				d.Errorf("%s: a station got %v", address, err)
			}
			if _, err := d.Note(local, Remark{When: When{ID: in.ID}, Text: "x"}); !fault.Is(err, fault.NotFound) {
				d.Errorf("%s: a station wrote: %v", address, err)
			}
		}
		board, err := d.Board(local, Filter{})
		if err != nil || len(board.Items) != 0 {
			d.Errorf("%+v, %v", board, err)
		}
		if board, err = d.Board(d.ctx, Filter{}); err != nil || len(board.Items) != 2 || !board.Items[0].Unsettled || !board.Items[1].Outside {
			d.Errorf("%+v, %v", board, err)
		}
	})
}

// A person who places a call brings it its station, area, hazards and risk, and
// the entry says so.
func TestCorrectedPlaceBringsItsStation(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "South Street"})
		correct := func(c Correction) (Incident, error) {
			c.When, c.Reason = When{ID: in.ID}, "asked again"
			return d.Correct(d.ctx, c)
		}
		for key, c := range map[string]Correction{
			"incident.place_not_settled": {Field: "address", Address: "South Street"},
			"request.required":           {Field: "point"},
		} {
			if _, err := correct(c); fault.KeyOf(err) != key {
				d.Errorf("got %v, want %s", err, key)
			}
		}
		_, err := correct(Correction{Field: "address", Address: "South Street"})
		if choices, _ := fault.Of(err).Params["choices"].([]Choice); len(choices) != 2 {
			d.Errorf("no choices with %+v", fault.Of(err))
		}
		got, err := correct(Correction{Field: "address", Address: "2 West Street"})
		if err != nil || got.Unsettled || got.StationID != "S2" || got.AreaClass != "market_town" || len(got.Hazards) != 1 || got.Risk.Level != "high" || got.Address != "2 West Street" {
			d.Errorf("%+v, %v", got, err)
		}
		again, err := d.Get(d.ctx, ByID{in.ID})
		if err != nil || again.StationID != "S2" || again.Position == nil {
			d.Errorf("%+v, %v", again, err)
		}
		page, err := d.Timeline(d.ctx, Lines{ID: in.ID})
		if err != nil || page.Items[1].Kind != KindCorrected || page.Items[1].Detail.Place.StationID != "S2" || page.Items[0].Detail.Call.Unsettled == false {
			d.Errorf("%+v, %v", page, err)
		}
		if got, err = correct(Correction{Field: "point", Position: &Point{Lat: 28.9, Lon: 120.05}}); err != nil || got.Position.Lon != 120.1 {
			d.Errorf("%+v, %v", got, err) // the fake knows the address better than the point
		}
		if differing, _, err := d.Rebuild(d.Context(), false, nil); err != nil || len(differing) != 0 {
			d.Errorf("%v, %v", differing, err)
		}
	})
}

func TestPointInAShiftedDatumIsKeptAsItCame(t *testing.T) {
	each(t, func(d *desk) {
		given := Point{Lat: 28.9, Lon: 120.04, Datum: geo.GCJ02}
		if in := d.receive(Intake{Address: "x", Position: &given}); in.Given == nil || *in.Given != given {
			d.Errorf("%+v", in.Placing)
		}
		given.Datum = geo.CGCS2000
		if in := d.receive(Intake{Address: "x", Position: &given}); in.Given != nil {
			d.Errorf("%+v", in.Placing)
		}
	})
}

// Incidents at one address are counted in the table: the count is the same on
// every node and after a restart, and neither merged calls nor old ones are in it.
func TestEarlierIncidentsAtTheAddress(t *testing.T) {
	each(t, func(d *desk) {
		call := Intake{Address: "1 Market Street"}
		d.now = t0.Add(-91 * 24 * time.Hour)
		d.receive(call)
		d.now = t0
		var merged ID
		for want := range 3 {
			in := d.receive(call)
			if in.Risk.Earlier != want {
				d.Errorf("the call after %d others counts %d", want, in.Risk.Earlier)
			}
			merged = in.ID
			d.wait(time.Minute)
		}
		first := d.receive(Intake{Address: "elsewhere"})
		if first.Risk.Earlier != 0 {
			d.Errorf("another address counts %d", first.Risk.Earlier)
		}
		if in := d.receive(call); in.Risk.Earlier != 3 || !slices.Contains(in.Risk.Reasons, "earlier_incidents") {
			d.Errorf("%+v", in.Risk)
		}
		if _, err := d.Merge(d.ctx, Merging{When: When{ID: merged}, Into: first.ID}); err != nil {
			d.Fatal(err)
		}
		d.wait(time.Minute)
		if in := d.receive(call); in.Risk.Earlier != 3 {
			d.Errorf("a merged call counts: %+v", in.Risk)
		}
		for range 2 * earlierShown {
			d.receive(call)
			d.wait(time.Second)
		}
		if in := d.receive(call); in.Risk.Earlier != earlierShown {
			d.Errorf("%+v", in.Risk)
		}
		n, err := sqldb.One(d.Context(), d.DB, Queries["CountAt"], sqldb.ScanInt, earlierAt("", d.now)...)
		if err != nil || n != 0 {
			d.Errorf("what has no key counts %d, %v", n, err)
		}
	})
}
