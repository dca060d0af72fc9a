package pace

import (
	"context"
	"math"
	"slices"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Selection says which incidents count: those whose call connected in [From, To),
// as they are known now or as they were known at a past moment.
type Selection struct {
	From      time.Time `query:"from" required:"true"`
	To        time.Time `query:"to" required:"true"`
	KnownAt   time.Time `query:"known_at"`
	StationID string    `query:"station_id" max:"64"`
	CallTaker string    `query:"call_taker" max:"64"`
	KindCode  string    `query:"kind" max:"32"`
	AreaClass string    `query:"area" enum:"urban,county_town,market_town,complex,other"`
	Hour      *int      `query:"hour" min:"0" max:"23"`
}

// Question asks for a report.
type Question struct {
	Selection
	By Group `query:"by" enum:"none,station,call_taker,kind,area,hour,day,week,month"`
}

// Report is how incidents kept the clocks. Definitions are the versions by which
// they were judged.
type Report struct {
	By          Group        `json:"by"`
	From        time.Time    `json:"from"`
	To          time.Time    `json:"to"`
	KnownAt     time.Time    `json:"known_at"`
	Zone        string       `json:"zone"`
	Definitions []Definition `json:"definitions"`
	Items       []Line       `json:"items"`
	Spans       []Spread     `json:"spans"`
}

// reading is one pass over the incidents of a selection, for one caller.
type reading struct {
	Selection
	s           *Service
	scope       httpapi.Scope
	now         time.Time
	definitions Definitions
	self        string // the only call-taker shown; "" is all
}

// read checks a selection. Who may not see staff sees of call-takers only
// themselves, with their rank among all.
func (s *Service) read(ctx context.Context, q Selection) (*reading, error) {
	if !q.From.Before(q.To) {
		return nil, fault.At("to", "pace.period_empty")
	}
	r := &reading{Selection: q, s: s, scope: s.readable(ctx), now: s.now(), definitions: s.definitions()}
	if !q.KnownAt.IsZero() {
		if q.KnownAt.After(r.now) {
			return nil, fault.At("known_at", "pace.not_known_yet")
		}
		r.now = q.KnownAt.UTC()
	}
	if !s.may(ctx, permStaff, "") {
		r.self = httpapi.Caller(ctx).UserID
	}
	return r, nil
}

// rows reads the next incidents of the period, in the order of their calls.
func (r *reading) rows(tx *sqldb.Tx, from cursor, limit int, row func(*Incident) error) error {
	in, n, read := &Incident{}, names{}, 0
	for tx.Context().Err() == nil {
		most := min(limit-read, chunkSize)
		text, err := r.chunk(tx, from, most)
		if err != nil {
			return err
		}
		got := 0
		err = eachLine(text, n, in, func() error {
			got++
			from = cursor{in.Called.At.UnixMilli(), []string{in.ID}}
			return row(in)
		})
		if read += got; err != nil || got < most || read == limit {
			return err
		}
	}
	return tx.Context().Err()
}

// chunkSize is how many incidents are read as one text.
const chunkSize = 1000

// chunk is the next incidents after a place, a line each.
func (r *reading) chunk(tx *sqldb.Tx, from cursor, most int) (string, error) {
	if r.KnownAt.IsZero() {
		return sqldb.Get(tx, Queries["Between"], sqldb.ScanString, from.at, from.ids[0], r.To.UnixMilli(), most)
	}
	return sqldb.Get(tx, Queries["BetweenAsKnown"], sqldb.ScanString, from.at, from.ids[0], r.To.UnixMilli(), r.now.UnixMilli(), most)
}

func (r *reading) begin() cursor { return cursor{r.From.UnixMilli(), []string{""}} }

// counts tells whether an incident belongs to the selection and the caller may see it.
func (r *reading) counts(in *Incident) bool {
	switch {
	case !r.KnownAt.IsZero() && !in.asKnown(r.now),
		r.StationID != "" && in.StationID != r.StationID,
		r.CallTaker != "" && (in.CallTaker != r.CallTaker || r.hides(in.CallTaker)),
		r.KindCode != "" && r.s.Kinds.Counted(in.KindCode) != r.s.Kinds.Counted(r.KindCode),
		r.AreaClass != "" && in.class() != r.AreaClass,
		r.Hour != nil && in.Called.At.In(r.s.Zone).Hour() != *r.Hour:
		return false
	}
	return r.scope.Covers(in.StationID)
}

// hides tells that figures of a call-taker are not for the caller.
func (r *reading) hides(taker string) bool { return r.self != "" && taker != r.self }

// each hands every incident that counts to use. The database is read on one
// processor and use runs on another, a batch behind: a report takes as long as the
// longer of the two.
func (r *reading) each(ctx context.Context, use func(*Incident)) error {
	full, spare, ended := make(chan []Incident, 1), make(chan []Incident, 2), make(chan error, 1)
	spare <- make([]Incident, 0, batch)
	spare <- make([]Incident, 0, batch)
	go func() {
		defer close(full)
		list := <-spare
		_, err := sqldb.Read(ctx, r.s.DB, func(tx *sqldb.Tx) (struct{}, error) {
			return struct{}{}, r.rows(tx, r.begin(), math.MaxInt32, func(in *Incident) error {
				if list = append(list, *in); len(list) == batch {
					full <- list
					list = <-spare
				}
				return nil
			})
		})
		full <- list
		ended <- err
	}()
	defer func() { // whatever becomes of use, the reader gets to its end
		for list := range full {
			spare <- list[:0]
		}
	}()
	for list := range full {
		for i := range list {
			if in := &list[i]; r.counts(in) {
				use(in)
			}
		}
		spare <- list[:0]
	}
	return <-ended
}

// Report counts the incidents that the caller may read.
func (s *Service) Report(ctx context.Context, q Question) (Report, error) {
	r, err := s.read(ctx, q.Selection)
	if err != nil {
		return Report{}, err
	}
	if q.By == "" {
		q.By = ByNone
	}
	measures, groups := q.By.measures(), map[string][]*tally{}
	err = r.each(ctx, func(in *Incident) {
		group := q.By.of(in, s.Zone)
		if q.By == ByKind {
			group = s.Kinds.Counted(group)
		}
		tallies := groups[group]
		if tallies == nil {
			tallies = newTallies(group, measures)
			groups[group] = tallies
		}
		for i, c := range measures {
			j := r.definitions.Judge(c, in, r.now)
			tallies[i].add(&j, in, r.now)
		}
	})
	if err != nil {
		return Report{}, err
	}
	report := Report{By: q.By, From: q.From, To: q.To, KnownAt: r.now, Zone: s.Zone.String()}
	report.Items, report.Spans = q.By.sums(groups)
	if q.By == ByCallTaker {
		report.Items = slices.DeleteFunc(report.Items, func(l Line) bool { return r.hides(l.Group) })
	}
	report.Definitions = r.definitions.used(report.Items)
	return report, nil
}

// used are the versions that lines were judged by.
func (ds Definitions) used(lines []Line) Definitions {
	list := Definitions{}
	for _, d := range ds {
		if slices.ContainsFunc(lines, func(l Line) bool { return l.Clock == d.Clock && slices.Contains(l.Versions, d.Version) }) {
			list = append(list, d)
		}
	}
	return list
}

// Behind asks for the incidents behind a figure: the selection of the report, and
// what was counted.
type Behind struct {
	Selection
	Clock    Clock     `query:"clock" required:"true" enum:"dispatch,acknowledge,video,contact,arrival,arrival_from_dispatch,departure,feedback"`
	Verdicts []Verdict `query:"verdict" max:"10" items:"enum:\"waiting,running,breached,within,late,measured,inverted,missing,censored,excluded\""` // several: within,late
	OverS    int64     `query:"over_s" min:"0"`                                                                                                     // a bin of the report
	UptoS    int64     `query:"upto_s" min:"0"`
	Revised  bool      `query:"revised"`
	Overdue  bool      `query:"overdue"`
	After    string    `query:"after" max:"200"`
	Limit    int       `query:"limit" min:"1" max:"500"`
}

// Judged is one incident behind a figure.
type Judged struct {
	IncidentID string    `json:"incident_id"`
	StationID  string    `json:"station_id"`
	AreaClass  string    `json:"area_class"`
	KindCode   string    `json:"kind_code"`
	CalledAt   time.Time `json:"called_at"`
	Revised    bool      `json:"revised,omitempty"`
	Judgement
	counted bool
}

// Judgements is a page of the incidents behind a figure, oldest call first.
func (s *Service) Judgements(ctx context.Context, q Behind) (page httpapi.List[Judged], err error) {
	r, err := s.read(ctx, q.Selection)
	if err != nil {
		return page, err
	}
	from := r.begin()
	if q.After != "" {
		if from, err = readCursor(q.After, 1); err != nil {
			return page, err
		}
	}
	page.Items, page.Next, err = paged(ctx, s.DB, or(q.Limit, pageSize), from, func(tx *sqldb.Tx, from cursor, n int) (list []Judged, err error) {
		err = r.rows(tx, from, n, func(in *Incident) error {
			list = append(list, q.judged(r, in))
			return nil
		})
		return list, err
	}, func(j *Judged) (cursor, bool) {
		return cursor{j.CalledAt.UnixMilli(), []string{j.IncidentID}}, j.counted
	})
	return page, err
}

func (q *Behind) judged(r *reading, in *Incident) Judged {
	out := Judged{IncidentID: in.ID, StationID: in.StationID, AreaClass: in.AreaClass, KindCode: in.KindCode, CalledAt: in.Called.At}
	if !r.counts(in) {
		return out
	}
	out.Judgement = r.definitions.Judge(q.Clock, in, r.now)
	out.Revised = slices.Contains(in.Revised, q.Clock)
	out.counted = q.matches(&out, in, r.now)
	return out
}

func (q *Behind) matches(j *Judged, in *Incident, now time.Time) bool {
	timed := q.OverS > 0 || q.UptoS > 0
	switch {
	case len(q.Verdicts) > 0 && !slices.Contains(q.Verdicts, j.Verdict),
		q.Revised && !j.Revised,
		q.Overdue && !j.Overdue(in, now),
		timed && !j.valid(),
		q.OverS > 0 && j.took() <= seconds(q.OverS),
		q.UptoS > 0 && j.took() > seconds(q.UptoS):
		return false
	}
	return true
}
