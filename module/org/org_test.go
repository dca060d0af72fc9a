package org

import (
	"context"
	"testing"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

var divisions = map[string]string{"330784": "x", "110101": "y"}

func TestCodes(t *testing.T) {
	cases := map[string]string{
		"330784510000": "", "330784000000": "", "330700000000": "", "330000000000": "",
		"330784":        "org.code_not_twelve_digits",
		"33078451000X":  "org.code_not_twelve_digits",
		"3307845100000": "org.code_not_twelve_digits",
		"999999000000":  "org.code_unknown_division",
		"990000000000":  "org.code_unknown_division",
		"330785000000":  "org.code_unknown_division",
		"000000000000":  "org.code_unknown_division",
	}
	for code, want := range cases {
		err := CheckCode(code, divisions)
		if (err == nil) != (want == "") || err != nil && fault.KeyOf(err) != want {
			t.Errorf("%s: got %v, want %q", code, err, want)
		}
	}
	for code, want := range map[string]string{"330784510203": "330784510200", "330784510000": "330784000000", "330784000000": "330700000000", "330000000000": ""} {
		if got := ParentCode(code); got != want {
			t.Errorf("parent of %s is %s, want %s", code, got, want)
		}
	}
}

func TestKnownDivisions(t *testing.T) {
	all, err := Divisions()
	if err != nil || len(all) != 2978 || all["330784"] == "" {
		t.Errorf("%d divisions, %v", len(all), err)
	}
}

type everywhere struct{}

func (everywhere) Can(p httpapi.Principal, _ httpapi.Perm, _ string) bool {
	return p.UserID != "stranger"
}

func (everywhere) Follow(context.Context, []string) {}

func each(t *testing.T, test func(t *testing.T, s *Service)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		test(t, New(Deps{DB: db, Bus: bus.New(db, time.Now), Now: time.Now, IDs: ident.NewMaker(time.Now), Gate: everywhere{}, Follower: everywhere{}, Divisions: divisions}))
	}, bus.Schema, Schema)
}

func TestTreeStaysATree(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		ctx := httpapi.As(t.Context(), httpapi.Principal{UserID: "admin"})
		county, err := s.Found(ctx, Form{Code: "330784000000", Name: "County", Kind: "county"})
		if err != nil {
			t.Fatal(err)
		}
		station, err := s.Create(ctx, Form{Code: "330784510000", Name: "Station", Kind: "station", ParentID: county.ID})
		if err != nil {
			t.Fatal(err)
		}
		refused := map[string]func() error{
			"org.code_taken": func() error {
				_, err := s.Create(ctx, Form{Code: "330784510000", Name: "Twin", Kind: "station", ParentID: county.ID})
				return err
			},
			"org.parent_unknown": func() error {
				_, err := s.Create(ctx, Form{Code: "330784520000", Name: "Lost", Kind: "station", ParentID: "x"})
				return err
			},
			"org.parent_is_below": func() error {
				_, err := s.Change(ctx, Form{ID: county.ID, Name: "County", Kind: "county", ParentID: station.ID})
				return err
			},
			"org.has_children": func() error { _, err := s.Retire(ctx, Leaving{ID: county.ID}); return err },
			"request.stale": func() error {
				_, err := s.Change(ctx, Form{ID: station.ID, IfMatch: `"9"`, Name: "S", Kind: "station", ParentID: county.ID})
				return err
			},
			"org.not_found": func() error {
				_, err := s.Retire(httpapi.As(ctx, httpapi.Principal{UserID: "stranger"}), Leaving{ID: station.ID})
				return err
			},
		}
		for want, try := range refused {
			if err := try(); fault.KeyOf(err) != want || err == nil {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		renamed, err := s.Change(ctx, Form{ID: station.ID, IfMatch: `"1"`, Name: "Renamed", Kind: "station", ParentID: county.ID})
		if err != nil || renamed.Version() != 2 {
			t.Errorf("%+v, %v", renamed, err)
		}
		if _, err := s.Retire(ctx, Leaving{ID: station.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(ctx, Form{Code: "330784510000", Name: "Successor", Kind: "station", ParentID: county.ID}); err != nil {
			t.Errorf("a retired code cannot be used again: %v", err)
		}
		page, err := s.Tree(ctx, Listing{})
		if err != nil || len(page.Items) != 2 {
			t.Errorf("%+v, %v", page, err)
		}
		if page, err = s.Tree(ctx, Listing{Retired: true}); err != nil || len(page.Items) != 3 {
			t.Errorf("%+v, %v", page, err)
		}
		if err := s.DB.Check(ctx, Queries); err != nil {
			t.Error(err)
		}
	})
}
