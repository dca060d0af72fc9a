package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"zhian/platform/bus"
	"zhian/platform/crypto"
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
	Ledger  Ledger
	Vault   *crypto.Vault
	Locator Locator
	Units   Units
	Kinds   Kinds
	Words   Words
	Zone    *time.Location // the centre's, for the hour of the day
}

// Service is everything the rest of the house may ask of this module.
type Service struct {
	Deps
	recent recents
}

// New makes the service; Listen and Start put it to work.
func New(d Deps) *Service { return &Service{Deps: d} }

// Permissions of this module.
const (
	permReceive  httpapi.Perm = "incident.receive"
	permRead     httpapi.Perm = "incident.read"
	permDispatch httpapi.Perm = "incident.dispatch"
	permRespond  httpapi.Perm = "incident.respond"
	permCorrect  httpapi.Perm = "incident.correct"
	permBackfill httpapi.Perm = "incident.backfill"
	permReveal   httpapi.Perm = "incident.contact.reveal"
)

// Intake is what the call-taker knows, or another system sends.
type Intake struct {
	KindCode    string    `json:"kind_code" required:"true" max:"32"`
	Priority    int       `json:"priority" min:"1" max:"4"`
	Address     string    `json:"address" max:"200"`
	Position    *Position `json:"position"`
	StationID   string    `json:"station_id" max:"64"`
	Narrative   string    `json:"narrative" max:"4000" lines:"true"`
	Contact     *Contact  `json:"contact"`
	OccurredAt  time.Time `json:"occurred_at"`
	Source      string    `json:"source" max:"32"`
	ExternalRef string    `json:"external_ref" max:"100"`
}

// Opened is an incident with what its call-taker should look at now.
type Opened struct {
	Incident
	Duplicates []Duplicate `json:"duplicates"`
}

// Receive opens an incident.
func (s *Service) Receive(ctx context.Context, call Intake) (Opened, error) {
	now := s.Now()
	at, err := CheckTime(call.OccurredAt, now, s.may(ctx, permBackfill, call.StationID))
	if err != nil {
		return Opened{}, err
	}
	c, err := s.locate(ctx, call, at)
	if err != nil {
		return Opened{}, err
	}
	if !s.may(ctx, permReceive, c.StationID) && !c.Outside {
		return Opened{}, fault.New(fault.Forbidden, "incident.outside_your_scope")
	}
	duplicates := s.duplicates(c.Position, at)
	id := ID(s.IDs.Next())
	contact, key, err := s.seal(id, call.Contact, now)
	if err != nil {
		return Opened{}, err
	}
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Opened, error) {
		if key != nil {
			if err := s.Vault.Keep(tx, key); err != nil {
				return Opened{}, err
			}
		}
		move, err := Receive(c, contact, at)
		if err != nil {
			return Opened{}, err
		}
		in, err := s.record(ctx, tx, Incident{ID: id}, []Move{move}, or(call.Source, "console"), now)
		if errors.Is(err, sqldb.ErrDuplicate) {
			err = fault.New(fault.Conflict, "incident.already_received")
		}
		return Opened{in, duplicates}, err
	})
}

