package place

import (
	"context"
	"errors"
	"strconv"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/sheet"
	"zhian/platform/sqldb"
)

// AddressImport is a CSV file of addresses (platform/sheet). Columns maps our
// column names to the file's; the rest are defaults for what the file
// leaves out.
type AddressImport struct {
	Content     []byte            `json:"content" required:"true"`
	Columns     map[string]string `json:"columns"`
	Datum       geo.Datum         `json:"datum" required:"true" enum:"wgs84,cgcs2000,gcj02,bd09"`
	Source      string            `json:"source" required:"true" max:"100"`
	Uncertainty float64           `json:"uncertainty_m" min:"0" max:"5000"`
}

// Import is the account of one file: every row was accepted, known already, or
// rejected with a reason.
type Import struct {
	ID        string    `json:"id"`
	Source    string    `json:"source"`
	RowsIn    int       `json:"rows_in"`
	Accepted  int       `json:"accepted"`
	Duplicate int       `json:"duplicate"`
	Rejected  int       `json:"rejected"`
	At        time.Time `json:"at"`
	By        string    `json:"by"`
}

const (
	importChunk = 200    // rows in one transaction: intake must not wait behind a file
	samePlace   = 50.0   // metres within which two entries of one text are one address
	outskirts   = 30_000 // metres around all areas beyond which a point is a mistake
)

// ImportAddresses takes a file of addresses. Sent again, it changes nothing: the
// rows are known then. Rows are written in small transactions, so after a crash
// some are in and the account is not; sending the file again settles that.
func (s *Service) ImportAddresses(ctx context.Context, in AddressImport) (Import, error) {
	form := addressSheet
	form.Titles = in.Columns
	rows, err := sheet.Read(in.Content, form)
	if err != nil {
		return Import{}, err
	}
	im := Import{ID: s.IDs.Next(), Source: in.Source, RowsIn: len(rows), At: s.moment(), By: httpapi.Caller(ctx).UserID}
	defaults := Draft{Datum: in.Datum, Source: in.Source, Uncertainty: in.Uncertainty}
	var rejects []Reject
	for start := 0; start < len(rows); start += importChunk {
		part, err := s.importChunk(ctx, rows[start:min(start+importChunk, len(rows))], defaults, im)
		if err != nil {
			return Import{}, err
		}
		im.Accepted += part.accepted
		im.Duplicate += part.duplicate
		rejects = append(rejects, part.rejects...)
	}
	im.Rejected = len(rejects)
	out, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Import, error) { return im, insertImport(tx, im, rejects) })
	if im.Accepted > 0 {
		s.changed(ctx)
	}
	return out, err
}

type importPart struct {
	accepted, duplicate int
	rejects             []Reject
}

func (s *Service) importChunk(ctx context.Context, rows []sheet.Row, defaults Draft, im Import) (part importPart, err error) {
	drawn := make([]Address, len(rows))
	faults := make([]error, len(rows))
	for i, r := range rows {
		drawn[i], faults[i] = s.address(ctx, row{r}, defaults)
	}
	err = s.DB.Background(ctx, func(tx *sqldb.Tx) error {
		part = importPart{}
		for i, a := range drawn {
			taken, err := false, faults[i]
			if err == nil {
				taken, err = s.take(tx, a, im)
			}
			if err := part.count(row{rows[i]}, taken, err); err != nil {
				return err
			}
		}
		return nil
	})
	return part, err
}

// count books one row; an error that is not about the row goes on.
func (p *importPart) count(r row, taken bool, err error) error {
	var refused *fault.Error
	switch {
	case errors.As(err, &refused) && aboutRow[refused.Kind]:
		p.rejects = append(p.rejects, r.reject(err))
	case err != nil:
		return err
	case taken:
		p.accepted++
	default:
		p.duplicate++
	}
	return nil
}

// aboutRow are the kinds of fault that mending the row can mend.
var aboutRow = map[fault.Kind]bool{fault.Invalid: true, fault.Conflict: true, fault.Forbidden: true}

