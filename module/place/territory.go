package place

import (
	"context"
	"strconv"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// AreaImport is a GeoJSON FeatureCollection of areas, taken whole or not at all.
// With replace, every area in force that it does not hold ends now.
type AreaImport struct {
	Type     string        `json:"type" required:"true" enum:"FeatureCollection"`
	Features []AreaFeature `json:"features" required:"true"`
	Datum    geo.Datum     `json:"datum" required:"true" enum:"wgs84,cgcs2000,gcj02,bd09"`
	Replace  bool          `json:"replace"`
}

// AreaResult is what an import of areas did, and what a person should look at.
type AreaResult struct {
	Areas    []Area    `json:"areas"`
	Ended    int       `json:"ended"`
	Overlaps []Overlap `json:"overlaps"`
}

// ImportAreas takes new outlines of areas, or new ones for known ids.
func (s *Service) ImportAreas(ctx context.Context, in AreaImport) (AreaResult, error) {
	fresh, err := draw(in.Features, in.Datum, s.moment(), httpapi.Caller(ctx).UserID, s.IDs.Next)
	if err != nil {
		return AreaResult{}, err
	}
	for i, c := range fresh {
		if err := s.mayFor(ctx, permAreaWrite, c.StationID); err != nil {
			return AreaResult{}, fault.With(err, "feature", i)
		}
	}
	out, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (AreaResult, error) {
		known, err := sqldb.List(tx, Queries["Areas"], scanChart)
		if err != nil {
			return AreaResult{}, err
		}
		return s.putAreas(ctx, tx, fresh, known, in.Replace)
	})
	if err != nil {
		return out, err
	}
	s.changed(ctx)
	return out, nil
}

func (s *Service) putAreas(ctx context.Context, tx *sqldb.Tx, fresh, known []chart, replace bool) (AreaResult, error) {
	out := AreaResult{Areas: []Area{}}
	editions := map[string]int64{}
	for _, c := range known {
		editions[c.ID] = c.Edition
		if err := s.mayChange(ctx, c, fresh); err != nil {
			return out, err
		}
	}
	stations := map[string]bool{}
	for i, c := range fresh {
		if err := s.checkStation(tx, c.StationID, i, stations); err != nil {
			return out, err
		}
		c.Edition = editions[c.ID] + 1
		if err := putArea(tx, c); err != nil {
			return out, err
		}
		out.Areas = append(out.Areas, c.Area)
	}
	staying, ended, err := s.clear(ctx, tx, fresh, known, replace)
	if err != nil {
		return out, err
	}
	out.Ended, out.Overlaps = ended, overlaps(fresh, append(staying, fresh...))
	_, err = touch(tx, topicArea)
	return out, err
}

// clear ends the other areas in force when fresh ones replace them all, and
// lists those that stay.
func (s *Service) clear(ctx context.Context, tx *sqldb.Tx, fresh, known []chart, replace bool) (staying []chart, ended int, err error) {
	now, by := s.moment(), httpapi.Caller(ctx).UserID
	for _, c := range known {
		switch {
		case isAmong(c.ID, fresh) || !c.holds(now):
		case !replace:
			staying = append(staying, c)
		default:
			if err := s.mayFor(ctx, permAreaWrite, c.StationID); err != nil {
				return nil, 0, err
			}
			if err := endArea(tx, c.ID, by, now); err != nil {
				return nil, 0, err
			}
			ended++
		}
	}
	return staying, ended, nil
}

// mayChange refuses a new outline for an area of a station that is out of the
// caller's scope.
func (s *Service) mayChange(ctx context.Context, c chart, fresh []chart) error {
	if !isAmong(c.ID, fresh) {
		return nil
	}
	return s.mayFor(ctx, permAreaWrite, c.StationID)
}

func isAmong(id string, list []chart) bool {
	for _, c := range list {
		if c.ID == id {
			return true
		}
	}
	return false
}

func (s *Service) checkStation(tx *sqldb.Tx, id string, feature int, known map[string]bool) error {
	if known[id] {
		return nil
	}
	ok, err := s.Stations.IsStation(tx, id)
	if err != nil {
		return err
	}
	if !ok {
		return fault.At("/features/"+strconv.Itoa(feature)+"/properties/station_id", "place.station_unknown")
	}
	known[id] = true
	return nil
}

// AreaQuery asks for the areas in force, with their outlines if wanted.
type AreaQuery struct {
	StationID string `query:"station_id" max:"64"`
	Outline   bool   `query:"outline"`
}

// AreaView is an area for a map.
type AreaView struct {
	Area
	Geometry *Geometry `json:"geometry,omitempty"`
}

// Areas lists the areas in force now, smallest first: that is how they are asked.
func (s *Service) Areas(_ context.Context, q AreaQuery) (httpapi.List[AreaView], error) {
	out := httpapi.List[AreaView]{Items: []AreaView{}}
	for _, c := range s.atlas.Load().areas {
		if q.StationID != "" && c.StationID != q.StationID {
			continue
		}
		view := AreaView{Area: c.Area}
		if q.Outline {
			text, err := c.region.MarshalJSON()
			if err != nil {
				return out, err
			}
			view.Geometry = &Geometry{text}
		}
		out.Items = append(out.Items, view)
	}
	return out, nil
}
