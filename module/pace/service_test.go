package pace

import (
	"testing"
	"time"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

type onlyStation string

func (o onlyStation) Can(_ httpapi.Principal, _ httpapi.Perm, org string) bool {
	return org == string(o)
}

func TestFactsBecomeVerdictsAndCorrectionsJudgeAnew(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		now := func() time.Time { return at(600) }
		b := bus.New(db, now)
		s := New(Deps{DB: db, Bus: b, Now: now, Gate: onlyStation("S1"), Definitions: Defaults()})
		s.Listen()
		if err := b.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		about := func(id incident.ID, station string, occurred int) incident.About {
			return incident.About{IncidentID: id, Status: incident.StatusReceived, StationID: station, AreaClass: "urban", CalledAt: at(0), OccurredAt: at(occurred)}
		}
		tell := func(facts ...bus.Fact) {
			err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
				for _, f := range facts {
					if err := b.Publish(tx, now(), f); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		tell(incident.Received{About: about("I1", "S1", 0)}, incident.Received{About: about("I2", "S2", 0)},
			incident.Dispatched{About: about("I1", "S1", 90), No: 1}, incident.Dispatched{About: about("I1", "S1", 95), No: 2})
		verdict := func() Judgement {
			in, err := s.Get(t.Context(), ByIncident{"I1"})
			if err != nil {
				t.Fatal(err)
			}
			return in.Clocks[0]
		}
		if j := verdict(); j.Verdict != Late || j.Seconds != 90 {
			t.Errorf("first dispatch decides: %+v", j)
		}
		tell(incident.Changed{About: about("I1", "S1", 300), Kind: incident.KindCorrected, Field: "dispatched", No: 1, At: at(40)})
		if j := verdict(); j.Verdict != Within || j.Seconds != 40 {
			t.Errorf("corrected: %+v", j)
		}
		if _, err := s.Get(t.Context(), ByIncident{"I2"}); err == nil {
			t.Error("another station's incident was shown")
		}
		tell(incident.Ended{About: func() incident.About { a := about("I3", "S1", 9); a.Status = incident.StatusWithdrawn; return a }()})
		if live, err := s.Live(t.Context(), Page{}); err != nil || len(live.Items) != 1 || live.Items[0].ID != "I1" {
			t.Errorf("live shows what is open and the caller's own: %+v %v", live, err)
		}
		r, err := s.Report(t.Context(), Question{By: "station", From: at(0), To: at(1)})
		if err != nil || len(r.Items) != 3 || r.Items[0].Group != "S1" || r.Items[0].N != 1 || r.Items[0].Censored != 1 {
			t.Errorf("report: %+v %v", r, err)
		}
	}, bus.Schema, Schema)
}
