package incident

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"zhian/platform/crypto"
	"zhian/platform/httpapi"
)

// A trace is what several handsets and a desk do to one incident in a few periods.
// In each the handsets are without network; at its end they tell what was pressed,
// in any order between them, some of it twice, and then read the incident.
type trace struct {
	random  *rand.Rand
	in      Incident
	entries []Entry
	told    map[string]bool // by device and counter
	counter map[string]int64
	all     []deed // of handsets, in the order of pressing
}

// deed is one thing that was done.
type deed struct {
	device  string // "" at the desk
	counter int64
	kind    Kind
	said    time.Time
	detail  Detail
	desk    func(in Incident) (Move, error)
}

const periodLasts = 30 * time.Minute

var (
	traceUnits = []string{"A", "B", "C"}
	pressed    = []Step{StepAcknowledged, StepEnRoute, StepOnScene, StepCleared}
)

func newTrace(seed uint64) *trace {
	tr := &trace{random: rand.New(rand.NewPCG(seed, 11)), in: Incident{ID: "I1"}, told: map[string]bool{}, counter: map[string]int64{}}
	tr.add(Receive(Call{KindCode: "4", Priority: 2, Placing: Placing{Address: "somewhere", StationID: "S1"}}, crypto.Sealed[Contact]{}, t0), "", 0, t0)
	for _, u := range traceUnits[:2] {
		m, _ := tr.in.Assign(u, []string{"officer " + u}, false, "", t0.Add(time.Minute))
		tr.add(m, "", 0, t0.Add(time.Minute))
	}
	return tr
}

// add appends as the service does.
func (tr *trace) add(m Move, device string, counter int64, now time.Time) {
	e := Entry{IncidentID: tr.in.ID, Seq: tr.in.EntryCount + 1, Kind: m.Kind, OccurredAt: m.OccurredAt, RecordedAt: now, Device: device, Counter: counter, Detail: m.Detail}
	tr.entries = append(tr.entries, e)
	tr.in = tr.in.Apply(e)
}

// arrive is what Service.change does with a deed, without a database.
func (tr *trace) arrive(d deed, now time.Time) error {
	if d.device == "" {
		m, err := d.desk(tr.in)
		if err == nil {
			tr.add(m, "", 0, now)
		}
		return err
	}
	name := fmt.Sprint(d.device, " ", d.counter)
	if tr.told[name] {
		return nil
	}
	at, clock := tr.in.clocked(d.said, now)
	m, err := tr.in.Keep(d.kind, at, d.detail)
	if err != nil {
		return err
	}
	m.Detail.SaidAt, m.Detail.Doubts = clock.SaidAt, append(m.Detail.Doubts, clock.Doubts...)
	tr.told[name] = true
	tr.add(m, d.device, d.counter, now)
	return nil
}

// presses are what one handset does in a period. Its clock is wrong by as much as
// ten minutes; it has measured by how much, within two seconds, unless it could
// not: then what it says is wrong.
func (tr *trace) presses(device, unit string, no int, from time.Time, closes bool) (list []deed) {
	r := tr.random
	wrong := time.Duration(r.IntN(4001)-2000) * time.Millisecond
	if r.IntN(8) == 0 {
		wrong = time.Duration(r.IntN(1201)-600) * time.Second
	}
	for range r.IntN(5) {
		tr.counter[device]++
		d := deed{device: device, counter: tr.counter[device], said: from.Add(time.Duration(r.Int64N(int64(periodLasts)))).Add(wrong).Truncate(time.Millisecond)}
		d.detail = Detail{UnitID: unit, No: no}
		switch r.IntN(8) {
		case 0:
			d.kind, d.detail.Answered = KindContacted, r.IntN(2) == 0
		case 1:
			d.kind = KindHazardsSeen
		case 2, 3:
			d.kind, d.detail.Text, d.detail.Seen = KindFeedback, fmt.Sprint(device, d.counter), tr.in.EntryCount
		case 4:
			d.kind, d.detail.Picture = KindPicture, &Picture{ID: fmt.Sprint(device, d.counter)}
		default:
			d.kind, d.detail.Step = KindStep, pressed[r.IntN(len(pressed))]
		}
		list = append(list, d)
	}
	if closes {
		tr.counter[device]++
		list = append(list, deed{device: device, counter: tr.counter[device], kind: KindClosed, said: from.Add(periodLasts - time.Second), detail: Detail{UnitID: unit, No: no, Disposition: "by " + device}})
	}
	return list
}

