package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"zhian/module/incident"
	"zhian/platform/sqldb"
)

// past makes the incidents of some years, the same ones for one end and the same
// stations. Each is a timeline as the house writes it and the row that is folded
// from that; they stand in no ledger.
type past struct {
	stations []string
	begin    time.Time
	gap      time.Duration // between two calls
	count    int
	open     int // of the last 2*open, every second one
}

// What an incident becomes, in thousandths.
const (
	shareMerged      = 40
	shareWithdrawn   = 30
	shareTransferred = 1
	shareVideo       = 500
)

// kindShares are how often each kind is called for, in thousandths.
var kindShares = []struct {
	code     string
	priority int
	share    int
}{{"10", 4, 290}, {"4", 3, 220}, {"3", 2, 200}, {"5", 2, 150}, {"2", 2, 80}, {"6", 3, 37}, {"1", 1, 20}, {"8", 3, 2}, {"9", 4, 1}}

// adviceKind is settled by talking: nobody is sent.
const adviceKind = "10"

// chunk is how many incidents share a source of chance and a transaction.
const chunk = 2000

// write is the statements of one chunk.
func (p past) write(n int) (calls []sqldb.Call, err error) {
	l := life{past: p, random: rand.New(rand.NewPCG(20, uint64(n)))}
	for i := n * chunk; i < min(p.count, (n+1)*chunk); i++ {
		if err := l.live(i); err != nil {
			return nil, err
		}
	}
	return l.calls, nil
}

// life writes one incident after the other.
type life struct {
	past
	random  *rand.Rand
	calls   []sqldb.Call
	entries []incident.Entry
	id      incident.ID
	at      time.Time
	station int
	kind    int // in kindShares
}

func (l *life) live(i int) error {
	l.at = l.begin.Add(time.Duration(i) * l.gap).Truncate(time.Millisecond)
	l.id, l.entries, l.station = incident.ID(l.uuid(l.at)), l.entries[:0], l.random.IntN(len(l.stations))
	l.kind = l.someKind()
	l.entry(incident.KindReceived, incident.Detail{Call: l.call(i)})
	unsettled := l.count-i <= 2*l.open && i%2 == 0
	switch chance := l.random.IntN(1000); {
	case unsettled:
		l.respond(l.random.IntN(6))
	case chance < shareMerged:
		l.entry(incident.KindMerged, incident.Detail{Other: incident.ID(l.uuid(l.at.Add(-time.Minute))), Reason: "the same event"})
	case chance < shareMerged+shareWithdrawn:
		l.entry(incident.KindWithdrawn, incident.Detail{Reason: "called by mistake"})
	case chance < shareMerged+shareWithdrawn+shareTransferred:
		l.entry(incident.KindTransferred, incident.Detail{Text: "the county to the north", Reason: "beyond the river"})
	case kindShares[l.kind].code == adviceKind:
		l.entry(incident.KindContacted, incident.Detail{Answered: true})
		l.entry(incident.KindNote, incident.Detail{Text: "told which office to ask, and when it is open"})
		l.entry(incident.KindClosed, incident.Detail{Disposition: "mediated"})
	default:
		l.respond(7)
		l.entry(incident.KindClosed, incident.Detail{Disposition: "settled_on_scene"})
	}
	return l.keep()
}

// respond has a unit go through so many steps of its part.
func (l *life) respond(steps int) {
	unit := fmt.Sprintf("0190aaaa-0000-7000-8000-%012d", l.station*8+l.random.IntN(8))
	ranking := []incident.Ranked{}
	for n := range 3 {
		away, eta := float64(300+900*n)+l.random.Float64(), float64(60+140*n)
		ranking = append(ranking, incident.Ranked{UnitID: unit[:len(unit)-1] + fmt.Sprint(n), DistanceM: &away, EtaS: &eta})
	}
	step := func(s incident.Step) incident.Detail { return incident.Detail{UnitID: unit, Step: s} }
	crew := []string{unit[:8] + "-1111" + unit[13:], unit[:8] + "-2222" + unit[13:]}
	parts := []struct {
		kind   incident.Kind
		detail incident.Detail
	}{
		{incident.KindAssigned, incident.Detail{UnitID: unit, Crew: crew, Ranking: ranking, Step: incident.StepDispatched}},
		{incident.KindStep, step(incident.StepAcknowledged)},
		{incident.KindStep, step(incident.StepEnRoute)},
		{incident.KindContacted, incident.Detail{UnitID: unit, Answered: true}},
		{incident.KindStep, incident.Detail{UnitID: unit, Step: incident.StepVideo, Evidence: incident.EvidenceFirstPacket}},
		{incident.KindStep, step(incident.StepOnScene)},
		{incident.KindFeedback, incident.Detail{UnitID: unit, Text: "both sides were heard; the car was moved; nobody was hurt"}},
	}
	for i, part := range parts[:steps] {
		if i == 4 && l.random.IntN(1000) < shareVideo {
			continue
		}
		l.entry(part.kind, part.detail)
	}
}

