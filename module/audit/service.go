package audit

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sheet"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of.
type Deps struct {
	DB     *sqldb.DB
	IDs    *ident.Maker
	Ledger Ledger
	Gate   httpapi.Scoper
	Staff  Staff
	Zone   *time.Location // of the times in exported files
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
		Action: h.Action, Object: storable(h.Object), Purpose: storable(h.Purpose), Result: h.Result, Account: storable(h.Account), Method: h.Method}
	if h.Change != nil {
		e.Change = &Change{storables(h.Change.Before), storables(h.Change.After)}
	}
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

// Filter is what of one view is asked for.
type Filter struct {
	View    string    `path:"view" required:"true" enum:"accounts,grants,authentication,behaviour,login"`
	UserID  string    `query:"user_id" max:"64"` // who
	Action  string    `query:"action" max:"200"` // what
	Object  string    `query:"object" max:"200"` // how it begins
	Address string    `query:"address" max:"64"` // from where: how it begins
	Result  string    `query:"result" max:"100"` // ok, refused, or the key of a fault
	Text    string    `query:"q" max:"100"`      // part of the action, the object, the purpose, the result, the account or the address
	From    time.Time `query:"from"`
	To      time.Time `query:"to"` // exclusive
}

// Question asks for a page of one view, newest first.
type Question struct {
	Filter
	After string `query:"after" max:"64"`
	Limit int    `query:"limit" min:"1" max:"1000"`
}

// Shown is an event with the name of who did it, as it is now.
type Shown struct {
	Event
	Login string `json:"login,omitempty"`
	Name  string `json:"name,omitempty"`
}

const usualPage = 100

// place is where a page begins: behind an event.
type place struct{ at, seq int64 }

func (q Question) place() (p place, err error) {
	if q.After == "" {
		return place{math.MaxInt64, math.MaxInt64}, nil
	}
	if n, err := fmt.Sscanf(q.After, "%d.%d", &p.at, &p.seq); n != 2 || err != nil || p.String() != q.After {
		return p, fault.At("after", "request.bad_cursor")
	}
	return p, nil
}

func (p place) String() string { return fmt.Sprintf("%d.%d", p.at, p.seq) }

func (e Event) place() place { return place{e.At.UnixMilli(), e.Seq} }

// Show is a page of a view, of what the caller's organisations did.
func (s *Service) Show(ctx context.Context, q Question) (page httpapi.List[Shown], err error) {
	q.Limit = cmp.Or(q.Limit, usualPage)
	from, err := q.place()
	if err != nil {
		return page, err
	}
	events, err := s.gather(ctx, q, from)
	if len(events) > q.Limit {
		events = events[:q.Limit]
		page.Next = events[q.Limit-1].place().String()
	}
	if err != nil {
		return page, err
	}
	page.Items, err = s.named(ctx, events)
	return page, err
}

// gather reads one more event than a page holds. Outside of a scope over
// everything, events are looked at one by one until there are enough.
func (s *Service) gather(ctx context.Context, q Question, from place) (found []Event, err error) {
	scope := s.Gate.Scope(httpapi.Caller(ctx), permRead)
	for {
		batch, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Event, error) {
			return sqldb.List(tx, q.way("View"), scanEvent, append(q.args(), from.at, from.seq, q.Limit+1)...)
		})
		if err != nil {
			return nil, err
		}
		for _, e := range batch {
			if scope.All || e.OrgID != "" && scope.Covers(e.OrgID) {
				found = append(found, e)
			}
			from = e.place()
		}
		if len(found) > q.Limit || len(batch) <= q.Limit || scope.None() {
			return found, nil
		}
	}
}

// args are what every way into the log compares with.
func (f Filter) args() []any {
	view, until := Views[f.View], int64(math.MaxInt64)
	if !f.To.IsZero() {
		until = f.To.UnixMilli()
	}
	since := int64(math.MinInt64)
	if !f.From.IsZero() {
		since = f.From.UnixMilli()
	}
	return []any{f.UserID, view.Class, beginning(view.Object), beginning(f.Object), f.Action, f.Result, "%" + escaped(strings.ToLower(f.Text)) + "%",
		since, until, beginning(f.Address)}
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func escaped(text string) string   { return likeEscape.Replace(text) }
func beginning(text string) string { return escaped(text) + "%" }

// named puts the names of accounts beside events.
func (s *Service) named(ctx context.Context, events []Event) ([]Shown, error) {
	shown := make([]Shown, 0, len(events))
	ids := map[string]bool{}
	for _, e := range events {
		ids[e.UserID] = true
	}
	members, err := s.Staff.Members(ctx, keys(ids))
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		m := members[e.UserID]
		shown = append(shown, Shown{e, m.Login, m.Name})
	}
	return shown, nil
}

func keys(set map[string]bool) (list []string) {
	for k := range set {
		list = append(list, k)
	}
	return list
}

var header = []string{"at", "login", "name", "account", "method", "address", "action", "object", "purpose", "result", "class", "user_id", "org_id", "session_id", "device_id", "request_id", "seq"}

// Export is a whole view as a file, newest first.
func (s *Service) Export(ctx context.Context, q Question) (httpapi.File, error) {
	q.Limit = exportStep
	from, err := q.place()
	if err != nil {
		return httpapi.File{}, err
	}
	return httpapi.File{Name: "audit-" + q.View + ".csv", Type: sheet.ContentType, Write: func(w io.Writer) error {
		out, err := sheet.NewWriter(w, header...)
		if err != nil {
			return err
		}
		for more := true; more; {
			if from, more, err = s.exportPage(ctx, q, from, out); err != nil {
				return err
			}
		}
		return out.End()
	}}, nil
}

// exportStep is how many events are in memory at a time.
const exportStep = 1000

func (s *Service) exportPage(ctx context.Context, q Question, from place, out *sheet.Writer) (next place, more bool, err error) {
	events, err := s.gather(ctx, q, from)
	if err != nil {
		return from, false, err
	}
	if more = len(events) > q.Limit; more {
		events = events[:q.Limit]
	}
	shown, err := s.named(ctx, events)
	if err != nil {
		return from, false, err
	}
	for _, e := range shown {
		if err := out.Row(e.At.In(s.Zone).Format(time.RFC3339Nano), e.Login, e.Name, e.Account, e.Method, e.Address, e.Action, e.Object, e.Purpose, e.Result, e.Class,
			e.UserID, e.OrgID, e.SessionID, e.DeviceID, e.RequestID, fmt.Sprint(e.Seq)); err != nil {
			return from, false, err
		}
		from = e.place()
	}
	return from, more, nil
}