// deskDoes is what the desk does in a period, in order. Calm: whether it may do it
// hangs on no handset.
func (tr *trace) deskDoes(from time.Time, calm, ends bool) (list []deed) {
	r, before := tr.random, tr.in
	do := func(fn func(in Incident) (Move, error)) { list = append(list, deed{desk: fn}) }
	at := from.Add(time.Duration(r.Int64N(int64(periodLasts))))
	if !before.Status.Open() && before.Status != StatusMerged && r.IntN(2) == 0 {
		do(func(in Incident) (Move, error) { return in.Reopen("again", from) })
		return list // what follows in this period would hang on it
	}
	if before.Status.Open() && r.IntN(3) == 0 && before.lastOf("C") == nil {
		do(func(in Incident) (Move, error) { return in.Assign("C", []string{"officer C"}, false, "", at) })
	}
	if a := before.assignment("A"); a != nil && a.reached(StepOnScene) && r.IntN(4) == 0 {
		do(func(in Incident) (Move, error) {
			return in.Correct(Detail{Field: string(StepOnScene), UnitID: "A", At: from}, at)
		})
	}
	if r.IntN(3) == 0 {
		seen := before.EntryCount
		do(func(in Incident) (Move, error) {
			m, err := in.Report("B", "the desk has read them", at)
			m.Detail.Seen = seen
			return m, err
		})
	}
	if !calm && r.IntN(2) == 0 {
		do(func(in Incident) (Move, error) { return in.Unassign(traceUnits[r.IntN(3)], "needed elsewhere", at) })
		do(func(in Incident) (Move, error) { return in.Assign("A", []string{"officer A"}, false, "", at) })
	}
	if ends && before.Status.Open() {
		do(func(in Incident) (Move, error) { return in.Close("by the desk", at) })
	}
	return list
}

// shuffled is an order of arrival: what one does stays in order, between them it is
// any, and some of it arrives twice.
func shuffled(r *rand.Rand, lists [][]deed) (order []deed) {
	rest := slices.Clone(lists)
	for len(rest) > 0 {
		i := r.IntN(len(rest))
		if len(rest[i]) == 0 {
			rest = slices.Delete(rest, i, i+1)
			continue
		}
		d := rest[i][0]
		rest[i] = rest[i][1:]
		order = append(order, d)
		if d.device != "" && r.IntN(4) == 0 {
			order = append(order, d)
		}
	}
	return order
}

// state is what two orders must agree on: all but the numbers of entries.
func state(in Incident) Incident {
	in.Assignments, in.Rivals = slices.Clone(in.Assignments), slices.Clone(in.Rivals)
	for i := range in.Rivals {
		in.Rivals[i].Seq = 0
	}
	for i := range in.Assignments {
		a := &in.Assignments[i]
		a.Reports = slices.Clone(a.Reports)
		for j := range a.Reports {
			a.Reports[j].Seq = 0
		}
		slices.SortFunc(a.Reports, func(x, y Report) int { return cmp.Or(cmp.Compare(x.Device, y.Device), cmp.Compare(x.Text, y.Text)) })
	}
	return in
}

