package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Mapping tells how a CSV file of any layout is read: the name of a column for
// each field, how times are written and in which zone. Fields that the file
// does not have are left out.
//
//	{"ref": "case_no", "call": "received", "kind": "type", "unit": "car",
//	 "dispatched": "sent", "arrived": "there", "closed": "done",
//	 "layout": "2006-01-02 15:04:05", "zone": "Asia/Shanghai",
//	 "kinds": {"A*": "200100", "B1": "400100"}}
type Mapping struct {
	Ref        string `json:"ref"`
	Call       string `json:"call"`
	Kind       string `json:"kind"`
	Address    string `json:"address"`
	Narrative  string `json:"narrative"`
	Station    string `json:"station"`
	Lat        string `json:"lat"` // WGS-84 degrees
	Lon        string `json:"lon"`
	Unit       string `json:"unit"`
	Dispatched string `json:"dispatched"`
	EnRoute    string `json:"en_route"`
	Arrived    string `json:"arrived"`
	Cleared    string `json:"cleared"`
	Closed     string `json:"closed"`
	Layout     string `json:"layout"` // a Go layout, "unix" (seconds) or "unix_ms"; RFC 3339 when empty
	Zone       string `json:"zone"`   // IANA name, for layouts without an offset; UTC when empty
	Kinds      Kinds  `json:"kinds"`
}

// ReadMapping reads a mapping file (JSON). Unknown fields are an error: a
// misspelt one would quietly drop a column.
func ReadMapping(in io.Reader) (Mapping, error) {
	var m Mapping
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return Mapping{}, fmt.Errorf("mapping: %w", err)
	}
	return m, nil
}

// Format is the reader that a mapping describes.
func (m Mapping) Format() (Format, error) {
	zone, err := time.LoadLocation(m.Zone)
	if err != nil {
		return Format{}, fmt.Errorf("mapping: zone: %w", err)
	}
	if m.Ref == "" {
		return Format{}, fmt.Errorf("mapping: ref must name the column of the incident's number")
	}
	f := Format{Name: "csv", Kinds: m.Kinds, Clocks: m.clocks()}
	for _, column := range m.columns() {
		if column != "" {
			f.Columns = append(f.Columns, column)
		}
	}
	f.Read = func(r Row) (Call, error) { return m.read(r, zone) }
	return f, nil
}

func (m Mapping) columns() []string {
	return []string{m.Ref, m.Call, m.Kind, m.Address, m.Narrative, m.Station, m.Lat, m.Lon,
		m.Unit, m.Dispatched, m.EnRoute, m.Arrived, m.Cleared, m.Closed}
}

// clocks are those for which the file has both stamps.
func (m Mapping) clocks() []Clock {
	var clocks []Clock
	add := func(from, to string, c Clock) {
		if from != "" && to != "" {
			clocks = append(clocks, c)
		}
	}
	add(m.Call, m.Dispatched, clockDispatch)
	add(m.Call, m.Arrived, clockArrival)
	add(m.Dispatched, m.EnRoute, clockEnRoute)
	add(m.Dispatched, m.Arrived, clockFromDispatch)
	return clocks
}

func (m Mapping) read(r Row, zone *time.Location) (Call, error) {
	point, err := r.Point(m.Lat, m.Lon)
	if err != nil {
		return Call{}, err
	}
	var unit Assignment
	call := Call{
		Ref: r.Text(m.Ref), Kind: r.Text(m.Kind), Address: r.Text(m.Address),
		Narrative: r.Text(m.Narrative), Station: r.Text(m.Station), Point: point,
	}
	for _, field := range []struct {
		column string
		to     *time.Time
	}{
		{m.Call, &call.At}, {m.Dispatched, &unit.Dispatched}, {m.EnRoute, &unit.EnRoute},
		{m.Arrived, &unit.Arrived}, {m.Cleared, &unit.Cleared}, {m.Closed, &call.Closed},
	} {
		if *field.to, err = m.time(r.Text(field.column), zone); err != nil {
			return Call{}, err
		}
	}
	unit.Unit = m.unitName(r, unit)
	call.Units = []Assignment{unit}
	call.On = earliest(call.At, unit.known(), call.Closed)
	return call, nil
}

// unitName gives rows of files without units one, so that their stamps have an owner.
func (m Mapping) unitName(r Row, stamps Assignment) string {
	if m.Unit != "" || stamps.known().IsZero() {
		return r.Text(m.Unit)
	}
	if station := r.Text(m.Station); station != "" {
		return station + " unit"
	}
	return "unit"
}

func (m Mapping) time(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	switch m.Layout {
	case "unix", "unix_ms":
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Abs(value) > 1e14 {
			return time.Time{}, BadTime
		}
		if m.Layout == "unix" {
			value *= 1000
		}
		return time.UnixMilli(int64(value)), nil
	case "":
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return time.Time{}, BadTime
		}
		return at, nil
	}
	return m.parse(text, zone)
}

// parse reads a layout; one that states an offset needs no zone.
func (m Mapping) parse(text string, zone *time.Location) (time.Time, error) {
	at, err := time.Parse(m.Layout, text)
	if err != nil {
		return time.Time{}, BadTime
	}
	if strings.Contains(m.Layout, "-07") || strings.Contains(m.Layout, "Z07") {
		return at, nil
	}
	return local(at, zone), nil
}
