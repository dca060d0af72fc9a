package place

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// gate lets "clerk" do everything and "s1" what is in station S1's area.
type gate struct{}

func (gate) Can(p httpapi.Principal, _ httpapi.Perm, org string) bool {
	return p.UserID == "clerk" || p.UserID == "s1" && org == "S1"
}

type stations map[string]bool

func (s stations) IsStation(_ *sqldb.Tx, id string) (bool, error) { return s[id], nil }

type desk struct {
	*testing.T
	*Service
	db   *sqldb.DB
	now  time.Time
	text map[string]string
}

var home = geo.Point{Lat: 28.9, Lon: 120.05}

func open(t testing.TB, db *sqldb.DB, now func() time.Time) *Service {
	t.Helper()
	s := New(Deps{DB: db, Now: now, IDs: ident.NewMaker(now), Gate: gate{}, Stations: stations{"S1": true, "S2": true},
		Log: slog.New(slog.DiscardHandler)})
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := &desk{T: t, db: db, now: noon, text: said(t)}
		d.Service = open(t, db, func() time.Time { return d.now })
		if _, err := d.ImportDivisions(d.as("clerk"), DemoDivisions()); err != nil {
			t.Fatal(err)
		}
		test(d)
	}, Schema)
}

func (d *desk) as(user string) context.Context {
	return httpapi.As(d.Context(), httpapi.Principal{UserID: user})
}

func (d *desk) draft(key string, p geo.Point) Draft {
	return Draft{Name: d.text[key], Point: p, Datum: geo.WGS84, Uncertainty: 10, Source: "test"}
}

func (d *desk) add(key string, p geo.Point) Address {
	d.Helper()
	a, err := d.AddAddress(d.as("clerk"), d.draft(key, p))
	if err != nil {
		d.Fatal(err)
	}
	return a
}

func (d *desk) find(text string) []Candidate {
	d.Helper()
	out, err := d.Locate(d.Context(), Query{Text: text})
	if err != nil {
		d.Fatal(err)
	}
	return out.Candidates
}

func (d *desk) refused(err error, key, path string) {
	d.Helper()
	if f := fault.Of(err); err == nil || f.Key != key || f.Path != path {
		d.Errorf("got %v, want %s at %q", err, key, path)
	}
}

func TestQueriesPrepare(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Check(t.Context(), Queries); err != nil {
			t.Error(err)
		}
	}, Schema)
}

func TestAnAddressIsFoundAsSoonAsItIsAdded(t *testing.T) {
	each(t, func(d *desk) {
		a := d.add("door", home)
		if a.Town == "" || a.Edition != 1 || a.UpdatedBy != "clerk" {
			d.Errorf("%+v", a)
		}
		got := d.find(d.text["door_bare"])
		if len(got) == 0 || got[0].PlaceID != a.ID || got[0].Grain != Door {
			d.Fatalf("%+v", got)
		}
		_, err := d.AddAddress(d.as("clerk"), d.draft("door", home))
		d.refused(err, "place.address_exists", "")
		if fault.Of(err).Params["id"] != a.ID {
			d.Errorf("the fault does not name the first: %v", fault.Of(err).Params)
		}
	})
}

func TestCorrectionMovesTheAddressAndItsHazards(t *testing.T) {
	each(t, func(d *desk) {
		a := d.add("door", home)
		other := d.add("two_towns", geo.NewPlane(home).Point(0, -900))
		if _, err := d.AddHazard(d.as("clerk"), Warning{PlaceID: a.ID, Kind: Gas, Note: "bottles", ValidTo: noon.Add(time.Hour)}); err != nil {
			d.Fatal(err)
		}
		there := geo.NewPlane(home).Point(500, 0)
		c := Correction{ID: a.ID, IfMatch: `"1"`, Draft: d.draft("door", there)}
		b, err := d.CorrectAddress(d.as("clerk"), c)
		if err != nil || b.Edition != 2 || b.Point != there {
			d.Fatalf("%+v %v", b, err)
		}
		if got := d.find(d.text["door"]); *got[0].Point != there {
			d.Errorf("still found at %v", got[0].Point)
		}
		if len(d.HazardsAt("", &there)) != 1 || len(d.HazardsAt("", &home)) != 0 {
			d.Error("the hazard did not move along")
		}
		_, err = d.CorrectAddress(d.as("clerk"), c)
		d.refused(err, "request.stale", "")
		c.IfMatch, c.Draft = "", d.draft("two_towns", there)
		_, err = d.CorrectAddress(d.as("clerk"), c)
		if err == nil || fault.Of(err).Params["id"] != other.ID {
			d.Errorf("took the name of another address: %v", err)
		}
	})
}

