package incident

import (
	"context"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// ByID asks for one incident.
type ByID struct {
	ID ID `path:"id"`
}

// Get is one incident, folded from its timeline, with a mask of its contact.
func (s *Service) Get(ctx context.Context, q ByID) (Incident, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Incident, error) {
		in, err := s.readable(ctx, tx, q.ID)
		if err != nil {
			return in, err
		}
		return s.masked(tx, in)
	})
}

func (s *Service) readable(ctx context.Context, tx *sqldb.Tx, id ID) (Incident, error) {
	in, err := byID(tx, id)
	if err == nil && !s.may(ctx, permRead, in.StationID) {
		return Incident{}, fault.New(fault.NotFound, "incident.not_found")
	}
	return in, err
}

// Timeline is every entry of one incident, in the order of recording. A contact
// stays sealed in it.
func (s *Service) Timeline(ctx context.Context, q ByID) (httpapi.List[Entry], error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (page httpapi.List[Entry], err error) {
		if _, err := s.readable(ctx, tx, q.ID); err != nil {
			return page, err
		}
		page.Items, err = timeline(tx, q.ID)
		return page, err
	})
}
