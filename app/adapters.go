package app

import (
	"context"
	"time"

	"zhian/module/access"
	"zhian/module/incident"
	"zhian/module/org"
	"zhian/module/place"
	"zhian/module/unit"
	"zhian/platform/crypto"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Each adapter lets one module meet a small need of another.

// tree lets access see the organisations.
type tree struct{ *org.Service }

func (t tree) Nodes(ctx context.Context) ([]access.Node, error) {
	list, err := t.Everything(ctx)
	nodes := make([]access.Node, 0, len(list))
	for _, o := range list {
		nodes = append(nodes, access.Node{ID: o.ID, Parent: o.ParentID})
	}
	return nodes, err
}

// stations lets place ask whether an area's owner answers calls.
type stations struct{ *org.Service }

func (s stations) IsStation(tx *sqldb.Tx, id string) (bool, error) {
	return s.IsKind(tx, id, "station")
}

// locator lets incident ask place where a call is.
type locator struct{ *place.Service }

func (l locator) Locate(ctx context.Context, address string, p *incident.Position) (incident.Located, error) {
	q := place.Query{Text: address, Limit: 2}
	if p != nil {
		q.Point, q.Datum = &geo.Point{Lat: p.Lat, Lon: p.Lon}, geo.WGS84
	}
	found, err := l.Service.Locate(ctx, q)
	if err != nil {
		return incident.Located{}, err
	}
	out := incident.Located{Address: address, Position: p, Outside: found.Outside}
	best, settled := found.Settled()
	if p == nil && settled && best.Point != nil {
		out.Position = &incident.Position{Lat: best.Point.Lat, Lon: best.Point.Lon, UncertaintyM: best.Uncertainty}
	}
	// A guess is no place to send anybody: without a point that was given or is
	// settled the call stays without a station until a person places it.
	if found.Area != nil && out.Position != nil {
		out.StationID, out.AreaClass = found.Area.StationID, string(found.Area.Class)
	}
	for _, h := range found.Hazards {
		out.Hazards = append(out.Hazards, incident.Hazard{ID: h.ID, Kind: string(h.Kind), Note: h.Note})
	}
	return out, nil
}

// units lets incident send units.
type units struct{ *unit.Service }

func (u units) Send(tx *sqldb.Tx, unitID string, id incident.ID, step incident.Step) (incident.Sent, error) {
	sent, err := u.Service.Send(tx, unitID, string(id), string(step))
	out := incident.Sent{OrgID: sent.OrgID}
	for _, m := range sent.Crew {
		out.Crew = append(out.Crew, m.UserID)
	}
	return out, err
}

func (u units) Follow(tx *sqldb.Tx, unitID string, id incident.ID, step incident.Step, _ time.Time) error {
	return u.Service.Follow(tx, unitID, string(id), string(step))
}

// detour is how much longer roads are than the straight line, without a road map.
const detour = 1.35

func (u units) Near(ctx context.Context, p incident.Position, limit int) ([]incident.Candidate, error) {
	near, err := u.Service.Near(ctx, geo.Point{Lat: p.Lat, Lon: p.Lon}, limit)
	list := make([]incident.Candidate, 0, len(near))
	for _, n := range near {
		list = append(list, incident.Candidate{UnitID: n.ID, CallSign: n.CallSign, State: string(n.State),
			DistanceM: n.DistanceM * detour, PositionAt: n.PositionAt.UnixMilli(), Shortfalls: n.Shortfalls})
	}
	return list, err
}

// witness lets the vault write to the audit log who saw what.
type witness struct {
	httpapi.Auditor
	now func() time.Time
}

func (w witness) Revealed(tx *sqldb.Tx, subject, field string, p crypto.Purpose) error {
	return w.Record(tx, httpapi.AuditEvent{At: w.now(), Actor: httpapi.Principal{UserID: p.By}, Class: httpapi.AuditReveal,
		Action: "reveal " + field, Object: subject, Purpose: p.Code, Result: "ok"})
}
