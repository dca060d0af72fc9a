package replay

import (
	"errors"
	"testing"
	"time"
)

const nypdHeader = "cad_evnt_id,nypd_pct_cd,boro_nm,radio_code,typ_desc,add_ts,arrivd_ts,disp_ts,closng_ts,latitude,longitude\n"

func at(text string) time.Time {
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return moment
}

func TestNYPDRow(t *testing.T) {
	plan := planOf(t, "nypd", nypdHeader+
		"1,13,MANHATTAN,12U1,HOLDING,2024-01-01T13:49:03.000,2024-01-01T13:56:20.000,2024-01-01T13:49:53.000,2024-01-01T14:46:11.000,40.740743,-73.977967\n")
	in := plan.Incidents[0]
	if in.Ref != "nypd:1" || in.First.Point == nil || in.First.Point.Lat != 40.740743 || plan.Format.Kinds.Of(in.First.Kind) != "2" {
		t.Errorf("read as %+v", in)
	}
	want := []Step{
		{Kind: StepOpen, At: at("2024-01-01T18:49:03Z")},
		{Kind: StepDispatch, At: at("2024-01-01T18:49:53Z"), Unit: "precinct 13 car"},
		{Kind: StepArrive, At: at("2024-01-01T18:56:20Z"), Unit: "precinct 13 car"},
		{Kind: StepClear, At: at("2024-01-01T19:46:11Z"), Unit: "precinct 13 car"},
		{Kind: StepClose, At: at("2024-01-01T19:46:11Z")},
	}
	sameSteps(t, in.Steps, want)
}

func sameSteps(t *testing.T, got, want []Step) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d steps, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if got[i].Kind != want[i].Kind || !got[i].At.Equal(want[i].At) || got[i].Unit != want[i].Unit {
			t.Errorf("step %d is %d %v %q, want %d %v %q", i, got[i].Kind, got[i].At, got[i].Unit, want[i].Kind, want[i].At, want[i].Unit)
		}
	}
}

// The same id with another dispatch is a second dispatch; with another call
// stamp it is a second call too, and the incident begins at the earlier one.
func TestNYPDSameIDAgain(t *testing.T) {
	plan := planOf(t, "nypd", nypdHeader+
		"7,9,BRONX,12X,A,2024-05-20T18:10:31.000,2024-05-20T18:10:31.000,2024-05-20T18:10:31.000,2024-05-20T19:33:31.000,,\n"+
		"7,9,BRONX,12X,A,2024-05-20T17:52:33.000,2024-05-20T18:10:05.000,2024-05-20T18:04:04.000,2024-05-20T23:38:20.000,,\n")
	if len(plan.Incidents) != 1 {
		t.Fatalf("%d incidents, want one", len(plan.Incidents))
	}
	in := plan.Incidents[0]
	sameSteps(t, in.Steps, []Step{
		{Kind: StepOpen, At: at("2024-05-20T21:52:33Z")},
		{Kind: StepDispatch, At: at("2024-05-20T22:04:04Z"), Unit: "precinct 9 car #2"},
		{Kind: StepArrive, At: at("2024-05-20T22:10:05Z"), Unit: "precinct 9 car #2"},
		{Kind: StepCall, At: at("2024-05-20T22:10:31Z"), Unit: "nypd:7/2"},
		{Kind: StepDispatch, At: at("2024-05-20T22:10:31Z"), Unit: "precinct 9 car"},
		{Kind: StepArrive, At: at("2024-05-20T22:10:31Z"), Unit: "precinct 9 car"},
		{Kind: StepClear, At: at("2024-05-20T23:33:31Z"), Unit: "precinct 9 car"},
		{Kind: StepClear, At: at("2024-05-21T03:38:20Z"), Unit: "precinct 9 car #2"},
		{Kind: StepClose, At: at("2024-05-21T03:38:20Z")},
	})
	report := play(t, newMemory(), plan)
	if report.Accepted != 1 || report.Merged != 1 {
		t.Errorf("accepted %d merged %d, want 1 and 1", report.Accepted, report.Merged)
	}
	dispatch := report.Clocks[0].Figures
	if dispatch.N != 2 || *dispatch.P50 != 345.5 || dispatch.Within != 1 {
		t.Errorf("each dispatch counts from its own call (0 s and 691 s), got %+v, p50 %v", dispatch, *dispatch.P50)
	}
}

