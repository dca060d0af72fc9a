package org

import (
	"cmp"
	"context"
	"io"
	"strconv"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sheet"
	"zhian/platform/sqldb"
)

// Import is the account of one file.
func (s *Service) Import(ctx context.Context, q ByID) (Import, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Import, error) { return s.readable(ctx, tx, q.ID) })
}

func (s *Service) readable(ctx context.Context, tx *sqldb.Tx, id string) (Import, error) {
	im, err := importByID(tx, id)
	if err == nil && !s.Gate.Can(httpapi.Caller(ctx), permRead, im.Under) {
		return Import{}, fault.New(fault.NotFound, "org.import_not_found")
	}
	return im, err
}

// ImportListing asks for a page of imports, newest first.
type ImportListing struct {
	After string `query:"after" max:"64"`
	Limit int    `query:"limit" min:"1" max:"500"`
}

const importPage = 100

// afterAll sorts behind every id.
const afterAll = "~"

// Imports are the files that have been brought, of those that the caller may see.
func (s *Service) Imports(ctx context.Context, l ImportListing) (page httpapi.List[Import], err error) {
	limit, after := cmp.Or(l.Limit, importPage), cmp.Or(l.After, afterAll)
	list, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Import, error) {
		return sqldb.List(tx, Queries["ImportPage"], scanImport, after, limit+1)
	})
	if err != nil {
		return page, err
	}
	if len(list) > limit {
		list = list[:limit]
		page.Next = list[limit-1].ID
	}
	page.Items = []Import{}
	for _, im := range list {
		if s.Gate.Can(httpapi.Caller(ctx), permRead, im.Under) {
			page.Items = append(page.Items, im)
		}
	}
	return page, nil
}

// RowListing asks for a page of an import's rows, by line.
type RowListing struct {
	ID      string  `path:"id"`
	Outcome Outcome `query:"outcome" enum:"unchanged,create,change,move,rejected"`
	After   int     `query:"after" min:"1"`
	Limit   int     `query:"limit" min:"1" max:"5000"`
}

// Rows shows what an import made, or would make, of each row.
func (s *Service) Rows(ctx context.Context, l RowListing) (page httpapi.List[Row], err error) {
	limit := cmp.Or(l.Limit, usualPage)
	page.Items, err = s.rows(ctx, l, limit+1)
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = strconv.Itoa(page.Items[limit-1].Number)
	}
	return page, err
}

func (s *Service) rows(ctx context.Context, l RowListing, limit int) ([]Row, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Row, error) {
		if _, err := s.readable(ctx, tx, l.ID); err != nil {
			return nil, err
		}
		return sqldb.List(tx, Queries["RowPage"], scanRow, l.ID, l.After, string(l.Outcome), limit)
	})
}

// ExportRows is an import's rows as a file with the reason beside each: to mend in
// a spreadsheet and send again.
func (s *Service) ExportRows(ctx context.Context, l RowListing) (httpapi.File, error) {
	rows, err := s.rows(ctx, l, sheet.MaxRows)
	if err != nil {
		return httpapi.File{}, err
	}
	return httpapi.File{Name: "import-" + l.ID + ".csv", Type: sheet.ContentType, Write: func(w io.Writer) error {
		out, err := sheet.NewWriter(w, append([]string{"line", "outcome", "reason", "column"}, columns...)...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := out.Row(strconv.Itoa(r.Number), string(r.Outcome), r.Reason, r.Column, r.Code, r.Name, r.Kind, r.ParentCode, r.Sort); err != nil {
				return err
			}
		}
		return out.End()
	}}, nil
}

// Drop forgets an import of which nothing was carried out.
func (s *Service) Drop(ctx context.Context, e ImportEdit) (httpapi.Nothing, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (none httpapi.Nothing, err error) {
		im, err := importByID(tx, e.ID)
		switch {
		case err != nil:
			return none, err
		case !s.Gate.Can(httpapi.Caller(ctx), permWrite, im.Under):
			return none, fault.New(fault.NotFound, "org.import_not_found")
		case im.Applied > 0:
			return none, fault.New(fault.Conflict, "org.import_applied")
		}
		if err := httpapi.Match(e.IfMatch, im.Version()); err != nil {
			return none, err
		}
		if _, err := tx.Exec(Queries["DropRows"], e.ID); err != nil {
			return none, err
		}
		_, err = tx.Exec(Queries["DropImport"], e.ID)
		return none, err
	})
}
