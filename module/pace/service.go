package pace

import (
	"context"
	"errors"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of. Definitions come from the configuration
// of the centre; Defaults are PRODUCT's.
type Deps struct {
	DB          *sqldb.DB
	Bus         *bus.Bus
	Now         func() time.Time
	Gate        httpapi.Gate
	Definitions []Definition
}

// Service judges incidents.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

const permRead httpapi.Perm = "pace.read"

// Defaults are the 12358 clocks. The contact clock is for areas where arrival
// within eight minutes is not expected; those have no common arrival target.
func Defaults() []Definition {
	near := func(seconds int64) map[string]int64 {
		return map[string]int64{"urban": seconds, "county_town": seconds, "market_town": seconds, "complex": seconds}
	}
	all := func(seconds int64) map[string]int64 {
		t := near(seconds)
		t["other"] = seconds
		return t
	}
	return []Definition{
		{Clock: Dispatch, Version: 1, Targets: all(60)},
		{Clock: Acknowledge, Version: 1, Targets: all(120)},
		{Clock: Contact, Version: 1, Targets: map[string]int64{"other": 300}},
		{Clock: Arrival, Version: 1, Targets: near(480)},
	}
}

// ByIncident names an incident.
type ByIncident struct {
	ID string `path:"id"`
}

// Incident is every clock of one incident as of a moment.
type Incident struct {
	ID     string      `json:"id"`
	AsOf   time.Time   `json:"as_of"`
	Clocks []Judgement `json:"clocks"`
}

// Get judges one incident now.
func (s *Service) Get(ctx context.Context, q ByIncident) (Incident, error) {
	in, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (timed, error) { return sqldb.Get(tx, Queries["ByID"], scanTimed, q.ID) })
	if errors.Is(err, sqldb.ErrNone) || (err == nil && !s.Gate.Can(httpapi.Caller(ctx), permRead, in.station)) {
		return Incident{}, fault.New(fault.NotFound, "pace.incident_not_found")
	}
	if err != nil {
		return Incident{}, err
	}
	return s.judge(in), nil
}

func (s *Service) judge(in timed) Incident {
	out := Incident{ID: in.id, AsOf: s.Now(), Clocks: []Judgement{}}
	for _, d := range s.Definitions {
		if j, ok := Judge(d, in.stamps, in.area, out.AsOf); ok {
			out.Clocks = append(out.Clocks, j)
		}
	}
	return out
}

// Page asks for the open incidents called after an id, at most 500.
type Page struct {
	After string `query:"after"`
}

const pageSize = 500

// Live judges the open incidents the caller may read, a page at a time.
func (s *Service) Live(ctx context.Context, q Page) (httpapi.List[Incident], error) {
	open, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]timed, error) {
		return sqldb.List(tx, Queries["Open"], scanTimed, q.After, pageSize)
	})
	out := httpapi.List[Incident]{Items: []Incident{}}
	for _, in := range open {
		if s.Gate.Can(httpapi.Caller(ctx), permRead, in.station) {
			out.Items = append(out.Items, s.judge(in))
		}
	}
	if len(open) == pageSize {
		out.Next = open[pageSize-1].id
	}
	return out, err
}

// Question asks for a report over calls in [From, To).
type Question struct {
	By   string    `query:"by" enum:"none,station,call_taker,kind,area"`
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
}

func (in timed) group(by string) string {
	return map[string]string{"station": in.station, "call_taker": in.taker, "kind": in.kind, "area": in.area}[by]
}

// Report counts the incidents the caller may read.
func (s *Service) Report(ctx context.Context, q Question) (httpapi.List[Line], error) {
	rows, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]timed, error) {
		return sqldb.List(tx, Queries["Between"], scanTimed, q.From.UnixMilli(), q.To.UnixMilli())
	})
	if err != nil {
		return httpapi.List[Line]{}, err
	}
	type key struct {
		group string
		clock Clock
	}
	judged, order, now := map[key][]Judgement{}, []key{}, s.Now()
	for _, in := range rows {
		if !s.Gate.Can(httpapi.Caller(ctx), permRead, in.station) {
			continue
		}
		for _, d := range s.Definitions {
			if j, ok := Judge(d, in.stamps, in.area, now); ok {
				k := key{in.group(q.By), d.Clock}
				if _, seen := judged[k]; !seen {
					order = append(order, k)
				}
				judged[k] = append(judged[k], j)
			}
		}
	}
	out := httpapi.List[Line]{Items: []Line{}}
	for _, k := range order {
		out.Items = append(out.Items, Summarise(k.group, k.clock, judged[k]))
	}
	return out, nil
}
