package place

import (
	"context"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Warning is a new hazard: at a place by its id, or at a point.
type Warning struct {
	PlaceID   string     `json:"place_id" max:"64"`
	Point     *geo.Point `json:"point"`
	Datum     geo.Datum  `json:"datum" enum:"wgs84,cgcs2000,gcj02,bd09"`
	Kind      HazardKind `json:"kind" required:"true" enum:"gas,chemical,electric,structure,water,fire_load,dog,access,other"`
	Note      string     `json:"note" required:"true" max:"500" lines:"true"`
	ValidFrom *time.Time `json:"valid_from"`
	ValidTo   time.Time  `json:"valid_to" required:"true"`
}

// AddHazard warns of something at a place until a day.
func (s *Service) AddHazard(ctx context.Context, w Warning) (Hazard, error) {
	h := Hazard{PlaceID: w.PlaceID, Kind: w.Kind, Note: w.Note, ValidTo: w.ValidTo.UTC().Truncate(time.Millisecond)}
	if w.ValidFrom != nil {
		h.ValidFrom = w.ValidFrom.UTC().Truncate(time.Millisecond)
	}
	h, err := h.Warn(httpapi.Caller(ctx).UserID, s.moment())
	if err != nil {
		return h, err
	}
	if (w.PlaceID == "") == (w.Point == nil) {
		return h, fault.At("/place_id", "place.place_or_point")
	}
	if w.Point != nil {
		if h.Point, err = toPoint(*w.Point, w.Datum, "/point"); err != nil {
			return h, err
		}
	}
	h.ID = s.IDs.Next()
	out, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Hazard, error) { return h, s.post(ctx, tx, &h) })
	if err != nil {
		return h, err
	}
	s.changed(ctx)
	return out, nil
}

// post writes a hazard at its place's point.
func (s *Service) post(ctx context.Context, tx *sqldb.Tx, h *Hazard) error {
	if h.PlaceID != "" {
		a, err := sqldb.Get(tx, Queries["AddressByID"], scanAddress, h.PlaceID)
		if err != nil {
			return notFound(err, "place.address_not_found")
		}
		if a.RetiredAt != nil {
			return fault.New(fault.Conflict, "place.address_retired")
		}
		h.Point = a.Point
	}
	if err := s.may(ctx, permHazardWrite, h.Point); err != nil {
		return err
	}
	if err := insertHazard(tx, *h); err != nil {
		return err
	}
	_, err := touch(tx, topicHazard)
	return err
}

// RetireHazard ends a warning before its day.
func (s *Service) RetireHazard(ctx context.Context, by ByID) (Hazard, error) {
	out, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Hazard, error) {
		h, err := sqldb.Get(tx, Queries["HazardByID"], scanHazard, by.ID)
		if err != nil {
			return h, notFound(err, "place.hazard_not_found")
		}
		if err := s.may(ctx, permHazardWrite, h.Point); err != nil {
			return h, err
		}
		if h, err = h.Retire(httpapi.Caller(ctx).UserID, s.moment()); err != nil {
			return h, err
		}
		if _, err := tx.Exec(Queries["RetireHazard"], h.RetiredAt.UnixMilli(), h.RetiredBy, h.ID); err != nil {
			return h, err
		}
		_, err = touch(tx, topicHazard)
		return h, err
	})
	if err != nil {
		return out, err
	}
	s.changed(ctx)
	return out, nil
}

// HazardQuery is a page of hazards in the order of their ids.
type HazardQuery struct {
	All   bool   `query:"all"` // expired and retired ones too
	After string `query:"after" max:"64"`
	Limit int    `query:"limit" min:"1" max:"500"`
}

// Hazards lists them.
func (s *Service) Hazards(ctx context.Context, q HazardQuery) (httpapi.List[Hazard], error) {
	limit := pageLimit(q.Limit)
	list, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Hazard, error) {
		return sqldb.List(tx, Queries["HazardPage"], scanHazard, q.After, q.All, s.Now().UnixMilli(), limit+1)
	})
	return paged(list, limit, func(h Hazard) string { return h.ID }), err
}