const lancasterHeader = "incident_num,incident_date,response_level,call_type,unit,dup_assign,dispatch,enroute,arrive,clear,time_in_service\n"

func TestLancasterDays(t *testing.T) {
	for _, c := range []struct {
		name, rows string
		row        int // 0 is the first
		want       Assignment
	}{
		{"within a day", "1,2011-06-01,MA,ALS,M1,0,10:00:00,10:01:00,10:09:00,10:40:00,00:40:00\n", 0,
			Assignment{Dispatched: at("2011-06-01T15:00:00Z"), EnRoute: at("2011-06-01T15:01:00Z"), Arrived: at("2011-06-01T15:09:00Z"), Cleared: at("2011-06-01T15:40:00Z")}},
		{"over midnight", "1,2011-06-01,MA,ALS,M1,0,23:58:00,00:01:00,00:09:00,00:40:00,00:42:00\n", 0,
			Assignment{Dispatched: at("2011-06-02T04:58:00Z"), EnRoute: at("2011-06-02T05:01:00Z"), Arrived: at("2011-06-02T05:09:00Z"), Cleared: at("2011-06-02T05:40:00Z")}},
		{"a later unit of the next day", "1,2011-06-01,MA,ALS,M1,0,23:58:00,,,,\n1,2011-06-01,MA,ALS,M2,0,00:10:00,,00:15:00,,\n", 1,
			Assignment{Dispatched: at("2011-06-02T05:10:00Z"), Arrived: at("2011-06-02T05:15:00Z")}},
		{"a button pressed before dispatch stays before", "1,2011-06-01,MA,ALS,M1,0,10:00:00,09:59:30,,,\n", 0,
			Assignment{Dispatched: at("2011-06-01T15:00:00Z"), EnRoute: at("2011-06-01T14:59:30Z")}},
		{"longer than half a day", "1,2011-06-01,MA,ALS,M1,0,06:00:00,,,02:30:00,20:30:00\n", 0,
			Assignment{Dispatched: at("2011-06-01T11:00:00Z"), Cleared: at("2011-06-02T07:30:00Z")}},
		{"spring: the hour that is skipped", "1,2015-03-08,MA,ALS,M1,0,01:50:00,03:05:00,,,\n", 0,
			Assignment{Dispatched: at("2015-03-08T07:50:00Z"), EnRoute: at("2015-03-08T08:05:00Z")}},
		{"autumn: an arrival in the new hour moves the dispatch there", "1,2012-11-04,MA,ALS,M1,0,01:47:00,01:49:00,02:01:30,,\n", 0,
			Assignment{Dispatched: at("2012-11-04T07:47:00Z"), EnRoute: at("2012-11-04T07:49:00Z"), Arrived: at("2012-11-04T08:01:30Z")}},
		{"autumn: a time that goes back is the second hour", "1,2011-11-06,MA,ALS,M1,0,01:41:00,,,01:06:00,\n", 0,
			Assignment{Dispatched: at("2011-11-06T06:41:00Z"), Cleared: at("2011-11-06T07:06:00Z")}},
		{"no dispatch", "1,2011-06-01,MA,ALS,M1,0,,10:01:00,10:09:00,,\n", 0,
			Assignment{EnRoute: at("2011-06-01T15:01:00Z"), Arrived: at("2011-06-01T15:09:00Z")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newMemory()
			plan := planOf(t, "lancaster", lancasterHeader+c.rows)
			play(t, server, plan)
			got := server.timelines["lancaster:1"].Units[plan.Incidents[0].Rows[c.row].Units[0]]
			if !got.Dispatched.Equal(c.want.Dispatched) || !got.EnRoute.Equal(c.want.EnRoute) ||
				!got.Arrived.Equal(c.want.Arrived) || !got.Cleared.Equal(c.want.Cleared) {
				t.Errorf("got %v\nwant %v", got, c.want)
			}
		})
	}
}

