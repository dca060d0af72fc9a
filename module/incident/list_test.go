package incident

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// spread receives n calls a minute apart: of four stations, two kinds, some
// closed, one without a place; it reports their ids.
func (d *desk) spread(n int) (ids []ID) {
	d.Helper()
	for i := range n {
		call := Intake{Address: fmt.Sprintf("%d Market Street", i), StationID: []string{"S1", "S2", "S3", "S4"}[i%4], Priority: 1 + i%4, ExternalRef: fmt.Sprintf("ref-%d", i)}
		if i == 3 {
			call = Intake{Address: "South Street"}
		}
		in := d.receive(call)
		if i%5 == 4 {
			if _, err := d.Close(d.ctx, Closing{When: When{ID: in.ID}, Disposition: "settled_on_scene"}); err != nil {
				d.Fatal(err)
			}
		}
		ids = append(ids, in.ID)
		d.wait(time.Minute)
	}
	return ids
}

// walk reads every page of a list.
func (d *desk) walk(list func(Filter) (Page, error), f Filter) (ids []ID, total *int) {
	d.Helper()
	for range 100 {
		page, err := list(f)
		if err != nil {
			d.Fatal(err)
		}
		if f.After == "" {
			total = page.Total
		}
		for _, r := range page.Items {
			ids = append(ids, r.ID)
		}
		if f.After = page.Next; f.After == "" {
			return ids, total
		}
		if len(page.Items) != f.limit() {
			d.Errorf("a page of %d before the end", len(page.Items))
		}
	}
	d.Fatal("no end")
	return nil, nil
}

// scopes are where each user of the desk may see incidents.
var scopes = map[string]string{"dispatcher": "S1 S2 S3 S4 root", "local": "S1", "two": "S1 S2", "region": "S1 S2 S3 root", "stranger": ""}

// Whichever way a list goes through the table, it is whole, in order, and holds
// nothing that is out of the caller's scope.
func TestListsAreWholeInOrderAndInScope(t *testing.T) {
	each(t, func(d *desk) {
		ids := d.spread(24)
		station := func(i int) string {
			if i == 3 {
				return ""
			}
			return []string{"S1", "S2", "S3", "S4"}[i%4]
		}
		for user, sees := range scopes {
			var open, all []ID
			for i, id := range ids {
				if s := station(i); s == "" && !strings.Contains(sees, "root") || s != "" && !strings.Contains(sees, s) {
					continue
				}
				all = append(all, id)
				if i%5 != 4 {
					open = append(open, id)
				}
			}
			slices.Reverse(all)
			ctx := d.as(user)
			got, _ := d.walk(func(f Filter) (Page, error) { return d.Board(ctx, f) }, Filter{Limit: 5})
			if !slices.Equal(got, open) {
				d.Errorf("%s: the board has %d of %d", user, len(got), len(open))
			}
			got, total := d.walk(func(f Filter) (Page, error) { return d.List(ctx, f) }, Filter{Limit: 5, From: t0.Add(-time.Hour)})
			if !slices.Equal(got, all) {
				d.Errorf("%s: the list has %d of %d: %v", user, len(got), len(all), got)
			}
			if total != nil && *total != len(all) || total == nil && (user == "dispatcher" || user == "two") {
				d.Errorf("%s: a total of %v, want %d", user, total, len(all))
			}
		}
	})
}