func TestARetiredAddressIsNotFoundAndItsNameIsFree(t *testing.T) {
	each(t, func(d *desk) {
		a := d.add("door", home)
		if _, err := d.RetireAddress(d.as("clerk"), Named{ID: a.ID}); err != nil {
			d.Fatal(err)
		}
		for _, c := range d.find(d.text["door"]) {
			if c.PlaceID == a.ID {
				d.Errorf("found %+v", c)
			}
		}
		_, err := d.RetireAddress(d.as("clerk"), Named{ID: a.ID})
		d.refused(err, "place.address_retired", "")
		_, err = d.CorrectAddress(d.as("clerk"), Correction{ID: a.ID, Draft: d.draft("door", home)})
		d.refused(err, "place.address_retired", "")
		if kept, err := d.Address(d.Context(), ByID{a.ID}); err != nil || kept.RetiredAt == nil {
			d.Errorf("not readable any more: %+v %v", kept, err)
		}
		d.add("door", home)
		_, err = d.RetireAddress(d.as("clerk"), Named{ID: "none"})
		d.refused(err, "place.address_not_found", "")
	})
}

func TestAnotherNodeSeesTheChange(t *testing.T) {
	each(t, func(d *desk) {
		other := open(d.T, d.db, func() time.Time { return d.now })
		a := d.add("door", home)
		if err := other.Load(d.Context()); err != nil {
			d.Fatal(err)
		}
		out, err := other.Locate(d.Context(), Query{Text: d.text["door"]})
		if err != nil || len(out.Candidates) == 0 || out.Candidates[0].PlaceID != a.ID {
			d.Errorf("%+v %v", out, err)
		}
	})
}

func TestManyChangesEndInANewBaseWithTheSameAnswers(t *testing.T) {
	each(t, func(d *desk) {
		var file bytes.Buffer
		file.WriteString("name,lat,lon\n")
		for n := range mostRecent + 10 {
			file.WriteString(strings.Replace(d.text["door"], "88", strconv.Itoa(n+1), 1) + ",28.9,120.05\n")
		}
		im, err := d.ImportAddresses(d.as("clerk"), AddressImport{Content: file.Bytes(), Datum: geo.WGS84, Source: "test"})
		if err != nil || im.Accepted != mostRecent+10 {
			d.Fatalf("%+v %v", im, err)
		}
		if at := d.atlas.Load(); len(at.base.addresses) != mostRecent+10 || len(at.recent.addresses) != 0 {
			d.Errorf("%d in the base, %d recent", len(at.base.addresses), len(at.recent.addresses))
		}
		if got := d.find(d.text["door"]); len(got) != 1 || got[0].Grain != Door {
			d.Errorf("%+v", got)
		}
	})
}

