package pace

import (
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

// record is an incident as one line of text, its words parted by tabs:
//
//	id  station  area  kind  call-taker  outcome  dispatch,arrival  1772409570000/20000/1  41000/41200/2  …
//
// The seventh are the clocks whose answers have changed. Then comes for each step in
// order "at/known/seq": the call in Unix milliseconds, every other time in
// milliseconds after it. What there is not is empty.
//
// A report reads a thousand lines at a time as one text: what costs is not to read
// them but to hand them over one by one, column by column (measured: 255 ms of a
// processor for 100,000 incidents of five columns, 110 so).
func (in *Incident) record() string {
	line := []byte(strings.Join([]string{in.ID, in.StationID, in.AreaClass, in.KindCode, in.CallTaker, string(in.Outcome), clockText(in.Revised)}, "\t"))
	from := int64(0)
	for _, step := range steps {
		line = append(line, '\t')
		st := in.of(step)
		if st.At.IsZero() {
			continue
		}
		line = append(strconv.AppendInt(line, st.At.UnixMilli()-from, 10), '/')
		from = in.Called.At.UnixMilli()
		line = append(strconv.AppendInt(line, st.Known.UnixMilli()-from, 10), '/')
		line = strconv.AppendInt(line, st.Seq, 10)
	}
	return string(append(line, '\n'))
}

func clockText(list []Clock) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = string(c)
	}
	return strings.Join(words, ",")
}

// names keeps words that come again and again once.
type names map[string]string

func (n names) of(word string) string {
	name, known := n[word]
	if !known {
		name = strings.Clone(word)
		n[name] = name
	}
	return name
}

// read reads one line that record has written.
func (in *Incident) read(line string, n names) {
	var w [7]string
	for i := range w {
		w[i], line, _ = strings.Cut(line, "\t")
	}
	*in = Incident{ID: w[0], StationID: n.of(w[1]), AreaClass: n.of(w[2]), KindCode: n.of(w[3]), CallTaker: n.of(w[4]), Outcome: Outcome(n.of(w[5]))}
	if w[6] != "" {
		for _, c := range strings.Split(w[6], ",") {
			in.Revised = append(in.Revised, Clock(n.of(c)))
		}
	}
	in.Stamps.read(line)
}

// read reads stamps; steps that are newer than the line stay unknown.
func (s *Stamps) read(line string) {
	from := int64(0)
	for _, step := range steps {
		var at, known, seq int64
		var there bool
		if at, line, there = number(line); !there {
			continue
		}
		known, line, _ = number(line)
		seq, line, _ = number(line)
		at += from
		if from == 0 {
			from = at
		}
		*s.of(step) = Stamp{At: time.UnixMilli(at).UTC(), Seq: seq, Known: time.UnixMilli(from + known).UTC()}
	}
}

// number reads digits and the one character that ends them; false when there are
// none.
func number(text string) (n int64, rest string, there bool) {
	negative := false
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			n, there = n*10+int64(c-'0'), true
		case c == '-':
			negative = true
		case negative:
			return -n, text[i+1:], there
		default:
			return n, text[i+1:], there
		}
	}
	if negative {
		n = -n
	}
	return n, "", there
}

// byID reads an incident; the zero one when there is none. In a transaction that
// writes, the query must be Lock, so that a fact and a due moment come after one
// another.
func byID(tx *sqldb.Tx, query, id string) (in Incident, err error) {
	line, err := sqldb.Get(tx, Queries[query], sqldb.ScanString, id)
	switch err {
	case nil:
		in.read(strings.TrimSuffix(line, "\n"), names{})
	case sqldb.ErrNone:
		err = nil
	}
	return in, err
}

// eachLine reads the incidents of a chunk; in is used again for every one.
func eachLine(chunk string, n names, in *Incident, use func() error) error {
	for len(chunk) > 0 {
		var line string
		line, chunk, _ = strings.Cut(chunk, "\n")
		in.read(line, n)
		if err := use(); err != nil {
			return err
		}
	}
	return nil
}

