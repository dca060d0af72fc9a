package twin_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"zhian/app"
	"zhian/module/incident"
	"zhian/platform/sqldb"
	"zhian/twin"
)

// fragile is a centre whose house is killed under it: after so many requests
// each time, while the next one is under way.
type fragile struct {
	twin.Centre
	dice  *rand.Rand
	left  int
	every int
	kill  func()
}

// under does one request, and when its turn has come kills the house a moment
// after the request has begun.
func (f *fragile) under(ask func() error) error {
	if f.left--; f.left > 0 {
		return ask()
	}
	f.left = f.every/2 + f.dice.IntN(f.every)
	moment := time.After(time.Duration(f.dice.IntN(3000)) * time.Microsecond)
	var killed sync.WaitGroup
	killed.Go(func() {
		<-moment
		f.kill()
	})
	defer killed.Wait()
	return ask()
}

func (f *fragile) Receive(ctx context.Context, call twin.Call, at time.Time) (id string, err error) {
	return id, f.under(func() error { id, err = f.Centre.Receive(ctx, call, at); return err })
}
func (f *fragile) Merge(ctx context.Context, id, into string, at time.Time) error {
	return f.under(func() error { return f.Centre.Merge(ctx, id, into, at) })
}
func (f *fragile) Dispatch(ctx context.Context, id string, unit int, at time.Time) error {
	return f.under(func() error { return f.Centre.Dispatch(ctx, id, unit, at) })
}
func (f *fragile) Press(ctx context.Context, id string, unit int, step twin.Step, at time.Time) error {
	return f.under(func() error { return f.Centre.Press(ctx, id, unit, step, at) })
}
func (f *fragile) Contact(ctx context.Context, id string, unit int, answered bool, at time.Time) error {
	return f.under(func() error { return f.Centre.Contact(ctx, id, unit, answered, at) })
}
func (f *fragile) Video(ctx context.Context, id string, unit int, at time.Time) error {
	return f.under(func() error { return f.Centre.Video(ctx, id, unit, at) })
}
func (f *fragile) Feedback(ctx context.Context, id string, unit int, text string, at time.Time) error {
	return f.under(func() error { return f.Centre.Feedback(ctx, id, unit, text, at) })
}
func (f *fragile) Close(ctx context.Context, id, disposition string, at time.Time) error {
	return f.under(func() error { return f.Centre.Close(ctx, id, disposition, at) })
}

