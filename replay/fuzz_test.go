package replay

import (
	"strings"
	"testing"
)

// No file makes a reader panic or lose a row: each is part of an incident or
// rejected with a reason, and steps are in order.
func FuzzFormats(f *testing.F) {
	const (
		lancasterHeader = "incident_num,incident_date,unit,dispatch,enroute,arrive,clear,in_service,call_type,response_level\n"
		lfbHeader       = "incident_no,call_datetime_local,first_pump_attendance_s,second_pump_attendance_s,num_pumps,lat,lon\n"
		mapping         = `{"ref":"a","call":"b","dispatched":"c","arrived":"d","lat":"e","lon":"f","layout":"2006-01-02 15:04:05","zone":"Asia/Shanghai"}`
	)
	f.Add(uint8(0), "", nypdHeader+"1,13,MANHATTAN,12U1,HOLDING,2024-01-01T13:49:03.000,2024-01-01T13:56:20.000,2024-01-01T13:49:53.000,2024-01-01T14:46:11.000,40.740743,-73.977967\n")
	f.Add(uint8(0), "", nypdHeader+"1,\"13\n,,9999-99-99T99:99:99.000,,,,91,181\n")
	f.Add(uint8(1), "", lancasterHeader+"7,2014-03-09,E1,23:59:58,00:00:10,00:07:00,01:00:00,01:01:00,FIRE,ALS\n7,2014-03-09,E2,,,,,,,\n")
	f.Add(uint8(2), "", lfbHeader+"9,2009-10-25 01:30:00,300,-5,2,51.5,-0.1\n")
	f.Add(uint8(3), mapping, "a,b,c,d,e,f\n1,2024-05-01 10:00:00,2024-05-01 10:01:00,,28.9,120.04\n1,,,,,\n")
	f.Add(uint8(3), `{"ref":"a","call":"b","layout":"unix","kinds":{"*":"4"}}`, "\xef\xbb\xbfa,b\nx,1e300\ny,NaN\n")
	f.Fuzz(func(t *testing.T, which uint8, mapping, text string) {
		if len(text) > 1<<16 {
			return
		}
		format, named := ByName(Formats()[int(which)%len(Formats())])
		if !named {
			m, err := ReadMapping(strings.NewReader(mapping))
			if err != nil {
				return
			}
			if format, err = m.Format(); err != nil {
				return
			}
		}
		rows, err := newTable(strings.NewReader(text))
		if err != nil {
			return
		}
		plan, err := read(rows, format)
		if err != nil {
			return
		}
		accounted := 0
		for _, n := range plan.Rejected {
			accounted += n
		}
		for _, in := range plan.Incidents {
			accounted += len(in.Rows)
			if in.Ref == "" || len(in.Steps) == 0 || in.Steps[0].Kind != StepOpen {
				t.Fatalf("incident %+v", in)
			}
		}
		if accounted != plan.Rows {
			t.Fatalf("%d of %d rows are accounted for", accounted, plan.Rows)
		}
	})
}
