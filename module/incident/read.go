package incident

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"time"

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

// Filter asks for a page of incidents.
type Filter struct {
	StationID string    `query:"station_id" max:"64"`
	From      time.Time `query:"from"`
	After     string    `query:"after" max:"200"`
	Limit     int       `query:"limit" min:"1" max:"500"`
}

const pageSize = 100

func (f Filter) limit() int {
	if f.Limit == 0 {
		return pageSize
	}
	return f.Limit
}

// Board is every open incident that the caller may see, oldest call first.
func (s *Service) Board(ctx context.Context, f Filter) (httpapi.List[Row], error) {
	at, id, err := cursor(f.After, math.MinInt64, "")
	if err != nil {
		return httpapi.List[Row]{}, err
	}
	return s.page(ctx, f.limit(), func(tx *sqldb.Tx, at int64, id ID, n int) ([]Row, error) {
		return sqldb.List(tx, Queries["Board"], scanRow, at, id, n)
	}, at, id)
}

// OfStation is a station's incidents, newest first.
func (s *Service) OfStation(ctx context.Context, f Filter) (httpapi.List[Row], error) {
	if !s.may(ctx, permRead, f.StationID) || f.StationID == "" {
		return httpapi.List[Row]{}, fault.At("station_id", "incident.station_required")
	}
	at, id, err := cursor(f.After, math.MaxInt64, "")
	if err != nil {
		return httpapi.List[Row]{}, err
	}
	return s.page(ctx, f.limit(), func(tx *sqldb.Tx, at int64, id ID, n int) ([]Row, error) {
		return sqldb.List(tx, Queries["OfStation"], scanRow, f.StationID, millis(f.From), at, id, n)
	}, at, id)
}

// page fills a page with the rows in the caller's scope; it reads on while whole
// batches are out of it, so that a page is short only at the end.
func (s *Service) page(ctx context.Context, limit int, next func(tx *sqldb.Tx, at int64, id ID, n int) ([]Row, error), at int64, id ID) (httpapi.List[Row], error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (httpapi.List[Row], error) {
		page := httpapi.List[Row]{Items: []Row{}}
		for {
			rows, err := next(tx, at, id, limit)
			if err != nil {
				return page, err
			}
			for _, r := range rows {
				at, id = r.CalledAt.UnixMilli(), r.ID
				if !s.may(ctx, permRead, r.StationID) {
					continue
				}
				if page.Items = append(page.Items, r); len(page.Items) == limit {
					page.Next = base64.RawURLEncoding.EncodeToString(fmt.Append(nil, at, " ", id))
					return page, nil
				}
			}
			if len(rows) < limit {
				return page, nil
			}
		}
	})
}

// cursor reads the place where the page before ended.
func cursor(after string, at int64, id ID) (int64, ID, error) {
	if after == "" {
		return at, id, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil {
		return 0, "", fault.At("after", "request.bad_cursor")
	}
	number, rest, _ := strings.Cut(string(text), " ")
	if _, err := fmt.Sscan(number, &at); err != nil {
		return 0, "", fault.At("after", "request.bad_cursor")
	}
	return at, ID(rest), nil
}

// Rebuild folds every incident again and compares with its row; it names those
// that differ and mends them when asked to.
func (s *Service) Rebuild(ctx context.Context, mend bool) (differing []ID, checked int, err error) {
	for after := ID(""); ; {
		ids, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]string, error) {
			return sqldb.List(tx, Queries["AllIDs"], sqldb.ScanString, after, pageSize)
		})
		if err != nil || len(ids) == 0 {
			return differing, checked, err
		}
		for _, id := range ids {
			same, err := s.compare(ctx, ID(id), mend)
			if err != nil {
				return differing, checked, err
			}
			if checked++; !same {
				differing = append(differing, ID(id))
			}
			after = ID(id)
		}
	}
}

func (s *Service) compare(ctx context.Context, id ID, mend bool) (same bool, err error) {
	in, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Incident, error) {
		in, err := byID(tx, id)
		if err != nil {
			return in, err
		}
		row, err := sqldb.Get(tx, Queries["Row"], scanRow, id)
		same = row.equal(in.row())
		return in, err
	})
	if err != nil || same || !mend {
		return same, err
	}
	return false, s.DB.Do(ctx, func(tx *sqldb.Tx) error { return tx.ExecAll(updateRow(in)) })
}

// equal compares rows, the point by value.
func (r Row) equal(o Row) bool {
	if (r.Position == nil) != (o.Position == nil) || r.Position != nil && *r.Position != *o.Position {
		return false
	}
	r.Position, o.Position = nil, nil
	return r == o
}
