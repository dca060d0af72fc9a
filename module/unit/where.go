package unit

import (
	"context"
	"slices"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/live"
	"zhian/platform/sqldb"
)

// Fixes is a batch of positions of one unit, from its device.
type Fixes struct {
	ID    string    `path:"id"`
	Datum geo.Datum `json:"datum" required:"true" enum:"wgs84,cgcs2000,gcj02,bd09"`
	Fixes []Fix     `json:"fixes" required:"true" max:"1000"`
}

// Taken says what became of the fixes: sending them again changes nothing.
type Taken struct {
	Accepted int       `json:"accepted"`
	Repeated int       `json:"repeated"` // of a moment that is known already
	Refused  []Refused `json:"refused"`
}

// Refused is a fix that was not taken, by its place in the batch.
type Refused struct {
	Index int    `json:"index"`
	Key   string `json:"key"`
}

// Report takes positions of a unit on duty. Faults: NotFound unit.not_found,
// Conflict unit.off_duty.
func (s *Service) Report(ctx context.Context, f Fixes) (Taken, error) {
	now, newest, org := s.now(), Fix{}, ""
	taken, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (t Taken, err error) {
		t.Refused, newest = []Refused{}, Fix{}
		if org, err = s.mayReport(ctx, tx, f.ID); err != nil {
			return t, err
		}
		for i, fix := range f.Fixes {
			fix = fix.from(f.Datum)
			if key := CheckFix(fix, now); key != "" {
				t.Refused = append(t.Refused, Refused{i, key})
				continue
			}
			n, err := tx.Exec(Queries["AddFix"], f.ID, fix.At.UnixMilli(), fix.Lat, fix.Lon, fix.AccuracyM, now.UnixMilli())
			if err != nil {
				return t, err
			}
			if t.Repeated += 1 - int(n); n == 0 {
				continue
			}
			if t.Accepted++; fix.At.After(newest.At) {
				newest = fix
			}
		}
		return t, nil
	})
	if err == nil && taken.Accepted > 0 && s.fleet.move(f.ID, newest) {
		s.Screens.ToTopic(topic, org, live.Frame{Type: "unit.moved", Data: Moved{f.ID, newest.At.UTC(), newest.Lat, newest.Lon, newest.AccuracyM}})
	}
	return taken, err
}

// mayReport says of which organisation the unit is, or why its positions are not
// taken.
func (s *Service) mayReport(ctx context.Context, tx *sqldb.Tx, id string) (orgID string, err error) {
	u, err := peek(tx, id)
	switch {
	case err != nil:
		return "", err
	case !s.may(ctx, permReport, u.OrgID):
		return "", notFound(id)
	case len(u.Crew) == 0:
		return "", fault.New(fault.Conflict, "unit.off_duty")
	}
	return u.OrgID, nil
}

// Rank lists the limit best units of wanted organisations as seen from a place,
// and those named beside: free ones by the time they need, then those with
// shortfalls, last those that cannot be sent. It asks no database.
func (s *Service) Rank(p geo.Point, limit int, named []string, wanted func(orgID string) bool) []Near {
	return s.fleet.rank(p, s.now(), limit, named, wanted)
}

// Retention of positions, for the time in which a complaint about an arrival
// comes in, and of who had which unit when.
var Retention = []sqldb.Retention{
	{Table: "unit_position", Column: "received_at", Keep: 30 * 24 * time.Hour, Query: Queries["Forget"]},
	{Table: "unit_duty", Column: "until", Keep: 2 * 365 * 24 * time.Hour, Query: Queries["ForgetDuty"]},
}

// Around asks for units near a place.
type Around struct {
	Lat   float64 `query:"lat" required:"true" min:"-90" max:"90"`
	Lon   float64 `query:"lon" required:"true" min:"-180" max:"180"`
	Limit int     `query:"limit" min:"1" max:"100"`
}

// ListNear is Rank for clients: the units in their scope whose position is known.
func (s *Service) ListNear(ctx context.Context, a Around) (httpapi.List[Near], error) {
	if a.Limit == 0 {
		a.Limit = 10
	}
	best := s.Rank(geo.Point{Lat: a.Lat, Lon: a.Lon}, a.Limit, nil, func(org string) bool { return s.may(ctx, permRead, org) })
	unplaced := func(n Near) bool { return n.LastFix == nil }
	return httpapi.List[Near]{Items: slices.DeleteFunc(best, unplaced)}, nil
}
