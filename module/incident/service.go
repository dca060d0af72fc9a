package incident

import (
	"cmp"
	"context"
	"errors"
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
	Gate    Gate
	Ledger  Ledger
	Vault   *crypto.Vault
	Centre  Centre
	Locator Locator
	Units   Units
	Pager   Pager
	Kinds   Kinds
	Ends    Dispositions
	Words   Words
	Zone    *time.Location // the centre's, for the hour of the day
	Numbers NumberFormat
}

// Service is everything the rest of the house may ask of this module.
type Service struct {
	Deps
	recent  recents
	numbers numbers
	folds   folds
}

// New makes the service; Listen and Start put it to work.
func New(d Deps) *Service {
	return &Service{Deps: d, numbers: numbers{db: d.DB, format: d.Numbers, zone: d.Zone}}
}

// Permissions of this module.
const (
	permReceive  httpapi.Perm = "incident.receive"
	permRead     httpapi.Perm = "incident.read"
	permDispatch httpapi.Perm = "incident.dispatch"
	permRespond  httpapi.Perm = "incident.respond"
	permNote     httpapi.Perm = "incident.note"
	permCorrect  httpapi.Perm = "incident.correct"
	permBackfill httpapi.Perm = "incident.backfill"
	permReveal   httpapi.Perm = "incident.contact.reveal"
)

// Intake is what the call-taker knows, or another system sends.
type Intake struct {
	KindCode    string    `json:"kind_code" required:"true" max:"32"`
	Priority    int       `json:"priority" min:"1" max:"4"`
	Address     string    `json:"address" max:"1000"` // as it was said: nothing in it refuses the call
	Position    *Point    `json:"position"`
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
	Choices    []Choice    `json:"choices"` // of a place that is not settled: none of them was taken
}

// Receive opens an incident. Whoever may receive calls may receive this one,
// wherever it turns out to be. Faults: those of CheckTime at /occurred_at,
// Invalid incident.unknown_kind, Conflict incident.already_received with the id
// of the incident that has the reference.
func (s *Service) Receive(ctx context.Context, call Intake) (Opened, error) {
	id, now, late := s.promised(ctx)
	at, err := CheckTime("/occurred_at", call.OccurredAt, now, s.Gate.Can(httpapi.Caller(ctx), permBackfill, ""))
	if err != nil {
		return Opened{}, err
	}
	c, choices, err := s.located(ctx, call)
	if err != nil {
		return Opened{}, err
	}
	n, err := sqldb.One(ctx, s.DB, Queries["CountAt"], sqldb.ScanInt, earlierAt(c.Key, at)...)
	if err != nil {
		return Opened{}, err
	}
	if c.Number, err = s.numbers.take(ctx, s.Now()); err != nil {
		return Opened{}, err
	}
	c.Risk = s.judged(c.KindCode, c.Narrative, c.Placing, int(n), at)
	if late {
		c.HeldUntil = s.Now().UTC().Truncate(time.Millisecond)
	}
	duplicates := s.duplicates(ctx, c.Placing, at)
	contact, key, err := s.seal(id, call.Contact, now)
	if err != nil {
		return Opened{}, err
	}
	d, err := s.draft(ctx, Incident{ID: id}, []Move{Receive(c, contact, at)}, or(call.Source, "console"), now)
	if err != nil {
		return Opened{}, err
	}
	in, err := sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Opened, error) {
		if err := s.write(tx, d, now); err != nil {
			return Opened{}, err
		}
		if key != nil {
			if err := s.Vault.Keep(tx, key); err != nil {
				return Opened{}, err
			}
		}
		return Opened{d.next, duplicates, choices}, nil
	})
	if errors.Is(err, sqldb.ErrDuplicate) {
		return s.there(ctx, id, late, or(call.Source, "console"), call.ExternalRef, err)
	}
	if err == nil {
		s.recent.add(in.recent(), now) // here, not in the writer's turn: it would wait for those who look
	}
	return in, err
}

// promised is the id and the time that a call is known by already, if it is:
// late when it was held while the database was out.
func (s *Service) promised(ctx context.Context) (id ID, now time.Time, late bool) {
	if p, ok := httpapi.Promised(ctx); ok {
		return ID(p.ID), p.At, p.Late
	}
	return ID(s.IDs.Next()), s.Now(), false
}

// there is what stands in the way of a call. One that was held is received then:
// it was written before its node could know it, or another incident has its
// reference.
func (s *Service) there(ctx context.Context, id ID, late bool, source, ref string, otherwise error) (Opened, error) {
	if !late {
		return Opened{}, s.received(ctx, source, ref, otherwise)
	}
	in, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Incident, error) {
		in, err := s.shown(tx, id)
		if !fault.Is(err, fault.NotFound) {
			return in, err
		}
		other, err := sqldb.Get(tx, Queries["ByRef"], sqldb.ScanString, source, ref)
		if err == sqldb.ErrNone {
			return in, otherwise
		}
		if err != nil {
			return in, err
		}
		return s.shown(tx, ID(other))
	})
	return Opened{Incident: in}, err
}

