package incident

import (
	"cmp"
	"context"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// Correction replaces a wrong value. An address is found by its text, or by the
// point beside it; a point keeps the address. At is for times, WGS-84 is the
// datum of a point that says none.
type Correction struct {
	When
	Field    string    `json:"field" required:"true" enum:"point,address,kind,called_at,dispatched,acknowledged,en_route,on_scene,scene_video,cleared"`
	UnitID   string    `json:"unit_id" max:"64"`
	At       time.Time `json:"at"`
	Address  string    `json:"address" max:"500"`
	Position *Point    `json:"position"`
	KindCode string    `json:"kind_code" max:"32"`
	Reason   string    `json:"reason" required:"true" max:"500"`
}

// Correct replaces a wrong value; the wrong one stays in the timeline. A new
// place brings its station, area class, hazards and risk along. Faults: Invalid
// incident.place_not_settled (its doubts, and the choices among which a person
// must choose, are with it), incident.unknown_kind, incident.nothing_to_correct,
// incident.before_the_call, and those of CheckTime at /at.
func (s *Service) Correct(ctx context.Context, c Correction) (Incident, error) {
	return s.change(ctx, c.When, permCorrect, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		d := Detail{Field: c.Field, UnitID: c.UnitID, KindCode: c.KindCode, Reason: c.Reason}
		var err error
		switch c.Field {
		case "point", "address":
			err = s.replace(ctx, tx, in, c, &d)
		case "kind":
			err = s.rename(in, c, &d)
		default:
			if !c.At.IsZero() {
				d.At, err = CheckTime("/at", c.At.UTC().Truncate(time.Millisecond), s.Now(), s.may(ctx, permBackfill, in.StationID))
			}
		}
		if err != nil {
			return nil, err
		}
		m, err := in.Correct(d, at)
		return []Move{m}, err
	})
}

// replace finds the new place of an incident and what follows from it.
func (s *Service) replace(ctx context.Context, tx *sqldb.Tx, in Incident, c Correction, d *Detail) error {
	switch {
	case c.Field == "point" && c.Position == nil:
		return fault.At("/position", "request.required")
	case c.Field == "address" && c.Address == "":
		return fault.At("/address", "request.required")
	}
	place, choices := s.placed(ctx, cmp.Or(c.Address, in.Address), c.Position, "")
	if place.Unsettled {
		return fault.With(fault.With(fault.At("/"+c.Field, "incident.place_not_settled"), "doubts", place.Doubts), "choices", choices)
	}
	n, err := sqldb.Get(tx, Queries["CountAt"], sqldb.ScanInt, earlierAt(place.Key, in.CalledAt)...)
	risk := s.judged(in.KindCode, in.Narrative, place, int(n), in.CalledAt)
	d.Place, d.From, d.Risk = &place, in.StationID, &risk
	return err
}

// rename gives an incident another kind, and its risk the weight of it.
func (s *Service) rename(in Incident, c Correction, d *Detail) error {
	if _, known := s.Kinds[c.KindCode]; !known {
		return fault.At("/kind_code", "incident.unknown_kind")
	}
	risk := s.judged(c.KindCode, in.Narrative, in.Placing, in.Risk.Earlier, in.CalledAt)
	d.Risk = &risk
	return nil
}
