package pace

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// A past that is remembered at once leaves what the same past leaves that was
// followed fact by fact, with every due moment announced when it came.
func TestRememberedIsAsFollowed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		random := rand.New(rand.NewPCG(7, 7))
		d := newDesk(t, db)
		var lives [][]bus.Fact
		for i := range 40 {
			lives = append(lives, someLife(random, i)...)
		}
		for _, facts := range lives {
			for _, f := range facts {
				d.follow(f)
			}
		}
		want := d.dump()
		for table, word := range map[string]string{"pace_revision": "breached|within", "pace_breach": "TRUE", "pace_past": "|"} {
			if n := strings.Count(strings.Join(want[table], "\n"), word); n < 2 {
				t.Errorf("%d × %s in %s are too few to compare", n, word, table)
			}
		}
		for table := range want {
			if err := d.DB.Do(t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.Exec(sqldb.Statement("pace", "Clear"+table, "DELETE FROM "+table))
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		d.told = nil
		past := d.Past()
		broken := 0
		err := d.DB.Do(t.Context(), func(tx *sqldb.Tx) error {
			for _, facts := range lives {
				list, err := past.Remember(tx, facts)
				if broken += len(list); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got := d.dump()
		for table, rows := range want {
			for i, row := range rows {
				if i >= len(got[table]) || got[table][i] != row {
					t.Errorf("%s: row %d is\n  %s\nand followed\n  %s", table, i, strings.Join(got[table][min(i, len(got[table])):], "\n  "), row)
					break
				}
			}
			if len(got[table]) != len(rows) {
				t.Errorf("%s: %d rows, %d followed", table, len(got[table]), len(rows))
			}
		}
		if broken != len(want["pace_breach"]) || broken < 15 {
			t.Errorf("%d broken clocks are told of, %d were followed", broken, len(want["pace_breach"]))
		}
		d.deliver()
		d.hears()
	}, bus.Schema, Schema)
}

// What has not ended is nobody's past, and a reason must be one.
func TestRememberRefuses(t *testing.T) {
	each(t, func(d *desk) {
		about := incident.About{IncidentID: "I1", OrgID: "S1", AreaClass: "urban", KindCode: "4", CalledAt: at(0), OccurredAt: at(0), RecordedAt: at(0), Version: 1}
		sent, ended := about, about
		sent.Version, sent.OccurredAt, sent.RecordedAt = 2, at(90), at(90)
		ended.Version, ended.OccurredAt, ended.RecordedAt, ended.Status = 3, at(900), at(900), incident.StatusClosed
		facts := []bus.Fact{incident.Received{About: about}, incident.Dispatched{About: sent, No: 1, UnitID: "u1"}, incident.Ended{About: ended}}
		remember := func(facts []bus.Fact, w Why) error {
			return d.DB.Do(t.Context(), func(tx *sqldb.Tx) error {
				past := d.Past()
				list, err := past.Remember(tx, facts)
				for _, b := range list {
					if err = past.Explain(tx, b, w, "chief", at(9000)); err != nil {
						return err
					}
				}
				return err
			})
		}
		if err := remember(facts[:len(facts)-1], Why{Code: "traffic"}); err == nil || !strings.Contains(err.Error(), "has not ended") {
			t.Errorf("an open incident: %v", err)
		}
		if err := remember(facts, Why{Code: "because"}); err == nil {
			t.Error("a reason that there is not was taken")
		}
		if err := remember(facts, Why{Code: "traffic"}); err != nil {
			t.Fatal(err)
		}
		d.clock = at(9999)
		page, err := d.ListBreaches(d.ctx, Breaches{})
		if err != nil || len(page.Items) == 0 {
			t.Fatalf("%+v, %v", page, err)
		}
		for _, b := range page.Items {
			if b.State != BreachExplained || b.Code != "traffic" || b.By != "chief" || !b.At.Equal(at(9000)) {
				t.Errorf("%+v", b)
			}
		}
	})
}

// follow announces what comes due before a fact is recorded, each at its moment,
// and tells the fact.
func (d *desk) follow(f bus.Fact) {
	d.Helper()
	n, err := said(f, func(incident.ID) (time.Time, error) { return at(1), nil })
	if err != nil {
		d.Fatal(err)
	}
	next := sqldb.Statement("pace", "NextDue", `SELECT coalesce(min(next_at), 0) FROM pace_running WHERE next_at > 0`)
	for {
		due, err := sqldb.One(d.Context(), d.DB, next, sqldb.ScanInt)
		if err != nil {
			d.Fatal(err)
		}
		if due == 0 || !sqldb.Moment(due).Before(n.RecordedAt) {
			break
		}
		d.clock = sqldb.Moment(due)
		d.sweep()
	}
	d.clock = n.RecordedAt
	if err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error { return d.Bus.Publish(tx, d.clock, f) }); err != nil {
		d.Fatal(err)
	}
	d.deliver()
}

// someLife is an incident of made chance; every fifth has a second one that goes
// into it, and is told first.
func someLife(random *rand.Rand, i int) (lives [][]bus.Fact) {
	start := float64(i) * 20_000
	about := incident.About{IncidentID: incident.ID(fmt.Sprintf("I%03d", i)), OrgID: stations[i%3], AreaClass: areaClasses[i%len(areaClasses)], KindCode: "4", CallTaker: "c1", CalledAt: at(start)}
	type moment struct {
		happened, known float64
		fact            func(a incident.About) bus.Fact
	}
	lost := 0.0
	if random.IntN(2) == 0 {
		lost = start + 100 + 300*random.Float64()
	}
	var list []moment
	add := func(after float64, fact func(a incident.About) bus.Fact) {
		known := start + after
		if lost > 0 && known >= lost && known < lost+400 {
			known = lost + 400
		}
		list = append(list, moment{start + after, known, fact})
	}
	step := func(after float64, step incident.Step) {
		if random.IntN(6) > 0 {
			add(after, func(a incident.About) bus.Fact { return incident.Progressed{About: a, No: 1, UnitID: "u1", Step: step} })
		}
	}
	add(0, func(a incident.About) bus.Fact { return incident.Received{About: a} })
	sent := 20 + 70*random.Float64()
	add(sent, func(a incident.About) bus.Fact { return incident.Dispatched{About: a, No: 1, UnitID: "u1"} })
	step(sent+200*random.Float64()*random.Float64(), incident.StepAcknowledged)
	step(sent+100+100*random.Float64(), incident.StepEnRoute)
	step(sent+60+200*random.Float64(), incident.StepVideo)
	answered := random.IntN(3) > 0
	add(sent+100+400*random.Float64(), func(a incident.About) bus.Fact { return incident.Contacted{About: a, UnitID: "u1", Answered: answered} })
	step(200+600*random.Float64(), incident.StepOnScene)
	if i%5 == 0 {
		second := about
		second.IncidentID, second.CalledAt, second.Version = about.IncidentID+"b", at(start+30), 1
		second.OccurredAt, second.RecordedAt = second.CalledAt, second.CalledAt
		merged := second
		merged.Version, merged.OccurredAt, merged.RecordedAt, merged.Status = 2, at(start+80), at(start+80), incident.StatusMerged
		lives = append(lives, []bus.Fact{incident.Received{About: second}, incident.Ended{About: merged, Other: about.IncidentID}})
		add(80, func(a incident.About) bus.Fact {
			return incident.Changed{About: a, Kind: incident.KindAbsorbed, Other: second.IncidentID}
		})
	}
	add(1200, func(a incident.About) bus.Fact {
		return incident.Changed{About: a, Kind: incident.KindFeedback, UnitID: "u1", No: 1}
	})
	add(1201, func(a incident.About) bus.Fact {
		return incident.Progressed{About: a, No: 1, UnitID: "u1", Step: incident.StepCleared}
	})
	add(1202, func(a incident.About) bus.Fact { a.Status = incident.StatusClosed; return incident.Ended{About: a} })
	slices.SortStableFunc(list, func(a, b moment) int { return at(a.known).Compare(at(b.known)) })
	var facts []bus.Fact
	for v, m := range list {
		a := about
		a.Version, a.OccurredAt, a.RecordedAt = int64(v+1), at(m.happened), at(m.known)
		facts = append(facts, m.fact(a))
	}
	return append(lives, facts)
}

// dump is what the module keeps of incidents, by table.
func (d *desk) dump() map[string][]string {
	d.Helper()
	tables := map[string]string{
		"pace_incident": "id || '|' || called_at || '|' || record", "pace_past": "id || '|' || until || '|' || record",
		"pace_stamp":    "incident_id || '|' || step || '|' || number || '|' || at || '|' || seq || '|' || known_at",
		"pace_breach":   "id || '|' || version || '|' || station_id || '|' || due_at || '|' || broke_at || '|' || CASE WHEN lifted = TRUE THEN 'TRUE' ELSE '' END || '|' || explanations",
		"pace_revision": "incident_id || '|' || seq || '|' || clock || '|' || known_at || '|' || was_verdict || '|' || is_verdict || '|' || is_seconds",
		"pace_running":  "incident_id || '|' || clock", "pace_unit": "incident_id || '|' || unit_id",
	}
	out := map[string][]string{}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		rows, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) ([]string, error) {
			return sqldb.List(tx, sqldb.Statement("pace", "Dump"+table, "SELECT "+tables[table]+" FROM "+table+" ORDER BY 1"), sqldb.ScanString)
		})
		if err != nil {
			d.Fatal(err)
		}
		out[table] = rows
	}
	return out
}
