package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

var divisions = NewDivisions(
	DivisionList{"old", "2019-04", []DivisionEntry{{"330000", "P", "1980-12", ""}, {"330700", "C", "1985-12", ""}, {"330722", "Y", "1985-12", "1991-12"}, {"330784", "Y", "1995-12", ""}, {"330799", "Gone", "1995-12", ""}}},
	DivisionList{"new", "2023-06-30", []DivisionEntry{{Code: "330784", Name: "Y"}, {Code: "110101", Name: "D"}}})

func TestCodes(t *testing.T) {
	cases := []struct {
		code, key, list string
		stands          bool
	}{
		{"330784510000", "", "new 2023-06-30", true},
		{"330784000000", "", "new 2023-06-30", true},
		{"330700000000", "", "old 2019-04", true},
		{"330000000000", "", "old 2019-04", true},
		{"330722510000", "", "old 1991-12", false}, // ended
		{"330799000000", "", "old 2019-04", false}, // the newer list does not have it
		{"330784", "org.code_not_twelve_digits", "", false},
		{"33078451000X", "org.code_not_twelve_digits", "", false},
		{"3307845100000", "org.code_not_twelve_digits", "", false},
		{"\u0663\u0663\u0660\u0667\u0668\u0664", "org.code_not_twelve_digits", "", false},
		{"3.30784E+11", "org.code_damaged_by_spreadsheet", "", false},
		{"3e11", "org.code_damaged_by_spreadsheet", "", false},
		{"999999000000", "org.code_unknown_division", "", false},
		{"330785000000", "org.code_unknown_division", "", false},
		{"000000000000", "org.code_unknown_division", "", false},
		{"", "org.code_not_twelve_digits", "", false},
	}
	for _, c := range cases {
		d, stands, err := CheckCode(c.code, divisions)
		if (err == nil) != (c.key == "") || err != nil && (fault.KeyOf(err) != c.key || fault.Of(err).Path != "/code") {
			t.Errorf("%s: %v, want %q", c.code, err, c.key)
		}
		if err == nil && (d.Scheme+" "+d.Version != c.list || d.Code != c.code[:6] || stands != c.stands) {
			t.Errorf("%s: %+v, stands %v", c.code, d, stands)
		}
	}
	for code, want := range map[string]string{"330784510203": "330784510200 6", "330784510200": "330784510000 5", "330784510000": "330784000000 4",
		"330784000000": "330700000000 3", "330700000000": "330000000000 2", "330000000000": " 1", "330784000100": "330784000000 5"} {
		if got := fmt.Sprint(ParentCode(code), " ", Level(code)); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}

func TestDefaultDivisions(t *testing.T) {
	d, err := DefaultDivisions()
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{"330784": "nbs 2023-06-30 true", "330722": "gbt2260 1991-12 false", "330700": "gbt2260 2019-04 true", "330000": "gbt2260 2019-04 true",
		"110103": "gbt2260 2009-12 false", "999999": "  false"} {
		found, name, stands, known := d.Find(code)
		if got := fmt.Sprint(found.Scheme, " ", found.Version, " ", stands); got != want || known != (name != "") {
			t.Errorf("%s: %s %q, want %s", code, got, name, want)
		}
	}
}

// everywhere lets everybody do everything but the stranger, and the clerk only
// what is below their own.
type everywhere struct {
	told  *[]string
	clerk []string
}

func (e everywhere) Can(p httpapi.Principal, _ httpapi.Perm, orgID string) bool {
	return p.UserID != "stranger" && (p.UserID != "clerk" || slices.Contains(e.clerk, orgID))
}

func (e everywhere) Scope(p httpapi.Principal, _ httpapi.Perm) httpapi.Scope {
	switch p.UserID {
	case "stranger":
		return httpapi.Scope{}
	case "clerk":
		return httpapi.NewScope(slices.Sorted(slices.Values(e.clerk)), 1000)
	}
	return httpapi.Scope{All: true}
}

func (e everywhere) Follow(_ context.Context, ids []string) { *e.told = append(*e.told, ids...) }

type desk struct {
	*testing.T
	*Service
	now    time.Time
	told   []string
	county Organisation
}

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := &desk{T: t, now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
		now := func() time.Time { return d.now }
		gate := &everywhere{told: &d.told}
		d.Service = New(Deps{DB: db, Bus: bus.New(db, now), Now: now, IDs: ident.NewMaker(now), Gate: gate, Follower: gate, Divisions: divisions})
		var err error
		if d.county, err = d.Found(t.Context(), Form{Code: "330784000000", Name: "County", Kind: County}); err != nil {
			t.Fatal(err)
		}
		test(d)
	}, bus.Schema, Schema)
}

