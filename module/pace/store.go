package pace

import (
	"bytes"
	"database/sql"
	"embed"
	"strconv"
	"strings"
	"time"

	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds definitions, stamps, running clocks, breaches and revisions.
var Schema = sqldb.Schema{Room: "pace", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("pace", queriesText)

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// record is the part of an incident that only this module reads, as one text:
//
//	c1 closed dispatch,arrival 1772409570000/20000/1 41000/41200/2 - - - …
//
// the call-taker, the outcome, the clocks whose answers have changed, and for each
// step in order "at/known/seq": the call in Unix milliseconds, every other time in
// milliseconds after it; "-" where there is none.
func (in *Incident) record() string {
	text := []byte(orNone(in.CallTaker) + " " + orNone(string(in.Outcome)) + " " + orNone(clockText(in.Revised)))
	from := int64(0)
	for _, step := range steps {
		st := in.of(step)
		if st.At.IsZero() {
			text = append(text, " -"...)
			continue
		}
		text = strconv.AppendInt(append(text, ' '), st.At.UnixMilli()-from, 10)
		from = in.Called.At.UnixMilli()
		text = strconv.AppendInt(append(text, '/'), st.Known.UnixMilli()-from, 10)
		text = strconv.AppendInt(append(text, '/'), st.Seq, 10)
	}
	return string(text)
}

const none = "-"

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}

func clockText(list []Clock) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = string(c)
	}
	return strings.Join(words, ",")
}

// reader reads rows of incidents. Names that come again and again are kept once.
type reader struct {
	names      map[string]string
	id, record sql.RawBytes
	groups     [3]sql.RawBytes
}

func newReader() *reader { return &reader{names: map[string]string{}} }

func (r *reader) name(b []byte) string {
	name, known := r.names[string(b)]
	if !known {
		name = string(b)
		r.names[name] = name
	}
	return name
}

// scan reads the next row.
func (r *reader) scan(row sqldb.Scanner, in *Incident) error {
	g := &r.groups
	if err := row.Scan(&r.id, &g[0], &g[1], &g[2], &r.record); err != nil {
		return err
	}
	*in = Incident{ID: string(r.id), StationID: r.name(g[0]), AreaClass: r.name(g[1]), KindCode: r.name(g[2])}
	taker, rest := word(r.record)
	outcome, rest := word(rest)
	revised, rest := word(rest)
	in.CallTaker, in.Outcome = r.name(taker), Outcome(r.name(outcome))
	if revised != nil {
		for _, c := range strings.Split(string(revised), ",") {
			in.Revised = append(in.Revised, Clock(c))
		}
	}
	in.unpack(rest)
	return nil
}

// unpack reads the stamps of a record; steps that are newer than it stay unknown.
func (s *Stamps) unpack(text []byte) {
	from := int64(0)
	for _, step := range steps {
		var w []byte
		if w, text = word(text); w == nil {
			continue
		}
		at, w := number(w)
		at += from
		if from == 0 {
			from = at
		}
		known, w := number(w)
		seq, _ := number(w)
		*s.of(step) = Stamp{At: time.UnixMilli(at).UTC(), Seq: seq, Known: time.UnixMilli(from + known).UTC()}
	}
}

// word is the next word of a record, nil for none, and what follows it.
func word(text []byte) (w, rest []byte) {
	end := bytes.IndexByte(text, ' ')
	if end < 0 {
		end = len(text)
	}
	w, rest = text[:end], text[min(end+1, len(text)):]
	if len(w) == 0 || string(w) == none {
		return nil, rest
	}
	return w, rest
}

// number reads digits and the slash that ends them.
func number(text []byte) (n int64, rest []byte) {
	digits, negative := text, false
	if len(digits) > 0 && digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	for i, c := range digits {
		if c == '/' {
			rest = digits[i+1:]
			break
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, rest
}

func scanIncident(row sqldb.Scanner) (in Incident, err error) {
	err = newReader().scan(row, &in)
	return in, err
}

// byID reads an incident; the zero one when there is none. In a transaction that
// writes it must be Lock, so that a fact and a due moment come after one another.
func byID(tx *sqldb.Tx, query, id string) (Incident, error) {
	in, err := sqldb.Get(tx, Queries[query], scanIncident, id)
	if err == sqldb.ErrNone {
		return Incident{}, nil
	}
	return in, err
}

func keep(tx *sqldb.Tx, in *Incident) error {
	_, err := tx.Exec(Queries["Keep"], in.ID, in.StationID, in.AreaClass, in.KindCode, in.Called.At.UnixMilli(), in.record())
	return err
}

func keepPast(tx *sqldb.Tx, in *Incident, until time.Time) error {
	_, err := tx.Exec(Queries["KeepPast"], in.ID, until.UnixMilli(), in.StationID, in.AreaClass, in.KindCode,
		in.Called.At.UnixMilli(), in.record())
	return err
}

func scanStamp(r sqldb.Scanner) (s Stamp, err error) {
	var at, known int64
	err = r.Scan(&at, &s.Seq, &known)
	s.At, s.Known = moment(at), moment(known)
	return s, err
}

// first is the stamp of a step that counts: the earliest one that is not before a
// moment, or the earliest.
func first(tx *sqldb.Tx, incidentID string, step Step, notBefore time.Time) (Stamp, error) {
	s, err := sqldb.Get(tx, Queries["First"], scanStamp, incidentID, string(step), millis(notBefore))
	if err == sqldb.ErrNone {
		return Stamp{}, nil
	}
	return s, err
}

func scanWatch(r sqldb.Scanner) (w Watch, err error) {
	var started, due, next int64
	err = r.Scan(&w.IncidentID, &w.Clock, &w.Version, &started, &due, &w.Stage, &next)
	w.Started, w.Due, w.Next = moment(started), moment(due), moment(next)
	return w, err
}

func keepWatch(tx *sqldb.Tx, w Watch) error {
	_, err := tx.Exec(Queries["Watch"], w.IncidentID, string(w.Clock), w.Version, w.Started.UnixMilli(), w.Due.UnixMilli(),
		string(w.Stage), millis(w.Next))
	return err
}

func dropWatch(tx *sqldb.Tx, w Watch) error {
	_, err := tx.Exec(Queries["Unwatch"], w.IncidentID, string(w.Clock))
	return err
}

func scanRevision(r sqldb.Scanner) (x Revision, err error) {
	var known int64
	err = r.Scan(&x.Clock, &x.Seq, &known, &x.Was.Version, &x.Was.Verdict, &x.Was.Seconds, &x.Is.Version, &x.Is.Verdict, &x.Is.Seconds)
	x.KnownAt = moment(known)
	return x, err
}

func scanRunning(r sqldb.Scanner) (x Running, err error) {
	var started, due int64
	err = r.Scan(&x.IncidentID, &x.Clock, &x.Version, &started, &due, &x.Stage, &x.StationID, &x.AreaClass, &x.KindCode)
	x.StartedAt, x.DueAt = moment(started), moment(due)
	return x, err
}
