package pace

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// year is a county's year: 100,000 incidents of fifteen stations, a tenth of them
// without an arrival, one in a hundred revised.
func year(b *testing.B, db *sqldb.DB) Selection {
	const incidents, batch = 100_000, 2_000
	random := rand.New(rand.NewPCG(1, 2))
	ms := func(s float64) time.Time { return at(s).Truncate(time.Millisecond) }
	between := func(from, most float64) Stamp {
		t := ms(from + most*random.Float64()*random.Float64())
		return Stamp{At: t, Seq: int64(2 + random.IntN(9)), Known: t.Add(time.Second)}
	}
	for k := 0; k < incidents; k += batch {
		err := db.Do(b.Context(), func(tx *sqldb.Tx) error {
			for i := k; i < k+batch; i++ {
				called := float64(i) * 315
				in := Incident{ID: fmt.Sprintf("0190aaaa-bbbb-7ccc-8ddd-%012d", i), StationID: fmt.Sprintf("0190aaaa-cccc-7ccc-8ddd-%012d", random.IntN(15)),
					AreaClass: areaClasses[random.IntN(5)], KindCode: fmt.Sprint(1 + random.IntN(12)), CallTaker: fmt.Sprintf("0190aaaa-dddd-7ccc-8ddd-%012d", random.IntN(30)),
					Outcome: OutcomeClosed}
				in.Called = Stamp{At: ms(called), Seq: 1, Known: ms(called + 20)}
				in.Dispatched, in.Acknowledged, in.EnRoute = between(called, 150), between(called+60, 250), between(called+70, 300)
				in.SceneVideo, in.Contacted, in.Feedback, in.Ended = between(called+80, 400), between(called+90, 600), between(called+900, 9000), between(called+999, 9999)
				if random.IntN(10) > 0 {
					in.OnScene = between(called+120, 1200)
				}
				if random.IntN(100) == 0 {
					in.Revised = []Clock{ClockArrival}
				}
				if err := keep(tx, &in); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return Selection{From: at(-1), To: at(incidents * 315)}
}

// A report over a county's year should stay below 200 ms.
func BenchmarkReport(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { reports(b, sqldbtest.New(b, bus.Schema, Schema)) })
	b.Run("postgres", func(b *testing.B) { reports(b, sqldbtest.Postgres(b, bus.Schema, Schema)) })
}

func reports(b *testing.B, db *sqldb.DB) {
	d := newDesk(b, db)
	d.Gate = everywhere{}
	of := year(b, db)
	d.clock = of.To
	past := of
	past.KnownAt = of.To
	narrow := of
	narrow.StationID = "0190aaaa-cccc-7ccc-8ddd-000000000003"
	for name, q := range map[string]Question{"none": {Selection: of}, "station": {of, ByStation}, "hour": {of, ByHour}, "call_taker": {of, ByCallTaker},
		"as_known": {past, ByStation}, "one_station": {narrow, ByKind}} {
		b.Run(name, func(b *testing.B) {
			begun := worked()
			for b.Loop() {
				if r := d.report(q); r.Items[0].N == 0 {
					b.Fatal("nothing was counted")
				}
			}
			b.ReportMetric(float64((worked()-begun).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
	b.Run("judgements", func(b *testing.B) {
		for b.Loop() {
			if _, err := d.Judgements(d.ctx, Behind{Selection: of, Clock: ClockArrival, Verdicts: []Verdict{VerdictInverted}}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// everywhere is the gate of fifteen stations to somebody who may see them all.
type everywhere struct{}

func (everywhere) Can(httpapi.Principal, httpapi.Perm, string) bool { return true }

func (everywhere) Scope(httpapi.Principal, httpapi.Perm) httpapi.Scope {
	orgs := make([]string, 15)
	for i := range orgs {
		orgs[i] = fmt.Sprintf("0190aaaa-cccc-7ccc-8ddd-%012d", i)
	}
	return httpapi.NewScope(orgs, len(orgs))
}

// worked is the processor time of this process: a machine that others use too says
// more by it than by the clock.
func worked() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Facts that the clocks take a second: seven of each incident.
func BenchmarkFacts(b *testing.B) {
	d := newDesk(b, sqldbtest.New(b, bus.Schema, Schema))
	const incidents = 500
	facts, begun := 0, worked()
	for n := 0; b.Loop(); n++ {
		err := d.DB.Do(b.Context(), func(tx *sqldb.Tx) error {
			for i := range incidents {
				about := incident.About{IncidentID: incident.ID(fmt.Sprint("I", n, "-", i)), OrgID: "S1", AreaClass: "urban", KindCode: "4",
					CallTaker: "c1", CalledAt: at(0), RecordedAt: at(0)}
				for _, f := range life(about) {
					if err := d.Bus.Publish(tx, at(0), f); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		facts += incidents * 7
		d.deliver()
	}
	b.ReportMetric(float64(facts)/b.Elapsed().Seconds(), "facts/s")
	b.ReportMetric(float64((worked()-begun).Microseconds())/float64(facts), "cpu-us/fact")
}

// life is the facts of an ordinary incident.
func life(a incident.About) []bus.Fact {
	on := func(s float64) incident.About {
		a.Version++
		a.OccurredAt, a.RecordedAt = at(s), at(s)
		return a
	}
	step := func(s float64, step incident.Step) bus.Fact {
		return incident.Progressed{About: on(s), No: 1, UnitID: "u1", Step: step}
	}
	a.Status = incident.StatusReceived
	list := []bus.Fact{incident.Received{About: on(0)}, incident.Dispatched{About: on(40), No: 1, UnitID: "u1"}, step(70, incident.StepAcknowledged),
		step(75, incident.StepEnRoute), step(120, incident.StepVideo), step(400, incident.StepOnScene)}
	a.Status = incident.StatusClosed
	return append(list, incident.Ended{About: on(900)})
}
