package incident

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"zhian/platform/sqldb/sqldbtest"
)

// mass is an incident with units, each of which has reached a step or two.
func (d *desk) mass(units int) (ID, []string) {
	d.Helper()
	in := d.receive(Intake{Address: "1 Market Street", Contact: &Contact{Phone: "13800000000"}})
	ids := make([]string, units)
	for i := range ids {
		ids[i] = fmt.Sprintf("0190a000-0000-7000-8000-%012d", i)
	}
	if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: ids, Reason: "everybody"}); err != nil {
		d.Fatal(err)
	}
	for _, id := range ids {
		d.wait(time.Second)
		if _, err := d.Advance(d.ctx, Press{When: When{ID: in.ID}, UnitID: id, Step: StepAcknowledged}); err != nil {
			d.Fatal(err)
		}
	}
	return in.ID, ids
}

// Five hundred units on one incident: who looks at it and who presses a button
// waits for milliseconds, not for the length of its timeline.
func BenchmarkFiveHundredUnits(b *testing.B) {
	db := sqldbtest.New(b, schemas...)
	d := newDesk(b, db)
	id, units := d.mass(500)
	run := func(name string, do func(i int) error) {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if err := do(len(took)); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
	run("get", func(int) error { _, err := d.Get(d.ctx, ByID{id}); return err })
	run("timeline", func(int) error { _, err := d.Timeline(d.ctx, Lines{ID: id}); return err })
	at := d.now
	run("advance", func(i int) error {
		// An earlier press each time: always news, and the timeline grows slowly.
		at = at.Add(-time.Millisecond)
		_, err := d.Advance(d.ctx, Press{When: When{ID: id, OccurredAt: at}, UnitID: units[i%len(units)], Step: StepEnRoute})
		return err
	})
}

// What a call costs below the web API: place and neighbours are fakes.
func BenchmarkReceive(b *testing.B) {
	db := sqldbtest.New(b, schemas...)
	d := newDesk(b, db)
	b.SetParallelism(64)
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			call := Intake{KindCode: "4", Address: fmt.Sprintf("%d Market Street", i), Narrative: "two people argue about a parked car",
				Position: &Point{Lat: 28.1 + float64(i%1499)/1000, Lon: 119.1 + float64(i%1493)/1000}}
			if _, err := d.Receive(d.ctx, call); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
