package org

import (
	"context"
	"errors"
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
	Gate      httpapi.Gate
	Follower  Follower
	Divisions map[string]string
}

// Service keeps the tree.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

const (
	permRead  httpapi.Perm = "org.read"
	permWrite httpapi.Perm = "org.write"
)

// Form is what is said of an organisation when it is made or changed.
type Form struct {
	ID       string `path:"id"`
	IfMatch  string `header:"If-Match"`
	Code     string `json:"code" max:"12"`
	Name     string `json:"name" required:"true" max:"100"`
	Kind     string `json:"kind" required:"true" enum:"bureau,county,station,branch,department,command_room,squad"`
	ParentID string `json:"parent_id" max:"64"`
	Sort     int    `json:"sort" min:"0" max:"1000000"`
}

// Create adds an organisation below its parent.
func (s *Service) Create(ctx context.Context, f Form) (Organisation, error) {
	if err := CheckCode(f.Code, s.Divisions); err != nil {
		return Organisation{}, err
	}
	if !s.Gate.Can(httpapi.Caller(ctx), permWrite, f.ParentID) {
		return Organisation{}, fault.New(fault.Forbidden, "org.outside_your_scope")
	}
	return s.add(ctx, f)
}

// Found adds the first organisation, before anybody can hold a grant.
func (s *Service) Found(ctx context.Context, f Form) (Organisation, error) { return s.add(ctx, f) }

func (s *Service) add(ctx context.Context, f Form) (Organisation, error) {
	return s.write(ctx, func(tx *sqldb.Tx) (Organisation, error) {
		byID, _, err := all(tx)
		if err != nil {
			return Organisation{}, err
		}
		o := Organisation{ID: s.IDs.Next(), Code: f.Code, Name: f.Name, Kind: f.Kind, ParentID: f.ParentID, Sort: f.Sort,
			CreatedAt: s.Now().UTC().Truncate(time.Millisecond), ChangedSeq: 1}
		if err := CheckParent(o.ID, o.ParentID, byID); err != nil {
			return o, err
		}
		for _, other := range byID {
			if other.Code == o.Code && other.RetiredAt.IsZero() {
				return o, fault.With(fault.New(fault.Conflict, "org.code_taken"), "id", other.ID)
			}
		}
		return o, insert(tx, o)
	})
}

// write changes an organisation, tells the other nodes, and has decisions on this
// one follow before the answer goes out.
func (s *Service) write(ctx context.Context, change func(*sqldb.Tx) (Organisation, error)) (Organisation, error) {
	o, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Organisation, error) {
		o, err := change(tx)
		if err != nil {
			return o, err
		}
		return o, s.Bus.Publish(tx, s.Now(), Changed{[]string{o.ID}})
	})
	if err == nil {
		s.Follower.Follow(ctx, []string{o.ID})
	}
	return o, err
}

// Change renames, re-sorts or moves an organisation; its code stays.
func (s *Service) Change(ctx context.Context, f Form) (Organisation, error) {
	return s.edit(ctx, f.ID, f.IfMatch, func(o *Organisation, byID map[string]Organisation) error {
		o.Name, o.Kind, o.Sort = f.Name, f.Kind, f.Sort
		if f.ParentID == o.ParentID {
			return nil
		}
		if !s.Gate.Can(httpapi.Caller(ctx), permWrite, f.ParentID) {
			return fault.New(fault.Forbidden, "org.outside_your_scope")
		}
		o.ParentID = f.ParentID
		return CheckParent(o.ID, f.ParentID, byID)
	})
}

// Leaving names an organisation that ends.
type Leaving struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
}

// Retire ends an organisation that has nothing below it. Records keep naming it.
func (s *Service) Retire(ctx context.Context, l Leaving) (Organisation, error) {
	return s.edit(ctx, l.ID, l.IfMatch, func(o *Organisation, byID map[string]Organisation) error {
		for _, child := range byID {
			if child.ParentID == o.ID && child.RetiredAt.IsZero() {
				return fault.New(fault.Conflict, "org.has_children")
			}
		}
		o.RetiredAt = s.Now().UTC().Truncate(time.Millisecond)
		return nil
	})
}

func (s *Service) edit(ctx context.Context, id, ifMatch string, decide func(*Organisation, map[string]Organisation) error) (Organisation, error) {
	return s.write(ctx, func(tx *sqldb.Tx) (Organisation, error) {
		byID, _, err := all(tx)
		if err != nil {
			return Organisation{}, err
		}
		o, known := byID[id]
		if !known || !o.RetiredAt.IsZero() || !s.Gate.Can(httpapi.Caller(ctx), permWrite, id) {
			return Organisation{}, fault.New(fault.NotFound, "org.not_found")
		}
		if err := errors.Join(httpapi.Match(ifMatch, o.Version()), decide(&o, byID)); err != nil {
			return o, err
		}
		if err := update(tx, o); err != nil {
			return o, err
		}
		o.ChangedSeq++
		return o, nil
	})
}

// Listing asks for the tree.
type Listing struct {
	Retired bool `query:"retired"` // show those that have ended, too
}

// Tree lists every organisation that the caller may see; parents come by sort
// and code, and clients build the tree from parent_id.
func (s *Service) Tree(ctx context.Context, l Listing) (httpapi.List[Organisation], error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (page httpapi.List[Organisation], err error) {
		_, list, err := all(tx)
		page.Items = []Organisation{}
		for _, o := range list {
			if (l.Retired || o.RetiredAt.IsZero()) && s.Gate.Can(httpapi.Caller(ctx), permRead, o.ID) {
				page.Items = append(page.Items, o)
			}
		}
		return page, err
	})
}

// Some are the organisations with these ids, all of them for nil, for the house
// itself: decisions are compiled from them.
func (s *Service) Some(ctx context.Context, ids []string) ([]Organisation, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (list []Organisation, err error) {
		if ids == nil {
			_, list, err = all(tx)
			return list, err
		}
		for _, id := range ids {
			o, err := sqldb.Get(tx, Queries["ByID"], scanOrganisation, id)
			if err != nil && err != sqldb.ErrNone {
				return nil, err
			}
			if err == nil {
				list = append(list, o)
			}
		}
		return list, nil
	})
}

// Top is the oldest organisation that has none above it; "" before there is one.
func (s *Service) Top(ctx context.Context) (string, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (string, error) {
		return sqldb.Get(tx, Queries["Top"], sqldb.ScanString)
	})
}

// IsKind says whether an organisation exists, has not ended and is of a kind.
func (s *Service) IsKind(tx *sqldb.Tx, id, kind string) (bool, error) {
	o, err := sqldb.Get(tx, Queries["ByID"], scanOrganisation, id)
	if err == sqldb.ErrNone {
		return false, nil
	}
	return o.RetiredAt.IsZero() && o.Kind == kind, err
}
