package incident

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"zhian/platform/httpapi"
)

// exported are the columns of an export. None is of a person or could name one:
// no contact, no narrative, no address as it was said, nobody of the staff. Points
// are rounded to three decimals, about a hundred metres.
var exported = []struct {
	name string
	cell func(r Row, zone *time.Location) string
}{
	{"number", func(r Row, _ *time.Location) string { return r.Number }},
	{"status", func(r Row, _ *time.Location) string { return string(r.Status) }},
	{"kind", func(r Row, _ *time.Location) string { return r.KindCode }},
	{"priority", func(r Row, _ *time.Location) string { return strconv.Itoa(r.Priority) }},
	{"station_id", func(r Row, _ *time.Location) string { return r.StationID }},
	{"area_class", func(r Row, _ *time.Location) string { return r.AreaClass }},
	{"outside", func(r Row, _ *time.Location) string { return strconv.FormatBool(r.Outside) }},
	{"lat", func(r Row, _ *time.Location) string { return roughly(r.Position, Position.lat) }},
	{"lon", func(r Row, _ *time.Location) string { return roughly(r.Position, Position.lon) }},
	{"called_at", func(r Row, zone *time.Location) string { return moment(r.CalledAt, zone) }},
	{"recorded_at", func(r Row, zone *time.Location) string { return moment(r.RecordedAt, zone) }},
	{"closed_at", func(r Row, zone *time.Location) string { return moment(r.ClosedAt, zone) }},
	{"risk", func(r Row, _ *time.Location) string { return r.Risk }},
}

func (p Position) lat() float64 { return p.Lat }
func (p Position) lon() float64 { return p.Lon }

func roughly(p *Position, of func(Position) float64) string {
	if p == nil {
		return ""
	}
	return strconv.FormatFloat(of(*p), 'f', 3, 64)
}

func moment(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.RFC3339)
}

// Export is a list as a CSV file, all pages of it.
func (s *Service) Export(ctx context.Context, f Filter) (httpapi.File, error) {
	f.Limit = exportBatch
	page, err := s.find(ctx, f)
	if err != nil {
		return httpapi.File{}, err
	}
	return httpapi.File{Name: "incidents.csv", Type: "text/csv; charset=utf-8", Write: func(w io.Writer) error { return s.export(ctx, w, f, page) }}, nil
}

const exportBatch = 500

func (s *Service) export(ctx context.Context, w io.Writer, f Filter, page Page) (err error) {
	out := csv.NewWriter(w)
	line := make([]string, len(exported))
	for i, c := range exported {
		line[i] = c.name
	}
	out.Write(line) // an error stays and Flush tells of it
	for {
		for _, r := range page.Items {
			for i, c := range exported {
				line[i] = c.cell(r, s.Zone)
			}
			out.Write(line)
		}
		out.Flush()
		if f.After = page.Next; f.After == "" || out.Error() != nil {
			return out.Error()
		}
		if page, err = s.find(ctx, f); err != nil {
			return err
		}
	}
}