func TestListsComeInPages(t *testing.T) {
	each(t, func(d *desk) {
		for i, key := range []string{"door", "two_towns", "room"} {
			d.add(key, geo.NewPlane(home).Point(float64(i)*100, 0))
		}
		var seen []string
		for q := (AddressQuery{Limit: 2}); ; {
			page, err := d.Addresses(d.Context(), q)
			if err != nil || len(page.Items) > 2 {
				d.Fatalf("%+v %v", page, err)
			}
			for _, a := range page.Items {
				seen = append(seen, a.ID)
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		if len(seen) != 3 || !slices.IsSorted(seen) {
			d.Errorf("%v", seen)
		}
	})
}

func TestScope(t *testing.T) {
	each(t, func(d *desk) {
		away := geo.NewPlane(home).Point(9000, 0)
		_, err := d.ImportAreas(d.as("clerk"), AreaImport{Datum: geo.WGS84, Features: []AreaFeature{
			feature(d.T, "", "S1", home, 2000), feature(d.T, "", "S2", away, 2000)}})
		if err != nil {
			d.Fatal(err)
		}
		if _, err := d.AddAddress(d.as("s1"), d.draft("door", home)); err != nil {
			d.Errorf("in the own area: %v", err)
		}
		_, err = d.AddAddress(d.as("s1"), d.draft("room", away))
		d.refused(err, "place.outside_your_scope", "")
		a := d.add("two_towns", away)
		_, err = d.CorrectAddress(d.as("s1"), Correction{ID: a.ID, Draft: d.draft("two_towns", home)})
		d.refused(err, "place.outside_your_scope", "")
		_, err = d.RetireAddress(d.as("s1"), Named{ID: a.ID})
		d.refused(err, "place.outside_your_scope", "")
		_, err = d.AddHazard(d.as("s1"), Warning{PlaceID: a.ID, Kind: Dog, Note: "n", ValidTo: noon.Add(time.Hour)})
		d.refused(err, "place.outside_your_scope", "")
		_, err = d.ImportAreas(d.as("s1"), AreaImport{Datum: geo.WGS84, Replace: true, Features: []AreaFeature{feature(d.T, "", "S1", home, 100)}})
		d.refused(err, "place.outside_your_scope", "")
		if list, _ := d.Areas(d.Context(), AreaQuery{}); len(list.Items) != 2 {
			d.Errorf("a refused import changed the areas: %+v", list)
		}
	})
}

// feature is a square area as a request has it.
func feature(t testing.TB, id, station string, center geo.Point, meters float64) AreaFeature {
	text, err := square(t, "x", station, Urban, center, meters).region.MarshalJSON()
	if err != nil {
		panic(err)
	}
	return AreaFeature{Type: "Feature", Properties: AreaProperty{ID: id, StationID: station, Name: "area of " + station, Class: Urban}, Geometry: Geometry{text}}
}

func TestAreasAreTakenWholeOrNotAtAll(t *testing.T) {
	each(t, func(d *desk) {
		bad := feature(d.T, "", "S1", home, 1000)
		bad.Geometry = Geometry{[]byte(`{"type":"Polygon","coordinates":[[[120,28],[121,28],[121,29],[120,29]]]}`)}
		_, err := d.ImportAreas(d.as("clerk"), AreaImport{Datum: geo.WGS84, Features: []AreaFeature{feature(d.T, "", "S1", home, 1000), bad}})
		d.refused(err, "geo.ring_open", "/features/1/geometry/coordinates/0")
		_, err = d.ImportAreas(d.as("clerk"), AreaImport{Datum: geo.WGS84, Features: []AreaFeature{feature(d.T, "", "S1", home, 1000), feature(d.T, "", "S3", home, 900)}})
		d.refused(err, "place.station_unknown", "/features/1/properties/station_id")
		_, err = d.ImportAreas(d.as("clerk"), AreaImport{Datum: geo.WGS84, Features: []AreaFeature{feature(d.T, "a", "S1", home, 1000), feature(d.T, "a", "S1", home, 900)}})
		d.refused(err, "place.area_twice", "/features/1/properties/id")
		if _, ok := d.AreaAt(home); ok {
			d.Error("half of a refused import is in force")
		}
	})
}

func TestAreasReplaceOverlapAndEnd(t *testing.T) {
	each(t, func(d *desk) {
		clerk := d.as("clerk")
		first, err := d.ImportAreas(clerk, AreaImport{Datum: geo.WGS84, Features: []AreaFeature{
			feature(d.T, "one", "S1", home, 1000), feature(d.T, "two", "S2", geo.NewPlane(home).Point(1500, 0), 1000)}})
		if err != nil || len(first.Overlaps) != 2 || first.Overlaps[0].Share < 0.2 || first.Overlaps[0].Share > 0.3 {
			d.Fatalf("%+v %v", first, err)
		}
		end := noon.Add(time.Hour)
		ending := feature(d.T, "one", "S1", home, 500)
		ending.Properties.ValidTo = &end
		second, err := d.ImportAreas(clerk, AreaImport{Datum: geo.WGS84, Replace: true, Features: []AreaFeature{ending}})
		if err != nil || second.Ended != 1 || second.Areas[0].Edition != 2 || len(second.Overlaps) != 0 {
			d.Fatalf("%+v %v", second, err)
		}
		if a, ok := d.AreaAt(home); !ok || a.ID != "one" || a.StationID != "S1" {
			d.Errorf("%+v", a)
		}
		if _, ok := d.AreaAt(geo.NewPlane(home).Point(1500, 0)); ok {
			d.Error("a replaced area is in force")
		}
		d.now = end
		if err := d.Load(d.Context()); err != nil {
			d.Fatal(err)
		}
		if _, ok := d.AreaAt(home); ok {
			d.Error("an area outlives its end")
		}
		shown, err := d.Areas(d.Context(), AreaQuery{Outline: true})
		if err != nil || len(shown.Items) != 0 {
			d.Errorf("%+v %v", shown, err)
		}
	})
}

func TestHazards(t *testing.T) {
	each(t, func(d *desk) {
		clerk := d.as("clerk")
		at := func(p geo.Point) *geo.Point { return &p }
		good := Warning{Point: at(geo.Express(home, geo.GCJ02)), Datum: geo.GCJ02, Kind: Structure, Note: "stairs are rotten", ValidTo: noon.Add(time.Hour)}
		h, err := d.AddHazard(clerk, good)
		if err != nil || geo.Distance(h.Point, home) > 0.01 {
			d.Fatalf("%+v %v", h, err)
		}
		cases := []struct {
			change    func(*Warning)
			key, path string
		}{
			{func(w *Warning) { w.Note = " " }, "place.note_required", "/note"},
			{func(w *Warning) { w.Note = "a\u202eb" }, "place.text_invalid", "/note"},
			{func(w *Warning) { w.Note = "call 138 0000 0000" }, "place.note_names_a_person", "/note"},
			{func(w *Warning) { w.Note = "owner 110101-19000101-001X" }, "place.note_names_a_person", "/note"},
			{func(w *Warning) { w.ValidTo = noon }, "place.ends_before_it_begins", "/valid_to"},
			{func(w *Warning) { w.ValidTo = noon.Add(2 * 366 * 24 * time.Hour) }, "place.lasts_too_long", "/valid_to"},
			{func(w *Warning) { w.Point = nil }, "place.place_or_point", "/place_id"},
			{func(w *Warning) { w.PlaceID = "x" }, "place.place_or_point", "/place_id"},
			{func(w *Warning) { w.Datum = "" }, "place.datum_required", "/datum"},
			{func(w *Warning) { w.Point = &geo.Point{} }, "place.point_invalid", "/point"},
			{func(w *Warning) { w.Point, w.PlaceID = nil, "none" }, "place.address_not_found", ""},
		}
		for _, c := range cases {
			w := good
			c.change(&w)
			_, err := d.AddHazard(clerk, w)
			d.refused(err, c.key, c.path)
		}
		if list := d.HazardsAt("", &home); len(list) != 1 || list[0].ID != h.ID {
			d.Errorf("%+v", list)
		}
		if _, err := d.RetireHazard(clerk, ByID{h.ID}); err != nil {
			d.Fatal(err)
		}
		_, err = d.RetireHazard(clerk, ByID{h.ID})
		d.refused(err, "place.hazard_retired", "")
		if len(d.HazardsAt("", &home)) != 0 {
			d.Error("a retired hazard shows")
		}
		live, _ := d.Hazards(d.Context(), HazardQuery{})
		all, _ := d.Hazards(d.Context(), HazardQuery{All: true})
		if len(live.Items) != 0 || len(all.Items) != 1 {
			d.Errorf("%d live, %d in all", len(live.Items), len(all.Items))
		}
	})
}

func TestAnExpiredHazardDoesNotShow(t *testing.T) {
	each(t, func(d *desk) {
		p := home
		if _, err := d.AddHazard(d.as("clerk"), Warning{Point: &p, Datum: geo.WGS84, Kind: Gas, Note: "n", ValidTo: noon.Add(time.Minute)}); err != nil {
			d.Fatal(err)
		}
		d.now = noon.Add(time.Minute)
		if len(d.HazardsAt("", &home)) != 0 {
			d.Error("shows after its end, though nothing was reloaded")
		}
	})
}

func TestLocateRefuses(t *testing.T) {
	each(t, func(d *desk) {
		p := home
		for _, c := range []struct {
			q         Query
			key, path string
		}{
			{Query{}, "place.nothing_asked", "/text"},
			{Query{Text: "<b>"}, "place.text_invalid", "/text"},
			{Query{Point: &p}, "place.datum_required", "/datum"},
			{Query{Point: &p, Datum: "utm"}, "place.datum_required", "/datum"},
			{Query{Point: &geo.Point{Lat: 91}, Datum: geo.WGS84}, "place.point_invalid", "/point"},
		} {
			_, err := d.Locate(d.Context(), c.q)
			d.refused(err, c.key, c.path)
		}
	})
}

// What numbers things is no person's number.
func TestNotesMayHoldNumbers(t *testing.T) {
	for _, note := range []string{"two bottles of 50 kg since 2026-03-05", "gas company 0579-87123456", "UN 1202, tank 20000 l", "2026-03-05 to 2026-04-05", "lot 202603051234", ""} {
		if numbersPerson(note) {
			t.Errorf("%q was taken for a person's number", note)
		}
	}
}

// Intake never waits for an import or for what is being indexed.
func TestLocateDoesNotWaitForARefresh(t *testing.T) {
	each(t, func(d *desk) {
		d.refreshing.Lock()
		defer d.refreshing.Unlock()
		here := geo.Point{Lat: 28.9, Lon: 120.04}
		if _, err := d.Locate(d.Context(), Query{Text: d.text["door"], Point: &here, Datum: geo.WGS84}); err != nil {
			d.Error(err)
		}
		d.AreaAt(here)
		d.HazardsAt("", &here)
		d.Suggest(d.text["door"], 5)
	})
}
