package unit

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of.
type Deps struct {
	DB      *sqldb.DB
	Bus     *bus.Bus
	Now     func() time.Time
	IDs     *ident.Maker
	Gate    httpapi.Gate
	Screens Screens
}

// Service keeps the units.
type Service struct {
	Deps
	fleet  *fleet
	looked atomic.Int64 // until when this node knows the positions that others took
}

// New makes the service; Listen and Start make it know the fleet.
func New(d Deps) *Service { return &Service{Deps: d, fleet: newFleet()} }

const (
	permRead   httpapi.Perm = "unit.read"
	permWrite  httpapi.Perm = "unit.write"
	permReport httpapi.Perm = "unit.report"
)

// Form is what is said of a unit when it is registered or changed.
type Form struct {
	ID       string `path:"id"`
	IfMatch  string `header:"If-Match"`
	CallSign string `json:"call_sign" required:"true" max:"32"`
	Kind     string `json:"kind" required:"true" enum:"car,motorcycle,foot,boat"`
	OrgID    string `json:"org_id" required:"true" max:"64"`
}

// Register adds a unit.
func (s *Service) Register(ctx context.Context, f Form) (Unit, error) {
	if !s.may(ctx, permWrite, f.OrgID) {
		return Unit{}, fault.New(fault.Forbidden, "unit.outside_your_scope")
	}
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Unit, error) {
		u := Unit{ID: s.IDs.Next(), CallSign: f.CallSign, Kind: f.Kind, OrgID: f.OrgID, State: Available, StateSince: s.now(),
			Crew: []Member{}, Engaged: []Engagement{}, EditCount: 1}
		err := insert(tx, u)
		if errors.Is(err, sqldb.ErrDuplicate) {
			err = fault.New(fault.Conflict, "unit.call_sign_taken")
		}
		if err != nil {
			return Unit{}, err
		}
		return u, s.tell(tx, u, "")
	})
}

// Change edits the register entry.
func (s *Service) Change(ctx context.Context, f Form) (Unit, error) {
	return s.edit(ctx, f.ID, f.IfMatch, permWrite, func(tx *sqldb.Tx, u Unit) (Unit, error) {
		if !s.may(ctx, permWrite, f.OrgID) {
			return u, fault.New(fault.Forbidden, "unit.outside_your_scope")
		}
		u.CallSign, u.Kind, u.OrgID = f.CallSign, f.Kind, f.OrgID
		return u, nil
	})
}

// Service state of a unit.
type Resting struct {
	ID           string `path:"id"`
	IfMatch      string `header:"If-Match"`
	OutOfService bool   `json:"out_of_service"`
}

// Rest takes a unit out of service, or back.
func (s *Service) Rest(ctx context.Context, r Resting) (Unit, error) {
	return s.edit(ctx, r.ID, r.IfMatch, permWrite, func(_ *sqldb.Tx, u Unit) (Unit, error) { return u.Rest(r.OutOfService, s.now()) })
}

// Boarding puts somebody on or off duty in a unit.
type Boarding struct {
	ID     string `path:"id"`
	UserID string `json:"user_id" required:"true" max:"64"`
	Off    bool   `json:"off"`
	Muted  bool   `json:"muted"`
}

// Duty changes the crew: one's own duty, or another's as one who may. Whoever
// was in another unit leaves that one. Faults: Conflict unit.engaged when the
// last of an engaged crew would leave, unit.not_in_crew, unit.boards_elsewhere
// when the same person does so in another unit at this very moment.
func (s *Service) Duty(ctx context.Context, d Boarding) (Unit, error) {
	perm := permWrite
	if d.UserID == httpapi.Caller(ctx).UserID {
		perm = permReport
	}
	return s.edit(ctx, d.ID, "", perm, func(tx *sqldb.Tx, u Unit) (Unit, error) {
		if d.Off {
			return s.leave(tx, u, d.UserID)
		}
		m := Member{UserID: d.UserID, Muted: d.Muted, Since: s.now()}
		next, joined := u.Board(m)
		if !joined {
			_, err := tx.Exec(Queries["Mute"], m.Muted, m.UserID)
			return next, err
		}
		if err := s.leaveOther(tx, d.UserID); err != nil {
			return u, err
		}
		_, err := tx.Exec(Queries["Board"], m.UserID, u.ID, m.Muted, m.Since.UnixMilli())
		if errors.Is(err, sqldb.ErrDuplicate) {
			err = fault.New(fault.Conflict, "unit.boards_elsewhere")
		}
		if err == nil {
			_, err = tx.Exec(Queries["BeginDuty"], m.UserID, u.ID, m.Since.UnixMilli())
		}
		return next, err
	})
}

// leave takes somebody off duty, and the history says until when they were on.
func (s *Service) leave(tx *sqldb.Tx, u Unit, userID string) (Unit, error) {
	next, err := u.Leave(userID)
	if err == nil {
		_, err = tx.Exec(Queries["Leave"], userID)
	}
	if err == nil {
		_, err = tx.Exec(Queries["EndDuty"], s.now().UnixMilli(), userID)
	}
	return next, err
}

// leaveOther takes somebody out of the unit they were in, if that unit can spare
// them.
func (s *Service) leaveOther(tx *sqldb.Tx, userID string) error {
	before, err := sqldb.Get(tx, Queries["Where"], sqldb.ScanString, userID)
	if err == sqldb.ErrNone {
		return nil
	}
	if err != nil {
		return err
	}
	other, err := byID(tx, before)
	if err == nil {
		other, err = s.leave(tx, other, userID)
	}
	if err != nil {
		return err
	}
	_, err = s.keep(tx, other, "")
	return err
}