func (d *desk) as(user string) context.Context {
	return httpapi.As(d.Context(), httpapi.Principal{UserID: user})
}

func (d *desk) add(code, name string, parent Organisation) Organisation {
	d.Helper()
	o, err := d.Create(d.as("admin"), Form{Code: code, Name: name, Kind: Station, ParentID: parent.ID, Reason: "new"})
	if err != nil {
		d.Fatal(err)
	}
	return o
}

func TestTreeStaysATree(t *testing.T) {
	each(t, func(d *desk) {
		station := d.add("330784510000", "Station", d.county)
		squad := d.add("330784510100", "Squad", station)
		refused := map[string]func() error{
			"org.code_taken": func() error {
				_, err := d.Create(d.as("admin"), Form{Code: "330784510000", Name: "Twin", Kind: Station, ParentID: d.county.ID})
				return err
			},
			"org.code_unknown_division": func() error {
				_, err := d.Create(d.as("admin"), Form{Code: "990000000000", Name: "X", Kind: Station, ParentID: d.county.ID})
				return err
			},
			"org.name_required": func() error {
				_, err := d.Create(d.as("admin"), Form{Code: "330784530000", Name: "\u3000 ", Kind: Station, ParentID: d.county.ID})
				return err
			},
			"org.parent_unknown": func() error {
				_, err := d.Create(d.as("admin"), Form{Code: "330784520000", Name: "Lost", Kind: Station, ParentID: "x"})
				return err
			},
			"org.parent_is_below": func() error {
				_, err := d.Change(d.as("admin"), Amended{ID: d.county.ID, Form: Form{Name: "County", Kind: County, ParentID: squad.ID}})
				return err
			},
			"org.has_children": func() error { _, err := d.Retire(d.as("admin"), Leaving{ID: station.ID}); return err },
			"request.stale": func() error {
				_, err := d.Change(d.as("admin"), Amended{ID: station.ID, IfMatch: `"9"`, Form: Form{Name: "S", Kind: Station, ParentID: d.county.ID}})
				return err
			},
			"org.not_found": func() error {
				_, err := d.Retire(d.as("stranger"), Leaving{ID: squad.ID})
				return err
			},
			"org.outside_your_scope": func() error { // a second root
				_, err := d.Create(d.as("clerk"), Form{Code: "330784520000", Name: "Root", Kind: Station})
				return err
			},
		}
		for want, try := range refused {
			told := len(d.told)
			if err := try(); fault.KeyOf(err) != want || err == nil {
				d.Errorf("got %v, want %s", err, want)
			}
			if len(d.told) != told {
				d.Errorf("%s: what was refused was told", want)
			}
		}
		if page, err := d.List(d.as("admin"), Listing{Retired: true}); err != nil || page.Total != 3 {
			d.Errorf("%+v, %v", page, err)
		}
	})
}

