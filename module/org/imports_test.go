package org

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

func (d *desk) prepare(text string, complete bool) Import {
	d.Helper()
	im, err := d.Prepare(d.as("admin"), Upload{Content: []byte(text), Source: "test", Complete: complete})
	if err != nil {
		d.Fatal(err)
	}
	return im
}

func (d *desk) apply(im Import) Import {
	d.Helper()
	done, err := d.Apply(d.as("admin"), ImportEdit{ID: im.ID, IfMatch: fmt.Sprintf("%q", fmt.Sprint(im.Version()))})
	if err != nil {
		d.Fatal(err)
	}
	return done
}

// tree is the standing organisations as "code name parent's code", by code.
func (d *desk) tree() string {
	d.Helper()
	list, err := d.Some(d.Context(), nil)
	if err != nil {
		d.Fatal(err)
	}
	t := NewTree(list)
	var out []string
	for _, code := range slices.Sorted(maps.Keys(t.byCode)) {
		o, _ := t.Coded(code)
		out = append(out, strings.TrimSpace(fmt.Sprint(o.Code, " ", o.Name, " ", t.byID[o.ParentID].Code)))
	}
	return strings.Join(out, "\n")
}

// rows are "line outcome reason column remarks" of those that were not just taken.
func (d *desk) rows(im Import, outcome Outcome) string {
	d.Helper()
	var out []string
	for after := 0; ; {
		page, err := d.Rows(d.as("admin"), RowListing{ID: im.ID, Outcome: outcome, After: after, Limit: 2})
		if err != nil {
			d.Fatal(err)
		}
		for _, r := range page.Items {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s %s %s %s", r.Number, r.Outcome, r.Reason, r.Column, joined(r.Remarks))))
			after = r.Number
		}
		if page.Next == "" {
			return strings.Join(out, "\n")
		}
	}
}

const dirty = `code,name,kind,parent_code,sort,remark
330784510100,东城一队,squad,330784510000,,
330784510000,东城派出所,station,,1,
330784520000,"西城,派出所",station,330784000000,2,secret
330784530000,,station,,,
330784540000,南城派出所,police,,,
330784550000,北城派出所,station,330784990000,,
33078456,城中派出所,station,,,
330784510000,东城二所,station,,,
330784570000,城外派出所,station,,x,
330784580000,破"行,station,,,
330784590000,窄行
330784600000,山中派出所,station,330784550000,,
`

const dirtyRejects = `5 rejected org.name_required name
6 rejected org.kind_unknown kind
7 rejected org.parent_unknown parent_code
8 rejected org.code_not_twelve_digits code
9 rejected org.code_twice code
10 rejected org.sort_malformed sort
11 rejected sheet.row_malformed
12 rejected sheet.row_of_another_width
13 rejected org.parent_unknown parent_code`

func TestEveryRowOfAnImportIsAccountedFor(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(dirty)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"UTF-8": dirty, "marked": "\ufeff" + dirty, "GB18030": gb} {
		t.Run(name, func(t *testing.T) {
			each(t, func(d *desk) {
				before := d.tree()
				im := d.prepare(content, false)
				if im.Rows != 12 || im.Create != 3 || im.Rejected != 9 || im.State != Draft || im.Applied != 0 {
					d.Errorf("%+v", im)
				}
				if d.tree() != before || len(d.told) != 1 {
					d.Error("judging a file changed the tree")
				}
				if got := d.rows(im, OutRejected); got != dirtyRejects {
					d.Errorf("rejects\n%s\nwant\n%s", got, dirtyRejects)
				}
				im = d.apply(im)
				if im.Rows != 12 || im.Applied != 3 || im.Create != 3 || im.Rejected != 9 || im.State != Applied {
					d.Errorf("%+v", im)
				}
				want := "330784000000 County\n330784510000 东城派出所 330784000000\n330784510100 东城一队 330784510000\n330784520000 西城,派出所 330784000000"
				if got := d.tree(); got != want {
					d.Errorf("the tree is\n%s\nwant\n%s", got, want)
				}
				again := d.prepare(content, false)
				if again.Unchanged != 3 || again.Rejected != 9 || again.Create+again.Change+again.Move != 0 {
					d.Errorf("sent again: %+v", again)
				}
			})
		})
	}
}

