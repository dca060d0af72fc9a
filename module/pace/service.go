package pace

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of. A centre that has laid down nothing yet
// begins with Definitions and Reasons.
type Deps struct {
	DB          *sqldb.DB
	Bus         *bus.Bus
	Now         func() time.Time
	Gate        Gate
	Crews       Crews
	Directory   Directory
	Kinds       incident.Kinds
	Zone        *time.Location // the centre's, for the hour of the day
	Log         *slog.Logger
	Definitions Definitions
	Reasons     []Reason
}

// Service judges incidents.
type Service struct {
	Deps
	current atomic.Pointer[Definitions]
}

// New makes the service; Listen, Start and Run put it to work.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	s.current.Store(&Definitions{})
	return s
}

// Permissions of this module. Staff shows call-takers other than oneself.
const (
	permRead   httpapi.Perm = "pace.read"
	permReason httpapi.Perm = "pace.reason"
	permDefine httpapi.Perm = "pace.define"
	permStaff  httpapi.Perm = "pace.staff"
)

func (s *Service) may(ctx context.Context, perm httpapi.Perm, orgID string) bool {
	return s.Gate.Can(httpapi.Caller(ctx), perm, orgID)
}

// readable is where the caller may read clocks.
func (s *Service) readable(ctx context.Context) httpapi.Scope {
	return s.Gate.Scope(httpapi.Caller(ctx), permRead)
}

// now is the moment in the precision of the database.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// Start lays down what a centre begins with, and reads the definitions.
func (s *Service) Start(ctx context.Context) error {
	err := s.DB.Do(ctx, func(tx *sqldb.Tx) error {
		if err := seedDefinitions(tx, s.Deps.Definitions); err != nil {
			return err
		}
		return seedReasons(tx, s.Reasons)
	})
	if err != nil {
		return err
	}
	return s.readDefinitions(ctx)
}

// ByIncident names an incident.
type ByIncident struct {
	ID string `path:"id"`
}

// View is every clock of one incident as of a moment, with the entries that made
// it and the answers that have changed.
type View struct {
	ID        string      `json:"id"`
	AsOf      time.Time   `json:"as_of"`
	StationID string      `json:"station_id"`
	AreaClass string      `json:"area_class"`
	KindCode  string      `json:"kind_code"`
	Outcome   Outcome     `json:"outcome,omitempty"`
	Clocks    []Judgement `json:"clocks"`
	Spans     []Judgement `json:"spans"`
	Revisions []Revision  `json:"revisions"`
	Breaches  []Breach    `json:"breaches"`
}

// Revision is an answer that has changed, and the entry because of which.
type Revision struct {
	Clock   Clock     `json:"clock"`
	Seq     int64     `json:"seq"`
	KnownAt time.Time `json:"known_at"`
	Was     Finding   `json:"was"`
	Is      Finding   `json:"is"`
}

// Get judges one incident now.
func (s *Service) Get(ctx context.Context, q ByIncident) (View, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (View, error) {
		in, err := byID(tx, "ByID", q.ID)
		sees := err == nil && in.ID != "" && s.may(ctx, permRead, in.StationID)
		if err == nil && in.ID != "" && !sees {
			sees, err = s.Crews.Sent(tx, in.ID, httpapi.Caller(ctx).UserID)
		}
		if err == nil && !sees {
			err = fault.New(fault.NotFound, "pace.incident_not_found")
		}
		if err != nil {
			return View{}, err
		}
		v := s.view(&in)
		if v.Revisions, err = sqldb.List(tx, Queries["Revisions"], scanRevision, q.ID); err != nil {
			return v, err
		}
		v.Breaches, err = sqldb.List(tx, Queries["BreachesOf"], scanBreach, q.ID)
		return v, err
	})
}

func (s *Service) view(in *Incident) View {
	v := View{ID: in.ID, AsOf: s.now(), StationID: in.StationID, AreaClass: in.AreaClass, KindCode: in.KindCode}
	if in.Ended.At.After(in.Reopened.At) {
		v.Outcome = in.Outcome
	}
	definitions := s.definitions()
	for _, c := range Clocks {
		v.Clocks = append(v.Clocks, definitions.Judge(c, in, v.AsOf))
	}
	for _, c := range Spans {
		v.Spans = append(v.Spans, definitions.Judge(c, in, v.AsOf))
	}
	return v
}

