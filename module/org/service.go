package org

import (
	"context"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of.
type Deps struct {
	DB        *sqldb.DB
	Bus       *bus.Bus
	Now       func() time.Time
	IDs       *ident.Maker
	Gate      Rights
	Follower  Follower
	Divisions Divisions
}

// Service keeps the tree.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

const (
	permRead    httpapi.Perm = "org.read"
	permWrite   httpapi.Perm = "org.write"
	permApprove httpapi.Perm = "org.import.approve"
)

// Form is what is said of an organisation when it is made or changed. Its code is
// given once.
type Form struct {
	Code     string `json:"code" max:"32"`
	Name     string `json:"name" required:"true" max:"100"`
	Kind     Kind   `json:"kind" required:"true" enum:"bureau,county,station,branch,department,command_room,squad"`
	ParentID string `json:"parent_id" max:"64"`
	Sort     int    `json:"sort" min:"0" max:"1000000"`
	Reason   string `json:"reason" max:"500"`
}

// Amended is what is said of an organisation that there is.
type Amended struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
	Form
}

// Create adds an organisation below its parent.
func (s *Service) Create(ctx context.Context, f Form) (Organisation, error) {
	if !s.mayHold(ctx, f.ParentID) {
		return Organisation{}, fault.New(fault.Forbidden, "org.outside_your_scope")
	}
	return s.add(ctx, f, httpapi.Caller(ctx).UserID)
}

// mayHold says whether the caller may put organisations below another; what is
// below none is everybody's.
func (s *Service) mayHold(ctx context.Context, parentID string) bool {
	who := httpapi.Caller(ctx)
	if parentID == "" {
		return s.Gate.Scope(who, permWrite).All
	}
	return s.Gate.Can(who, permWrite, parentID)
}

// Found adds the first organisation, before anybody can hold a grant.
func (s *Service) Found(ctx context.Context, f Form) (Organisation, error) {
	return s.add(ctx, f, "setup")
}

func (s *Service) add(ctx context.Context, f Form, by string) (Organisation, error) {
	division, _, err := CheckCode(f.Code, s.Divisions)
	if err != nil {
		return Organisation{}, err
	}
	if err := CheckName(f.Name); err != nil {
		return Organisation{}, err
	}
	return s.write(ctx, func(forest *stored) (Edition, error) {
		o := Organisation{ID: s.IDs.Next(), Code: f.Code, Name: f.Name, Kind: f.Kind, ParentID: f.ParentID, Sort: f.Sort, Division: division}
		httpapi.NoteChange(ctx, nil, o.fields())
		return Edition{Organisation: o, Act: ActCreated, By: by, Reason: f.Reason}, forest.check(CheckPut(forest, o))
	})
}

// write makes one change in one transaction, tells the other nodes, and has
// decisions on this one follow before the answer goes out.
func (s *Service) write(ctx context.Context, decide func(*stored) (Edition, error)) (Organisation, error) {
	o, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Organisation, error) {
		forest, err := lock(tx)
		if err != nil {
			return Organisation{}, err
		}
		e, err := decide(forest)
		if err != nil {
			return Organisation{}, err
		}
		e = s.stamp(e)
		if err := save(tx, e); err != nil {
			return Organisation{}, err
		}
		return e.Organisation, s.Bus.Publish(tx, s.Now(), Changed{[]string{e.ID}})
	})
	if err == nil {
		s.Follower.Follow(ctx, []string{o.ID})
	}
	return o, err
}

// stamp dates a change and numbers the version that it makes.
func (s *Service) stamp(e Edition) Edition {
	now := s.Now().UTC().Truncate(time.Millisecond)
	e.ChangedSeq++
	e.ChangedAt = now
	switch e.Act {
	case ActCreated:
		e.CreatedAt = now
	case ActRetired:
		e.RetiredAt = now
	}
	return e
}