// received says which incident has a reference already; when none has, something
// else was there twice.
func (s *Service) received(ctx context.Context, source, ref string, otherwise error) error {
	id, err := sqldb.One(ctx, s.DB, Queries["ByRef"], sqldb.ScanString, source, ref)
	switch err {
	case nil:
		return fault.With(fault.New(fault.Conflict, "incident.already_received"), "id", id)
	case sqldb.ErrNone:
		return otherwise
	}
	return err
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
	// Counter numbers what a handset has sent, from 1, for as long as the handset
	// lives: what it sends again under one number is taken once, however late.
	Counter int64 `json:"counter" min:"1"`
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
		if known, err := s.again(ctx, tx, w); known || err != nil {
			return in, err
		}
		if err := httpapi.Match(w.IfMatch, in.Version()); err != nil {
			return in, err
		}
		at, told, err := s.when(ctx, w, in, now)
		if err != nil {
			return in, err
		}
		moves, err := decide(tx, in, at)
		if err != nil {
			return in, err
		}
		moves[0].Counter, moves[0].Detail.SaidAt = w.Counter, told.SaidAt
		moves[0].Detail.Doubts = append(moves[0].Detail.Doubts, told.Doubts...)
		return s.record(ctx, tx, in, moves, or(w.Source, "console"), now)
	})
}

// when is the time of a change, and what is to be said of it. A handset is never
// refused for its clock; only who fills in the past of others may go before the
// call.
func (s *Service) when(ctx context.Context, w When, in Incident, now time.Time) (at time.Time, told Detail, err error) {
	fills := s.may(ctx, permBackfill, in.StationID)
	if w.Counter > 0 && !fills {
		at, told = in.clocked(w.OccurredAt, now)
		return at, told, nil
	}
	at, err = CheckTime("/occurred_at", w.OccurredAt, now, fills)
	if err == nil && !fills && at.Before(in.CalledAt.Add(-clockSlack)) {
		err = fault.At("/occurred_at", "incident.before_the_call")
	}
	return at, told, err
}

// again says that what a handset sends was taken before: the incident stays as it
// is. Faults: Invalid incident.counter_without_device, request.required at
// /occurred_at; Conflict incident.counter_reused for a number that stands for
// something else.
func (s *Service) again(ctx context.Context, tx *sqldb.Tx, w When) (known bool, err error) {
	device := httpapi.Caller(ctx).DeviceID
	switch {
	case w.Counter == 0:
		return false, nil
	case device == "":
		return false, fault.At("/counter", "incident.counter_without_device")
	case w.OccurredAt.IsZero():
		return false, fault.At("/occurred_at", "request.required")
	}
	e, err := sqldb.Get(tx, Queries["EntryOfDevice"], scanEntry, device, w.Counter)
	switch {
	case err == sqldb.ErrNone:
		return false, nil
	case err != nil:
		return false, err
	case e.IncidentID != w.ID || !e.said().Equal(w.OccurredAt.Truncate(time.Millisecond)):
		return false, fault.With(fault.New(fault.Conflict, "incident.counter_reused"), "counter", w.Counter)
	}
	return true, nil
}

// visible loads an incident that the caller may act on; one out of scope looks
// as if it did not exist.
func (s *Service) visible(ctx context.Context, tx *sqldb.Tx, id ID, perm httpapi.Perm) (Incident, error) {
	in, err := s.locked(tx, id)
	if err == nil && !s.mayOn(ctx, perm, in) {
		return Incident{}, fault.New(fault.NotFound, "incident.not_found")
	}
	return in, err
}

// mayOn asks for a permission on an incident: where it is, or, for what a crew
// does, by having been sent there.
func (s *Service) mayOn(ctx context.Context, perm httpapi.Perm, in Incident) bool {
	crews := perm == permRead || perm == permRespond || perm == permNote || perm == permReveal
	return s.may(ctx, perm, in.StationID) || crews && in.has(httpapi.Caller(ctx).UserID)
}

// may asks for a permission at a station; at the centre for what no station
// answers for: a call without a place is nobody's but the command room's.
func (s *Service) may(ctx context.Context, perm httpapi.Perm, station string) bool {
	return s.Gate.Can(httpapi.Caller(ctx), perm, cmp.Or(station, s.Centre.Root(), nowhere))
}

// nowhere is no organisation: the tree is not known yet.
const nowhere = "-"