// lived plays a trace. Whatever the order of arrival in each period, two houses
// come to the same state where the desk's deeds hang on no handset (calm); where
// they do, each house still keeps its rules.
func lived(seed uint64, calm bool) error {
	one, two := newTrace(seed), newTrace(seed)
	for period := range 1 + one.random.IntN(3) {
		from := t0.Add(2*time.Minute + time.Duration(period)*periodLasts)
		now := from.Add(periodLasts)
		if one.random.IntN(4) == 0 {
			now = now.Add(48 * time.Hour) // the last of them
		}
		closer := one.random.IntN(8) // 0, 1: a handset; 2: the desk; otherwise nobody
		rival := !calm && one.random.IntN(2) == 0
		var lists [][]deed
		for i, device := range []string{"h1", "h2", "h3"} {
			unit := traceUnits[i%2]
			no := one.in.lastOf(unit).No
			if one.random.IntN(5) == 0 {
				no = 0 // it does not say
			}
			lists = append(lists, one.presses(device, unit, no, from, closer == i && i < 2 || rival))
			one.all = append(one.all, lists[i]...)
		}
		if desk := one.deskDoes(from, calm, closer == 2); !calm || closer > 1 {
			lists = append(lists, desk)
		}
		for i, house := range []*trace{one, two} {
			for _, d := range shuffled(rand.New(rand.NewPCG(seed, uint64(100+10*period+i))), lists) {
				if err := house.arrive(d, now); err != nil && (calm || d.device != "") {
					return fmt.Errorf("%s %s %+v is refused: %w", d.device, d.kind, d.detail, err)
				}
			}
		}
		if calm {
			if a, b := state(one.in), state(two.in); !reflect.DeepEqual(a, b) {
				return fmt.Errorf("two orders differ in period %d:\n%+v\n%+v", period, a, b)
			}
		} else {
			two = one // what the desk did is another story there
		}
		if now.Sub(from) > periodLasts {
			break
		}
	}
	return one.kept()
}

// kept is what holds in every house: each deed of a handset is one entry, those of
// one handset in its order, and the state is what the rules say of the entries.
func (tr *trace) kept() error {
	seen, last := map[string]int{}, map[string]int64{}
	for _, e := range tr.entries {
		if e.Counter == 0 {
			continue
		}
		seen[fmt.Sprint(e.Device, " ", e.Counter)]++
		if e.Counter <= last[e.Device] {
			return fmt.Errorf("%s: %d after %d", e.Device, e.Counter, last[e.Device])
		}
		last[e.Device] = e.Counter
	}
	for _, d := range tr.all {
		if n := seen[fmt.Sprint(d.device, " ", d.counter)]; n != 1 {
			return fmt.Errorf("%s %d stands there %d times", d.device, d.counter, n)
		}
	}
	if again := Fold(tr.entries); !reflect.DeepEqual(again, tr.in) {
		return fmt.Errorf("folded at once it is another:\n%+v\n%+v", again, tr.in)
	}
	return cmp.Or(tr.firstPresses(), tr.endings(), tr.reports())
}

// firstPresses: the earliest press of a step counts, unless a person has settled it.
func (tr *trace) firstPresses() error {
	for i, a := range tr.in.Assignments {
		for _, step := range pressed[:3] {
			first := time.Time{}
			for _, e := range tr.entries {
				if e.Kind == KindStep && e.Detail.No == i+1 && e.Detail.Step == step && (first.IsZero() || e.OccurredAt.Before(first)) {
					first = e.OccurredAt
				}
			}
			if !a.corrected(step) && !a.at(step).Equal(first) {
				return fmt.Errorf("%s of %d is %s, first pressed %s", step, i+1, *a.at(step), first)
			}
			if !first.IsZero() && rank[a.State] < rank[step] {
				return fmt.Errorf("assignment %d went back to %s from %s", i+1, a.State, step)
			}
		}
	}
	return nil
}

// endings: the first one that is written down stands until the incident is reopened.
func (tr *trace) endings() error {
	stands := ""
	for _, e := range tr.entries {
		switch {
		case e.Kind == KindReopened:
			stands = ""
		case e.Kind == KindClosed && stands == "" && !slices.Contains(e.Detail.Doubts, DoubtReopened):
			stands = e.Detail.Disposition
		}
	}
	if stands != tr.in.Disposition || (stands != "") != (tr.in.Status == StatusClosed) {
		return fmt.Errorf("it ended as %q (%s), and %q was written down first", tr.in.Disposition, tr.in.Status, stands)
	}
	return nil
}

// reports: a text is gone only when who replaced it had read it, or wrote it.
func (tr *trace) reports() error {
	for i, a := range tr.in.Assignments {
		for j, e := range tr.entries {
			if e.Kind != KindFeedback || e.Counter == 0 || e.Detail.No != i+1 {
				continue
			}
			replaced := slices.ContainsFunc(tr.entries[j+1:], func(l Entry) bool {
				about := l.Detail.No == i+1 || l.Detail.No == 0 && l.Detail.UnitID == a.UnitID
				return l.Kind == KindFeedback && about && (l.Detail.Seen >= e.Seq || l.Counter > 0 && l.Device == e.Device)
			})
			stands := slices.ContainsFunc(a.Reports, func(r Report) bool { return r.Seq == e.Seq })
			if stands == replaced {
				return fmt.Errorf("report %d of assignment %d: stands %v, replaced %v", e.Seq, i+1, stands, replaced)
			}
		}
	}
	return nil
}

