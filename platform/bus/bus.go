// Package bus carries facts between rooms.
//
// A fact ("incident.dispatched") is a row written in the same transaction as the
// change it reports, so it exists exactly if the change does. Consumers take
// facts after the commit, at least once and in order per key; a handler's effect
// and the consumer's cursor share a transaction, so that effects happen exactly
// once, also when two nodes think that they lead. A handler that fails parks its
// fact and every later fact of the same key behind it: other keys go on, nothing
// is skipped, and order is kept.
//
//	taken ←handler─ fact ─fails→ parked ─ten attempts→ dead ─a person→ parked again, or discarded (kept, with who and why)
//
// Positions rise in the order of commits. On SQLite the one writer makes them; on
// PostgreSQL an elected node gives them out (see schema/0002). Facts are kept for
// a day and until every consumer and every relay to the outside has passed them.
package bus

import (
	"embed"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"zhian/platform/sqldb"
)

// Fact is something that has happened. FactName is "<module>.<past participle>";
// facts of one FactKey are handled in order.
type Fact interface {
	FactName() string
	FactKey() string
}

// Meta is what is known of a fact beside its content.
type Meta struct {
	Pos int64
	At  time.Time
}

// Envelope is a fact as it is stored.
type Envelope struct {
	Meta
	Name string
	Key  string
	Body []byte
}

//go:embed schema/*.sql
var files embed.FS

// Schema holds facts, cursors and failures.
var Schema = sqldb.Schema{Room: "bus", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this room, for the guard that prepares them on both engines.
var Queries = sqldb.Load("bus", queriesText)

// Bus is the facts of one database. Log and Tell may be set before it runs.
type Bus struct {
	Log  *slog.Logger // what could not be done yet and is tried again; default none
	Tell func()       // tells other nodes to look (their Wake); must not block

	db        *sqldb.DB
	now       func() time.Time
	consumers []*consumer
	outward   []string
	tail      tail
	head      atomic.Int64 // newest position that observers have seen
	top       atomic.Int64 // newest position there is, as far as this node knows
	placer    bells        // rung when facts wait for a position (PostgreSQL)
	peeker    bells        // rung when another node may have given positions (PostgreSQL)
	readers   bells        // rung when there is something to read
}

// New makes a bus; now is the clock that retries and trimming go by.
func New(db *sqldb.DB, now func() time.Time) *Bus {
	return &Bus{db: db, now: now, Log: slog.New(slog.DiscardHandler), Tell: func() {}}
}

// maxBody bounds a fact, in bytes: it says what happened and is no document. A
// fact that no broker takes would hold back all that come after it.
const maxBody = 512 << 10

// Outgoing is a fact in the form in which it is stored.
type Outgoing struct {
	name, key string
	body      []byte
}

// Encode readies a fact for Send; it touches no database, so that a busy writer
// does this before its turn.
func Encode(f Fact) (Outgoing, error) {
	body, err := json.Marshal(f)
	if err == nil && len(body) > maxBody {
		err = fmt.Errorf("%d bytes are more than %d", len(body), maxBody)
	}
	if err != nil {
		return Outgoing{}, fmt.Errorf("publish %s: %w", f.FactName(), err)
	}
	return Outgoing{f.FactName(), f.FactKey(), body}, nil
}

func (o Outgoing) insert(now time.Time) sqldb.Call {
	return Queries["Publish"].With(o.name, o.key, string(o.body), now.UnixMilli())
}

// Send records encoded facts as part of tx, together with the statements that
// make them true.
func (b *Bus) Send(tx *sqldb.Tx, now time.Time, with []sqldb.Call, facts ...Outgoing) error {
	for _, f := range facts {
		with = append(with, f.insert(now))
	}
	tx.AfterCommit(b.published)
	return tx.ExecAll(with...)
}

// Publish records a fact as part of tx.
func (b *Bus) Publish(tx *sqldb.Tx, now time.Time, f Fact) error {
	o, err := Encode(f)
	if err != nil {
		return err
	}
	return b.Send(tx, now, nil, o)
}

// On makes consumer hear facts of type F. All of a consumer's facts share one
// cursor. h runs in the transaction that advances it; it may run again after a
// failure, and must have no effect outside tx.
func On[F Fact](b *Bus, consumer string, h func(tx *sqldb.Tx, m Meta, f F) error) {
	var zero F
	b.consumer(consumer).decoders[zero.FactName()] = func(e Envelope) (handler, error) {
		f, err := decode[F](e)
		return func(tx *sqldb.Tx) error { return h(tx, e.Meta, f) }, err
	}
}

// Urgent has the work of a consumer stand in line with that of people, not behind
// it: for effects that somebody waits for.
func Urgent(b *Bus, consumer string) { b.consumer(consumer).urgent = true }

// Tail makes this node observe facts of type F after their commit, in order,
// without a transaction: what is kept in memory and pushed to screens.
func Tail[F Fact](b *Bus, h func(m Meta, f F)) {
	var zero F
	b.tail.on(zero.FactName(), func(e Envelope) error {
		f, err := decode[F](e)
		if err == nil {
			h(e.Meta, f)
		}
		return err
	})
}

func decode[F Fact](e Envelope) (f F, err error) {
	if err = json.Unmarshal(e.Body, &f); err != nil {
		err = fmt.Errorf("decode %s at %d: %w", e.Name, e.Pos, err)
	}
	return f, err
}

// TailAll observes every fact undecoded.
func (b *Bus) TailAll(h func(e Envelope)) { b.tail.all = append(b.tail.all, h) }

func (b *Bus) consumer(name string) *consumer {
	for _, c := range b.consumers {
		if c.name == name {
			return c
		}
	}
	c := &consumer{bus: b, name: name, decoders: map[string]decoder{}, pos: unknown, limit: firstBatch}
	b.consumers = append(b.consumers, c)
	return c
}

// Since reads facts after a position, oldest first.
func Since(tx *sqldb.Tx, pos int64, limit int) ([]Envelope, error) {
	return sqldb.List(tx, Queries["Since"], scanEnvelope, pos, limit)
}

// Span is the oldest and the newest position that are kept, 0 and 0 when there
// is none: who stands before the oldest has missed facts for good.
func Span(tx *sqldb.Tx) (oldest, newest int64, err error) {
	if oldest, err = sqldb.Get(tx, Queries["Oldest"], sqldb.ScanInt); err != nil {
		return 0, 0, err
	}
	newest, err = sqldb.Get(tx, Queries["Head"], sqldb.ScanInt)
	return oldest, newest, err
}

// Waiting is when the oldest fact was written that a consumer has not taken yet;
// zero when it has taken them all. What was recorded before that moment it knows.
func (b *Bus) Waiting(tx *sqldb.Tx, consumer string) (time.Time, error) {
	at, err := sqldb.Get(tx, Queries["Waiting"], sqldb.ScanInt, consumer)
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(at).UTC(), nil
}

func scanEnvelope(r sqldb.Scanner) (e Envelope, err error) {
	var at int64
	err = r.Scan(&e.Pos, &e.Name, &e.Key, &e.Body, &at)
	e.At = time.UnixMilli(at)
	return e, err
}

// Head is the newest position that this node has seen.
func (b *Bus) Head() int64 { return b.head.Load() }
