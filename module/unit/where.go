package unit

import (
	"context"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Fixes is a batch of positions of one unit, from its device.
type Fixes struct {
	ID    string    `path:"id"`
	Datum geo.Datum `json:"datum" required:"true" enum:"wgs84,cgcs2000,gcj02,bd09"`
	Fixes []Fix     `json:"fixes" required:"true" max:"1000"`
}

// Taken says what became of each fix that was not taken.
type Taken struct {
	Accepted int       `json:"accepted"`
	Refused  []Refused `json:"refused"`
}

// Refused is a fix that was not taken, by its place in the batch.
type Refused struct {
	Index int    `json:"index"`
	Key   string `json:"key"`
}

// Report takes positions of a unit on duty.
func (s *Service) Report(ctx context.Context, f Fixes) (Taken, error) {
	now := s.now()
	newest := Fix{}
	var where geo.Point
	taken, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (t Taken, err error) {
		t.Refused = []Refused{}
		u, err := s.plain(tx, f.ID)
		if err == nil && !s.may(ctx, permReport, u.OrgID) {
			err = fault.With(fault.New(fault.NotFound, "unit.not_found"), "unit_id", f.ID)
		}
		if err == nil && len(u.Crew) == 0 {
			err = fault.New(fault.Conflict, "unit.off_duty")
		}
		if err != nil {
			return t, err
		}
		for i, fix := range f.Fixes {
			p := fix.point(f.Datum)
			if key := CheckFix(fix, p, now); key != "" {
				t.Refused = append(t.Refused, Refused{i, key})
				continue
			}
			if _, err := tx.Exec(Queries["AddFix"], f.ID, fix.At.UnixMilli(), p.Lat, p.Lon, fix.AccuracyM, now.UnixMilli()); err != nil {
				return t, err
			}
			if t.Accepted++; fix.At.After(newest.At) {
				newest, where = fix, p
			}
		}
		return t, nil
	})
	if err == nil && taken.Accepted > 0 {
		s.place(f.ID, newest.At, where)
	}
	return taken, err
}

// place remembers the newest position; an older one that comes late is history.
func (s *Service) place(unitID string, at time.Time, p geo.Point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !at.After(s.fixAt[unitID]) {
		return
	}
	s.fixAt[unitID] = at
	s.places.Set(unitID, p)
}

// beyond is how far Near looks, in metres.
const beyond = 100_000

// Near lists units around a place, nearest first, with what speaks against each.
func (s *Service) Near(ctx context.Context, p geo.Point, limit int) ([]Near, error) {
	hits := s.places.Near(p, limit, beyond)
	now := s.now()
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Near, error) {
		list := []Near{}
		for _, h := range hits {
			u, err := s.plain(tx, h.ID)
			if err != nil {
				return nil, err
			}
			s.mu.RLock()
			at := s.fixAt[h.ID]
			s.mu.RUnlock()
			list = append(list, Near{u, h.Meters, at, u.Shortfalls(at, h.Meters, now)})
		}
		return list, nil
	})
}

// positionsKept is the retention of positions: the time in which a complaint about
// an arrival comes in.
const positionsKept = 30 * 24 * time.Hour

// Retention of positions.
var Retention = []sqldb.Retention{{Table: "unit_position", Column: "at", Keep: positionsKept, Query: Queries["Forget"]}}

// Start learns where units are.
func (s *Service) Start(ctx context.Context) error {
	fixes, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]lastFix, error) {
		return sqldb.List(tx, Queries["LastFixes"], scanLastFix, s.Now().Add(-fixOld).UnixMilli())
	})
	for _, f := range fixes {
		s.place(f.unitID, f.at, f.point)
	}
	return err
}

// Around asks for units near a place.
type Around struct {
	Lat   float64 `query:"lat" required:"true" min:"-90" max:"90"`
	Lon   float64 `query:"lon" required:"true" min:"-180" max:"180"`
	Limit int     `query:"limit" min:"1" max:"100"`
}

// ListNear is Near for clients, within their scope.
func (s *Service) ListNear(ctx context.Context, a Around) (page httpapi.List[Near], err error) {
	if a.Limit == 0 {
		a.Limit = 10
	}
	all, err := s.Near(ctx, geo.Point{Lat: a.Lat, Lon: a.Lon}, a.Limit)
	page.Items = []Near{}
	for _, n := range all {
		if s.may(ctx, permRead, n.OrgID) {
			page.Items = append(page.Items, n)
		}
	}
	return page, err
}