func (l *life) call(i int) *incident.Call {
	lat, lon := 28.1+l.random.Float64()*1.5, 119+(float64(l.station)+l.random.Float64())*1.7/float64(len(l.stations))
	place := l.random.IntN(20_000) // addresses of a county
	c := &incident.Call{Number: fmt.Sprintf("%s-%05d", l.at.UTC().Format("20060102"), 50_000+i%40_000), KindCode: kindShares[l.kind].code, Priority: kindShares[l.kind].priority,
		Narrative: "two people argue about a parked car that blocks the way into the yard", CallTaker: fmt.Sprintf("0190aaaa-3333-7000-8000-%012d", l.random.IntN(30)),
		Risk: incident.Risk{Level: "low"}}
	c.Address, c.StationID, c.AreaClass = fmt.Sprintf("No. %d, lane %d, Station Road %d", 1+place%50, place/50, l.station), l.stations[l.station], "urban"
	c.Position = &incident.Position{Lat: lat, Lon: lon, UncertaintyM: 20}
	if place%3 > 0 {
		c.Key = fmt.Sprintf("address-%d-%d", l.station, place)
	}
	if i%4 == 0 {
		c.ExternalRef = fmt.Sprintf("110-%09d", i)
	}
	return c
}

func (l *life) someKind() int {
	chance := l.random.IntN(1000)
	for i, k := range kindShares {
		if chance -= k.share; chance < 0 {
			return i
		}
	}
	return 0
}

// entry is the next one, some time after the one before.
func (l *life) entry(kind incident.Kind, d incident.Detail) {
	l.at = l.at.Add(time.Duration(len(l.entries)) * time.Duration(5000+l.random.IntN(90_000)) * time.Millisecond)
	l.entries = append(l.entries, incident.Entry{IncidentID: l.id, Seq: int64(len(l.entries)) + 1, Kind: kind, OccurredAt: l.at, RecordedAt: l.at.Add(time.Second),
		By: "0190aaaa-3333-7000-8000-000000000001", Source: "console", Detail: d})
}

// keep adds the statements that write an incident.
func (l *life) keep() error {
	in := incident.Fold(l.entries)
	closed := int64(0)
	if !in.ClosedAt.IsZero() {
		closed = in.ClosedAt.UnixMilli()
	}
	l.calls = append(l.calls, incident.Queries["InsertRow"].With(in.ID, in.Status, in.Status.Open(), in.KindCode, in.Priority, in.StationID, in.AreaClass,
		in.Address, in.Position.Lat, in.Position.Lon, in.CallTaker, in.Source, in.ExternalRef, in.CalledAt.UnixMilli(), in.RecordedAt.UnixMilli(),
		closed, in.Risk.Level, in.EntryCount, in.Key, in.Unsettled, in.Outside, in.Number))
	args := make([]any, 0, entryColumns*len(l.entries))
	for _, e := range l.entries {
		detail, err := json.Marshal(e.Detail)
		if err != nil {
			return err
		}
		args = append(args, string(e.IncidentID), e.Seq, string(e.Kind), e.OccurredAt.UnixMilli(), e.RecordedAt.UnixMilli(),
			e.By, e.Device, e.Counter, e.Source, string(detail), nil)
	}
	l.calls = append(l.calls, appendEntries[len(l.entries)].With(args...))
	return nil
}

const entryColumns = 11

// appendEntries are the module's statement that appends an entry, for so many at
// once.
var appendEntries = func() (list [entryColumns]*sqldb.Query) {
	head, _, _ := strings.Cut(incident.Queries["AppendEntry"].Text(sqldb.Postgres), "VALUES")
	for many := range list {
		var rows []string
		for row := range many {
			places := make([]string, entryColumns)
			for i := range places {
				places[i] = fmt.Sprintf("$%d", row*entryColumns+i+1)
			}
			rows = append(rows, "("+strings.Join(places, ", ")+")")
		}
		list[many] = sqldb.Statement("bench", fmt.Sprint("AppendEntries", many), head+"VALUES "+strings.Join(rows, ", "))
	}
	return list
}()

// uuid is an id as the house makes them, by chance that can be had again.
func (l *life) uuid(at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(at.UnixMilli())<<16|0x7000|uint64(l.random.IntN(1<<12)))
	binary.BigEndian.PutUint64(b[8:], l.random.Uint64()>>2|1<<63)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
