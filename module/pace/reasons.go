package pace

import (
	"context"
	"errors"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Reason is one code of the table of reasons.
type Reason struct {
	Code        string    `json:"code"`
	Name        string    `json:"name"`
	Source      string    `json:"source"` // whose code it is (data/SOURCES.md)
	NeedsRemark bool      `json:"needs_remark"`
	Sort        int       `json:"sort"`
	RetiredAt   time.Time `json:"retired_at,omitzero"`
}

// DefaultReasons is the table that a centre begins with (data/SOURCES.md).
func DefaultReasons() (list []Reason, err error) {
	err = eachRow("data/reasons.csv", func(r map[string]string) error {
		list = append(list, Reason{Code: r["code"], Name: r["name"], Source: r["source"], NeedsRemark: r["needs_remark"] == "true",
			Sort: len(list) + 1})
		return nil
	})
	return list, err
}

func scanReason(r sqldb.Scanner) (x Reason, err error) {
	var retired int64
	err = r.Scan(&x.Code, &x.Name, &x.Source, &x.NeedsRemark, &x.Sort, &retired)
	x.RetiredAt = sqldb.Moment(retired)
	return x, err
}

func seedReasons(tx *sqldb.Tx, list []Reason) error {
	for _, r := range list {
		if _, err := tx.Exec(Queries["SeedReason"], r.Code, r.Name, r.Source, r.NeedsRemark, r.Sort); err != nil {
			return err
		}
	}
	return nil
}

// ListReasons is the table of reasons, those out of use too: old breaches name them.
func (s *Service) ListReasons(ctx context.Context, _ httpapi.Nothing) (page httpapi.List[Reason], err error) {
	page.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Reason, error) {
		return sqldb.List(tx, Queries["Reasons"], scanReason)
	})
	return page, err
}

// NewReason adds a code.
type NewReason struct {
	Code        string `json:"code" required:"true" max:"64"`
	Name        string `json:"name" required:"true" max:"100"`
	Source      string `json:"source" required:"true" max:"200"`
	NeedsRemark bool   `json:"needs_remark"`
	Sort        int    `json:"sort" min:"0" max:"100000"`
}

// AddReason adds a code to the table. What a code means never changes.
func (s *Service) AddReason(ctx context.Context, n NewReason) (Reason, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Reason, error) {
		_, err := tx.Exec(Queries["AddReason"], n.Code, n.Name, n.Source, n.NeedsRemark, n.Sort)
		if errors.Is(err, sqldb.ErrDuplicate) {
			err = fault.New(fault.Conflict, "pace.reason_exists")
		}
		return Reason{Code: n.Code, Name: n.Name, Source: n.Source, NeedsRemark: n.NeedsRemark, Sort: n.Sort}, err
	})
}

// Retiring names a code that is used no more.
type Retiring struct {
	Code string `path:"code"`
}

// RetireReason takes a code out of use; breaches that were explained by it keep it.
func (s *Service) RetireReason(ctx context.Context, r Retiring) (httpapi.Nothing, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (httpapi.Nothing, error) {
		n, err := tx.Exec(Queries["RetireReason"], s.now().UnixMilli(), r.Code)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "pace.no_such_reason")
		}
		return httpapi.Nothing{}, err
	})
}
