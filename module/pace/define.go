package pace

import (
	"context"
	"embed"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

//go:embed data/*.csv
var tables embed.FS

// Defaults are the definitions that a centre begins with (data/SOURCES.md).
func Defaults() (ds Definitions, err error) {
	err = eachRow("data/definitions.csv", func(r map[string]string) error {
		d := Definition{Clock: Clock(r["clock"]), Version: 1, Start: Step(r["start"]), End: Step(r["end"]), Targets: map[string]int64{},
			ExcludedKinds: strings.Fields(r["excluded_kinds"])}
		if d.WarnPercent, err = strconv.Atoi(r["warn_percent"]); err != nil {
			return err
		}
		for _, class := range areaClasses {
			if r[class] == "" {
				continue
			}
			if d.Targets[class], err = strconv.ParseInt(r[class], 10, 64); err != nil {
				return err
			}
		}
		ds = append(ds, d)
		return d.check()
	})
	return ds, err
}

// eachRow hands out the rows of an embedded table by their column names.
func eachRow(name string, row func(map[string]string) error) error {
	f, err := tables.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	for i, cells := range rows[1:] {
		r := map[string]string{}
		for k, column := range rows[0] {
			r[column] = cells[k]
		}
		if err := row(r); err != nil {
			return fmt.Errorf("%s, row %d: %w", name, i+2, err)
		}
	}
	return nil
}

// definitions are those that this node knows, and the spans: it reads them again
// when one is added, well before it begins.
func (s *Service) definitions() Definitions { return *s.current.Load() }

func (s *Service) readDefinitions(ctx context.Context) error {
	list, err := sqldb.Read(ctx, s.DB, readDefinitions)
	if err != nil {
		s.Log.Error("the definitions of the clocks were not read", "error", err)
		return err
	}
	list = append(list, spans...)
	s.current.Store(&list)
	return nil
}

func readDefinitions(tx *sqldb.Tx) (Definitions, error) {
	return sqldb.List(tx, Queries["Definitions"], scanDefinition)
}

func scanDefinition(r sqldb.Scanner) (d Definition, err error) {
	var targets, kinds string
	var from, until, at int64
	err = r.Scan(&d.Clock, &d.Version, &d.Start, &d.End, &targets, &kinds, &d.WarnPercent, &from, &until, &d.Reason, &d.By, &at)
	if err != nil {
		return d, err
	}
	d.From, d.Until, d.At = sqldb.Moment(from), sqldb.Moment(until), sqldb.Moment(at)
	return d, errors.Join(json.Unmarshal([]byte(targets), &d.Targets), json.Unmarshal([]byte(kinds), &d.ExcludedKinds))
}

func insertDefinition(tx *sqldb.Tx, query string, d Definition) error {
	targets, err := json.Marshal(d.Targets)
	if err != nil {
		return err
	}
	kinds, err := json.Marshal(d.ExcludedKinds)
	if err != nil {
		return err
	}
	_, err = tx.Exec(Queries[query], string(d.Clock), d.Version, string(d.Start), string(d.End), string(targets), string(kinds), d.WarnPercent,
		sqldb.Millis(d.From), sqldb.Millis(d.Until), d.Reason, d.By, sqldb.Millis(d.At))
	return err
}

func seedDefinitions(tx *sqldb.Tx, ds Definitions) error {
	known, err := readDefinitions(tx)
	if err != nil || len(known) > 0 {
		return err
	}
	for _, d := range ds {
		if err := insertDefinition(tx, "SeedDefinition", d); err != nil {
			return err
		}
	}
	return nil
}

// ListDefinitions is every version of every clock, the planned ones too.
func (s *Service) ListDefinitions(ctx context.Context, _ httpapi.Nothing) (httpapi.List[Definition], error) {
	list, err := sqldb.Read(ctx, s.DB, readDefinitions)
	return httpapi.List[Definition]{Items: list}, err
}

// NewDefinition lays down a version of a clock. What is left out holds on from the
// version before: Start, End, ExcludedKinds, WarnPercent. An empty list of kinds
// excludes none.
type NewDefinition struct {
	Clock         Clock            `json:"clock" required:"true" enum:"dispatch,acknowledge,video,contact,arrival"`
	Start         Step             `json:"start" max:"32"`
	End           Step             `json:"end" max:"32"`
	Targets       map[string]int64 `json:"targets" required:"true"`
	ExcludedKinds []string         `json:"excluded_kinds" max:"100" items:"max:\"32\""`
	WarnPercent   int              `json:"warn_percent" min:"1" max:"99"`
	From          time.Time        `json:"from" required:"true"`
	Until         time.Time        `json:"until"`
	Reason        string           `json:"reason" required:"true" max:"500"`
}

// Define adds a version, valid from a day to come. What was judged before stays as
// it was judged.
func (s *Service) Define(ctx context.Context, n NewDefinition) (Definition, error) {
	for i, code := range n.ExcludedKinds {
		if _, known := s.Kinds[code]; !known {
			return Definition{}, fault.At("/excluded_kinds/"+strconv.Itoa(i), "pace.unknown_kind")
		}
	}
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Definition, error) {
		all, err := readDefinitions(tx)
		if err != nil {
			return Definition{}, err
		}
		d, superseded, err := all.Define(all.complete(n, httpapi.Caller(ctx).UserID, s.now()), s.now())
		if err != nil {
			return d, err
		}
		if superseded != nil {
			if _, err := tx.Exec(Queries["Supersede"], sqldb.Millis(superseded.Until), string(d.Clock), superseded.Version); err != nil {
				return d, err
			}
		}
		err = insertDefinition(tx, "Define", d)
		if errors.Is(err, sqldb.ErrDuplicate) {
			err = fault.New(fault.Conflict, "pace.defined_meanwhile")
		}
		if err != nil {
			return d, err
		}
		return d, s.Bus.Publish(tx, s.now(), Defined{d.Clock, d.Version})
	})
}

// complete fills in what a form leaves to the version before it.
func (ds Definitions) complete(n NewDefinition, by string, now time.Time) Definition {
	d := Definition{Clock: n.Clock, Start: n.Start, End: n.End, Targets: n.Targets, ExcludedKinds: n.ExcludedKinds, WarnPercent: n.WarnPercent,
		From: n.From.UTC().Truncate(time.Millisecond), Until: n.Until.UTC().Truncate(time.Millisecond), Reason: n.Reason, By: by, At: now}
	for _, before := range ds {
		if before.Clock != d.Clock {
			continue
		}
		if n.Start == "" {
			d.Start = before.Start
		}
		if n.End == "" {
			d.End = before.End
		}
		if n.ExcludedKinds == nil {
			d.ExcludedKinds = before.ExcludedKinds
		}
		if n.WarnPercent == 0 {
			d.WarnPercent = before.WarnPercent
		}
	}
	return d
}