// Change renames, re-sorts or moves an organisation; its code stays.
func (s *Service) Change(ctx context.Context, f Amended) (Organisation, error) {
	if err := CheckName(f.Name); err != nil {
		return Organisation{}, err
	}
	return s.edit(ctx, f.ID, f.IfMatch, func(forest *stored, o Organisation) (Edition, error) {
		e := Edition{Organisation: o, Act: ActChanged, By: httpapi.Caller(ctx).UserID, Reason: f.Reason}
		e.Name, e.Kind, e.Sort, e.ParentID = f.Name, f.Kind, f.Sort, f.ParentID
		if f.ParentID == o.ParentID {
			return e, nil
		}
		if !s.mayHold(ctx, f.ParentID) {
			return e, fault.New(fault.Forbidden, "org.outside_your_scope")
		}
		e.Act = ActMoved
		return e, CheckPut(forest, e.Organisation)
	})
}

// Leaving names an organisation that ends.
type Leaving struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
	Reason  string `query:"reason" max:"500"`
}

// Retire ends an organisation that has nothing below it. Records keep naming it.
func (s *Service) Retire(ctx context.Context, l Leaving) (Organisation, error) {
	return s.edit(ctx, l.ID, l.IfMatch, func(forest *stored, o Organisation) (Edition, error) {
		return Edition{Organisation: o, Act: ActRetired, By: httpapi.Caller(ctx).UserID, Reason: l.Reason}, CheckRetire(forest, o)
	})
}

func (s *Service) edit(ctx context.Context, id, ifMatch string, decide func(*stored, Organisation) (Edition, error)) (Organisation, error) {
	return s.write(ctx, func(forest *stored) (Edition, error) {
		o, known := forest.Find(id)
		if err := forest.check(nil); err != nil {
			return Edition{}, err
		}
		if !known || !o.Stands() || !s.Gate.Can(httpapi.Caller(ctx), permWrite, id) {
			return Edition{}, fault.New(fault.NotFound, "org.not_found")
		}
		if err := httpapi.Match(ifMatch, o.Version()); err != nil {
			return Edition{}, err
		}
		e, err := decide(forest, o)
		after := e.Organisation.fields()
		if e.Act == ActRetired {
			after = nil
		}
		httpapi.NoteChange(ctx, o.fields(), after)
		return e, forest.check(err)
	})
}

// ByID names an organisation.
type ByID struct {
	ID string `path:"id"`
}

// Get is one organisation, retired or not.
func (s *Service) Get(ctx context.Context, q ByID) (Organisation, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Organisation, error) { return s.visible(ctx, tx, q.ID) })
}

func (s *Service) visible(ctx context.Context, tx *sqldb.Tx, id string) (Organisation, error) {
	o, err := sqldb.Get(tx, Queries["ByID"], scanOrganisation, id)
	if err == sqldb.ErrNone || err == nil && !s.Gate.Can(httpapi.Caller(ctx), permRead, id) {
		return Organisation{}, fault.New(fault.NotFound, "org.not_found")
	}
	return o, err
}

// Some are the organisations with these ids, all of them for nil, for the house
// itself: decisions are compiled from them.
func (s *Service) Some(ctx context.Context, ids []string) ([]Organisation, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Organisation, error) {
		if ids == nil {
			return all(tx)
		}
		var list []Organisation
		forest := &stored{tx: tx}
		for _, id := range ids {
			if o, known := forest.Find(id); known {
				list = append(list, o)
			}
		}
		return list, forest.check(nil)
	})
}

// Top is the oldest organisation that has none above it; "" before there is one.
func (s *Service) Top(ctx context.Context) (string, error) {
	return sqldb.One(ctx, s.DB, Queries["Top"], sqldb.ScanString)
}

// IsKind says whether an organisation exists, has not ended and is of a kind.
func (s *Service) IsKind(tx *sqldb.Tx, id string, kind Kind) (bool, error) {
	forest := &stored{tx: tx}
	o, known := forest.Find(id)
	return known && o.Stands() && o.Kind == kind, forest.check(nil)
}