func TestFilters(t *testing.T) {
	each(t, func(d *desk) {
		ids := d.spread(12)
		row, err := d.Get(d.ctx, ByID{ids[7]})
		if err != nil {
			d.Fatal(err)
		}
		at := func(i int) time.Time { return t0.Add(time.Duration(i) * time.Minute) }
		for name, c := range map[string]struct {
			f    Filter
			want []int
		}{
			"station":         {Filter{StationID: "S2"}, []int{9, 5, 1}},
			"status":          {Filter{Status: StatusClosed}, []int{9, 4}},
			"priority":        {Filter{Priority: 1}, []int{8, 4, 0}},
			"kind":            {Filter{KindCode: "9"}, nil},
			"from and to":     {Filter{From: at(2), To: at(5)}, []int{4, 3, 2}},
			"address":         {Filter{Text: "1"}, []int{11, 10, 1}},
			"reference":       {Filter{Text: "ref-1"}, []int{11, 10, 1}},
			"hostile":         {Filter{Text: "%' OR 1=1 --"}, nil},
			"number":          {Filter{Number: row.Number}, []int{7}},
			"no such number":  {Filter{Number: row.Number + "0"}, nil},
			"station, status": {Filter{StationID: "S1", Status: StatusClosed}, []int{4}},
		} {
			got, total := d.walk(func(f Filter) (Page, error) { return d.List(d.ctx, f) }, c.f)
			var want []ID
			for _, i := range c.want {
				want = append(want, ids[i])
			}
			if !slices.Equal(got, want) || total != nil && *total != len(want) {
				d.Errorf("%s: %d, total %v, want %v", name, len(got), total, c.want)
			}
		}
		if got, total := d.walk(func(f Filter) (Page, error) { return d.Board(d.ctx, f) }, Filter{StationID: "S1", Limit: 1}); len(got) != 2 || *total != 2 {
			d.Errorf("the board of a station: %v, %v", got, total)
		}
		if page, err := d.List(d.as("local"), Filter{StationID: "S2"}); err != nil || len(page.Items) != 0 {
			d.Errorf("a station out of scope: %+v, %v", page, err)
		}
		if page, err := d.List(d.as("local"), Filter{Number: row.Number}); err != nil || len(page.Items) != 0 {
			d.Errorf("a number out of scope: %+v, %v", page, err)
		}
		if page, err := d.List(d.ctx, Filter{Text: "ref-1"}); err != nil || len(page.Items) != 3 || !page.Since.Equal(d.now.Add(-aMonth)) {
			d.Errorf("a text that gives no time: %+v, %v", page, err)
		}
		d.wait(aMonth - 5*time.Minute)
		if page, err := d.List(d.ctx, Filter{Text: "ref-1"}); err != nil || len(page.Items) != 2 || *page.Total != 2 {
			d.Errorf("a text was looked for beyond what the answer says: %+v, %v", page, err)
		}
		if page, err := d.List(d.ctx, Filter{Text: "ref-1", From: t0}); err != nil || len(page.Items) != 3 || !page.Since.IsZero() {
			d.Errorf("a text since the first call: %+v, %v", page, err)
		}
		for _, after := range []string{"nonsense!", "bm9uc2Vuc2U"} {
			if _, err := d.List(d.ctx, Filter{After: after}); fault.KeyOf(err) != "request.bad_cursor" {
				d.Errorf("%q: got %v", after, err)
			}
		}
	})
}

// Each list goes along an index that hands out its order: none sorts, and none
// begins at the newest call to look for old ones.
func TestListsFollowAnIndex(t *testing.T) {
	each(t, func(d *desk) {
		if d.DB.Dialect != sqldb.SQLite {
			return // it plans by what it has counted, and an empty table has nothing
		}
		for name, want := range map[string]string{
			"Board":      "incident_incident_open ((called_at,id)>(?,?) AND called_at<?)",
			"NewestOpen": "incident_incident_open (called_at>? AND (called_at,id)<(?,?))",
			"Newest":     "incident_incident_called (called_at>? AND (called_at,id)<(?,?))",
			"OfStation":  "incident_incident_station (station_id=? AND called_at>? AND (called_at,id)<(?,?))",
			"OfKind":     "incident_incident_kind (kind_code=? AND called_at>? AND (called_at,id)<(?,?))",
			"OfEnding":   "incident_incident_ending (status=? AND called_at>? AND (called_at,id)<(?,?))",
		} {
			explain := sqldb.Statement("list", "Plan", "EXPLAIN QUERY PLAN "+Queries[name].Text(sqldb.SQLite))
			plan, err := sqldb.Read(d.ctx, d.DB, func(tx *sqldb.Tx) ([]string, error) {
				return sqldb.List(tx, explain, func(r sqldb.Scanner) (step string, err error) {
					var id, parent, unused int
					err = r.Scan(&id, &parent, &unused, &step)
					return step, err
				}, "", "", 0, "[]", "", "", 0, "", 10)
			})
			if err != nil {
				d.Fatal(err)
			}
			if text := strings.Join(plan, "; "); !strings.Contains(text, "INDEX "+want) || strings.Contains(text, "TEMP B-TREE") {
				d.Errorf("%s: %s", name, text)
			}
		}
	})
}