// keep saves the next version of a unit; the fleet has it once it is on disk. was
// is the organisation that it was of, if that is another.
func (s *Service) keep(tx *sqldb.Tx, u Unit, was string) (Unit, error) {
	if err := save(tx, u); err != nil {
		return u, err
	}
	u.EditCount++
	return u, s.tell(tx, u, was)
}

func (s *Service) edit(ctx context.Context, id, ifMatch string, perm httpapi.Perm, decide func(*sqldb.Tx, Unit) (Unit, error)) (Unit, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Unit, error) {
		u, err := byID(tx, id)
		if err == nil && !s.may(ctx, perm, u.OrgID) {
			err = notFound(id)
		}
		if err == nil {
			err = httpapi.Match(ifMatch, u.Version())
		}
		if err != nil {
			return Unit{}, err
		}
		was := u.OrgID
		if u, err = decide(tx, u); err != nil {
			return u, err
		}
		if was == u.OrgID {
			was = ""
		}
		return s.keep(tx, u, was)
	})
}

func (s *Service) may(ctx context.Context, perm httpapi.Perm, org string) bool {
	return s.Gate.Can(httpapi.Caller(ctx), perm, org)
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) tell(tx *sqldb.Tx, u Unit, was string) error {
	tx.AfterCommit(func() { s.fleet.put(u) })
	return s.Bus.Publish(tx, s.Now(), Changed{u.ID, u.EditCount, u.OrgID, was, u.CallSign, u.State, u.StateSince})
}

// Aboard says whether somebody is on duty in a unit, and as whom.
func (s *Service) Aboard(tx *sqldb.Tx, userID string) (m Member, on bool, err error) {
	m, err = sqldb.Get(tx, Queries["Aboard"], scanMember, userID)
	if err == sqldb.ErrNone {
		return m, false, nil
	}
	return m, err == nil, err
}

// Owner is the organisation of a unit, whatever the unit does now.
func (s *Service) Owner(tx *sqldb.Tx, unitID string) (orgID string, err error) {
	orgID, err = sqldb.Get(tx, Queries["Owner"], sqldb.ScanString, unitID)
	if err == sqldb.ErrNone {
		err = notFound(unitID)
	}
	return orgID, err
}

// Send engages a unit for an incident, in the incident's transaction.
func (s *Service) Send(tx *sqldb.Tx, unitID, incidentID, step string) (Unit, error) {
	u, err := byID(tx, unitID)
	if err == nil {
		err = u.MaySend()
	}
	if err != nil {
		return u, err
	}
	return s.follow(tx, u, incidentID, step)
}

// Follow lets a unit's state follow a step of its assignment, in the incident's
// transaction. "cleared" frees it.
func (s *Service) Follow(tx *sqldb.Tx, unitID, incidentID, step string) error {
	u, err := byID(tx, unitID)
	if err != nil {
		return err
	}
	_, err = s.follow(tx, u, incidentID, step)
	return err
}

func (s *Service) follow(tx *sqldb.Tx, u Unit, incidentID, step string) (Unit, error) {
	next := u.Follow(incidentID, step, s.now())
	if next.State == u.State && slices.Equal(next.Engaged, u.Engaged) {
		return u, nil
	}
	if err := saveEngagement(tx, next, incidentID); err != nil {
		return u, err
	}
	return s.keep(tx, next, "")
}

// Asking asks for one unit, or a page of them.
type Asking struct {
	ID    string `path:"id"`
	After string `query:"after" max:"64"`
	Limit int    `query:"limit" min:"1" max:"500"`
}

// Get is one unit.
func (s *Service) Get(ctx context.Context, a Asking) (Unit, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Unit, error) {
		u, err := peek(tx, a.ID)
		if err == nil && !s.may(ctx, permRead, u.OrgID) {
			err = notFound(a.ID)
		}
		u.LastFix = s.fleet.fix(a.ID)
		return u, err
	})
}

// List is a page of the units in the caller's scope, by call sign.
func (s *Service) List(ctx context.Context, a Asking) (httpapi.List[Unit], error) {
	if a.Limit == 0 {
		a.Limit = 100
	}
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (httpapi.List[Unit], error) {
		list := httpapi.List[Unit]{Items: []Unit{}}
		for {
			batch, err := page(tx, a.After, a.Limit)
			if err != nil {
				return list, err
			}
			for _, u := range batch {
				a.After = u.CallSign
				if !s.may(ctx, permRead, u.OrgID) {
					continue
				}
				u.LastFix = s.fleet.fix(u.ID)
				if list.Items = append(list.Items, u); len(list.Items) == a.Limit {
					list.Next = a.After
					return list, nil
				}
			}
			if len(batch) < a.Limit {
				return list, nil
			}
		}
	})
}

// Asked asks who was on duty in a unit, newest first; From and To are moments in
// which somebody's duty lies at least in part.
type Asked struct {
	ID    string    `path:"id"`
	From  time.Time `query:"from"`
	To    time.Time `query:"to"`
	Limit int       `query:"limit" min:"1" max:"500"`
}

// Duties is who was on duty in a unit and when.
func (s *Service) Duties(ctx context.Context, a Asked) (list httpapi.List[Duty], err error) {
	if a.Limit == 0 {
		a.Limit = 100
	}
	if a.To.IsZero() {
		a.To = s.now()
	}
	list.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Duty, error) {
		u, err := peek(tx, a.ID)
		if err == nil && !s.may(ctx, permRead, u.OrgID) {
			err = notFound(a.ID)
		}
		if err != nil {
			return nil, err
		}
		return sqldb.List(tx, Queries["Duties"], scanDuty, a.ID, a.To.UnixMilli(), a.From.UnixMilli(), a.Limit)
	})
	return list, err
}

func notFound(id string) error {
	return fault.With(fault.New(fault.NotFound, "unit.not_found"), "unit_id", id)
}
