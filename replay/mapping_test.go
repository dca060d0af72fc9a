package replay

import (
	"strings"
	"testing"
)

func mapped(t *testing.T, mapping string) Format {
	t.Helper()
	m, err := ReadMapping(strings.NewReader(mapping))
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Format()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestMapping(t *testing.T) {
	f := mapped(t, `{"ref":"no","call":"in","kind":"type","unit":"car","dispatched":"out","arrived":"there","closed":"done",
		"layout":"2006/1/2 15:04:05","zone":"Asia/Shanghai","kinds":{"A*":"2","A9":"5"}}`)
	plan := planWith(t, f, "no,in,type,car,out,there,done\n"+
		"a,2026/1/2 23:59:30,A9,C1,2026/1/3 00:00:10,2026/1/3 00:05:00,2026/1/3 01:00:00\n"+
		"a,2026/1/2 23:59:30,A9,C1,2026/1/3 00:20:00,,\n"+
		"b,2026/1/3 08:00:00,Z,,,,\n")
	report := play(t, newMemory(), plan)
	if report.Accepted != 2 || report.Merged != 1 {
		t.Errorf("got %+v", report)
	}
	sameSteps(t, plan.Incidents[0].Steps, []Step{
		{Kind: StepOpen, At: at("2026-01-02T15:59:30Z")},
		{Kind: StepDispatch, At: at("2026-01-02T16:00:10Z"), Unit: "C1"},
		{Kind: StepArrive, At: at("2026-01-02T16:05:00Z"), Unit: "C1"},
		{Kind: StepDispatch, At: at("2026-01-02T16:20:00Z"), Unit: "C1 #2"},
		{Kind: StepClose, At: at("2026-01-02T17:00:00Z")},
	})
	if f.Kinds.Of("A1") != "2" || f.Kinds.Of("A9") != "5" || f.Kinds.Of("Z") != otherKind {
		t.Error("the longest fitting key names the kind, and what fits none is other")
	}
	names := []string{}
	for _, c := range report.Clocks {
		names = append(names, c.Name)
	}
	if strings.Join(names, " ") != "dispatch arrival arrival_from_dispatch" {
		t.Errorf("clocks are those the file has stamps for, got %v", names)
	}
}

func TestMappingTimes(t *testing.T) {
	for _, c := range []struct{ layout, zone, text, want string }{
		{"", "", "2026-01-02T03:04:05+08:00", "2026-01-01T19:04:05Z"},
		{"unix", "", "1767322800", "2026-01-02T03:00:00Z"},
		{"unix_ms", "", "1767322800000", "2026-01-02T03:00:00Z"},
		{"2006-01-02T15:04:05-07:00", "Asia/Shanghai", "2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"},
		{"2006-01-02 15:04", "Asia/Shanghai", "2026-01-02 03:04", "2026-01-01T19:04:00Z"},
		{"2006-01-02 15:04", "", "2026-01-02 03:04", "2026-01-02T03:04:00Z"},
		{"2006-01-02 15:04", "Europe/London", "2026-10-25 01:30", "2026-10-25T00:30:00Z"},
	} {
		f := mapped(t, `{"ref":"no","call":"in","layout":"`+c.layout+`","zone":"`+c.zone+`"}`)
		plan := planWith(t, f, "no,in\n1,"+c.text+"\n")
		if len(plan.Incidents) != 1 || !plan.Incidents[0].First.At.Equal(at(c.want)) {
			t.Errorf("%q by %q in %q is %v (%v), want %s", c.text, c.layout, c.zone, plan.Incidents, plan.Rejected, c.want)
		}
	}
}

func TestMappingRefuses(t *testing.T) {
	for _, bad := range []string{`{`, `{"reff":"no"}`} {
		if _, err := ReadMapping(strings.NewReader(bad)); err == nil {
			t.Errorf("%s must be refused", bad)
		}
	}
	for _, m := range []Mapping{{}, {Ref: "no", Zone: "Moon/Tycho"}} {
		if _, err := m.Format(); err == nil {
			t.Errorf("%+v must be refused", m)
		}
	}
	f := mapped(t, `{"ref":"no","call":"when"}`)
	table, _ := newTable(strings.NewReader("no,in\n1,2\n"))
	if _, err := read(table, f); err == nil {
		t.Error("a column that the file lacks must be named")
	}
}
