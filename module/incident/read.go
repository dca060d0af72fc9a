package incident

import (
	"cmp"
	"context"
	"strconv"

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
	in, err := s.shown(tx, id)
	if err == nil && !s.mayOn(ctx, permRead, in) {
		return Incident{}, fault.New(fault.NotFound, "incident.not_found")
	}
	return in, err
}

// Lines asks for the timeline of one incident, after an entry's number.
type Lines struct {
	ID    ID    `path:"id"`
	After int64 `query:"after" min:"1"`
	Limit int   `query:"limit" min:"1" max:"1000"`
}

// linesTold is how many entries an answer holds unless fewer are asked for; only
// a mass event has more.
const linesTold = 1000

// Timeline is the entries of one incident, in the order of recording; next is the
// number of the last one of a page. A contact stays sealed in it.
func (s *Service) Timeline(ctx context.Context, q Lines) (httpapi.List[Entry], error) {
	limit := cmp.Or(q.Limit, linesTold)
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (page httpapi.List[Entry], err error) {
		if _, err := s.readable(ctx, tx, q.ID); err != nil {
			return page, err
		}
		page.Items, err = sqldb.List(tx, Queries["Lines"], scanEntry, q.ID, q.After, limit)
		if n := len(page.Items); n == limit {
			page.Next = strconv.FormatInt(page.Items[n-1].Seq, 10)
		}
		return page, err
	})
}