// Running is one running clock on a board.
type Running struct {
	IncidentID string    `json:"incident_id"`
	StationID  string    `json:"station_id"`
	AreaClass  string    `json:"area_class"`
	KindCode   string    `json:"kind_code"`
	Clock      Clock     `json:"clock"`
	Version    int       `json:"definition_version"`
	StartedAt  time.Time `json:"started_at"`
	DueAt      time.Time `json:"due_at"`
	LeftS      int64     `json:"left_s"` // whole seconds to the breach; negative after it
	Stage      Stage     `json:"stage"`
	CanAct     []Actor   `json:"can_act"`
}

// Page asks for a page of the running clocks, or for all those of some incidents.
type Page struct {
	IDs   []string `query:"ids" max:"100"`
	After string   `query:"after" max:"200"`
	Limit int      `query:"limit" min:"1" max:"500"`
}

// Board is a page of running clocks, the next to break first.
type Board struct {
	AsOf  time.Time `json:"as_of"`
	Items []Running `json:"items"`
	Next  string    `json:"next,omitempty"`
}

// Live lists the running clocks that the caller may see, by time to breach.
func (s *Service) Live(ctx context.Context, p Page) (Board, error) {
	if len(p.IDs) > 0 {
		return s.liveOf(ctx, p.IDs)
	}
	from, err := readCursor(p.After, 2)
	if err != nil {
		return Board{}, err
	}
	board, scope := Board{AsOf: s.now()}, s.readable(ctx)
	board.Items, board.Next, err = paged(ctx, s.DB, or(p.Limit, pageSize), from, func(tx *sqldb.Tx, from cursor, n int) ([]Running, error) {
		return sqldb.List(tx, Queries["Live"], scanRunning, from.at, from.ids[0], from.ids[1], n)
	}, func(r *Running) (cursor, bool) {
		r.at(board.AsOf)
		return cursor{r.DueAt.UnixMilli(), []string{r.IncidentID, string(r.Clock)}}, scope.Covers(r.StationID)
	})
	if err != nil {
		return board, err
	}
	return board, s.whoCanAct(ctx, board.Items)
}

// whoCanAct adds to running clocks who can still act on them.
func (s *Service) whoCanAct(ctx context.Context, list []Running) error {
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.IncidentID
	}
	aboard, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([][2]string, error) {
		return sqldb.List(tx, Queries["UnitsOf"], scanPair, sqldb.Texts(ids))
	})
	units := map[string][]string{}
	for _, a := range aboard {
		units[a[0]] = append(units[a[0]], a[1])
	}
	for i, r := range list {
		list[i].CanAct = WhoCanAct(r.Clock, r.StationID, units[r.IncidentID])
	}
	return err
}

func scanPair(r sqldb.Scanner) (p [2]string, err error) {
	err = r.Scan(&p[0], &p[1])
	return p, err
}

// liveOf is the running clocks of some incidents, for a screen that was told of
// changes.
func (s *Service) liveOf(ctx context.Context, ids []string) (Board, error) {
	board, scope := Board{AsOf: s.now(), Items: []Running{}}, s.readable(ctx)
	all, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Running, error) {
		return sqldb.List(tx, Queries["LiveOf"], scanRunning, sqldb.Texts(ids))
	})
	for _, r := range all {
		if scope.Covers(r.StationID) {
			r.at(board.AsOf)
			board.Items = append(board.Items, r)
		}
	}
	if err != nil {
		return board, err
	}
	return board, s.whoCanAct(ctx, board.Items)
}

// at shows the clock as it stands at a moment, whether or not it is announced yet.
func (r *Running) at(now time.Time) {
	left := r.DueAt.Sub(now)
	r.LeftS = int64(left / time.Second)
	if left < 0 {
		r.Stage = StageBreached
	}
}
