package incident

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
)

// draft is what moves make of an incident, with everything that can be worked
// out before the writer's turn.
type draft struct {
	fresh bool // the incident has no row yet
	was   Row  // what it has otherwise
	next  Incident
	lines []line
}

// line is an entry on its way into the timeline.
type line struct {
	entry  Entry
	detail []byte // the entry's, as the row keeps it
	leaf   ledger.Leaf
	fact   bus.Outgoing
}

// draft works out entries, leaves, facts and the incident after them. It touches
// no database.
func (s *Service) draft(ctx context.Context, in Incident, moves []Move, source string, now time.Time) (d draft, err error) {
	d.fresh, d.was, d.next = in.EntryCount == 0, in.row(), in
	d.next.Assignments = slices.Clone(in.Assignments)
	for _, m := range moves {
		l := line{entry: m.entry(d.next, httpapi.Caller(ctx), source, now)}
		if l.detail, err = json.Marshal(m.Detail); err != nil {
			return d, err
		}
		if l.leaf, err = s.Ledger.Leaf(LeafSource, leafRef(l.entry), l.entry.canonical(l.detail)); err != nil {
			return d, err
		}
		d.next.take(l.entry)
		d.next.settle()
		if l.fact, err = bus.Encode(d.next.fact(l.entry, s.Centre.Root())); err != nil {
			return d, err
		}
		d.lines = append(d.lines, l)
	}
	return d, nil
}

// write puts a draft into the timeline, all or none: the row once, and for each
// line entry, leaf and fact. The row goes first: it is the one that can be refused.
func (s *Service) write(tx *sqldb.Tx, d draft, now time.Time) error {
	calls, facts := []sqldb.Call{d.row()}, []bus.Outgoing{}
	for _, l := range d.lines {
		calls, facts = append(calls, appendEntry(l), l.leaf.Insert()), append(facts, l.fact)
	}
	return s.Bus.Send(tx, now, calls, facts...)
}

// row writes the incident's row. Most entries are steps, which change what no index
// holds: an update that names no more than that leaves all of them alone.
func (d draft) row() sqldb.Call {
	switch {
	case d.fresh:
		return insertRow(d.next)
	case d.was.filedAs(d.next.row()):
		return Queries["StepRow"].With(d.next.Status, d.next.EntryCount, d.next.ID)
	}
	return updateRow(d.next)
}

// record is draft and write, for what is decided in the transaction.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, in Incident, moves []Move, source string, now time.Time) (Incident, error) {
	d, err := s.draft(ctx, in, moves, source, now)
	if err != nil {
		return in, err
	}
	if err := s.write(tx, d, now); err != nil {
		return in, err
	}
	s.folds.put(tx, d.next)
	return d.next, nil
}

// entry is the next one of in's timeline.
func (m Move) entry(in Incident, who httpapi.Principal, source string, now time.Time) Entry {
	return Entry{IncidentID: in.ID, Seq: in.EntryCount + 1, Kind: m.Kind, OccurredAt: m.OccurredAt.UTC().Truncate(time.Millisecond),
		RecordedAt: now.UTC().Truncate(time.Millisecond), By: who.UserID, Device: who.DeviceID, Counter: m.Counter, Source: source, Detail: m.Detail, Contact: m.Contact}
}

// LeafSource names incident entries among the ledger's leaves.
const LeafSource = "incident_entry"

func leafRef(e Entry) string { return string(e.IncidentID) + "/" + strconv.FormatInt(e.Seq, 10) }

func splitRef(ref string) (ID, int64, error) {
	id, text, _ := strings.Cut(ref, "/")
	seq, err := strconv.ParseInt(text, 10, 64)
	return ID(id), seq, err
}

// canonical is the bytes that the ledger commits to for an entry: its JSON, with
// times in UTC and whole milliseconds, its detail exactly as the row keeps it and
// a contact as ciphertext, so that a destroyed key breaks no proof.
func (e Entry) canonical(detail []byte) []byte {
	b := make([]byte, 0, 320+len(detail))
	text := func(name, value string) {
		b = append(append(b, name...), ':')
		b, _ = jsontext.AppendQuote(b, value) // fails only on bytes that are no UTF-8, which it replaces
	}
	moment := func(name string, at time.Time) {
		b = append(append(b, name...), ':', '"')
		b = append(at.AppendFormat(b, "2006-01-02T15:04:05.000Z"), '"')
	}
	text(`{"incident_id"`, string(e.IncidentID))
	b = strconv.AppendInt(append(b, `,"seq":`...), e.Seq, 10)
	text(`,"kind"`, string(e.Kind))
	moment(`,"occurred_at"`, e.OccurredAt)
	moment(`,"recorded_at"`, e.RecordedAt)
	text(`,"by"`, e.By)
	text(`,"device"`, e.Device)
	if e.Counter != 0 {
		b = strconv.AppendInt(append(b, `,"counter":`...), e.Counter, 10)
	}
	text(`,"source"`, e.Source)
	b = append(append(b, `,"detail":`...), detail...)
	if box := e.Contact.Box(); len(box) > 0 {
		text(`,"contact"`, base64.StdEncoding.EncodeToString(box))
	}
	return append(b, '}')
}

// Leaf reads the bytes that the ledger committed to for an entry, as they are
// now; sqldb.ErrNone when the entry is gone.
func Leaf(tx *sqldb.Tx, ref string) ([]byte, error) {
	id, seq, err := splitRef(ref)
	if err != nil {
		return nil, sqldb.ErrNone
	}
	r, err := sqldb.Get(tx, Queries["Entry"], scanRaw, id, seq)
	if err != nil {
		return nil, err
	}
	return r.entry.canonical(r.detail), nil
}

// raw is an entry as its row has it, the detail undecoded.
type raw struct {
	entry  Entry
	detail []byte
}

func scanRaw(r sqldb.Scanner) (x raw, err error) {
	var occurred, recorded int64
	e := &x.entry
	err = r.Scan(&e.IncidentID, &e.Seq, &e.Kind, &occurred, &recorded, &e.By, &e.Device, &e.Counter, &e.Source, &x.detail, &e.Contact)
	e.OccurredAt, e.RecordedAt = time.UnixMilli(occurred).UTC(), time.UnixMilli(recorded).UTC()
	return x, err
}

func scanEntry(r sqldb.Scanner) (Entry, error) {
	x, err := scanRaw(r)
	if err != nil {
		return x.entry, err
	}
	if err := json.Unmarshal(x.detail, &x.entry.Detail); err != nil {
		return x.entry, fmt.Errorf("entry %s: %w", leafRef(x.entry), err)
	}
	return x.entry, nil
}