// MERGE_TRACES is how many traces are lived through; MERGE_SEED the first of them.
func TestOfflineActionsConvergeAndNothingIsLost(t *testing.T) {
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(os.Getenv(name))
		if err != nil {
			return otherwise
		}
		return n
	}
	traces, from := number("MERGE_TRACES", 10_000), number("MERGE_SEED", 1)
	workers := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < traces && !t.Failed(); i += workers {
				if err := lived(uint64(from+i), i%3 != 0); err != nil {
					t.Errorf("trace %d: %v", from+i, err)
				}
			}
		})
	}
	all.Wait()
}

// The test must be able to fail: a house that takes a rule less gives itself away.
func TestTracesTellABrokenHouseFromAGoodOne(t *testing.T) {
	broken := 0
	for seed := range uint64(400) {
		tr := newTrace(seed)
		d := tr.presses("h1", "A", 1, t0.Add(2*time.Minute), true)
		tr.all = append(tr.all, d...)
		for _, one := range d[:len(d)-1] {
			tr.arrive(one, t0.Add(time.Hour))
		}
		if tr.kept() != nil {
			broken++
		}
	}
	if broken != 400 {
		t.Errorf("%d of 400 lost deeds were noticed", broken)
	}
}

func TestWhatADeskRefusesAHandsetHasKept(t *testing.T) {
	s := newStory(t)
	s.do(s.in.Assign("A", nil, false, "", after(time.Minute)))
	keep := func(k Kind, by time.Duration, d Detail) *story {
		m, err := s.in.Keep(k, after(by), d)
		return s.do(m, err)
	}
	on := Detail{UnitID: "A", Step: StepOnScene}
	keep(KindStep, 6*time.Minute, on)
	keep(KindStep, 7*time.Minute, on) // a second officer presses, too
	s.do(s.in.Unassign("A", "needed elsewhere", after(8*time.Minute)))
	s.do(s.in.Assign("A", nil, false, "", after(9*time.Minute)))
	keep(KindStep, 5*time.Minute, Detail{UnitID: "A", No: 1, Step: StepAcknowledged}) // of the first time it was sent
	if a, b := s.in.Assignments[0], s.in.Assignments[1]; !a.OnSceneAt.Equal(after(6*time.Minute)) || a.AckedAt.IsZero() || !b.AckedAt.IsZero() || s.in.Status != StatusDispatched {
		t.Errorf("%+v %+v %s", a, b, s.in.Status)
	}
	s.do(s.in.Close("mediated", after(20*time.Minute)))
	keep(KindContacted, 4*time.Minute, Detail{UnitID: "A", Answered: true})
	keep(KindClosed, 19*time.Minute, Detail{UnitID: "A", Disposition: "unfounded"})
	keep(KindStep, 18*time.Minute, Detail{UnitID: "A", No: 2, Step: StepCleared})
	if s.in.Disposition != "mediated" || len(s.in.Rivals) != 1 || s.in.Rivals[0].Disposition != "unfounded" || !s.in.ContactedAt.Equal(after(4*time.Minute)) || !s.in.Assignments[1].ClearedAt.Equal(after(18*time.Minute)) {
		t.Errorf("%+v", s.in)
	}
	s.do(s.in.Reopen("it began again", after(30*time.Minute)))
	keep(KindClosed, 25*time.Minute, Detail{UnitID: "A", Disposition: "mediated"})
	s.status(StatusReceived)
	for i, want := range map[int][]string{3: {DoubtRepeated}, 6: {DoubtTakenOff}, 8: {DoubtEnded}, 9: {DoubtEnded}, 10: {DoubtEnded}, 12: {DoubtReopened}} {
		if got := s.entries[i].Detail.Doubts; !slices.Equal(got, want) {
			t.Errorf("entry %d: %q, want %q", i+1, got, want)
		}
	}
	_, err := s.in.Keep(KindStep, after(time.Hour), Detail{UnitID: "Z", Step: StepOnScene})
	s.refuse("incident.unit_not_assigned", Move{}, err)
	_, err = s.in.Keep(KindStep, after(time.Hour), Detail{UnitID: "A", No: 9, Step: StepOnScene})
	s.refuse("incident.unit_not_assigned", Move{}, err)
}

