package incident

import (
	"database/sql"
	"embed"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the timeline and what is folded from it.
var Schema = sqldb.Schema{Room: "incident", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("incident", queriesText)

// Retention of pictures, whose keys end with them.
var Retention = []sqldb.Retention{{Table: "incident_picture", Column: "expires_at", Query: Queries["ForgetPictures"]}}

func appendEntry(l line) sqldb.Call {
	e := l.entry
	return Queries["AppendEntry"].With(e.IncidentID, e.Seq, e.Kind, e.OccurredAt.UnixMilli(), e.RecordedAt.UnixMilli(),
		e.By, e.Device, e.Counter, e.Source, string(l.detail), e.Contact)
}

func timeline(tx *sqldb.Tx, id ID) ([]Entry, error) {
	entries, err := sqldb.List(tx, Queries["Entries"], scanEntry, id)
	if err == nil && len(entries) == 0 {
		return nil, fault.New(fault.NotFound, "incident.not_found")
	}
	return entries, err
}

func latLon(p *Position) (lat, lon sql.NullFloat64) {
	if p == nil {
		return lat, lon
	}
	return sql.NullFloat64{Float64: p.Lat, Valid: true}, sql.NullFloat64{Float64: p.Lon, Valid: true}
}

func insertRow(in Incident) sqldb.Call {
	lat, lon := latLon(in.Position)
	return Queries["InsertRow"].With(in.ID, in.Status, in.Status.Open(), in.KindCode, in.Priority, in.StationID, in.AreaClass,
		in.Address, lat, lon, in.CallTaker, in.Source, in.ExternalRef, in.CalledAt.UnixMilli(), in.RecordedAt.UnixMilli(),
		sqldb.Millis(in.ClosedAt), in.Risk.Level, in.EntryCount, in.Key, in.Unsettled, in.Outside, in.Number)
}

func updateRow(in Incident) sqldb.Call {
	lat, lon := latLon(in.Position)
	return Queries["UpdateRow"].With(in.Status, in.Status.Open(), in.KindCode, in.Priority, in.StationID, in.AreaClass,
		in.Address, lat, lon, in.CalledAt.UnixMilli(), sqldb.Millis(in.ClosedAt), in.Risk.Level, in.EntryCount, in.Key, in.Unsettled, in.Outside, in.ID)
}

// Row is an incident as lists show it.
type Row struct {
	ID          ID        `json:"id"`
	Number      string    `json:"number"`
	Status      Status    `json:"status"`
	KindCode    string    `json:"kind_code"`
	Priority    int       `json:"priority"`
	StationID   string    `json:"station_id"`
	AreaClass   string    `json:"area_class"`
	Address     string    `json:"address"`
	Position    *Position `json:"position,omitempty"`
	CallTaker   string    `json:"call_taker"`
	Source      string    `json:"source"`
	ExternalRef string    `json:"external_ref,omitempty"`
	CalledAt    time.Time `json:"called_at"`
	RecordedAt  time.Time `json:"recorded_at"`
	ClosedAt    time.Time `json:"closed_at,omitzero"`
	Risk        string    `json:"risk"`
	EntryCount  int64     `json:"version"`
	PlaceKey    string    `json:"place_key,omitempty"`
	Unsettled   bool      `json:"place_unsettled,omitzero"`
	Outside     bool      `json:"outside,omitzero"`
}

// row is what the table should hold for an incident.
func (in Incident) row() Row {
	r := Row{in.ID, in.Number, in.Status, in.KindCode, in.Priority, in.StationID, in.AreaClass, in.Address, nil, in.CallTaker,
		in.Source, in.ExternalRef, in.CalledAt.UTC(), in.RecordedAt.UTC(), in.ClosedAt, in.Risk.Level, in.EntryCount, in.Key, in.Unsettled, in.Outside}
	if in.Position != nil {
		r.Position = &Position{Lat: in.Position.Lat, Lon: in.Position.Lon}
	}
	return r
}

// filedAs says that two rows of one incident differ in status and version at most,
// and both are open or neither is.
func (r Row) filedAs(other Row) bool {
	if r.Status.Open() != other.Status.Open() || !samePoint(r.Position, other.Position) {
		return false
	}
	other.Status, other.EntryCount, other.Position = r.Status, r.EntryCount, r.Position
	return r == other
}

func samePoint(a, b *Position) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func scanRow(r sqldb.Scanner) (row Row, err error) {
	var lat, lon sql.NullFloat64
	var called, recorded, closed int64
	err = r.Scan(&row.ID, &row.Status, &row.KindCode, &row.Priority, &row.StationID, &row.AreaClass, &row.Address, &lat, &lon,
		&row.CallTaker, &row.Source, &row.ExternalRef, &called, &recorded, &closed, &row.Risk, &row.EntryCount, &row.PlaceKey, &row.Unsettled, &row.Outside, &row.Number)
	if lat.Valid {
		row.Position = &Position{Lat: lat.Float64, Lon: lon.Float64}
	}
	row.CalledAt, row.RecordedAt = time.UnixMilli(called).UTC(), time.UnixMilli(recorded).UTC()
	if closed != 0 {
		row.ClosedAt = time.UnixMilli(closed).UTC()
	}
	return row, err
}

// recent is what a row tells to compare new calls with.
func (r Row) recent() Recent {
	return Recent{r.ID, r.Number, r.StationID, r.KindCode, r.Address, r.Position, r.CalledAt, r.PlaceKey}
}
