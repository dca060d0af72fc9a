package pace

import (
	"context"
	"slices"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Breach is a broken clock and why it broke.
//
//	open ─explain→ explained     open, explained ─a correction shows that it was none→ lifted
type Breach struct {
	ID         string    `json:"id"`
	IncidentID string    `json:"incident_id"`
	Clock      Clock     `json:"clock"`
	Version    int       `json:"definition_version"`
	StationID  string    `json:"station_id"`
	DueAt      time.Time `json:"due_at"`
	BrokeAt    time.Time `json:"broke_at"` // when it was announced
	State      string    `json:"state"`
	Code       string    `json:"code,omitempty"` // of the newest explanation
	Remark     string    `json:"remark,omitempty"`
	By         string    `json:"by,omitempty"`
	At         time.Time `json:"at,omitzero"`
	number     int       // of the newest explanation
}

const (
	BreachOpen      = "open"
	BreachExplained = "explained"
	BreachLifted    = "lifted"
)

func scanBreach(r sqldb.Scanner) (b Breach, err error) {
	var due, broke, at int64
	var lifted bool
	err = r.Scan(&b.ID, &b.IncidentID, &b.Clock, &b.Version, &b.StationID, &due, &broke, &lifted, &b.number, &b.Code, &b.Remark, &b.By, &at)
	b.DueAt, b.BrokeAt, b.At = sqldb.Moment(due), sqldb.Moment(broke), sqldb.Moment(at)
	switch {
	case lifted:
		b.State = BreachLifted
	case b.number > 0:
		b.State = BreachExplained
	default:
		b.State = BreachOpen
	}
	return b, err
}

// Breaches asks for broken clocks that were due in [From, Until), oldest first.
type Breaches struct {
	StationID string    `query:"station_id" max:"64"`
	State     string    `query:"state" enum:"open,explained,lifted"`
	Clock     string    `query:"clock" enum:"dispatch,acknowledge,video,contact,arrival"`
	From      time.Time `query:"from"`
	Until     time.Time `query:"to"`
	After     string    `query:"after" max:"200"`
	Limit     int       `query:"limit" min:"1" max:"500"`
}

// ListBreaches is a page of the broken clocks in the caller's scope.
func (s *Service) ListBreaches(ctx context.Context, q Breaches) (page httpapi.List[Breach], err error) {
	from, err := readCursor(q.After, 1)
	if err != nil {
		return page, err
	}
	if q.After == "" {
		from.at = sqldb.Millis(q.From)
	}
	if q.Until.IsZero() {
		q.Until = s.now().Add(time.Millisecond)
	}
	scope := s.readable(ctx)
	page.Items, page.Next, err = paged(ctx, s.DB, or(q.Limit, pageSize), from, func(tx *sqldb.Tx, from cursor, n int) ([]Breach, error) {
		return sqldb.List(tx, Queries["Breaches"], scanBreach, from.at, from.ids[0], sqldb.Millis(q.Until), q.StationID, q.Clock, q.State, n)
	}, func(b *Breach) (cursor, bool) {
		return cursor{b.DueAt.UnixMilli(), []string{b.ID}}, scope.Covers(b.StationID)
	})
	return page, err
}

// Why is a code of the reason table and what there is to add.
type Why struct {
	Code   string `json:"code" required:"true" max:"64"`
	Remark string `json:"remark" max:"500" lines:"true"`
}

// Explanation says why one clock broke.
type Explanation struct {
	ID string `path:"id"`
	Why
}

// Explanations say the same of many clocks.
type Explanations struct {
	IDs []string `json:"ids" required:"true" max:"500" items:"max:\"100\""`
	Why
}

// Explain gives a breach its reason. An explained one can be explained again: the
// newest counts, and those before it stay.
func (s *Service) Explain(ctx context.Context, e Explanation) (Breach, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Breach, error) {
		if err := e.check(tx); err != nil {
			return Breach{}, err
		}
		return s.explain(ctx, tx, e.ID, e.Why)
	})
}

// ExplainMany gives many breaches the same reason: all of them or, when one cannot
// be explained, none.
func (s *Service) ExplainMany(ctx context.Context, e Explanations) (httpapi.List[Breach], error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (httpapi.List[Breach], error) {
		list := httpapi.List[Breach]{Items: []Breach{}}
		if err := e.check(tx); err != nil {
			return list, err
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(e.IDs))) {
			b, err := s.explain(ctx, tx, id, e.Why)
			if err != nil {
				return list, err
			}
			list.Items = append(list.Items, b)
		}
		return list, nil
	})
}

// check refuses a code that is not in use, and one that says nothing by itself.
func (w Why) check(tx *sqldb.Tx) error {
	reasons, err := sqldb.List(tx, Queries["Reasons"], scanReason)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(reasons, func(r Reason) bool { return r.Code == w.Code && r.RetiredAt.IsZero() })
	switch {
	case i < 0:
		return fault.At("/code", "pace.unknown_reason")
	case reasons[i].NeedsRemark && w.Remark == "":
		return fault.At("/remark", "request.required")
	}
	return nil
}

func (s *Service) explain(ctx context.Context, tx *sqldb.Tx, id string, w Why) (Breach, error) {
	b, err := sqldb.Get(tx, Queries["Breach"], scanBreach, id)
	switch {
	case err == sqldb.ErrNone, err == nil && !s.may(ctx, permReason, b.StationID):
		return b, fault.With(fault.New(fault.NotFound, "pace.breach_not_found"), "id", id)
	case err != nil:
		return b, err
	case b.State == BreachLifted:
		return b, fault.With(fault.New(fault.Conflict, "pace.breach_lifted"), "id", id)
	}
	return b.explained(tx, w, httpapi.Caller(ctx).UserID, s.now())
}

// explained keeps why a breach came about, who says so and when.
func (b Breach) explained(tx *sqldb.Tx, w Why, by string, at time.Time) (Breach, error) {
	b.Code, b.Remark, b.By, b.At, b.State = w.Code, w.Remark, by, at, BreachExplained
	b.number++
	n, err := tx.Exec(Queries["Explained"], b.number, b.ID, b.number-1)
	if err == nil && n == 0 {
		err = fault.With(fault.New(fault.Conflict, "pace.explained_meanwhile"), "id", b.ID)
	}
	if err != nil {
		return b, err
	}
	_, err = tx.Exec(Queries["Explain"], b.ID, b.number, b.Code, b.Remark, b.By, b.At.UnixMilli())
	return b, err
}
