package incident

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// A past that is told is written as it would have been written then: rows that
// their timelines fold to, numbers of that day, each entry with its leaf, its two
// times and who made it; and nobody hears of it.
func TestPastIsWrittenAsItWasTold(t *testing.T) {
	each(t, func(d *desk) {
		now := t0.AddDate(0, 0, -20)
		past := d.Past(func() time.Time { return now })
		at := func(s int) time.Time { now = t0.AddDate(0, 0, -20).Add(time.Duration(s) * time.Second); return now }
		first, err := past.Receive(d.as("desk"), Intake{KindCode: "4", Address: "1 Market Street", Contact: &Contact{Phone: "10012345678"}, Source: "test", ExternalRef: "r1"}, at(0))
		if err != nil {
			t.Fatal(err)
		}
		again, err := past.Receive(d.as("desk"), Intake{KindCode: "4", Address: "1 Market Street", Source: "test", ExternalRef: "r2"}, at(40))
		if err != nil {
			t.Fatal(err)
		}
		record := func(m *Memory, who string, move Move, err error) {
			t.Helper()
			if err == nil {
				err = m.Record(d.as(who), "test", move)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		move, err := first.Assign("u1", []string{"officer"}, false, "", at(45))
		record(first, "desk", move, err)
		gone, grown, err := again.Merge(first.Incident, "same_event", at(60))
		record(again, "desk", gone, err)
		record(first, "desk", grown, nil)
		move, err = first.Advance("u1", StepOnScene, at(300))
		at(900) // it was told when the network was back
		record(first, "officer", move, err)
		move, err = first.Close("settled_on_scene", at(1000))
		record(first, "desk", move, err)
		if err := d.DB.Do(t.Context(), func(tx *sqldb.Tx) error {
			if err := again.Write(tx); err != nil {
				return err
			}
			return first.Write(tx)
		}); err != nil {
			t.Fatal(err)
		}

		if differing, n, err := d.Rebuild(t.Context(), false, func(int) {}); err != nil || n != 2 || len(differing) != 0 {
			t.Errorf("%v of %d differ, %v", differing, n, err)
		}
		entries, err := sqldb.Read(t.Context(), d.DB, func(tx *sqldb.Tx) ([]Entry, error) { return timeline(tx, first.ID) })
		if err != nil || len(entries) != 5 || len(first.Facts) != 5 || !reflect.DeepEqual(Fold(entries), first.Incident) {
			t.Fatalf("%d entries, %d facts, %v", len(entries), len(first.Facts), err)
		}
		if e := entries[3]; e.By != "officer" || e.RecordedAt.Sub(e.OccurredAt) != 10*time.Minute || e.Source != "test" {
			t.Errorf("%+v", e)
		}
		in, err := d.Get(d.ctx, ByID{first.ID})
		if err != nil || in.Status != StatusClosed || !strings.HasPrefix(in.Number, t0.AddDate(0, 0, -20).In(d.Zone).Format("20060102")) || in.Number == again.Number || !in.HasContact {
			t.Errorf("%+v, %v", in, err)
		}
		if again.Status != StatusMerged || again.MergedInto != first.ID || first.Absorbed[0] != again.ID {
			t.Errorf("%s went into %s", again.Status, again.MergedInto)
		}
		if c, err := d.Reveal(d.ctx, Revealing{ID: first.ID, Purpose: "call_back"}); err != nil || c.Phone != "10012345678" {
			t.Errorf("%+v, %v", c, err)
		}
		facts, err := sqldb.One(t.Context(), d.DB, sqldb.Statement("incident", "Facts", `SELECT count(*) FROM bus_fact`), sqldb.ScanInt)
		if err != nil || facts != 0 {
			t.Errorf("%d facts were published, %v", facts, err)
		}
		leaves, err := sqldb.One(t.Context(), d.DB, sqldb.Statement("incident", "Leaves", `SELECT count(*) FROM ledger_leaf`), sqldb.ScanInt)
		if err != nil || leaves != 7 {
			t.Errorf("%d leaves, %v", leaves, err)
		}
	})
}

// The past knows no other kinds than the present, and the rules hold in it.
func TestPastObeysTheRules(t *testing.T) {
	each(t, func(d *desk) {
		past := d.Past(func() time.Time { return t0 })
		if _, err := past.Receive(d.ctx, Intake{KindCode: "none"}, t0); fault.KeyOf(err) != "incident.unknown_kind" {
			t.Errorf("a kind that there is not: %v", err)
		}
		m, err := past.Receive(d.ctx, Intake{KindCode: "4", Address: "1 Market Street"}, t0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Advance("u1", StepOnScene, t0); err == nil {
			t.Error("a unit arrived that nobody has sent")
		}
		var none crypto.Sealed[Contact]
		if !reflect.DeepEqual(m.Reporter, none) || m.EntryCount != 1 {
			t.Errorf("%+v", m.Incident)
		}
	})
}
