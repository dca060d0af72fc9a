package incident

import (
	"slices"
	"testing"

	"zhian/platform/sqldb"
)

// Whatever was done to the rows is named, and mended from the timeline: a changed
// one, one that is missing, and one that no timeline tells of.
func TestRebuildNamesAndMendsEveryDifference(t *testing.T) {
	each(t, func(d *desk) {
		ids := d.spread(9)
		for _, text := range []string{
			`UPDATE incident_incident SET priority = 9 WHERE id = '` + string(ids[2]) + `'`,
			`DELETE FROM incident_incident WHERE id = '` + string(ids[5]) + `'`,
			`UPDATE incident_incident SET id = 'zz' WHERE id = '` + string(ids[8]) + `'`,
		} {
			q := sqldb.Statement("incident", "Tamper", text)
			if err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
				d.Fatal(err)
			}
		}
		want := []ID{ids[2], ids[5], ids[8], "zz"}
		for _, mend := range []bool{false, true} {
			var heard []int
			differing, checked, err := d.Rebuild(d.Context(), mend, func(n int) { heard = append(heard, n) })
			slices.Sort(differing)
			if err != nil || checked != 9 || !slices.Equal(differing, want) || len(heard) == 0 || heard[len(heard)-1] != 9 {
				d.Errorf("mend %v: %v of %d, %v, heard %v", mend, differing, checked, err, heard)
			}
		}
		if differing, _, err := d.Rebuild(d.Context(), false, nil); err != nil || len(differing) != 0 {
			d.Errorf("not mended: %v, %v", differing, err)
		}
	})
}

// Incidents are whole however the batches fall, one that is longer than a batch
// too.
func TestRebuildReadsWholeIncidents(t *testing.T) {
	each(t, func(d *desk) {
		long := d.receive(Intake{Address: "1 Market Street"})
		for range 3 {
			err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error {
				in, err := d.locked(tx, long.ID)
				if err != nil {
					return err
				}
				var moves []Move
				for range rebuildBatch / 2 {
					moves = append(moves, moved(KindNote, d.now, Detail{Text: "x"}))
				}
				_, err = d.record(d.ctx, tx, in, moves, "test", d.now)
				return err
			})
			if err != nil {
				d.Fatal(err)
			}
		}
		d.spread(6)
		differing, checked, err := d.Rebuild(d.Context(), false, nil)
		if err != nil || checked != 7 || len(differing) != 0 {
			d.Errorf("%v of %d, %v", differing, checked, err)
		}
	})
}
