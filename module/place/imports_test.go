package place

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/sheet"
)

// No text and no file makes a reader panic: a text is found or refused, every line
// of a file is a row, and a row is a draft or a fault of the sender's.
func FuzzTexts(f *testing.F) {
	at := testAtlas(f)
	for _, r := range table(f, "texts.csv") {
		f.Add(r["text"], []byte("name,lat,lon\n"), "", "")
	}
	dirty, err := os.ReadFile("testdata/dirty.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", dirty, "name", "lat")
	f.Add("", []byte("\xef\xbb\xbfname;lat;lon\n\"a\nb\";1;2\n\xc4\xe3;3;4\n"), "", "")
	f.Add("", []byte("code,name,parent,level\n330784,a,,county\n330784001,b,330784,town\n330784001001,c,330784001,village\n"), "name", "code")
	f.Add("", []byte("name,name,lat,lon,aliases\n\xff,\x00,NaN,Inf,a|b|\n"), "aliases", "name")
	f.Fuzz(func(t *testing.T, text string, content []byte, ours, theirs string) {
		findsOnlyWhatItSays(t, at, text)
		if list, err := divisionRows(content); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v, %v", list, err)
		}
		form := addressSheet
		if ours != "" {
			form.Titles = map[string]string{ours: theirs}
		}
		rows, err := sheet.Read(content, form)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		for _, r := range rows {
			if _, err := (row{r}).draft(Draft{Datum: geo.WGS84}); err != nil {
				if !fault.Is(err, fault.Invalid) {
					t.Fatal(err)
				}
				if rejected := (row{r}).reject(err); rejected.Reason == "" || rejected.Line < 2 {
					t.Fatalf("%+v", rejected)
				}
			}
		}
	})
}

func TestEveryRowOfAnImportIsAccountedFor(t *testing.T) {
	dirty, err := os.ReadFile("testdata/dirty.csv")
	if err != nil {
		t.Fatal(err)
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes(dirty)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"utf8": dirty, "bom": append([]byte("\ufeff"), dirty...), "gb18030": gb,
		"semicolons": bytes.ReplaceAll(dirty, []byte(","), []byte(";"))}
	want := []string{"5 place.known_elsewhere ", "6 place.number_expected lat", "7 place.point_invalid point", "8 place.town_unknown town",
		"9 place.village_unknown village", "10 place.name_required name", "11 place.text_invalid name", "12 place.point_far_outside lat",
		"13 place.uncertainty_out_of_range uncertainty_m", "14 place.point_invalid point", "15 sheet.row_of_another_width ", "17 place.text_invalid aliases"}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			each(t, func(d *desk) {
				if _, err := d.ImportAreas(d.as("clerk"), AreaImport{Datum: geo.WGS84, Features: []AreaFeature{feature(d.T, "", "S1", home, 5000)}}); err != nil {
					d.Fatal(err)
				}
				in := AddressImport{Content: file, Datum: geo.WGS84, Source: "test"}
				im, err := d.ImportAddresses(d.as("clerk"), in)
				if err != nil || im.RowsIn != 16 || im.Accepted != 3 || im.Duplicate != 1 || im.Rejected != 12 {
					d.Fatalf("%+v %v", im, err)
				}
				page, err := d.Rejects(d.Context(), RejectQuery{ID: im.ID})
				if err != nil {
					d.Fatal(err)
				}
				var got []string
				for _, r := range page.Items {
					got = append(got, strconv.Itoa(r.Line)+" "+r.Reason+" "+r.Field)
				}
				if !slices.Equal(got, want) {
					d.Errorf("rejects\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				again, err := d.ImportAddresses(d.as("clerk"), in)
				if err != nil || again.Accepted != 0 || again.Duplicate != 4 || again.Rejected != 12 {
					d.Errorf("sent again: %+v %v", again, err)
				}
				if kept, err := d.Import(d.Context(), ByID{im.ID}); err != nil || kept != im {
					d.Errorf("%+v %v, want %+v", kept, err, im)
				}
			})
		})
	}
}

func TestFilesThatAreNone(t *testing.T) {
	each(t, func(d *desk) {
		for text, key := range map[string]string{
			"":                             "sheet.no_header",
			"name,lat\nx,1\n":              "sheet.column_missing",
			"name,lat,lon\n\xff\xff,1,1\n": "sheet.encoding",
		} {
			_, err := d.ImportAddresses(d.as("clerk"), AddressImport{Content: []byte(text), Datum: geo.WGS84, Source: "test"})
			if fault.KeyOf(err) != key || !fault.Is(err, fault.Invalid) {
				d.Errorf("%q: %v, want %s", text, err, key)
			}
		}
	})
}

func TestAColumnOfTheFileCanHaveAnyName(t *testing.T) {
	each(t, func(d *desk) {
		in := AddressImport{Content: []byte("title,y,x\n" + d.text["door"] + ",28.9,120.05\n"), Datum: geo.GCJ02, Source: "test",
			Columns: map[string]string{"name": "title", "lat": "y", "lon": "x"}}
		if im, err := d.ImportAddresses(d.as("clerk"), in); err != nil || im.Accepted != 1 {
			d.Fatalf("%+v %v", im, err)
		}
		got := d.find(d.text["door"])
		if away := geo.Distance(*got[0].Point, geo.Point{Lat: 28.9, Lon: 120.05}); away < 300 {
			d.Errorf("the point was not taken as shifted: %.0f m", away)
		}
	})
}

func TestDivisionListsConflictByCode(t *testing.T) {
	each(t, func(d *desk) {
		var file strings.Builder
		file.WriteString("code,name,parent,level\n")
		for _, r := range table(d.T, "divisions_other.csv") {
			file.WriteString(r["code"] + "," + r["name"] + ",330784,town\n")
		}
		in := DivisionImport{Scheme: "map", Version: "2024", Content: []byte(file.String())}
		out, err := d.ImportDivisions(d.as("clerk"), in)
		if err != nil || out.Rows != 14 || len(out.Conflicts) != 6 {
			d.Fatalf("%d rows, conflicts %+v, %v", out.Rows, out.Conflicts, err)
		}
		for _, c := range out.Conflicts {
			if c.Name == c.Other || c.Scheme != "nbs" {
				d.Errorf("%+v", c)
			}
		}
		if lx := d.atlas.Load().lexicon; len(lx.towns) != 14 || len(lx.villages) != 0 {
			d.Errorf("%d towns, %d villages are read after the change of lists", len(lx.towns), len(lx.villages))
		}
		for text, key := range map[string]string{
			"code,name\n1,a\n":                               "sheet.column_missing",
			"code,name,parent,level\n":                       "place.no_rows",
			"code,name,parent,level\n1,\"a\"b,,town\n":       "sheet.row_malformed",
			"code,name,parent,level\n1,a,,town\n1,b,,town\n": "place.code_twice",
			"code,name,parent,level\n1,a,,hamlet\n":          "place.level_unknown",
			"code,name,parent,level\n1,a,9,village\n":        "place.parent_unknown",
			"code,name,parent,level\n1,<b>,,town\n":          "place.text_invalid",
		} {
			in.Content = []byte(text)
			if _, err := d.ImportDivisions(d.as("clerk"), in); fault.KeyOf(err) != key {
				d.Errorf("%q: %v, want %s", text, err, key)
			}
		}
	})
}
