package place

import (
	"context"
	"errors"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// AddAddress enters a standard address.
func (s *Service) AddAddress(ctx context.Context, d Draft) (Address, error) {
	a, err := s.atlas.Load().lexicon.settle(d)
	if err != nil {
		return a, err
	}
	if err := s.may(ctx, permWrite, a.Point); err != nil {
		return a, err
	}
	a.ID, a.Edition, a.UpdatedAt, a.UpdatedBy = s.IDs.Next(), 1, s.moment(), httpapi.Caller(ctx).UserID
	out, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Address, error) {
		a := a
		if err := unclaimed(tx, a); err != nil {
			return a, err
		}
		var err error
		if a.revision, err = touch(tx, topicAddress); err != nil {
			return a, err
		}
		return a, insertAddress(tx, a)
	})
	if err != nil {
		return out, err
	}
	s.changed(ctx)
	return out, nil
}

// unclaimed refuses a second live address of one identity, and names the first.
func unclaimed(tx *sqldb.Tx, a Address) error {
	known, err := sqldb.Get(tx, Queries["LiveByIdentity"], scanAddress, a.identity)
	switch {
	case errors.Is(err, sqldb.ErrNone) || err == nil && known.ID == a.ID:
		return nil
	case err != nil:
		return err
	}
	return fault.With(fault.New(fault.Conflict, "place.address_exists"), "id", known.ID)
}

// Correction is the whole of an address as it shall be.
type Correction struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
	Draft
}

// CorrectAddress gives an address its next version. Hazards at it move along.
func (s *Service) CorrectAddress(ctx context.Context, c Correction) (Address, error) {
	next, err := s.atlas.Load().lexicon.settle(c.Draft)
	if err != nil {
		return next, err
	}
	return s.edit(ctx, c.ID, c.IfMatch, func(a Address) (Address, error) {
		if err := s.may(ctx, permWrite, next.Point); err != nil {
			return a, err
		}
		return a.Correct(next, httpapi.Caller(ctx).UserID, s.moment())
	})
}

// Named names a thing and the version of it that the caller has seen.
type Named struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
}

// RetireAddress takes an address out of use.
func (s *Service) RetireAddress(ctx context.Context, n Named) (Address, error) {
	return s.edit(ctx, n.ID, n.IfMatch, func(a Address) (Address, error) {
		return a.Retire(httpapi.Caller(ctx).UserID, s.moment())
	})
}

func (s *Service) edit(ctx context.Context, id, ifMatch string, decide func(Address) (Address, error)) (Address, error) {
	out, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Address, error) {
		a, err := sqldb.Get(tx, Queries["AddressByID"], scanAddress, id)
		if err != nil {
			return a, notFound(err, "place.address_not_found")
		}
		if err := s.may(ctx, permWrite, a.Point); err != nil {
			return a, err
		}
		if err := httpapi.Match(ifMatch, a.Edition); err != nil {
			return a, err
		}
		next, err := decide(a)
		if err != nil {
			return a, err
		}
		return next, s.save(tx, a, &next)
	})
	if err != nil {
		return out, err
	}
	s.changed(ctx)
	return out, nil
}

// save writes the next version of an address and what hangs on it.
func (s *Service) save(tx *sqldb.Tx, old Address, next *Address) (err error) {
	if next.RetiredAt == nil {
		if err := unclaimed(tx, *next); err != nil {
			return err
		}
	}
	if next.revision, err = touch(tx, topicAddress); err != nil {
		return err
	}
	written, err := updateAddress(tx, *next)
	switch {
	case err != nil:
		return err
	case !written:
		return fault.New(fault.Stale, "request.stale")
	case old.Point == next.Point:
		return nil
	}
	return moveHazards(tx, next.ID, next.Point)
}

func moveHazards(tx *sqldb.Tx, placeID string, p geo.Point) error {
	n, err := tx.Exec(Queries["MoveHazards"], p.Lat, p.Lon, placeID)
	if err != nil || n == 0 {
		return err
	}
	_, err = touch(tx, topicHazard)
	return err
}

// ByID asks for one thing.
type ByID struct {
	ID string `path:"id"`
}

// Address is one address, retired or not.
func (s *Service) Address(ctx context.Context, by ByID) (Address, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Address, error) {
		a, err := sqldb.Get(tx, Queries["AddressByID"], scanAddress, by.ID)
		return a, notFound(err, "place.address_not_found")
	})
}

// AddressQuery is a page of addresses in the order of their ids.
type AddressQuery struct {
	Town    string `query:"town" max:"50"`
	Retired bool   `query:"retired"` // the retired ones too
	After   string `query:"after" max:"64"`
	Limit   int    `query:"limit" min:"1" max:"500"`
}

const pageSize = 100

// Addresses lists them.
func (s *Service) Addresses(ctx context.Context, q AddressQuery) (httpapi.List[Address], error) {
	limit := pageLimit(q.Limit)
	list, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Address, error) {
		if q.Town != "" {
			return sqldb.List(tx, Queries["AddressPageOfTown"], scanAddress, q.After, q.Retired, q.Town, limit+1)
		}
		return sqldb.List(tx, Queries["AddressPage"], scanAddress, q.After, q.Retired, limit+1)
	})
	return paged(list, limit, func(a Address) string { return a.ID }), err
}

func pageLimit(asked int) int {
	if asked == 0 {
		return pageSize
	}
	return asked
}

// paged cuts the one row too many that tells whether there is a next page.
func paged[T any](list []T, limit int, key func(T) string) httpapi.List[T] {
	if len(list) <= limit {
		return httpapi.List[T]{Items: list}
	}
	return httpapi.List[T]{Items: list[:limit], Next: key(list[limit-1])}
}
