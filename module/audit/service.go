package audit

import (
	"context"
	"math"
	"strconv"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of.
type Deps struct {
	DB     *sqldb.DB
	IDs    *ident.Maker
	Ledger Ledger
}

// Service keeps and shows the log.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

const permRead httpapi.Perm = "audit.read"

// Record appends an event in the transaction of what it tells of (httpapi.Auditor).
func (s *Service) Record(tx *sqldb.Tx, h httpapi.AuditEvent) error {
	e := Event{At: h.At.UTC().Truncate(time.Millisecond), UserID: h.Actor.UserID, OrgID: h.Actor.OrgID, SessionID: h.Actor.SessionID,
		DeviceID: h.Actor.DeviceID, Address: storable(h.Address), RequestID: storable(h.RequestID), Class: string(h.Class),
		Action: h.Action, Object: storable(h.Object), Purpose: storable(h.Purpose), Result: h.Result}
	data, err := e.Canonical()
	if err != nil {
		return err
	}
	ref := s.IDs.Next()
	if _, err := s.Ledger.Append(tx, LeafSource, ref, data); err != nil {
		return err
	}
	return insert(tx, ref, e)
}

// Question asks for a page of one view, newest first.
type Question struct {
	View   string    `path:"view" required:"true" enum:"accounts,grants,authentication,behaviour,login"`
	UserID string    `query:"user_id" max:"64"`
	From   time.Time `query:"from"`
	To     time.Time `query:"to"`
	After  string    `query:"after" max:"32"`
	Limit  int       `query:"limit" min:"1" max:"1000"`
}

// classesOfAView is how many class parameters the query has.
const classesOfAView = 4

// Show is a page of a view.
func (s *Service) Show(ctx context.Context, q Question) (page httpapi.List[Event], err error) {
	before := int64(math.MaxInt64)
	if q.After != "" {
		if before, err = strconv.ParseInt(q.After, 10, 64); err != nil {
			return page, fault.At("after", "request.bad_cursor")
		}
	}
	if q.To.IsZero() {
		q.To = time.UnixMilli(math.MaxInt64 / 2)
	}
	if q.Limit == 0 {
		q.Limit = 100
	}
	view := Views[q.View]
	var class [classesOfAView]string
	copy(class[:], view.Classes)
	from := int64(0)
	if !q.From.IsZero() {
		from = q.From.UnixMilli()
	}
	page.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Event, error) {
		return sqldb.List(tx, Queries["View"], scanEvent, class[0], class[1], class[2], class[3], view.Object+"%", q.UserID,
			from, q.To.UnixMilli(), before, q.Limit)
	})
	if err == nil && len(page.Items) == q.Limit {
		page.Next = strconv.FormatInt(page.Items[q.Limit-1].Seq, 10)
	}
	return page, err
}