// A call without a unit is a call: accepted, with its pairs missing and
// nothing told to the server that the file does not say.
func TestLancasterWithoutUnit(t *testing.T) {
	server := newMemory()
	report := play(t, server, planOf(t, "lancaster", lancasterHeader+"5,2010-03-05,MC,MEDLE,,,,,,,\n"))
	if report.Accepted != 1 || report.Clocks[0].Missing != 1 || report.Clocks[0].N != 0 || report.Clocks[0].Rate != nil {
		t.Errorf("got %+v", report)
	}
	if server.asked != 1 || len(server.timelines["lancaster:5"].Units) != 0 {
		t.Errorf("the server was told %d things, want the opening alone", server.asked)
	}
}

func TestLFBPumps(t *testing.T) {
	const header = "incident_no,call_datetime_local,stop_code,property_type,borough,station_ground,first_pump_attendance_s,first_pump_station,second_pump_attendance_s,second_pump_station,num_pumps,lat,lon\n"
	server := newMemory()
	report := play(t, server, planOf(t, "lfb", header+
		"1,2009-07-01 00:16:02,Primary Fire,House,Enfield,Southgate,663.0,Southgate,695,Southgate,2,51.6,-0.1\n"+
		"2,2009-01-01 00:16:02,Primary Fire,House,Enfield,Southgate,100.0,Southgate,,,1,51.6,-0.1\n"+
		"3,2009-01-01 00:16:02,Primary Fire,House,Enfield,Southgate,200.0,Southgate,,,4,51.6,-0.1\n"))
	first, second := report.Clocks[0], report.Clocks[1]
	if first.Name != "arrival" || first.N != 3 || first.Within != 2 || *first.P50 != 200 {
		t.Errorf("first pump: %+v", first)
	}
	if second.N != 1 || second.Missing != 1 || second.Within != 0 {
		t.Errorf("second pump: one pair, one lacking, none for the fire with one pump: %+v", second)
	}
	units := server.timelines["lfb:1"].Units
	if len(units) != 2 || !units["Southgate pump 1"].Arrived.Equal(at("2009-06-30T23:27:05Z")) {
		t.Errorf("two pumps of one station are two units, in summer time: %v", units)
	}
}

func TestRejects(t *testing.T) {
	for _, c := range []struct {
		row    string
		reason Reason
	}{
		{"1,13,X,12,T,2024-01-01T25:49:03.000,,,,,\n", BadTime},
		{"1,13,X,12,T,yesterday,,,,,\n", BadTime},
		{",13,X,12,T,2024-01-01T13:49:03.000,,,,,\n", NoRef},
		{"1,13,X,12,T,,,,,,\n", NoTime},
		{"1,13,X,12,T,2024-01-01T13:49:03.000,,,,91,0\n", BadPoint},
		{"1,13,X,12,T,2024-01-01T13:49:03.000,,,,40.7,\n", BadPoint},
		{"1,13,X,12,T,2024-01-01T13:49:03.000,,,,NaN,0\n", BadPoint},
		{"1,13,X\n", BadRow},
		{"1,1\"3,X,12,T,2024-01-01T13:49:03.000,,,,,\n", BadRow},
	} {
		plan := planOf(t, "nypd", nypdHeader+c.row+"2,13,X,12,T,2024-01-01T13:49:03.000,,,,,\n")
		if plan.Rejected[c.reason] != 1 || len(plan.Rejected) != 1 || len(plan.Incidents) != 1 || plan.Rows != 2 {
			t.Errorf("%q: rejected %v, %d incidents of %d rows; want %s and the good row kept", c.row, plan.Rejected, len(plan.Incidents), plan.Rows, c.reason)
		}
	}
	same := "1,13,X,12,T,2024-01-01T13:49:03.000,,,,,\n"
	if plan := planOf(t, "nypd", nypdHeader+same+same); plan.Rejected[DuplicateRow] != 1 {
		t.Errorf("a row repeated in every cell is no second dispatch: %v", plan.Rejected)
	}
}

func TestWrongFile(t *testing.T) {
	if _, err := Load("testdata/absent.csv", nypd()); err == nil {
		t.Error("no file must be an error")
	}
	if _, ok := ByName("csv"); ok {
		t.Error("csv has no layout of its own: it needs a mapping")
	}
	var reason Reason
	if _, err := (Row{}).Wall("", time.DateTime); errors.As(err, &reason) {
		t.Error("an absent column is an absent stamp, not a bad one")
	}
}