// TWIN_SEED and TWIN_HOURS ask for another city, or a longer life.
func setting(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

// An evening of the city in a house that is killed again and again: whatever the
// moment, every call ends in exactly one disposition, nobody is sent or arrives
// twice, and nothing that the crews do is refused.
func TestCityLivesThroughKills(t *testing.T) {
	seed, hours := uint64(setting("TWIN_SEED", 1)), time.Duration(setting("TWIN_HOURS", 1))
	h := newHouse(t, time.Date(2026, 3, 2, 17, 0, 0, 0, twin.Zone()))
	city := twin.New(seed)
	post := h.settle(city)
	defer post.Leave()
	centre := &fragile{Centre: post, dice: rand.New(rand.NewPCG(seed, 0)), left: 20, every: 40, kill: h.kill}
	begun, end := h.clock.Now(), h.clock.Now().Add(hours*time.Hour)
	outages := 0
	trouble := func(err error) {
		if errors.Is(err, twin.ErrRefused) {
			t.Errorf("refused: %v", err)
		}
		outages++
	}
	if err := city.Drive(t.Context(), centre, h.clock, end, trouble); err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d: %d kills, %d outages noticed", seed, h.kills, outages)
	if h.kills < 5 {
		t.Errorf("%d kills show little", h.kills)
	}
	post.Leave()
	a := h.examine()
	if _, err := a.Bus.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := timelines(t, a)
	for call := range city.Calls(begun, end) {
		checkEnd(t, call, seen[call.Ref])
		delete(seen, call.Ref)
	}
	if len(seen) != 0 {
		t.Errorf("%d incidents of calls that nobody made", len(seen))
	}
	checkUnits(t, timelines(t, a))
	checkMessages(t, a, post.Shown())
	checkHouse(t, a)
}

// timelines are every incident's entries, by the reference of its call.
func timelines(t *testing.T, a *app.App) map[string][]incident.Entry {
	t.Helper()
	list := sqldb.Statement("incident", "TwinEntries", `SELECT incident_id, kind, occurred_at, detail FROM incident_entry ORDER BY incident_id, seq`)
	entries, err := sqldb.Read(t.Context(), a.DB, func(tx *sqldb.Tx) ([]incident.Entry, error) { return sqldb.List(tx, list, scanEntry) })
	if err != nil {
		t.Fatal(err)
	}
	refs, all := map[incident.ID]string{}, map[string][]incident.Entry{}
	for _, e := range entries {
		if e.Kind == incident.KindReceived {
			ref := e.Detail.Call.ExternalRef
			if refs[e.IncidentID] = ref; all[ref] != nil {
				t.Errorf("call %s was received twice", ref)
			}
		}
		ref := refs[e.IncidentID]
		all[ref] = append(all[ref], e)
	}
	return all
}

func scanEntry(r sqldb.Scanner) (e incident.Entry, err error) {
	var at int64
	var detail []byte
	if err = r.Scan(&e.IncidentID, &e.Kind, &at, &detail); err != nil {
		return e, err
	}
	e.OccurredAt = time.UnixMilli(at)
	return e, json.Unmarshal(detail, &e.Detail)
}

// cityKinds are entries that the city's people make; the rest is the house's own.
var cityKinds = []incident.Kind{incident.KindReceived, incident.KindAssigned, incident.KindStep, incident.KindContacted,
	incident.KindFeedback, incident.KindClosed, incident.KindMerged}

// checkEnd: one call, one incident, one end, and each thing said once.
func checkEnd(t *testing.T, call twin.Call, entries []incident.Entry) {
	t.Helper()
	if len(entries) == 0 {
		t.Errorf("call %s is lost", call.Ref)
		return
	}
	type thing struct {
		kind incident.Kind
		unit string
		step incident.Step
	}
	said := map[thing]int{}
	ends := 0
	for _, e := range entries {
		if e.Kind == incident.KindClosed || e.Kind == incident.KindMerged || e.Kind == incident.KindWithdrawn {
			ends++
		}
		if slices.Contains(cityKinds, e.Kind) && !e.Detail.AlreadyThere { // what the house knows, the crew may say too
			said[thing{e.Kind, e.Detail.UnitID, e.Detail.Step}]++
		}
	}
	if in := incident.Fold(entries); ends != 1 || in.Status.Open() || in.Status == incident.StatusClosed && in.Disposition == "" {
		t.Errorf("call %s ended %d times and is %s", call.Ref, ends, in.Status)
	}
	for what, n := range said {
		if n > 1 {
			t.Errorf("call %s: %v was said %d times", call.Ref, what, n)
		}
	}
}

// checkUnits: nobody is on scene at two incidents.
func checkUnits(t *testing.T, all map[string][]incident.Entry) {
	t.Helper()
	type stay struct {
		ref      string
		from, to time.Time
	}
	stays := map[string][]stay{}
	arrivals := 0
	for ref, entries := range all {
		for _, a := range incident.Fold(entries).Assignments {
			if a.OnSceneAt.IsZero() {
				continue
			}
			arrivals++
			for _, other := range stays[a.UnitID] {
				if a.OnSceneAt.Before(other.to) && other.from.Before(a.ClearedAt) {
					t.Errorf("unit %s was at %s and at %s", a.UnitID, ref, other.ref)
				}
			}
			stays[a.UnitID] = append(stays[a.UnitID], stay{ref, a.OnSceneAt, a.ClearedAt})
		}
	}
	if arrivals == 0 {
		t.Error("nobody arrived anywhere: the test shows nothing")
	}
}

// checkMessages: each unit that was sent got one message about it and no second
// one; what a handset has shown twice came as one delivery.
func checkMessages(t *testing.T, a *app.App, shown map[string]string) {
	t.Helper()
	count := func(what, text string) int64 {
		t.Helper()
		n, err := sqldb.Read(t.Context(), a.DB, func(tx *sqldb.Tx) (int64, error) {
			return sqldb.Get(tx, sqldb.Statement("twin", what, text), sqldb.ScanInt)
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	sent := count("sent", `SELECT count(*) FROM incident_entry WHERE kind = 'assigned'`)
	messages := count("messages", `SELECT count(*) FROM notify_message WHERE type = 'incident.push'`)
	parts := count("parts", `SELECT count(*) FROM (SELECT DISTINCT subject_id, subject_part FROM notify_message WHERE type = 'incident.push')`)
	if messages != sent || parts != sent {
		t.Errorf("%d units sent, %d messages about %d of them", sent, messages, parts)
	}
	if n := count("unanswered", `SELECT count(*) FROM notify_message WHERE answered_at = 0 AND withdrawn_at = 0`); n != 0 {
		t.Errorf("%d messages are still unanswered", n)
	}
	got := map[string]bool{}
	for _, message := range shown {
		got[message] = true
	}
	if arrived := count("arrived", `SELECT count(DISTINCT message_id) FROM notify_recipient WHERE delivered_at > 0`); arrived == 0 || int64(len(got)) < arrived {
		t.Errorf("%d messages arrived, %d were shown", arrived, len(got))
	}
	t.Logf("%d units sent, %d messages shown on handsets, in %d deliveries", sent, len(got), len(shown))
}

// checkHouse: the ledger holds, the rows are what their timelines fold to, no
// unit is still engaged, and no fact is stuck.
func checkHouse(t *testing.T, a *app.App) {
	t.Helper()
	health, err := a.Examine(t.Context(), false)
	if err != nil || !health.Ledger.OK() || len(health.Differing) != 0 {
		t.Errorf("%+v, %v", health, err)
	}
	for what, text := range map[string]string{
		"units engaged": `SELECT count(*) FROM unit_engagement`,
		"facts stuck":   `SELECT count(*) FROM bus_failure`,
	} {
		n, err := sqldb.Read(t.Context(), a.DB, func(tx *sqldb.Tx) (int64, error) {
			return sqldb.Get(tx, sqldb.Statement("twin", what, text), sqldb.ScanInt)
		})
		if err != nil || n != 0 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}