// A list along any index holds what one sweep through everything would hold.
func TestEveryPathFindsTheSame(t *testing.T) {
	each(t, func(d *desk) {
		ids := d.spread(24)
		for i := range ids {
			var err error
			switch {
			case i%5 == 4: // closed by spread
			case i%7 == 2:
				_, err = d.Withdraw(d.ctx, Reasoned{When: When{ID: ids[i]}, Reason: "by mistake"})
			case i%7 == 5:
				_, err = d.Correct(d.ctx, Correction{When: When{ID: ids[i]}, Field: "kind", KindCode: "1", Reason: "it was more"})
			}
			if err != nil {
				d.Fatal(err)
			}
		}
		all, err := d.List(d.ctx, Filter{Limit: 500})
		if err != nil {
			d.Fatal(err)
		}
		mid := t0.Add(12 * time.Minute)
		for user, sees := range scopes {
			for _, f := range []Filter{{}, {Status: StatusReceived}, {Status: StatusWithdrawn}, {Status: StatusClosed}, {KindCode: "1"}, {KindCode: "1", StationID: "S2"},
				{Status: StatusWithdrawn, StationID: "S3"}, {Status: StatusReceived, StationID: "S1"}, {Priority: 2}, {To: mid}, {From: mid}, {Status: StatusWithdrawn, To: mid},
				{KindCode: "1", From: mid}, {Status: StatusReceived, From: t0.Add(3 * time.Minute), To: mid}} {
				var want []ID
				for _, r := range all.Items {
					if strings.Contains(sees, cmp.Or(r.StationID, "root")) && f.wants(r) {
						want = append(want, r.ID)
					}
				}
				f.Limit = 3
				got, total := d.walk(func(f Filter) (Page, error) { return d.List(d.as(user), f) }, f)
				if !slices.Equal(got, want) || total != nil && *total != len(want) {
					d.Errorf("%s, %+v: %d of %d, total %v", user, f, len(got), len(want), total)
				}
			}
		}
	})
}

// wants is a filter once more, row by row.
func (f Filter) wants(r Row) bool {
	return (f.StationID == "" || r.StationID == f.StationID) && (f.Status == "" || r.Status == f.Status) && (f.KindCode == "" || r.KindCode == f.KindCode) &&
		(f.Priority == 0 || r.Priority == f.Priority) && !r.CalledAt.Before(f.From) && (f.To.IsZero() || r.CalledAt.Before(f.To))
}

func TestEarlierAtTheAddressOpensToTheIncidents(t *testing.T) {
	each(t, func(d *desk) {
		one := d.receive(Intake{Address: "1 Market Street"})
		d.wait(time.Hour)
		two := d.receive(Intake{Address: "1 Market Street", StationID: "S2"})
		d.wait(time.Hour)
		three := d.receive(Intake{Address: "1 Market Street"})
		page, err := d.Earlier(d.ctx, ByID{three.ID})
		if err != nil || len(page.Items) != three.Risk.Earlier || page.Items[0].ID != two.ID || page.Items[1].ID != one.ID {
			d.Errorf("%+v, %v", page, err)
		}
		if page, err = d.Earlier(d.as("local"), ByID{three.ID}); err != nil || len(page.Items) != 1 || page.Items[0].ID != one.ID {
			d.Errorf("%+v, %v", page, err)
		}
		if page, err = d.Earlier(d.ctx, ByID{d.receive(Intake{Address: "South Street"}).ID}); err != nil || len(page.Items) != 0 {
			d.Errorf("%+v, %v", page, err)
		}
	})
}

// An export holds every row of its filter and nothing that names a person.
func TestExportNamesNobody(t *testing.T) {
	each(t, func(d *desk) {
		d.spread(7)
		in := d.receive(Intake{Address: "=SUM(A1), Zhang's house", Narrative: "Zhang called", Contact: &Contact{Name: "Zhang", Phone: "13800000000"}, Position: &Point{Lat: 28.912345, Lon: 120.049876}})
		file, err := d.Export(d.ctx, Filter{From: t0})
		if err != nil {
			d.Fatal(err)
		}
		var out bytes.Buffer
		if err := file.Write(&out); err != nil {
			d.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		want := in.Number + ",received,4,3,S1,urban,false,28.912,120.050,2026-03-02T00:05:00Z,2026-03-02T00:05:00Z,,low"
		if len(lines) != 9 || lines[1] != want || !strings.HasPrefix(lines[0], "number,status,kind,") {
			d.Errorf("%d lines:\n%s\nwant %s", len(lines), out.String(), want)
		}
		for _, word := range []string{"Zhang", "138", "dispatcher", "SUM", "ref-", "28.9123"} {
			if strings.Contains(out.String(), word) {
				d.Errorf("the export says %q", word)
			}
		}
		if file, err = d.Export(d.as("stranger"), Filter{}); err != nil {
			d.Fatal(err)
		}
		if out.Reset(); file.Write(&out) != nil || strings.Count(out.String(), "\n") != 1 {
			d.Errorf("a stranger got %s", out.String())
		}
	})
}