// A row that is mended is taken, with those that waited for it; what was taken
// before is left as it is by now.
func TestRowsAreMendedAndTaken(t *testing.T) {
	each(t, func(d *desk) {
		im := d.apply(d.prepare(dirty, false))
		station, _ := NewTree(must(d.Some(d.Context(), nil))).Coded("330784520000")
		if _, err := d.Change(d.as("admin"), Amended{ID: station.ID, Form: Form{Name: "West", Kind: Station, ParentID: d.county.ID}}); err != nil {
			d.Fatal(err)
		}
		for _, c := range []struct {
			line int
			key  string
		}{{3, "org.import_row_applied"}, {99, "org.import_row_not_found"}} {
			if _, err := d.Mend(d.as("admin"), Mending{ID: im.ID, Rows: []Line{{Number: c.line}}}); fault.KeyOf(err) != c.key {
				d.Errorf("line %d: %v", c.line, err)
			}
		}
		mended, err := d.Mend(d.as("admin"), Mending{ID: im.ID, Rows: []Line{
			{Number: 7, Code: "330784550000", Name: "North", Kind: "station"},
			{Number: 11, Code: "330784580000", Name: "Broken", Kind: "station"},
			{Number: 9, Code: "330784520000", Name: "Twin", Kind: "station"},
		}})
		if err != nil || mended.State != Draft || mended.Create != 6 || mended.Applied != 3 || mended.Rejected != 6 {
			d.Fatalf("%+v, %v", mended, err)
		}
		if got := d.rows(mended, OutRejected); !strings.Contains(got, "9 rejected org.code_twice") || strings.Contains(got, "13 ") {
			d.Errorf("rejects\n%s", got)
		}
		if _, err := d.Apply(d.as("admin"), ImportEdit{ID: im.ID, IfMatch: fmt.Sprintf("%q", fmt.Sprint(im.Version()))}); fault.KeyOf(err) != "request.stale" {
			d.Errorf("applied as it was before: %v", err)
		}
		done := d.apply(mended)
		if done.Applied != 6 || done.Rejected != 6 || done.Rows != 12 {
			d.Errorf("%+v", done)
		}
		want := "330784000000 County\n330784510000 东城派出所 330784000000\n330784510100 东城一队 330784510000\n330784520000 West 330784000000\n" +
			"330784550000 North 330784000000\n330784580000 Broken 330784000000\n330784600000 山中派出所 330784550000"
		if got := d.tree(); got != want {
			d.Errorf("the tree is\n%s\nwant\n%s", got, want)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A file that holds almost nothing does not empty the tree: another person must
// agree, and to no more than they saw.
func TestBrakeWaitsForAnother(t *testing.T) {
	each(t, func(d *desk) {
		full := "code,name,kind\n"
		for i := range 20 {
			full += fmt.Sprintf("3307845%d%02d00,S%d,station\n", i/10, i%10, i)
		}
		d.apply(d.prepare(full, true))
		before := d.tree()

		im := d.prepare(strings.Join(strings.Split(full, "\n")[:11], "\n"), true)
		if im.Leave != 10 || im.Standing != 20 || !im.Braked {
			d.Fatalf("%+v", im)
		}
		edit := ImportEdit{ID: im.ID}
		if _, err := d.Apply(d.as("admin"), edit); fault.KeyOf(err) != "org.import_braked" || d.tree() != before {
			d.Errorf("got %v", err)
		}
		if _, err := d.Approve(d.as("admin"), edit); fault.KeyOf(err) != "org.import_not_your_own" {
			d.Errorf("got %v", err)
		}
		if _, err := d.Approve(d.as("stranger"), edit); fault.KeyOf(err) != "org.import_not_found" {
			d.Errorf("got %v", err)
		}
		agreed, err := d.Approve(d.as("other"), edit)
		if err != nil || agreed.Braked || agreed.ApprovedBy != "other" {
			d.Fatalf("%+v, %v", agreed, err)
		}
		if _, err := d.Approve(d.as("other"), edit); fault.KeyOf(err) != "org.import_not_braked" {
			d.Errorf("got %v", err)
		}
		more := d.add("330784600000", "More", d.county) // one more to leave than was agreed to
		if _, err := d.Apply(d.as("admin"), edit); fault.KeyOf(err) != "org.import_braked" {
			d.Errorf("more leaves than was agreed to: %v", err)
		}
		if _, err := d.Retire(d.as("admin"), Leaving{ID: more.ID}); err != nil {
			d.Fatal(err)
		}
		if done, err := d.Apply(d.as("admin"), edit); err != nil || done.Leave != 10 || done.Unchanged != 10 {
			d.Errorf("%+v, %v", done, err)
		}
		if got := d.tree(); strings.Count(got, "\n") != 10 {
			d.Errorf("the tree is\n%s", got)
		}
		list := must(d.Some(d.Context(), nil))
		if i := slices.IndexFunc(list, func(o Organisation) bool { return o.Name == "S19" }); list[i].Stands() {
			d.Error("what left still stands")
		} else if past, err := d.History(d.as("admin"), Past{ID: list[i].ID}); err != nil || past.Items[0].Act != ActRetired || past.Items[0].ImportID != im.ID {
			d.Errorf("%+v, %v", past, err)
		}
	})
}

// What was exported and is imported changes nothing, whatever is in the names.
func TestExportIsAnImportThatChangesNothing(t *testing.T) {
	each(t, func(d *desk) {
		for i, name := range []string{"=1+1", "a,b", `"q"`, "-", "东城\u3000所", "'x"} {
			d.add(fmt.Sprintf("33078451%02d00", i), name, d.county)
		}
		exported := func(who string) string {
			f, err := d.Export(d.as(who), Listing{})
			if err != nil {
				d.Fatal(err)
			}
			var out bytes.Buffer
			if err := f.Write(&out); err != nil {
				d.Fatal(err)
			}
			return out.String()
		}
		im := d.prepare(exported("admin"), true)
		if im.Rows != 7 || im.Unchanged != 7 || im.Leave != 0 {
			d.Errorf("%+v\n%s", im, exported("admin"))
		}
		if text := exported("stranger"); strings.Count(text, "\n") != 1 {
			d.Errorf("a stranger exports %s", text)
		}
		f, err := d.ExportRows(d.as("admin"), RowListing{ID: d.prepare(dirty, false).ID, Outcome: OutRejected})
		if err != nil {
			d.Fatal(err)
		}
		var out bytes.Buffer
		if err := f.Write(&out); err != nil || !strings.Contains(out.String(), "7,rejected,org.parent_unknown,parent_code,330784550000,北城派出所,station,330784990000,\n") || strings.Contains(out.String(), "secret") {
			d.Errorf("%s, %v", out.String(), err)
		}
	})
}

func TestImportsAreNotEverybodys(t *testing.T) {
	each(t, func(d *desk) {
		north := d.add("330784510000", "North", d.county)
		d.Gate.(*everywhere).clerk = []string{north.ID}
		if _, err := d.Prepare(d.as("clerk"), Upload{Content: []byte(dirty), Source: "x"}); fault.KeyOf(err) != "org.outside_your_scope" {
			d.Errorf("under the whole county: %v", err)
		}
		own, err := d.Prepare(d.as("clerk"), Upload{Content: []byte("code,name,kind,parent_code\n330784510100,Squad,squad,\n330784520000,South,station,330784000000\n"), Source: "x", Under: north.ID})
		if err != nil || own.Create != 1 || own.Rejected != 1 {
			d.Errorf("%+v, %v", own, err)
		}
		im := d.prepare(dirty, false)
		for name, err := range map[string]error{
			"import": second(d.Import(d.as("clerk"), ByID{im.ID})), "rows": second(d.Rows(d.as("clerk"), RowListing{ID: im.ID})),
			"mend":  second(d.Mend(d.as("clerk"), Mending{ID: im.ID, Rows: []Line{{Number: 5}}})),
			"apply": second(d.Apply(d.as("clerk"), ImportEdit{ID: im.ID})), "drop": second(d.Drop(d.as("clerk"), ImportEdit{ID: im.ID})),
			"export": second(d.ExportRows(d.as("clerk"), RowListing{ID: im.ID})),
		} {
			if fault.KeyOf(err) != "org.import_not_found" {
				d.Errorf("%s: %v", name, err)
			}
		}
		if page, err := d.Imports(d.as("clerk"), ImportListing{}); err != nil || len(page.Items) != 1 || page.Items[0].ID != own.ID {
			d.Errorf("%+v, %v", page, err)
		}
		if _, err := d.Drop(d.as("admin"), ImportEdit{ID: im.ID}); err != nil {
			d.Error(err)
		}
		if _, err := d.Import(d.as("admin"), ByID{im.ID}); fault.KeyOf(err) != "org.import_not_found" {
			d.Errorf("got %v", err)
		}
		if _, err := d.Drop(d.as("admin"), ImportEdit{ID: d.apply(own).ID}); fault.KeyOf(err) != "org.import_applied" {
			d.Errorf("got %v", err)
		}
	})
}

// An application that breaks off leaves a tree, and the rest is taken the next
// time: nothing twice, nothing not at all.
func TestBrokenOffApplicationGoesOn(t *testing.T) {
	each(t, func(d *desk) {
		const many = 5 * chunk / 2
		content := "code,name,kind\n"
		for i := range many {
			content += fmt.Sprintf("330784%02d%02d00,S%d,station\n", 51+i/99, 1+i%99, i)
		}
		im := d.prepare(content, false)
		begun := must(d.draw(d.as("admin"), im, must(d.allRows(im))))
		begun.Verdicts = begun.Verdicts[:2*chunk]
		if err := d.carryOut(d.as("admin"), im, begun); err != nil {
			d.Fatal(err)
		}
		if taken := strings.Count(d.tree(), "\n"); taken != 2*chunk {
			d.Fatalf("%d were taken before it broke off", taken)
		}
		if done := d.apply(im); done.Applied != many || done.Create != many || strings.Count(d.tree(), "\n") != many {
			d.Errorf("%+v", done)
		}
		for _, o := range must(d.Some(d.Context(), nil)) {
			if o.Version() != 1 {
				d.Errorf("%s was taken %d times", o.Name, o.Version())
			}
		}
	})
}

func (d *desk) allRows(im Import) ([]Row, error) {
	return sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) ([]Row, error) { return sqldb.List(tx, Queries["Rows"], scanRow, im.ID) })
}

func second[T any](_ T, err error) error { return err }

// Two who work on one import do not undo each other.
func TestTwoAtOneImport(t *testing.T) {
	each(t, func(d *desk) {
		im := d.prepare(dirty, false)
		rows := must(d.allRows(im))
		if _, err := d.Mend(d.as("other"), Mending{ID: im.ID, Rows: []Line{{Number: 5, Code: "330784530000", Name: "A", Kind: "station"}}}); err != nil {
			d.Fatal(err)
		}
		if _, err := d.judge(d.as("admin"), im, rows, false); fault.KeyOf(err) != "request.stale" {
			d.Errorf("got %v", err)
		}
		var all []error
		for range 2 { // carried out twice from the same plan
			plan := must(d.draw(d.as("admin"), im, rows))
			all = append(all, d.carryOut(d.as("admin"), im, plan))
		}
		if err := errors.Join(all...); err != nil || strings.Count(d.tree(), "\n") != 3 {
			d.Errorf("%v\n%s", err, d.tree())
		}
	})
}

func TestImportRefusesWhatIsNoFile(t *testing.T) {
	each(t, func(d *desk) {
		for content, want := range map[string]string{"": "sheet.no_header", "code,name\n1,a\n": "sheet.column_missing", "code,name,kind\n\xff\xff\n": "sheet.encoding"} {
			if _, err := d.Prepare(d.as("admin"), Upload{Content: []byte(content), Source: "x"}); fault.KeyOf(err) != want || !fault.Is(err, fault.Invalid) {
				d.Errorf("%q: %v", content, err)
			}
		}
		if page, err := d.Imports(d.as("admin"), ImportListing{}); err != nil || len(page.Items) != 0 {
			d.Errorf("%+v, %v", page, err)
		}
	})
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(dirty), true)
	f.Fuzz(func(t *testing.T, content []byte, complete bool) {
		rows, err := readRows(content, nil)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Error(err)
			}
			return
		}
		lines := make([]Line, len(rows))
		for i, r := range rows {
			lines[i] = r.line()
		}
		p := Draw(small(), lines, Terms{Divisions: divisions, Complete: complete, Under: "county", May: everybody})
		if c := p.Count(); c.Rows != len(rows) || c.Rows != c.Unchanged+c.Create+c.Change+c.Move+c.Rejected {
			t.Errorf("%+v", c)
		}
		for _, v := range p.Verdicts {
			if v.Fault != nil && v.Fault.Kind == fault.Internal {
				t.Error(v.Fault)
			}
		}
	})
}