func TestTwoReportsStandUntilAPersonSettlesThem(t *testing.T) {
	s := newStory(t)
	s.do(s.in.Assign("A", nil, false, "", after(time.Minute)))
	tell := func(device string, counter, seen int64, text string) {
		m, err := s.in.Keep(KindFeedback, after(10*time.Minute), Detail{UnitID: "A", Seen: seen, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		e := Entry{IncidentID: "I1", Seq: s.in.EntryCount + 1, Kind: m.Kind, OccurredAt: m.OccurredAt, Device: device, Counter: counter, Detail: m.Detail}
		s.in = s.in.Apply(e)
	}
	texts := func() (list []string) {
		for _, r := range s.in.Assignments[0].Reports {
			list = append(list, r.Text)
		}
		return list
	}
	tell("h1", 1, 2, "one hurt")
	tell("h1", 2, 2, "one hurt, lightly")
	tell("h2", 1, 2, "nobody hurt")
	if got := texts(); !slices.Equal(got, []string{"one hurt, lightly", "nobody hurt"}) {
		t.Errorf("%q", got)
	}
	tell("h2", 2, s.in.EntryCount, "one hurt; seen by both")
	if got := texts(); !slices.Equal(got, []string{"one hurt; seen by both"}) {
		t.Errorf("%q", got)
	}
	m, err := s.in.Report("A", "a line of the desk", after(time.Hour))
	s.do(m, err)
	if len(texts()) != 1 {
		t.Errorf("%q", texts())
	}
}

// The same through the store: three handsets tell what they have, twice and between
// one another, and the timeline has each once, in its order.
func TestOfflineActionsThroughTheStore(t *testing.T) {
	each(t, func(d *desk) {
		random := rand.New(rand.NewPCG(5, 7))
		for round := range 6 {
			in := d.receive(Intake{Address: fmt.Sprint(round, " Market Street")})
			if _, err := d.Dispatch(d.ctx, Order{When: When{ID: in.ID}, UnitIDs: []string{"u1"}}); err != nil {
				d.Fatal(err)
			}
			from := d.now
			d.wait(50 * time.Hour)
			var lists [][]deed
			for h := range 3 {
				var list []deed
				for n := range int64(8) {
					list = append(list, deed{device: fmt.Sprint("h", h), counter: int64(round)*8 + n + 1, said: from.Add(time.Duration(random.IntN(3000)) * time.Second), detail: Detail{Step: pressed[random.IntN(4)]}})
				}
				lists = append(lists, list)
			}
			for i, one := range shuffled(random, lists) {
				ctx := httpapi.As(d.Context(), httpapi.Principal{UserID: "officer1", DeviceID: one.device})
				w := When{ID: in.ID, OccurredAt: one.said, Counter: one.counter, Source: "handset"}
				var err error
				switch one.counter % 4 {
				case 0:
					_, err = d.Feedback(ctx, Remark{When: w, UnitID: "u1", No: 1, Seen: 2, Text: "both calm"})
				case 1:
					_, err = d.Close(ctx, Closing{When: w, UnitID: "u1", No: 1, Disposition: "settled_on_scene"})
				case 2:
					_, err = d.Contact(ctx, CallBack{When: w, UnitID: "u1", No: 1, Answered: true})
				default:
					_, err = d.Advance(ctx, Press{When: w, UnitID: "u1", No: 1, Step: one.detail.Step})
				}
				if err != nil {
					d.Fatalf("%d: %+v: %v", i, one, err)
				}
			}
			page, err := d.Timeline(d.ctx, Lines{ID: in.ID})
			if err != nil {
				d.Fatal(err)
			}
			told := map[string]int64{}
			for _, e := range page.Items {
				if e.Counter > 0 && e.Counter != max(told[e.Device], int64(round)*8)+1 {
					d.Errorf("%s: %d after %d", e.Device, e.Counter, told[e.Device])
				}
				told[e.Device] = e.Counter
			}
			if len(page.Items) != 2+24 {
				d.Errorf("%d entries of 26", len(page.Items))
			}
		}
	})
}