// address is what a row says, if it may be said by the caller.
func (s *Service) address(ctx context.Context, r row, defaults Draft) (a Address, err error) {
	d, err := r.draft(defaults)
	if err != nil {
		return a, err
	}
	at := s.atlas.Load()
	if a, err = at.lexicon.settle(d); err != nil {
		return a, err
	}
	if at.beyond(a.Point, outskirts) {
		return a, fault.At("/lat", WarnFar)
	}
	return a, s.may(ctx, permWrite, a.Point)
}

// beyond reports whether p lies farther than so many metres from the box around
// all areas; never where there are none.
func (at *atlas) beyond(p geo.Point, meters float64) bool {
	b := at.index.Bounds()
	edge := geo.Point{Lat: max(b.South, min(b.North, p.Lat)), Lon: max(b.West, min(b.East, p.Lon))}
	return len(at.areas) > 0 && geo.Distance(edge, p) > meters
}

// take writes one row, or finds it known: false. A known text at another place
// is a question for a person.
func (s *Service) take(tx *sqldb.Tx, a Address, im Import) (bool, error) {
	known, err := sqldb.Get(tx, Queries["LiveByIdentity"], scanAddress, a.identity)
	switch {
	case err == nil && geo.Distance(known.Point, a.Point) <= samePlace:
		return false, nil
	case err == nil:
		return false, fault.New(fault.Conflict, "place.known_elsewhere")
	case !errors.Is(err, sqldb.ErrNone):
		return false, err
	}
	a.ID, a.Edition, a.UpdatedAt, a.UpdatedBy = s.IDs.Next(), 1, im.At, im.By
	if a.revision, err = touch(tx, topicAddress); err != nil {
		return false, err
	}
	return true, insertAddress(tx, a)
}

// Import is the account of an import.
func (s *Service) Import(ctx context.Context, by ByID) (Import, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Import, error) {
		im, err := sqldb.Get(tx, Queries["ImportByID"], scanImport, by.ID)
		return im, notFound(err, "place.import_not_found")
	})
}

// RejectQuery is a page of an import's rejected rows, by line.
type RejectQuery struct {
	ID    string `path:"id"`
	After int    `query:"after" min:"1"`
	Limit int    `query:"limit" min:"1" max:"500"`
}

// Rejects lists the rows of an import that were not taken.
func (s *Service) Rejects(ctx context.Context, q RejectQuery) (httpapi.List[Reject], error) {
	limit := pageLimit(q.Limit)
	list, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Reject, error) {
		return sqldb.List(tx, Queries["RejectPage"], scanReject, q.ID, q.After, limit+1)
	})
	return paged(list, limit, func(r Reject) string { return strconv.Itoa(r.Line) }), err
}

// ImportDivisions takes a whole list of divisions and makes it the active one.
// Conflicts with other lists are reported, not refused.
func (s *Service) ImportDivisions(ctx context.Context, in DivisionImport) (DivisionResult, error) {
	list, err := divisionRows(in.Content)
	if err != nil {
		return DivisionResult{}, err
	}
	out, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (DivisionResult, error) {
		others, err := sqldb.List(tx, Queries["NamesOfOtherLists"], scanOther, in.Scheme, in.Version)
		if err != nil {
			return DivisionResult{}, err
		}
		result := DivisionResult{Rows: len(list), Conflicts: conflicts(list, others)}
		return result, putDivisions(tx, in, list, s.moment(), httpapi.Caller(ctx).UserID)
	})
	if err != nil {
		return out, err
	}
	s.changed(ctx)
	return out, nil
}

func putDivisions(tx *sqldb.Tx, in DivisionImport, list []Division, at time.Time, by string) error {
	if _, err := tx.Exec(Queries["PutDivisionList"], in.Scheme, in.Version, at.UnixMilli(), by); err != nil {
		return err
	}
	for _, q := range []string{"OtherListsInactive", "ClearDivisions"} {
		if _, err := tx.Exec(Queries[q], in.Scheme, in.Version); err != nil {
			return err
		}
	}
	for _, d := range list {
		if _, err := tx.Exec(Queries["InsertDivision"], in.Scheme, in.Version, d.Code, d.Name, d.Parent, string(d.Level)); err != nil {
			return err
		}
	}
	_, err := touch(tx, topicDivision)
	return err
}
