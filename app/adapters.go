package app

import (
	"cmp"
	"context"
	"strings"
	"sync/atomic"
	"time"

	"zhian/module/access"
	"zhian/module/audit"
	"zhian/module/identity"
	"zhian/module/incident"
	"zhian/module/notify"
	"zhian/module/org"
	"zhian/module/place"
	"zhian/module/unit"
	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Each adapter lets one module meet a small need of another.

// tree lets access see the organisations.
type tree struct{ *org.Service }

func (t tree) Nodes(ctx context.Context, ids []string) ([]access.Node, error) {
	list, err := t.Some(ctx, ids)
	nodes := make([]access.Node, 0, len(list))
	for _, o := range list {
		nodes = append(nodes, access.Node{ID: o.ID, Parent: o.ParentID})
	}
	return nodes, err
}

// followers have taken a change of the tree into account before it is answered.
type followers struct {
	access *access.Service
	centre *centre
}

func (f followers) Follow(ctx context.Context, orgIDs []string) {
	f.access.Follow(ctx, orgIDs)
	f.centre.learn(context.WithoutCancel(ctx)) // at worst the next change is learnt with this one
}

// staff lets audit call accounts by their names.
type staff struct{ *identity.Service }

func (s *staff) Members(ctx context.Context, userIDs []string) (map[string]audit.Member, error) {
	list, err := s.Some(ctx, userIDs)
	members := make(map[string]audit.Member, len(list))
	for _, a := range list {
		members[a.ID] = audit.Member{Login: a.Login, Name: a.DisplayName}
	}
	return members, err
}

// stations lets place ask whether an area's owner answers calls.
type stations struct{ *org.Service }

func (s stations) IsStation(tx *sqldb.Tx, id string) (bool, error) {
	return s.IsKind(tx, id, "station")
}

// centre tells incident who answers where no station does: the top of the tree.
type centre struct {
	*org.Service
	root atomic.Pointer[string]
}

// learn asks for the top anew; what was known stays when the database is out.
func (c *centre) learn(ctx context.Context) error {
	root, err := c.Top(ctx)
	if err == nil {
		c.root.Store(&root)
	}
	return err
}

// Root is empty before there is a tree.
func (c *centre) Root() string {
	if id := c.root.Load(); id != nil {
		return *id
	}
	return ""
}

// locator lets incident ask place where a call is.
type locator struct{ *place.Service }

const (
	shown  = 5    // choices that a person is offered
	beside = 50.0 // metres within which an address stands for a bare point
)

func (l locator) Locate(ctx context.Context, address string, p *incident.Point) (incident.Located, error) {
	q := place.Query{Text: address, Limit: shown}
	if p != nil {
		q.Point, q.Datum = &geo.Point{Lat: p.Lat, Lon: p.Lon}, cmp.Or(p.Datum, geo.WGS84)
	}
	if address == "" && p == nil {
		return incident.Located{Doubts: []string{incident.DoubtNothingSaid}}, nil
	}
	found, err := l.Service.Locate(ctx, q)
	if fault.KeyOf(err) == "place.text_invalid" {
		return l.unreadable(ctx, q, p)
	}
	if err != nil {
		return incident.Located{}, err
	}
	return located(found, address, p), nil
}

// unreadable places a call whose text is refused: by its point alone, or by the
// person who chooses among what can be read of it.
func (l locator) unreadable(ctx context.Context, q place.Query, p *incident.Point) (out incident.Located, err error) {
	text := q.Text
	if q.Text = ""; p != nil {
		found, err := l.Service.Locate(ctx, q)
		if err != nil {
			return out, err
		}
		out = located(found, "", p)
	}
	out.Doubts = append(out.Doubts, incident.DoubtUnreadable)
	if out.StationID == "" {
		out.Choices = choices(l.Suggest(text, shown))
	}
	return out, nil
}

// located is place's answer in incident's words. A guess is no place to send
// anybody: without a point that was given or is settled the call stays without a
// station until a person places it.
func located(found place.Located, address string, p *incident.Point) incident.Located {
	out := incident.Located{Outside: found.Outside, Key: found.Key, Choices: choices(found.Candidates)}
	best, settled := found.Settled()
	switch {
	case p != nil:
		out.Position = &incident.Position{Lat: found.Point.Lat, Lon: found.Point.Lon, UncertaintyM: p.UncertaintyM}
	case settled && best.Point != nil:
		out.Position = &incident.Position{Lat: best.Point.Lat, Lon: best.Point.Lon, UncertaintyM: best.Uncertainty}
	case found.Ambiguous:
		out.Doubts = append(out.Doubts, incident.DoubtAmbiguous)
	default:
		out.Doubts = append(out.Doubts, incident.DoubtUnknown)
	}
	if address == "" && found.Nearest != nil && found.Nearest.Meters <= beside {
		out.Address = found.Nearest.Name
	}
	if found.Area != nil && out.Position != nil {
		out.StationID, out.AreaClass = found.Area.StationID, string(found.Area.Class)
	}
	for _, w := range found.Warnings {
		out.Doubts = append(out.Doubts, strings.TrimPrefix(w, "place."))
	}
	for _, h := range found.Hazards {
		out.Hazards = append(out.Hazards, incident.Hazard{ID: h.ID, Kind: string(h.Kind), Note: h.Note, By: h.CreatedBy, Until: h.ValidTo})
	}
	return out
}

func choices(candidates []place.Candidate) []incident.Choice {
	list := make([]incident.Choice, 0, len(candidates))
	for _, c := range candidates {
		one := incident.Choice{PlaceID: c.PlaceID, Name: c.Name, Town: c.Town, Village: c.Village, StationID: c.StationID, Score: c.Score}
		if c.Point != nil {
			one.Position = &incident.Position{Lat: c.Point.Lat, Lon: c.Point.Lon, UncertaintyM: c.Uncertainty}
		}
		list = append(list, one)
	}
	return list
}

// units lets incident send units.
type units struct{ *unit.Service }

func (u units) Send(tx *sqldb.Tx, unitID string, id incident.ID, step incident.Step) (incident.Sent, error) {
	sent, err := u.Service.Send(tx, unitID, string(id), string(step))
	out := incident.Sent{OrgID: sent.OrgID}
	for _, m := range sent.Crew {
		out.Crew = append(out.Crew, m.UserID)
		if m.Muted {
			out.Muted = append(out.Muted, m.UserID)
		}
	}
	return out, err
}

func (u units) Follow(tx *sqldb.Tx, unitID string, id incident.ID, step incident.Step, _ time.Time) error {
	return u.Service.Follow(tx, unitID, string(id), string(step))
}

func (u units) Rank(p incident.Position, limit int, named []string, wanted func(orgID string) bool) []incident.Candidate {
	best := u.Service.Rank(geo.Point{Lat: p.Lat, Lon: p.Lon}, limit, named, wanted)
	list := make([]incident.Candidate, len(best))
	for i, n := range best {
		list[i] = incident.Candidate{UnitID: n.ID, CallSign: n.CallSign, Kind: n.Kind, State: string(n.State), Crew: len(n.Crew), There: n.There(),
			StraightM: n.StraightM, DistanceM: n.DistanceM, EtaS: n.EtaS, FixAgeS: n.FixAgeS, Shortfalls: n.Shortfalls}
	}
	return list
}

func (u units) Estimate() incident.Estimate {
	return incident.Estimate{Way: "straight_line", Detour: unit.Detour, SpeedMS: unit.UsualSpeeds()}
}

// people lets notify ask who is at work and who leads.
type people struct {
	unit   *unit.Service
	access *access.Service
}

func (p people) Duty(tx *sqldb.Tx, userID string) (notify.Duty, error) {
	m, on, err := p.unit.Aboard(tx, userID)
	return notify.Duty{On: on, Muted: m.Muted}, err
}

func (p people) Leaders(tx *sqldb.Tx, orgID string, at time.Time) ([]string, error) {
	return p.access.Holders(tx, "station_leader", orgID, at)
}

// witness lets the vault write to the audit log who saw what.
type witness struct {
	httpapi.Auditor
	now func() time.Time
}

func (w witness) Revealed(tx *sqldb.Tx, subject, field string, p crypto.Purpose) error {
	ctx := tx.Context()
	who := httpapi.Caller(ctx)
	who.UserID = p.By
	return w.Record(tx, httpapi.AuditEvent{At: w.now(), Actor: who, Address: httpapi.ClientAddress(ctx), RequestID: httpapi.RequestID(ctx),
		Class: httpapi.AuditReveal, Action: "reveal " + field, Object: subject, Purpose: p.Code, Result: "ok"})
}