// locate turns what was said into what is known: place, station, hazards, risk.
func (s *Service) locate(ctx context.Context, call Intake, at time.Time) (Call, error) {
	kind, known := s.Kinds[call.KindCode]
	if !known {
		return Call{}, fault.At("/kind_code", "incident.unknown_kind")
	}
	found, err := s.Locator.Locate(ctx, call.Address, call.Position)
	if err != nil {
		return Call{}, err
	}
	c := Call{KindCode: call.KindCode, Priority: call.Priority, Address: or(call.Address, found.Address), Position: found.Position,
		StationID: or(call.StationID, found.StationID), AreaClass: found.AreaClass, Outside: found.Outside,
		Narrative: call.Narrative, ExternalRef: call.ExternalRef, CallTaker: httpapi.Caller(ctx).UserID, Hazards: found.Hazards}
	if c.Priority == 0 {
		c.Priority = kind.Priority
	}
	c.Risk = Judge(Circumstances{Narrative: call.Narrative, Serious: kind.Serious, Hazards: len(c.Hazards),
		Earlier: s.recent.at(c.Address), At: at.In(s.Zone)}, s.Words)
	return c, nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// When is the part of a request that says when it happened and who pressed.
type When struct {
	ID         ID        `path:"id"`
	IfMatch    string    `header:"If-Match"`
	OccurredAt time.Time `json:"occurred_at"`
	Source     string    `json:"source" max:"32"`
}

// change loads an incident, decides, and records the move: the one way that an
// incident changes.
func (s *Service) change(ctx context.Context, w When, perm httpapi.Perm, decide func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error)) (Incident, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Incident, error) {
		now := s.Now()
		in, err := s.visible(ctx, tx, w.ID, perm)
		if err != nil {
			return in, err
		}
		if err := httpapi.Match(w.IfMatch, in.Version()); err != nil {
			return in, err
		}
		at, err := CheckTime(w.OccurredAt, now, s.may(ctx, permBackfill, in.StationID))
		if err != nil {
			return in, err
		}
		moves, err := decide(tx, in, at)
		if err != nil {
			return in, err
		}
		return s.record(ctx, tx, in, moves, or(w.Source, "console"), now)
	})
}

// visible loads an incident that the caller may act on; one out of scope looks
// as if it did not exist.
func (s *Service) visible(ctx context.Context, tx *sqldb.Tx, id ID, perm httpapi.Perm) (Incident, error) {
	if err := lock(tx, id); err != nil {
		return Incident{}, err
	}
	in, err := byID(tx, id)
	if err == nil && !s.may(ctx, perm, in.StationID) {
		return Incident{}, fault.New(fault.NotFound, "incident.not_found")
	}
	return in, err
}

func (s *Service) may(ctx context.Context, perm httpapi.Perm, station string) bool {
	return s.Gate.Can(httpapi.Caller(ctx), perm, station)
}

// record appends the entries of moves and everything that follows from them in
// one transaction: leaves, facts, and the row once.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, in Incident, moves []Move, source string, now time.Time) (Incident, error) {
	next := in
	next.Assignments = slices.Clone(in.Assignments)
	for _, m := range moves {
		e := m.entry(next, httpapi.Caller(ctx), source, now)
		if err := s.append(tx, e); err != nil {
			return in, err
		}
		next.take(e)
		next.settle()
		if err := s.Bus.Publish(tx, now, next.fact(e)); err != nil {
			return in, err
		}
	}
	save := updateRow
	if in.EntryCount == 0 {
		save = insertRow
	}
	return next, save(tx, next)
}

// entry is the next one of in's timeline.
func (m Move) entry(in Incident, who httpapi.Principal, source string, now time.Time) Entry {
	return Entry{IncidentID: in.ID, Seq: in.EntryCount + 1, Kind: m.Kind, OccurredAt: m.OccurredAt.UTC().Truncate(time.Millisecond),
		RecordedAt: now.UTC().Truncate(time.Millisecond), By: who.UserID, Device: who.DeviceID, Source: source, Detail: m.Detail, Contact: m.Contact}
}

// append writes an entry and commits the ledger to it.
func (s *Service) append(tx *sqldb.Tx, e Entry) error {
	data, err := e.Canonical()
	if err != nil {
		return err
	}
	hash, err := s.Ledger.Append(tx, LeafSource, leafRef(e), data)
	if err != nil {
		return err
	}
	return appendEntry(tx, e, hash)
}

// LeafSource names incident entries among the ledger's leaves.
const LeafSource = "incident_entry"

func leafRef(e Entry) string { return fmt.Sprintf("%s/%d", e.IncidentID, e.Seq) }

// Leaf reads the bytes that the ledger committed to for an entry, as they are
// now; sqldb.ErrNone when the entry is gone.
func Leaf(tx *sqldb.Tx, ref string) ([]byte, error) {
	id, seq, err := splitRef(ref)
	if err != nil {
		return nil, sqldb.ErrNone
	}
	e, err := sqldb.Get(tx, Queries["Entry"], scanEntry, id, seq)
	if err != nil {
		return nil, err
	}
	return e.Canonical()
}
