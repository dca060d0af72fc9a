package pace

import (
	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

// Listen keeps the stamps of every incident.
func (s *Service) Listen() {
	bus.On(s.Bus, "pace", func(tx *sqldb.Tx, _ bus.Meta, f incident.Received) error { return keep(tx, f.About) })
	bus.On(s.Bus, "pace", func(tx *sqldb.Tx, _ bus.Meta, f incident.Dispatched) error {
		return stamp(tx, f.About, "Stamp", string(incident.StepDispatched), f.No, f.OccurredAt.UnixMilli())
	})
	bus.On(s.Bus, "pace", func(tx *sqldb.Tx, _ bus.Meta, f incident.Progressed) error {
		return stamp(tx, f.About, "Stamp", string(f.Step), f.No, f.OccurredAt.UnixMilli())
	})
	bus.On(s.Bus, "pace", func(tx *sqldb.Tx, _ bus.Meta, f incident.Contacted) error {
		if !f.Answered {
			return nil
		}
		return stamp(tx, f.About, "First", "contacted", 0, f.OccurredAt.UnixMilli())
	})
	bus.On(s.Bus, "pace", func(tx *sqldb.Tx, _ bus.Meta, f incident.Ended) error { return keep(tx, f.About) })
	bus.On(s.Bus, "pace", func(tx *sqldb.Tx, _ bus.Meta, f incident.Changed) error {
		if f.Kind == incident.KindCorrected && f.No > 0 && !f.At.IsZero() {
			return stamp(tx, f.About, "Stamp", f.Field, f.No, f.At.UnixMilli())
		}
		return keep(tx, f.About)
	})
}

func stamp(tx *sqldb.Tx, a incident.About, query, step string, number int, at int64) error {
	if _, err := tx.Exec(Queries[query], string(a.IncidentID), step, number, at); err != nil {
		return err
	}
	return keep(tx, a)
}

// keep follows the incident; a later fact of an ended one leaves its end alone.
func keep(tx *sqldb.Tx, a incident.About) error {
	var ended int64
	switch a.Status {
	case incident.StatusClosed, incident.StatusMerged, incident.StatusWithdrawn, incident.StatusTransferred:
		known, err := sqldb.List(tx, Queries["Ended"], func(r sqldb.Scanner) (at int64, err error) { return at, r.Scan(&at) }, string(a.IncidentID))
		if err != nil {
			return err
		}
		ended = a.OccurredAt.UnixMilli()
		if len(known) == 1 && known[0] != 0 {
			ended = known[0]
		}
	}
	_, err := tx.Exec(Queries["Keep"], string(a.IncidentID), a.StationID, a.AreaClass, a.KindCode, a.CallTaker,
		a.CalledAt.UnixMilli(), ended, a.Status == incident.StatusClosed)
	return err
}
