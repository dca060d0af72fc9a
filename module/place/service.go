package place

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of.
type Deps struct {
	DB       *sqldb.DB
	Now      func() time.Time
	IDs      *ident.Maker
	Gate     httpapi.Gate
	Stations Stations
	Log      *slog.Logger
}

// Service is everything the rest of the house may ask of this module.
type Service struct {
	Deps
	words *words
	atlas atomic.Pointer[atlas]

	refreshing sync.Mutex
	seen       map[string]int64 // revisions that the atlas holds
	baseAt     int64            // revision of addresses that its base holds
}

// New makes the service; it knows nothing until Load.
func New(d Deps) *Service {
	s := &Service{Deps: d, words: loadWords(), seen: map[string]int64{}}
	s.atlas.Store(empty(newLexicon(s.words, nil), d.Now()))
	return s
}

func empty(lx *lexicon, now time.Time) *atlas {
	return atlas{}.withBase(lx, nil).withAreas(nil, now).withHazards(nil)
}

const (
	permRead        httpapi.Perm = "place.read"
	permWrite       httpapi.Perm = "place.write"
	permAreaWrite   httpapi.Perm = "place.area.write"
	permHazardWrite httpapi.Perm = "place.hazard.write"
)

// Locate says where a text, a point or both may be.
func (s *Service) Locate(_ context.Context, q Query) (Located, error) {
	if q.Text == "" && q.Point == nil {
		return Located{}, fault.At("/text", "place.nothing_asked")
	}
	cleaned, err := Clean(q.Text, "/text")
	if err != nil {
		return Located{}, err
	}
	var point *geo.Point
	if q.Point != nil {
		p, err := toPoint(*q.Point, q.Datum, "/point")
		if err != nil {
			return Located{}, err
		}
		point = &p
	}
	limit := q.Limit
	if limit == 0 {
		limit = 10
	}
	return s.atlas.Load().locate(cleaned, point, limit, s.Now()), nil
}

// Suggest proposes places for a text that Locate refuses: it reads what of it can
// be read. Whatever it finds is for a person to choose from, never to be taken.
func (s *Service) Suggest(text string, limit int) []Candidate {
	found, _ := s.atlas.Load().find(scrub(text), limit)
	return found
}

// AreaAt is the area that holds a point now. It takes no lock.
func (s *Service) AreaAt(p geo.Point) (Area, bool) {
	a, ok := s.atlas.Load().areaAt(p)
	if !ok {
		return Area{}, false
	}
	return *a, true
}

// HazardsAt lists what to be warned of now at a place, or within HazardReach of
// a point; either may be empty. It takes no lock and asks no database: it must
// answer when the database does not.
func (s *Service) HazardsAt(placeID string, p *geo.Point) []Hazard {
	return s.atlas.Load().hazardsAt(placeID, p, s.Now())
}

// may narrows a permission to the station in whose area a point lies; where no
// area is, whoever holds the permission at all may.
func (s *Service) may(ctx context.Context, perm httpapi.Perm, p geo.Point) error {
	station := ""
	if area, ok := s.atlas.Load().areaAt(p); ok {
		station = area.StationID
	}
	return s.mayFor(ctx, perm, station)
}

func (s *Service) mayFor(ctx context.Context, perm httpapi.Perm, station string) error {
	if !s.Gate.Can(httpapi.Caller(ctx), perm, station) {
		return fault.New(fault.Forbidden, "place.outside_your_scope")
	}
	return nil
}

func (s *Service) moment() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// Load takes into memory what the tables hold and it does not: ask it before the
// first question, and every second for the changes of other nodes, areas that
// begin or end, and what a failed refresh has left.
func (s *Service) Load(ctx context.Context) error { return s.refresh(ctx) }

// changed lets the memory follow a change of ours that is on disk. The change
// stands even when reading it back fails; the next Load tries again.
func (s *Service) changed(ctx context.Context) {
	if err := s.refresh(context.WithoutCancel(ctx)); err != nil {
		s.Log.Error("places not refreshed", "error", err)
	}
}

// refresh makes the atlas of what has changed since the last one.
func (s *Service) refresh(ctx context.Context) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	next, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (state, error) {
		st := state{atlas: s.atlas.Load(), seen: s.seen, baseAt: s.baseAt, now: s.Now()}
		return st.after(tx, s.words)
	})
	if err != nil {
		return err
	}
	s.seen, s.baseAt = next.seen, next.baseAt
	s.atlas.Store(next.atlas)
	return nil
}

// state is an atlas and how far into the tables' changes it reaches.
type state struct {
	atlas  *atlas
	seen   map[string]int64
	baseAt int64
	now    time.Time
}

// mostRecent is how many changed addresses are kept beside the base before all
// are indexed anew.
const mostRecent = 2_000

// after is the state once everything in the tables is in it.
func (st state) after(tx *sqldb.Tx, w *words) (state, error) {
	current, err := revisions(tx)
	if err != nil {
		return st, err
	}
	moved := func(topic string) bool {
		n, known := st.seen[topic]
		return !known || n != current[topic]
	}
	if moved(topicDivision) {
		st, err = st.withDivisions(tx, w, current)
	} else if moved(topicAddress) {
		st, err = st.withAddresses(tx, current)
	}
	if err != nil {
		return st, err
	}
	turned := !st.atlas.turn.IsZero() && !st.now.Before(st.atlas.turn)
	if moved(topicArea) || turned {
		all, err := sqldb.List(tx, Queries["Areas"], scanChart)
		if err != nil {
			return st, err
		}
		st.atlas = st.atlas.withAreas(all, st.now)
	}
	if moved(topicHazard) {
		all, err := sqldb.List(tx, Queries["LiveHazards"], scanHazard, st.now.UnixMilli())
		if err != nil {
			return st, err
		}
		st.atlas = st.atlas.withHazards(all)
	}
	st.seen = maps.Clone(current)
	return st, nil
}

func (st state) withDivisions(tx *sqldb.Tx, w *words, current map[string]int64) (state, error) {
	rows, err := sqldb.List(tx, Queries["ActiveDivisions"], scanDivision)
	if err != nil {
		return st, err
	}
	return st.rebuilt(tx, newLexicon(w, rows), current)
}

func (st state) withAddresses(tx *sqldb.Tx, current map[string]int64) (state, error) {
	n, err := sqldb.Get(tx, Queries["CountSince"], sqldb.ScanInt, st.baseAt)
	if err != nil {
		return st, err
	}
	if n > mostRecent {
		return st.rebuilt(tx, st.atlas.lexicon, current)
	}
	changes, err := sqldb.List(tx, Queries["AddressesSince"], scanAddress, st.baseAt)
	if err != nil {
		return st, err
	}
	st.atlas = st.atlas.withRecent(changes)
	return st, nil
}

func (st state) rebuilt(tx *sqldb.Tx, lx *lexicon, current map[string]int64) (state, error) {
	live, err := sqldb.List(tx, Queries["LiveAddresses"], scanAddress)
	if err != nil {
		return st, err
	}
	st.atlas, st.baseAt = st.atlas.withBase(lx, live), current[topicAddress]
	return st, nil
}

// notFound gives a missing row its name.
func notFound(err error, key string) error {
	if errors.Is(err, sqldb.ErrNone) {
		return fault.New(fault.NotFound, key)
	}
	return err
}
