package incident

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Filter asks for a page of incidents; a member that is empty wants everything.
// Persons are not among its members.
type Filter struct {
	StationID string    `query:"station_id" max:"64"`
	Status    Status    `query:"status" enum:"received,dispatched,acknowledged,en_route,on_scene,closed,merged,withdrawn,transferred"`
	KindCode  string    `query:"kind" max:"32"`
	Priority  int       `query:"priority" min:"1" max:"4"`
	Number    string    `query:"number" max:"60"` // the whole of it
	Text      string    `query:"text" max:"100"`  // the beginning of the address or of another system's reference; without From, of a month's calls
	From      time.Time `query:"from"`            // of the call; the first moment that counts
	To        time.Time `query:"to"`              // the first that does not
	After     string    `query:"after" max:"200"`
	Limit     int       `query:"limit" min:"1" max:"500"`
}

// Page is some of the incidents that a filter wants. Total is how many there are
// on all pages, 1000 standing for more; it is missing where counting would cost
// more than the page: after the first one, and over more than a month of calls.
// Since says that no call before it was looked at, though the filter did not ask
// for that: no index holds what people said of a place, so that a text is looked
// for among the calls of a month unless From says more.
type Page struct {
	Items []Row     `json:"items"`
	Next  string    `json:"next,omitempty"`
	Total *int      `json:"total,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

const (
	pageSize = 100
	mostTold = 1000
	aMonth   = 31 * 24 * time.Hour
)

func (f Filter) limit() int {
	if f.Limit == 0 {
		return pageSize
	}
	return f.Limit
}

// args are the arguments of all queries of lists behind the place where they
// begin and the bound of time: what is wanted.
func (f Filter) args(stations string) []any {
	return []any{stations, f.Status, f.KindCode, f.Priority, f.Text}
}

// from and to are the bounds of time in ms.
func (f Filter) from() int64 { return msOr(f.From, math.MinInt64) }
func (f Filter) to() int64   { return msOr(f.To, math.MaxInt64) }

func msOr(t time.Time, open int64) int64 {
	if t.IsZero() {
		return open
	}
	return t.UnixMilli()
}

// Board is every open incident that the caller may see, the oldest call first.
func (s *Service) Board(ctx context.Context, f Filter) (Page, error) {
	return s.list(ctx, f, board, true)
}

// Watched asks for a page of the board, or for some of its rows: a screen that
// was told of changes asks for what has changed.
type Watched struct {
	Filter
	IDs []string `query:"ids" max:"100"`
}

// Watch is the board for a screen. Of the ids that it asks for, those that are
// missing are open no more.
func (s *Service) Watch(ctx context.Context, w Watched) (Page, error) {
	if len(w.IDs) == 0 {
		return s.Board(ctx, w.Filter)
	}
	return s.some(ctx, "OpenOf", w.IDs)
}

// some are those of the ids that a query finds and the caller may see.
func (s *Service) some(ctx context.Context, query string, ids []string) (Page, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Page, error) {
		rows, err := sqldb.List(tx, Queries[query], scanRow, sqldb.Texts(ids))
		return s.seen(ctx, rows), err
	})
}

// Wanted asks for a page of incidents, or for some by their ids, whatever has
// become of them: a screen that knows ids shows numbers and places.
type Wanted struct {
	Filter
	IDs []string `query:"ids" max:"100"`
}

// Search is List for a screen.
func (s *Service) Search(ctx context.Context, w Wanted) (Page, error) {
	if len(w.IDs) == 0 {
		return s.List(ctx, w.Filter)
	}
	return s.some(ctx, "Some", w.IDs)
}

// List is the incidents that the caller may see, the newest call first.
func (s *Service) List(ctx context.Context, f Filter) (Page, error) {
	if f.Text == "" || f.Number != "" || !f.From.IsZero() {
		return s.find(ctx, f)
	}
	f.From = orNow(f.To, s.Now()).UTC().Add(-aMonth).Truncate(time.Second)
	page, err := s.find(ctx, f)
	page.Since = f.From
	return page, err
}

// find is List over all years.
func (s *Service) find(ctx context.Context, f Filter) (Page, error) {
	if f.Number != "" {
		return s.byNumber(ctx, f.Number)
	}
	countable := !f.From.IsZero() && orNow(f.To, s.Now()).Sub(f.From) <= aMonth
	return s.list(ctx, f, newest, countable)
}

func orNow(t, now time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return t
}

// order is how a list goes on.
type order struct {
	path  func(f Filter, narrow bool) path
	sides func(f Filter) (begin cursor, bound int64) // of the calls: where a list begins, and the bound at its end
	later func(a, b cursor) cursor                   // the one further on
	first func(a, b Row) bool
}

// path is the queries along one index; of those of a station, each takes one.
type path struct {
	page, count string
	ofStation   bool
}

var (
	board = order{
		path:  func(Filter, bool) path { return path{page: "Board", count: "CountOpen"} },
		sides: func(f Filter) (cursor, int64) { return cursor{at: f.from()}, f.to() },
		later: func(a, b cursor) cursor { return slices.MaxFunc([]cursor{a, b}, cursor.compare) },
		first: func(a, b Row) bool { return a.place().compare(b.place()) < 0 }}
	newest = order{
		path:  pathOfNewest,
		sides: func(f Filter) (cursor, int64) { return cursor{at: f.to()}, f.from() },
		later: func(a, b cursor) cursor { return slices.MinFunc([]cursor{a, b}, cursor.compare) },
		first: func(a, b Row) bool { return a.place().compare(b.place()) > 0 }}
)

// pathOfNewest takes the index in which what is wanted stands closest together.
func pathOfNewest(f Filter, narrow bool) path {
	switch {
	case f.Status == StatusMerged || f.Status == StatusWithdrawn || f.Status == StatusTransferred:
		return path{page: "OfEnding", count: "CountOfEnding"}
	case f.Status != "" && f.Status.Open():
		return path{page: "NewestOpen", count: "CountOpen"}
	case narrow:
		return path{page: "OfStation", count: "CountOfStation", ofStation: true}
	case f.KindCode != "":
		return path{page: "OfKind", count: "CountOfKind"}
	}
	return path{page: "Newest", count: "CountNewest"}
}

func (s *Service) list(ctx context.Context, f Filter, o order, countable bool) (Page, error) {
	w := s.ways(ctx, f, o)
	from, err := w.begin.after(f.After)
	if err != nil {
		return Page{}, err
	}
	from = o.later(w.begin, from)
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Page, error) {
		page, err := w.page(tx, from, f.limit())
		if err == nil && countable && f.After == "" && w.exact {
			page.Total, err = w.total(tx)
		}
		return page, err
	})
}

// ways is how a list goes through the table: in one sweep that leaves out what is
// out of scope, or station by station, where the scope is a small part of all.
type ways struct {
	filter   Filter
	order    order
	path     path
	begin    cursor
	bound    int64
	stations []string // of each query: a station or a list of them, "[]" for all
	exact    bool     // whatever the queries find is in scope
	sees     func(station string) bool
}

func (s *Service) ways(ctx context.Context, f Filter, o order) ways {
	scope := s.Gate.Scope(httpapi.Caller(ctx), permRead)
	root := scope.Covers(s.Centre.Root())
	w := ways{filter: f, order: o, exact: true, sees: func(station string) bool {
		if station == "" {
			return root
		}
		return scope.Covers(station)
	}}
	w.begin, w.bound = o.sides(f)
	var list []string
	switch narrow := !scope.All && !scope.Wide; {
	case f.StationID != "" && w.sees(f.StationID):
		list = []string{f.StationID}
	case f.StationID != "" || scope.None():
		return w
	case narrow:
		list = scope.Orgs
		if root {
			list = append([]string{""}, list...)
		}
	default:
		w.exact = scope.All
	}
	if w.path = o.path(f, len(list) > 0); w.path.ofStation {
		w.stations = list
	} else {
		w.stations = []string{sqldb.Texts(list)}
	}
	return w
}

// page fills a page; it reads on while whole batches are out of scope, so that a
// page is short only at the end.
func (w ways) page(tx *sqldb.Tx, from cursor, limit int) (Page, error) {
	page := Page{Items: []Row{}}
	batch := limit
	if !w.exact || len(w.stations) > 1 {
		batch = max(8, 2*limit/len(w.stations))
	}
	streams := make([]*stream, len(w.stations))
	for i, station := range w.stations {
		streams[i] = &stream{w: w, station: station, at: from, batch: batch}
	}
	for {
		r, err := first(tx, streams, w.order.first)
		if err != nil || r == nil {
			return page, err
		}
		if !w.exact && !w.sees(r.StationID) {
			continue
		}
		if page.Items = append(page.Items, *r); len(page.Items) == limit {
			page.Next = r.place().text()
			return page, nil
		}
	}
}

// stream is one query's rows, read as they are needed.
type stream struct {
	w       ways
	station string
	at      cursor
	batch   int
	rows    []Row
	ended   bool
}

// head is the next row; nil at the end.
func (s *stream) head(tx *sqldb.Tx) (*Row, error) {
	if len(s.rows) == 0 && !s.ended {
		args := append(append([]any{s.at.at, s.at.id, s.w.bound}, s.w.filter.args(s.station)...), s.batch)
		rows, err := sqldb.List(tx, Queries[s.w.path.page], scanRow, args...)
		if err != nil {
			return nil, err
		}
		s.rows, s.ended = rows, len(rows) < s.batch
		if len(rows) > 0 {
			s.at = rows[len(rows)-1].place()
		}
	}
	if len(s.rows) == 0 {
		return nil, nil
	}
	return &s.rows[0], nil
}

// first takes the first row of all streams; nil when none has one.
func first(tx *sqldb.Tx, streams []*stream, before func(a, b Row) bool) (*Row, error) {
	var from *stream
	var best *Row
	for _, s := range streams {
		r, err := s.head(tx)
		if err != nil {
			return nil, err
		}
		if r != nil && (best == nil || before(*r, *best)) {
			from, best = s, r
		}
	}
	if from != nil {
		from.rows = from.rows[1:]
	}
	return best, nil
}

// total counts what the queries find, up to mostTold.
func (w ways) total(tx *sqldb.Tx) (*int, error) {
	sum := 0
	for _, station := range w.stations {
		args := append(append([]any{w.filter.from(), w.filter.to()}, w.filter.args(station)...), mostTold-sum)
		n, err := sqldb.Get(tx, Queries[w.path.count], sqldb.ScanInt, args...)
		if err != nil {
			return nil, err
		}
		if sum += int(n); sum >= mostTold {
			break
		}
	}
	return &sum, nil
}

func (s *Service) byNumber(ctx context.Context, number string) (Page, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Page, error) {
		rows, err := sqldb.List(tx, Queries["ByNumber"], scanRow, number)
		return s.seen(ctx, rows), err
	})
}

// Earlier is the incidents at the address of one in the 90 days before it that
// the caller may see, newest first: what its risk level counts.
func (s *Service) Earlier(ctx context.Context, q ByID) (Page, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Page, error) {
		in, err := s.readable(ctx, tx, q.ID)
		if err != nil || in.Key == "" {
			return Page{Items: []Row{}}, err
		}
		rows, err := sqldb.List(tx, Queries["EarlierAt"], scanRow, in.Key, in.CalledAt.Add(-earlierWithin).UnixMilli(), in.CalledAt.UnixMilli(), in.ID, pageSize)
		return s.seen(ctx, rows), err
	})
}

// seen is a page of the rows that the caller may see.
func (s *Service) seen(ctx context.Context, rows []Row) Page {
	page := Page{Items: []Row{}}
	for _, r := range rows {
		if s.may(ctx, permRead, r.StationID) {
			page.Items = append(page.Items, r)
		}
	}
	return page
}

// cursor is the place of a row in a list.
type cursor struct {
	at int64
	id ID
}

func (r Row) place() cursor { return cursor{r.CalledAt.UnixMilli(), r.ID} }

// compare orders places as the queries do.
func (c cursor) compare(other cursor) int {
	return cmp.Or(cmp.Compare(c.at, other.at), cmp.Compare(c.id, other.id))
}

func (c cursor) text() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Append(nil, c.at, " ", c.id))
}

// after is the place where the page before ended, the beginning for an empty text.
func (c cursor) after(text string) (cursor, error) {
	if text == "" {
		return c, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return c, fault.At("after", "request.bad_cursor")
	}
	number, id, _ := strings.Cut(string(plain), " ")
	if _, err := fmt.Sscan(number, &c.at); err != nil {
		return c, fault.At("after", "request.bad_cursor")
	}
	c.id = ID(id)
	return c, nil
}