func keep(tx *sqldb.Tx, in *Incident) error {
	_, err := tx.Exec(Queries["Keep"], in.ID, in.StationID, in.AreaClass, in.KindCode, in.Called.At.UnixMilli(), in.record())
	return err
}

func keepPast(tx *sqldb.Tx, in *Incident, until time.Time) error {
	_, err := tx.Exec(Queries["KeepPast"], in.ID, until.UnixMilli(), in.Called.At.UnixMilli(), in.record())
	return err
}

func scanStamp(r sqldb.Scanner) (s Stamp, err error) {
	var at, known int64
	err = r.Scan(&at, &s.Seq, &known)
	s.At, s.Known = sqldb.Moment(at), sqldb.Moment(known)
	return s, err
}

// rows keeps stamps in the database.
type rows struct{ tx *sqldb.Tx }

func (r rows) put(incidentID string, step Step, number int64, s Stamp) error {
	_, err := r.tx.Exec(Queries["Stamp"], incidentID, string(step), number, s.At.UnixMilli(), s.Seq, s.Known.UnixMilli())
	return err
}

func (r rows) first(incidentID string, step Step, notBefore time.Time) (Stamp, error) {
	s, err := sqldb.Get(r.tx, Queries["First"], scanStamp, incidentID, string(step), sqldb.Millis(notBefore))
	if err == sqldb.ErrNone {
		return Stamp{}, nil
	}
	return s, err
}

func keepBreach(tx *sqldb.Tx, in *Incident, w Watch, at time.Time) error {
	_, err := tx.Exec(Queries["Break"], breachID(in.ID, w.Clock), in.ID, string(w.Clock), w.Version, in.StationID, w.Due.UnixMilli(), at.UnixMilli())
	return err
}

func keepRevision(tx *sqldb.Tx, incidentID string, t turn, e entry) error {
	was, is := t.was.finding(), t.is.finding()
	_, err := tx.Exec(Queries["Revise"], incidentID, e.seq, string(t.is.Clock), e.known.UnixMilli(),
		was.Version, string(was.Verdict), was.Seconds, is.Version, string(is.Verdict), is.Seconds)
	return err
}

func scanWatch(r sqldb.Scanner) (w Watch, err error) {
	var started, due, next int64
	err = r.Scan(&w.IncidentID, &w.Clock, &w.Version, &started, &due, &w.Stage, &next)
	w.Started, w.Due, w.Next = sqldb.Moment(started), sqldb.Moment(due), sqldb.Moment(next)
	return w, err
}

func keepWatch(tx *sqldb.Tx, w Watch) error {
	_, err := tx.Exec(Queries["Watch"], w.IncidentID, string(w.Clock), w.Version, w.Started.UnixMilli(), w.Due.UnixMilli(),
		string(w.Stage), sqldb.Millis(w.Next))
	return err
}

func dropWatch(tx *sqldb.Tx, w Watch) error {
	_, err := tx.Exec(Queries["Unwatch"], w.IncidentID, string(w.Clock))
	return err
}

func scanRevision(r sqldb.Scanner) (x Revision, err error) {
	var known int64
	err = r.Scan(&x.Clock, &x.Seq, &known, &x.Was.Version, &x.Was.Verdict, &x.Was.Seconds, &x.Is.Version, &x.Is.Verdict, &x.Is.Seconds)
	x.KnownAt = sqldb.Moment(known)
	return x, err
}

func scanRunning(r sqldb.Scanner) (x Running, err error) {
	var started, due int64
	err = r.Scan(&x.IncidentID, &x.Clock, &x.Version, &started, &due, &x.Stage, &x.StationID, &x.AreaClass, &x.KindCode)
	x.StartedAt, x.DueAt = sqldb.Moment(started), sqldb.Moment(due)
	return x, err
}
