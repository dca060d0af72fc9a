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

// Filter asks for a page of incidents; a member that is empty wants everything.
// Persons are not among its members.
type Filter struct {
	StationID string    `query:"station_id" max:"64"`
	Status    Status    `query:"status" enum:"received,dispatched,acknowledged,en_route,on_scene,closed,merged,withdrawn,transferred"`
	KindCode  string    `query:"kind" max:"32"`
	Priority  int       `query:"priority" min:"1" max:"4"`
	Number    string    `query:"number" max:"60"` // the whole of it
	Text      string    `query:"text" max:"100"`  // the beginning of the address or of another system's reference
	From      time.Time `query:"from"`            // of the call; the first moment that counts
	To        time.Time `query:"to"`              // the first that does not
	After     string    `query:"after" max:"200"`
	Limit     int       `query:"limit" min:"1" max:"500"`
}

// Page is some of the incidents that a filter wants. Total is how many there are
// on all pages, 1000 standing for more; it is missing where counting would cost
// more than the page: after the first one, and over more than a month of calls.
type Page struct {
	Items []Row  `json:"items"`
	Next  string `json:"next,omitempty"`
	Total *int   `json:"total,omitempty"`
}

const (
	pageSize   = 100
	mostTold   = 1000
	countsOver = 31 * 24 * time.Hour
)

func (f Filter) limit() int {
	if f.Limit == 0 {
		return pageSize
	}
	return f.Limit
}

// args are the arguments of all queries of lists, in their order: the place where
// the page before ended, then what is wanted.
func (f Filter) args(after cursor, station string) []any {
	to := int64(math.MaxInt64)
	if !f.To.IsZero() {
		to = f.To.UnixMilli()
	}
	from := int64(math.MinInt64)
	if !f.From.IsZero() {
		from = f.From.UnixMilli()
	}
	return []any{after.at, after.id, from, to, station, f.Status, f.KindCode, f.Priority, f.Text}
}

// Board is every open incident that the caller may see, the oldest call first.
func (s *Service) Board(ctx context.Context, f Filter) (Page, error) {
	return s.list(ctx, f, board, true)
}

// List is the incidents that the caller may see, the newest call first.
func (s *Service) List(ctx context.Context, f Filter) (Page, error) {
	if f.Number != "" {
		return s.byNumber(ctx, f.Number)
	}
	countable := !f.From.IsZero() && orNow(f.To, s.Now()).Sub(f.From) <= countsOver
	return s.list(ctx, f, newest, countable)
}

func orNow(t, now time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return t
}

// order is a way through the incidents.
type order struct {
	all, count         string // queries over every station
	station, countHere string // over one, where an index begins with it; empty: the same
	begin              cursor
	before             func(a, b Row) bool
}

var (
	board = order{all: "Board", count: "CountBoard", begin: cursor{at: math.MinInt64},
		before: func(a, b Row) bool { return compareCalls(a, b) < 0 }}
	newest = order{all: "Newest", count: "CountNewest", station: "OfStation", countHere: "CountOfStation",
		begin: cursor{at: math.MaxInt64}, before: func(a, b Row) bool { return compareCalls(a, b) > 0 }}
)

// compareCalls orders rows by their calls as the queries do.
func compareCalls(a, b Row) int {
	if c := a.CalledAt.Compare(b.CalledAt); c != 0 {
		return c
	}
	return strings.Compare(string(a.ID), string(b.ID))
}

func (s *Service) list(ctx context.Context, f Filter, o order, countable bool) (Page, error) {
	from, err := o.begin.after(f.After)
	if err != nil {
		return Page{}, err
	}
	w := s.ways(ctx, f, o)
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Page, error) {
		page, err := w.page(tx, from, f.limit())
		if err == nil && countable && f.After == "" && w.exact {
			page.Total, err = w.total(tx)
		}
		return page, err
	})
}

// ways is how a list goes through the table: in one sweep that leaves out what is
// out of scope, or, where the scope is a small part of all, station by station.
type ways struct {
	filter   Filter
	order    order
	query    string
	count    string
	stations []string // "" for all of them in one sweep
	exact    bool     // whatever the queries find is in scope
	sees     func(station string) bool
}

func (s *Service) ways(ctx context.Context, f Filter, o order) ways {
	scope := s.Gate.Scope(httpapi.Caller(ctx), permRead)
	root := scope.Covers(s.Centre.Root())
	sees := func(station string) bool {
		if station == "" {
			return root
		}
		return scope.Covers(station)
	}
	w := ways{filter: f, order: o, query: o.all, count: o.count, stations: []string{""}, exact: scope.All, sees: sees}
	switch here := o.station != ""; {
	case f.StationID != "" && !sees(f.StationID):
		w.stations = nil
	case f.StationID != "":
		w.stations, w.exact = []string{f.StationID}, true
		if here {
			w.query, w.count = o.station, o.countHere
		}
	case here && !scope.Wide && !scope.All:
		w.query, w.count, w.stations, w.exact = o.station, o.countHere, scope.Orgs, true
		if root {
			w.stations = append([]string{""}, scope.Orgs...)
		}
	}
	return w
}

// page fills a page; it reads on while whole batches are out of scope, so that a
// page is short only at the end.
func (w ways) page(tx *sqldb.Tx, from cursor, limit int) (Page, error) {
	page := Page{Items: []Row{}}
	streams := make([]*stream, len(w.stations))
	for i, station := range w.stations {
		streams[i] = &stream{w: w, station: station, at: from, batch: max(8, 2*limit/len(w.stations))}
	}
	for {
		r, err := first(tx, streams, w.order.before)
		if err != nil || r == nil {
			return page, err
		}
		if !w.exact && !w.sees(r.StationID) {
			continue
		}
		if page.Items = append(page.Items, *r); len(page.Items) == limit {
			page.Next = cursor{r.CalledAt.UnixMilli(), r.ID}.text()
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
		rows, err := sqldb.List(tx, Queries[s.w.query], scanRow, append(s.w.filter.args(s.at, s.station), s.batch)...)
		if err != nil {
			return nil, err
		}
		s.rows, s.ended = rows, len(rows) < s.batch
		if len(rows) > 0 {
			last := rows[len(rows)-1]
			s.at = cursor{last.CalledAt.UnixMilli(), last.ID}
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
		n, err := sqldb.Get(tx, Queries[w.count], sqldb.ScanInt, append(w.filter.args(w.order.begin, station)[2:], mostTold-sum)...)
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