func TestEveryVersionStaysReadable(t *testing.T) {
	each(t, func(d *desk) {
		station := d.add("330784510000", "Station", d.county)
		other := d.add("330784520000", "Other", d.county)
		d.now = d.now.Add(time.Hour)
		changed, err := d.Change(d.as("admin"), Amended{ID: station.ID, IfMatch: `"1"`, Form: Form{Name: "Renamed", Kind: Station, ParentID: d.county.ID}})
		if err != nil || changed.Version() != 2 || !changed.ChangedAt.Equal(d.now) || changed.CreatedAt.Equal(d.now) {
			d.Errorf("%+v, %v", changed, err)
		}
		if _, err := d.Change(d.as("admin"), Amended{ID: station.ID, Form: Form{Name: "Renamed", Kind: Station, ParentID: other.ID, Reason: "merged"}}); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Retire(d.as("admin"), Leaving{ID: station.ID, Reason: "closed"}); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Retire(d.as("admin"), Leaving{ID: station.ID}); fault.KeyOf(err) != "org.not_found" {
			d.Errorf("retired twice: %v", err)
		}
		successor := d.add("330784510000", "Successor", d.county)
		if old, err := d.Get(d.as("admin"), ByID{station.ID}); err != nil || old.Stands() || successor.ID == old.ID {
			d.Errorf("%+v, %v", old, err)
		}
		var story []string
		for after := int64(0); ; {
			page, err := d.History(d.as("admin"), Past{ID: station.ID, After: after, Limit: 3})
			if err != nil {
				d.Fatal(err)
			}
			for _, e := range page.Items {
				story = append(story, fmt.Sprintf("%d %s %s %v %s %s", e.Version(), e.Act, e.Name, e.ParentID == other.ID, e.By, e.Reason))
			}
			if page.Next == "" {
				break
			}
			after = page.Items[2].Version()
		}
		want := []string{"4 retired Renamed true admin closed", "3 moved Renamed true admin merged", "2 changed Renamed false admin ", "1 created Station false admin new"}
		if !slices.Equal(story, want) {
			d.Errorf("%q", story)
		}
		if _, err := d.History(d.as("stranger"), Past{ID: station.ID}); fault.KeyOf(err) != "org.not_found" {
			d.Errorf("got %v", err)
		}
		if got := fmt.Sprint(d.told); strings.Count(got, station.ID) != 4 {
			d.Errorf("told of %s", got)
		}
	})
}

func TestLists(t *testing.T) {
	each(t, func(d *desk) {
		north := d.add("330784510000", "North", d.county)
		for i := range 5 {
			d.now = d.now.Add(time.Second)
			d.add(fmt.Sprintf("33078451%02d00", 5-i), fmt.Sprint("Squad ", i), north)
		}
		south := d.add("330784520000", "South", d.county)
		if _, err := d.Retire(d.as("admin"), Leaving{ID: south.ID}); err != nil {
			d.Fatal(err)
		}
		d.Gate.(*everywhere).clerk = []string{north.ID}
		for _, c := range []struct {
			who  string
			ask  Listing
			want string
		}{
			{"admin", Listing{}, "County North Squad 4 Squad 3 Squad 2 Squad 1 Squad 0"},
			{"admin", Listing{Sort: "name", Under: d.county.ID}, "North Squad 0 Squad 1 Squad 2 Squad 3 Squad 4"},
			{"admin", Listing{Sort: "name", Down: true, ParentID: north.ID}, "Squad 4 Squad 3 Squad 2 Squad 1 Squad 0"},
			{"admin", Listing{Sort: "changed", Down: true, Retired: true}, "South Squad 4 Squad 3 Squad 2 Squad 1 Squad 0 North County"},
			{"admin", Listing{Sort: "code", Text: "Squad"}, "Squad 4 Squad 3 Squad 2 Squad 1 Squad 0"},
			{"admin", Listing{Text: "33078451"}, "North Squad 4 Squad 3 Squad 2 Squad 1 Squad 0"},
			{"admin", Listing{Kind: County}, "County"},
			{"clerk", Listing{}, "North"},
			{"stranger", Listing{}, ""},
		} {
			for _, limit := range []int{0, 1, 2, 3, 7} { // the pages together are the list
				c.ask.Limit, c.ask.After = limit, ""
				var names []string
				for {
					page, err := d.List(d.as(c.who), c.ask)
					if err != nil {
						d.Fatal(err)
					}
					for _, o := range page.Items {
						names = append(names, o.Name)
					}
					if c.ask.After = page.Next; page.Next == "" {
						break
					}
				}
				if got := strings.Join(names, " "); got != c.want {
					d.Errorf("%+v\ngot  %s\nwant %s", c.ask, got, c.want)
				}
			}
		}
		for _, bad := range []string{"x", "bm90", "W10"} {
			if page, err := d.List(d.as("admin"), Listing{After: bad}); err == nil && len(page.Items) == 0 || err != nil && fault.KeyOf(err) != "request.bad_cursor" {
				d.Errorf("%q: %+v, %v", bad, page, err)
			}
		}
	})
}

func TestQueriesPrepare(t *testing.T) {
	each(t, func(d *desk) {
		if err := errors.Join(d.DB.Check(d.Context(), Queries)); err != nil {
			d.Error(err)
		}
	})
}
