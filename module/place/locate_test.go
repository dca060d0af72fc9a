package place

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/sheet"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// table reads a CSV file of testdata by its header.
func table(t testing.TB, name string) (out []map[string]string) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		cells := map[string]string{}
		for i, column := range rows[0] {
			cells[column] = r[i]
		}
		out = append(out, cells)
	}
	return out
}

func testLexicon(t testing.TB) *lexicon {
	t.Helper()
	list, err := divisionRows([]byte(demoDivisions))
	if err != nil {
		t.Fatal(err)
	}
	return newLexicon(loadWords(), list)
}

// testAddresses is an invented county: real names of towns, invented roads.
func testAddresses(t testing.TB, lx *lexicon) (out []Address) {
	t.Helper()
	for i, r := range table(t, "addresses.csv") {
		line := row{sheet.Row{Line: i + 2, Cells: r}}
		d, err := line.draft(Draft{Datum: geo.WGS84, Source: "test"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := lx.settle(d)
		if err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		a.ID = "a" + strconv.Itoa(1000+i)
		out = append(out, a)
	}
	return out
}

func testAtlas(t testing.TB) *atlas {
	lx := testLexicon(t)
	return atlas{}.withBase(lx, testAddresses(t, lx)).withAreas(nil, noon).withHazards(nil)
}

// said are the texts that tests ask for by a key.
func said(t testing.TB) map[string]string {
	out := map[string]string{}
	for _, r := range table(t, "said.csv") {
		out[r["key"]] = r["text"]
	}
	return out
}

func label(c Candidate) string { return c.Town + "|" + c.Name }

func TestGoldenTexts(t *testing.T) {
	at := testAtlas(t)
	for _, want := range table(t, "texts.csv") {
		cleaned, err := Clean(want["text"], "/text")
		if err != nil {
			t.Errorf("%s: %v", want["text"], err)
			continue
		}
		got, ambiguous := at.find(cleaned, 10)
		if want["first"] == "" {
			if len(got) > 0 && got[0].Score >= settledScore {
				t.Errorf("%s (%s): found %+v", want["text"], want["why"], got[0])
			}
			continue
		}
		least, _ := strconv.ParseFloat(want["score"], 64)
		labels := []string{}
		for _, c := range got {
			labels = append(labels, label(c)+" "+string(c.Grain)+" "+strconv.FormatFloat(c.Score, 'f', 3, 64))
		}
		switch {
		case len(got) == 0,
			label(got[0]) != want["first"] && !(ambiguous && slices.ContainsFunc(got[:min(3, len(got))], func(c Candidate) bool { return label(c) == want["first"] })),
			string(got[0].Grain) != want["grain"],
			ambiguous != (want["ambiguous"] == "yes"),
			got[0].Score < least,
			want["also"] != "" && !slices.ContainsFunc(got, func(c Candidate) bool { return label(c) == want["also"] }):
			t.Errorf("%s (%s): want %s %s ambiguous %s ≥ %s, got ambiguous %v:\n  %s", want["text"], want["why"],
				want["first"], want["grain"], want["ambiguous"], want["score"], ambiguous, strings.Join(labels, "\n  "))
		}
	}
}

func TestHostileTextsAreRefused(t *testing.T) {
	texts := []string{"a\x00b", "a\x1bb", "a\u202eb", "a\u0085b", "\xff\xfe", strings.Repeat("a", maxText+1)}
	for _, r := range table(t, "hostile.csv") {
		texts = append(texts, r["text"])
	}
	for _, text := range texts {
		_, err := Clean(text, "/text")
		if f := fault.Of(err); err == nil || f.Key != "place.text_invalid" || f.Path != "/text" || f.Kind != fault.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCleaningTwiceChangesNothing(t *testing.T) {
	for _, r := range table(t, "texts.csv") {
		once, err := Clean(r["text"], "")
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := Clean(once, ""); err != nil || twice != once {
			t.Errorf("%q becomes %q (%v)", once, twice, err)
		}
	}
}

func TestEveryListedAddressFindsItself(t *testing.T) {
	at := testAtlas(t)
	for _, a := range at.base.addresses {
		whole, err := Clean(a.Town+a.Name, "")
		if err != nil {
			t.Fatal(err)
		}
		got, ambiguous := at.find(whole, 1)
		if len(got) == 0 || got[0].PlaceID != a.ID || ambiguous || got[0].Score < 0.95 {
			t.Errorf("%s%s: ambiguous %v, %+v", a.Town, a.Name, ambiguous, got)
		}
	}
}

func TestSameTextSameAnswer(t *testing.T) {
	one, other := testAtlas(t), testAtlas(t)
	for _, r := range table(t, "texts.csv") {
		cleaned, _ := Clean(r["text"], "")
		a, _ := one.find(cleaned, 20)
		b, _ := other.find(cleaned, 20)
		for i := range a {
			if len(a) != len(b) || label(a[i]) != label(b[i]) || a[i].Score != b[i].Score {
				t.Errorf("%s: %v and %v", r["text"], a, b)
			}
		}
	}
}

// square is an area of so many metres around a point.
func square(t testing.TB, id, station string, class Class, center geo.Point, meters float64) chart {
	t.Helper()
	pl := geo.NewPlane(center)
	text := `{"type":"Polygon","coordinates":[[`
	for i, c := range [][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}, {-1, -1}} {
		p := pl.Point(c[0]*meters, c[1]*meters)
		if i > 0 {
			text += ","
		}
		text += "[" + strconv.FormatFloat(p.Lon, 'f', -1, 64) + "," + strconv.FormatFloat(p.Lat, 'f', -1, 64) + "]"
	}
	r, err := geo.ParseRegion([]byte(text+"]]}"), geo.WGS84, "")
	if err != nil {
		t.Fatal(err)
	}
	return chart{Area: Area{ID: id, StationID: station, Name: id, Class: class, ValidFrom: noon.Add(-time.Hour)}, region: r}
}

func TestLocateWithAPoint(t *testing.T) {
	at, words := testAtlas(t), said(t)
	door, _ := at.find(words["door"], 1)
	here := *door[0].Point
	at = at.withAreas([]chart{
		square(t, "town", "S1", CountyTown, here, 3000),
		square(t, "mall", "S1", Complex, here, 300),
		square(t, "ended", "S9", Urban, here, 100),
	}, noon)
	for i := range at.areas {
		if at.areas[i].ID == "ended" {
			end := noon.Add(-time.Minute)
			at.areas[i].ValidTo = &end
		}
	}
	at = at.withAreas(slices.Clone(at.areas), noon)

	got := at.locate("", &here, 5, noon)
	if got.Area == nil || got.Area.ID != "mall" || got.Outside || got.Nearest == nil || got.Nearest.PlaceID != door[0].PlaceID || len(got.Candidates) != 0 {
		t.Errorf("at the door: %+v", got)
	}
	beside := geo.NewPlane(here).Point(1000, 0)
	if got := at.locate("", &beside, 5, noon); got.Area == nil || got.Area.ID != "town" {
		t.Errorf("beside the mall: %+v", got.Area)
	}
	away := geo.NewPlane(here).Point(20_000, 0)
	if got := at.locate("", &away, 5, noon); got.Area != nil || !got.Outside {
		t.Errorf("in a neighbour's area: %+v", got)
	}
	if got := at.locate(words["door"], nil, 5, noon); got.Area == nil || got.Area.ID != "mall" || got.Candidates[0].StationID != "S1" || got.Candidates[0].Class != Complex {
		t.Errorf("by words: %+v", got)
	}
	if got := at.locate(words["two_towns"], nil, 5, noon); !got.Ambiguous || got.Area != nil || got.Outside {
		t.Errorf("an ambiguous text must not choose an area: %+v", got)
	}
}

func TestLocateWarnsOfAShiftedPoint(t *testing.T) {
	at, words := testAtlas(t), said(t)
	door, _ := at.find(words["door"], 1)
	here := *door[0].Point
	cases := map[string]struct {
		p    geo.Point
		want []string
	}{
		"right":       {here, nil},
		"150 m off":   {geo.NewPlane(here).Point(100, 100), nil},
		"shifted":     {geo.Express(here, geo.GCJ02), []string{WarnShifted}},
		"other town":  {geo.NewPlane(here).Point(9000, 0), []string{WarnApart}},
		"no opposite": {geo.Convert(here, geo.GCJ02), nil},
	}
	for name, c := range cases {
		if got := at.locate(words["door"], &c.p, 5, noon).Warnings; !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A point whose datum decides which station answers tells none.
func TestShiftedPointDoesNotChooseAStation(t *testing.T) {
	at, words := testAtlas(t), said(t)
	door, _ := at.find(words["door"], 1)
	here := *door[0].Point
	shifted := geo.Express(here, geo.GCJ02)
	small, large := square(t, "small", "S1", Urban, here, 200), square(t, "large", "S2", Other, here, 5000)

	got := at.withAreas([]chart{small, large}, noon).locate(words["door"], &shifted, 5, noon)
	if got.Area != nil || !got.Contested || got.Outside || !slices.Equal(got.Warnings, []string{WarnShifted}) {
		t.Errorf("between two stations: %+v", got)
	}
	large.StationID = "S1"
	got = at.withAreas([]chart{small, large}, noon).locate(words["door"], &shifted, 5, noon)
	if got.Area == nil || got.Area.StationID != "S1" || got.Contested || len(got.Warnings) != 1 {
		t.Errorf("within one station: %+v", got)
	}
	got = at.withAreas([]chart{small}, noon).locate("", &shifted, 5, noon)
	if got.Area != nil || !got.Outside || !slices.Equal(got.Warnings, []string{WarnShifted}) {
		t.Errorf("only the shifted datum puts it in the county: %+v", got)
	}
	away := geo.NewPlane(here).Point(9000, 0)
	if got = at.withAreas([]chart{small}, noon).locate("", &away, 5, noon); !got.Outside || len(got.Warnings) != 0 {
		t.Errorf("a neighbour's call: %+v", got)
	}
}

func TestKeyIsOnePerAddress(t *testing.T) {
	at, words := testAtlas(t), said(t)
	key := func(text string, p *geo.Point) string {
		cleaned, err := Clean(text, "")
		if err != nil {
			t.Fatal(err)
		}
		return at.locate(cleaned, p, 5, noon).Key
	}
	door, _ := at.find(words["door"], 1)
	here, beside := *door[0].Point, geo.NewPlane(*door[0].Point).Point(0, 20)
	listed := "place/" + door[0].PlaceID
	for what, got := range map[string]string{"text": key(words["door"], nil), "bare text": key(words["door_bare"], nil), "point": key("", &beside), "both": key(words["door"], &here)} {
		if got != listed {
			t.Errorf("%s: %q, want %q", what, got, listed)
		}
	}
	if got := key(words["two_towns"], nil); got != "" {
		t.Errorf("two towns have one key: %q", got)
	}
	far := geo.NewPlane(here).Point(500_000, 0)
	if got := key("", &far); got != "" {
		t.Errorf("no address near: %q", got)
	}
	if one, other := key("Warehouse 7", nil), key(" warehouse7", nil); one == "" || one != other {
		t.Errorf("%q, %q", one, other)
	}
}

func TestSuggestReadsWhatItCanOfAnyText(t *testing.T) {
	lx := testLexicon(t)
	s := &Service{words: loadWords()}
	s.atlas.Store(atlas{}.withBase(lx, testAddresses(t, lx)).withAreas(nil, noon).withHazards(nil))
	door := said(t)["door_bare"]
	want := s.Suggest(door, 5)
	for _, text := range []string{"<b>" + door, door + ";;--", strings.Replace(door, "88", " '88", 1), door + strings.Repeat("!", 500)} {
		if got := s.Suggest(text, 5); len(got) == 0 || got[0].PlaceID != want[0].PlaceID {
			t.Errorf("%q: %+v", text, got)
		}
	}
	for _, text := range []string{"", "\xff\xfe", "<<<<", strings.Repeat("-", 900), strings.Repeat(";", 900)} {
		if got := s.Suggest(text, 5); len(got) != 0 {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestHazardsShowOnlyWhileTheyHold(t *testing.T) {
	at, words := testAtlas(t), said(t)
	door, _ := at.find(words["door"], 1)
	here := *door[0].Point
	hazard := func(id, placeID string, p geo.Point, from, to time.Duration) Hazard {
		return Hazard{ID: id, PlaceID: placeID, Point: p, Kind: Gas, Note: id, ValidFrom: noon.Add(from), ValidTo: noon.Add(to)}
	}
	retired := hazard("retired", "", here, -time.Hour, time.Hour)
	retired.RetiredAt = &noon
	at = at.withHazards([]Hazard{
		hazard("near", "", geo.NewPlane(here).Point(50, 0), -time.Hour, time.Hour),
		hazard("far", "", geo.NewPlane(here).Point(70, 0), -time.Hour, time.Hour),
		hazard("expired", "", here, -2*time.Hour, 0),
		hazard("later", "", here, time.Second, time.Hour),
		hazard("posted", door[0].PlaceID, here, 0, time.Hour),
		retired,
	})
	ids := func(list []Hazard) (out []string) {
		for _, h := range list {
			out = append(out, h.ID)
		}
		return out
	}
	if got := ids(at.locate(words["door"], nil, 5, noon).Hazards); !slices.Equal(got, []string{"posted", "near"}) {
		t.Errorf("by words: %v", got)
	}
	if got := ids(at.hazardsAt("", &here, noon.Add(2*time.Second))); !slices.Contains(got, "later") || slices.Contains(got, "expired") {
		t.Errorf("two seconds later: %v", got)
	}
	if got := ids(at.hazardsAt(door[0].PlaceID, nil, noon)); !slices.Equal(got, []string{"posted"}) {
		t.Errorf("by place: %v", got)
	}
	if got := at.hazardsAt("", nil, noon); len(got) != 0 {
		t.Errorf("nowhere: %v", ids(got))
	}
}

// findsOnlyWhatItSays asserts what holds for any text: it is refused by name, or
// cleaned for good, and its candidates are in order.
func findsOnlyWhatItSays(t *testing.T, at *atlas, text string) {
	t.Helper()
	cleaned, err := Clean(text, "/text")
	if err != nil {
		if fault.KeyOf(err) != "place.text_invalid" {
			t.Fatal(err)
		}
		return
	}
	if twice, err := Clean(cleaned, ""); err != nil || twice != cleaned {
		t.Fatalf("%q cleaned again is %q (%v)", cleaned, twice, err)
	}
	got, _ := at.find(cleaned, 10)
	for i, c := range got {
		if !(c.Score >= faintScore && c.Score <= 1) || i > 0 && c.Score > got[i-1].Score || !(c.Uncertainty >= 0) {
			t.Fatalf("%q: candidate %d is %+v", cleaned, i, c)
		}
	}
}

// county is an atlas of so many addresses on invented roads, 20 stations and 500
// hazards.
func countyAtlas(b *testing.B, addresses int) *atlas {
	lx := testLexicon(b)
	drafts := testAddresses(b, lx)
	live := make([]Address, 0, addresses)
	for i := range addresses {
		a := drafts[i%len(drafts)]
		road := string([]rune{rune(0x4e00 + i/200%2000), rune(0x5000 + i/7%1500), 0x8def})
		a.ID, a.Name = "a"+strconv.Itoa(i), road+strconv.Itoa(1+i%200)+string(rune(0x53f7))
		a.Point = geo.Point{Lat: 28.7 + float64(i%4001)/10_000, Lon: 119.9 + float64(i%3989)/10_000}
		live = append(live, a)
	}
	var areas []chart
	for i := range 20 {
		areas = append(areas, square(b, strconv.Itoa(i), "S"+strconv.Itoa(i), Urban, geo.Point{Lat: 28.7 + float64(i/5)/10, Lon: 119.9 + float64(i%5)/12}, 9000))
	}
	var hazards []Hazard
	for i := range 500 {
		hazards = append(hazards, Hazard{ID: strconv.Itoa(i), Point: live[i*37%len(live)].Point, ValidFrom: noon.Add(-time.Hour), ValidTo: noon.Add(time.Hour)})
	}
	return atlas{}.withBase(lx, live).withAreas(areas, noon).withHazards(hazards)
}

// What intake asks in a county of 200,000 addresses: a listed text, a text that
// nobody knows, and both with a point.
func BenchmarkLocateInACounty(b *testing.B) {
	at := countyAtlas(b, 200_000)
	here := at.base.addresses[777].Point
	listed, _ := Clean(at.base.addresses[777].Name, "")
	for name, text := range map[string]string{"listed": listed, "unknown": "no123lane45", "point": ""} {
		for which, p := range map[string]*geo.Point{"": nil, "+point": &here} {
			if text == "" && p == nil {
				continue
			}
			b.Run(name+which, func(b *testing.B) {
				for b.Loop() {
					at.locate(text, p, 5, noon)
				}
			})
		}
	}
}

func BenchmarkLocate(b *testing.B) {
	at := testAtlas(b)
	for name, text := range said(b) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				at.locate(text, nil, 10, noon)
			}
		})
	}
}
