package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// phones is a channel to devices that are switched on or not, and that keep what
// they got, as a person would.
type phones struct {
	on      map[string]bool
	why     map[string]string
	trouble []Outcome // of the next attempts
	got     map[string][]Parcel
}

func newPhones() *phones {
	return &phones{on: map[string]bool{}, why: map[string]string{}, got: map[string][]Parcel{}}
}

func (p *phones) Reaches(_ *sqldb.Tx, user string) (string, error) { return p.why[user], nil }

func (p *phones) Send(_ context.Context, x Parcel) Receipt {
	if len(p.trouble) > 0 {
		o := p.trouble[0]
		p.trouble = p.trouble[1:]
		return Receipt{o, "said " + string(o)}
	}
	if !p.on[x.UserID] {
		return Receipt{Outcome: Nobody}
	}
	p.got[x.UserID] = append(p.got[x.UserID], x)
	return Receipt{Outcome: Taken}
}

// shown is what a device shows: each delivery once, however often it came.
func (p *phones) shown(user string) (texts []string) {
	seen := map[string]bool{}
	for _, x := range p.got[user] {
		if !seen[x.DeliveryID] {
			texts = append(texts, string(x.Body))
		}
		seen[x.DeliveryID] = true
	}
	return texts
}

// town is who works where: everybody but those listed is on duty.
type town struct {
	off, muted map[string]bool
	leaders    []string
	hazards    bool // a gated message may be seen
}

func (w *town) Duty(_ *sqldb.Tx, user string) (Duty, error) {
	return Duty{On: !w.off[user], Muted: w.muted[user]}, nil
}
func (w *town) Leaders(*sqldb.Tx, string, time.Time) ([]string, error) { return w.leaders, nil }
func (w *town) MaySee(*sqldb.Tx, Subject) error {
	if !w.hazards {
		return fault.New(fault.Conflict, "thing.hazards_not_seen")
	}
	return nil
}

// Can lets "stranger" read nothing.
func (w *town) Can(p httpapi.Principal, _ httpapi.Perm, org string) bool {
	return p.UserID != "stranger" && org == "S1"
}

type desk struct {
	*testing.T
	*Service
	db       *sqldb.DB
	w        *town
	handsets *phones
	screens  *phones
	clock    time.Time
	facts    []bus.Fact
}

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := &desk{T: t, db: db, w: &town{off: map[string]bool{}, muted: map[string]bool{}, leaders: []string{"leader"}}, handsets: newPhones(),
			screens: newPhones(), clock: noon}
		d.start()
		test(d)
	}, bus.Schema, Schema)
}

// start makes the service, as a node does that comes up; what was in memory is gone.
func (d *desk) start() {
	d.Helper()
	ladders, err := DefaultLadders()
	if err != nil {
		d.Fatal(err)
	}
	now := func() time.Time { return d.clock }
	d.Service = New(Deps{DB: d.db, Bus: bus.New(d.db, now), Now: now, IDs: ident.NewMaker(now), Gate: d.w, People: d.w,
		Channels: map[string]Channel{"handset": d.handsets, "inapp": d.screens}, Owners: map[string]Owner{"thing": d.w}, Ladders: ladders})
	d.Listen()
	hear[Queued](d)
	hear[Progressed](d)
	hear[Shortfall](d)
	hear[Escalated](d)
	hear[Withdrawn](d)
	if err := d.Bus.Start(d.Context()); err != nil {
		d.Fatal(err)
	}
}

func hear[F bus.Fact](d *desk) {
	bus.Tail(d.Bus, func(_ bus.Meta, f F) { d.facts = append(d.facts, f) })
}

// settle lets everything happen that follows.
func (d *desk) settle() {
	d.Helper()
	for {
		moved, err := d.Bus.Deliver(d.Context())
		tried, sendErr := d.Deliver(d.Context())
		if err := errors.Join(err, sendErr); err != nil {
			d.Fatal(err)
		}
		if moved+tried == 0 {
			return
		}
	}
}

func (d *desk) after(by time.Duration) {
	d.Helper()
	d.clock = d.clock.Add(by)
	if err := d.Climb(d.Context()); err != nil {
		d.Fatal(err)
	}
	d.settle()
}

func (d *desk) do(fn func(tx *sqldb.Tx) error) {
	d.Helper()
	if err := d.db.Do(d.Context(), fn); err != nil {
		d.Fatal(err)
	}
	d.settle()
}

var subject = Subject{Kind: "thing", ID: "T1", Part: "u1/1"}

func (d *desk) queue(c Class, key string, to ...string) (m Message) {
	d.Helper()
	return d.draft(Draft{Key: key, Class: c, Type: "test", Subject: subject, OrgID: "S1", Sender: "sender", To: to, Body: key})
}

func (d *desk) draft(x Draft) (m Message) {
	d.Helper()
	d.do(func(tx *sqldb.Tx) (err error) { m, err = d.Queue(tx, x); return err })
	return m
}

func as(ctx context.Context, user, device string) context.Context {
	return httpapi.As(ctx, httpapi.Principal{UserID: user, DeviceID: device, Kind: "user"})
}

func (d *desk) mark(user string, to State, ids ...string) error {
	d.Helper()
	_, err := d.Mark(as(d.Context(), user, "device of "+user), Marking{IDs: ids, To: to})
	d.settle()
	return err
}

func (d *desk) connect(user string) {
	d.Helper()
	d.handsets.on[user] = true
	d.Reach(user, "handset")
	d.settle()
}

func (d *desk) record(id string) Record {
	d.Helper()
	r, err := d.Get(as(d.Context(), "sender", ""), ByID{id})
	if err != nil {
		d.Fatal(err)
	}
	return r
}

// states is where each delivery of a message is.
func (d *desk) states(id string) string {
	d.Helper()
	var all []string
	for _, x := range d.record(id).Deliveries {
		all = append(all, fmt.Sprint(x.UserID, " ", x.Channel, " ", x.State))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func (d *desk) want(what string, got, want any) {
	d.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		d.Errorf("%s: %v, want %v", what, got, want)
	}
}

// heard names the facts since the last time.
func (d *desk) heard() (names []string) {
	for _, f := range d.facts {
		text := f.FactName()
		if p, ok := f.(Progressed); ok {
			text += " " + p.UserID + " " + string(p.State)
		}
		if e, ok := f.(Escalated); ok {
			text += fmt.Sprint(" ", e.Audience, " ", e.Users)
		}
		names = append(names, text)
	}
	d.facts = nil
	return names
}

func TestMessageGoesToTheDeviceAndIsConfirmed(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"] = true
		m := d.queue(Dispatch, "go", "ann", "ben")
		d.want("ann has", d.handsets.shown("ann"), []string{`"go"`})
		d.want("ben has", d.handsets.shown("ben"), []string{})
		d.want("deliveries", d.states(m.ID), "ann handset sent, ben handset queued")
		for _, to := range []State{StateDelivered, StateSeen, StateAcknowledged} {
			d.clock = d.clock.Add(time.Second)
			if err := d.mark("ann", to, m.ID); err != nil {
				t.Fatal(err)
			}
		}
		d.want("deliveries", d.states(m.ID), "ann handset acknowledged, ben handset queued")
		d.want("facts", d.heard(), []string{"notify.queued", "notify.progressed ann sent", "notify.progressed ann delivered",
			"notify.progressed ann seen", "notify.progressed ann acknowledged"})
		r := d.record(m.ID)
		if r.AnsweredBy != "ann" || !r.Deliveries[0].SeenAt.Equal(noon.Add(2*time.Second)) || len(r.Attempts) != 1 || r.Version() != 6 {
			t.Errorf("%+v", r)
		}
		d.after(time.Hour)
		d.want("the ladder after an answer", len(d.record(m.ID).Steps), 0)
		d.connect("ben") // was sent, too, and must know
		d.want("ben has", d.handsets.shown("ben"), []string{`"go"`})
	})
}

func TestMarkingAgainChangesNothing(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"] = true
		one, two := d.queue(Notice, "1", "ann"), d.queue(Notice, "2", "ann")
		if err := d.mark("ann", StateSeen, one.ID, two.ID); err != nil {
			t.Fatal(err)
		}
		before := d.record(one.ID)
		d.heard()
		d.clock = d.clock.Add(time.Minute)
		if err := d.mark("ann", StateSeen, one.ID, two.ID); err != nil {
			t.Fatal(err)
		}
		d.want("record", d.record(one.ID), before)
		d.want("facts", d.heard(), []string{})
	})
}

func TestForeignMessagesDoNotExist(t *testing.T) {
	each(t, func(d *desk) {
		mine, foreign := d.queue(Notice, "1", "ann"), d.queue(Notice, "2", "ben")
		err := d.mark("ann", StateSeen, mine.ID, foreign.ID)
		if fault.KeyOf(err) != "notify.no_such_message" || fault.Of(err).Params["index"] != 1 {
			t.Errorf("%v", err)
		}
		if seen := d.record(mine.ID).Recipients[0].SeenAt; !seen.IsZero() {
			t.Error("one was marked although the other was refused")
		}
		for _, id := range []string{mine.ID, "nothing"} {
			if _, err := d.Get(as(d.Context(), "stranger", ""), ByID{id}); fault.KeyOf(err) != "notify.no_such_message" {
				t.Errorf("%v", err)
			}
		}
	})
}

func TestHazardsComeBeforeSeeing(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"], d.handsets.on["leader"] = true, true
		m := d.draft(Draft{Key: "k", Class: Dispatch, Type: "test", Subject: subject, OrgID: "S1", Sender: "sender", To: []string{"ann"}, Gated: true, Body: "x"})
		if err := d.mark("ann", StateDelivered, m.ID); err != nil {
			t.Errorf("a device may say that it has it: %v", err)
		}
		for _, to := range []State{StateSeen, StateAcknowledged} {
			if err := d.mark("ann", to, m.ID); fault.KeyOf(err) != "thing.hazards_not_seen" || !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", to, err)
			}
		}
		d.after(time.Minute)
		if err := d.mark("leader", StateSeen, m.ID); err != nil {
			t.Errorf("a leader does not go in: %v", err)
		}
		d.w.hazards = true
		if err := d.mark("ann", StateSeen, m.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestLadderClimbsUntilSomebodyAcknowledges(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"], d.screens.on["sender"], d.screens.on["leader"] = true, true, true
		m := d.queue(Dispatch, "go", "ann")
		d.heard()
		d.after(29 * time.Second)
		d.want("too early", d.heard(), []string{})
		d.after(time.Second)
		d.want("after 30 s", d.heard(), []string{"notify.escalated again [ann]"})
		d.want("reminder", d.handsets.got["ann"][1].Reminder, 1)
		d.want("the same delivery", d.handsets.got["ann"][1].DeliveryID, d.handsets.got["ann"][0].DeliveryID)
		d.after(30 * time.Second)
		d.want("after 60 s", d.heard(), []string{"notify.escalated leaders [leader]", "notify.progressed leader sent"})
		d.after(30 * time.Second)
		d.want("after 90 s", d.heard(), []string{"notify.escalated sender [sender]", "notify.progressed sender sent"})
		d.want("deliveries", d.states(m.ID), "ann handset sent, leader handset queued, leader inapp sent, sender inapp sent")
		var steps []string
		for _, s := range d.record(m.ID).Steps {
			steps = append(steps, fmt.Sprint(s.Audience, s.Users, s.At.Sub(noon)))
		}
		d.want("steps", steps, "[again[ann] 30s leaders[leader] 1m0s sender[sender] 1m30s]")
		d.want("attempts", len(d.record(m.ID).Attempts), 4)
		if err := d.mark("sender", StateAcknowledged, m.ID); err != nil {
			t.Fatal(err)
		}
		d.want("answered", d.states(m.ID), "ann handset sent, leader handset cancelled, leader inapp sent, sender inapp acknowledged")
	})
}

func TestAcknowledgedInTimeDisturbsNobodyElse(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"] = true
		m := d.queue(Dispatch, "go", "ann")
		if err := d.mark("ann", StateAcknowledged, m.ID); err != nil {
			t.Fatal(err)
		}
		d.heard()
		d.after(time.Hour)
		d.want("facts", d.heard(), []string{})
		d.want("ann got", len(d.handsets.got["ann"]), 1)
		d.want("leader got", len(d.handsets.got["leader"])+len(d.screens.got["leader"]), 0)
	})
}

func TestNobodyOffDutyOrMutedIsPaged(t *testing.T) {
	each(t, func(d *desk) {
		for _, user := range []string{"off", "muted", "out", "ann"} {
			d.handsets.on[user] = true
		}
		d.w.off["off"], d.w.muted["muted"], d.handsets.why["out"] = true, true, "logged_out"
		m := d.queue(Dispatch, "go", "off", "muted", "out", "ann", "ann")
		d.after(30 * time.Second)
		for _, user := range []string{"off", "muted", "out"} {
			d.want(user+" got", len(d.handsets.got[user]), 0)
		}
		d.want("deliveries", d.states(m.ID), "ann handset sent")
		var withheld []string
		for _, r := range d.record(m.ID).Recipients {
			withheld = append(withheld, r.UserID+" "+r.Withheld)
		}
		d.want("on record", withheld, "[ann  muted muted off off_duty out logged_out]")
		if slices.Contains(d.heard(), "notify.shortfall") {
			t.Error("a shortfall although ann was paged")
		}
		if in, err := d.Inbox(as(d.Context(), "muted", ""), Looking{}); err != nil || len(in.Items) != 0 || in.Unread != 0 {
			t.Errorf("%+v, %v", in, err)
		}
	})
}

func TestOnlyMutedCrewIsAShortfallAtOnce(t *testing.T) {
	each(t, func(d *desk) {
		d.w.muted["ann"], d.handsets.why["ben"] = true, "no_device"
		d.queue(Dispatch, "go", "ann", "ben")
		s, ok := d.facts[0].(Shortfall)
		if len(d.facts) != 1 || !ok || fmt.Sprint(s.Withheld) != "[{ann muted} {ben no_device}]" || s.Sender != "sender" {
			t.Errorf("%+v", d.facts)
		}
		d.heard()
		d.after(30 * time.Second)
		d.want("nobody to remind", d.heard(), []string{"notify.escalated again []"})
		d.screens.on["leader"] = true
		d.after(30 * time.Second)
		d.want("leader got", len(d.screens.got["leader"]), 1)
	})
}

// While a message waits for a device, its owner goes off duty.
func TestWhoGoesOffDutyMeanwhileIsNotPagedEither(t *testing.T) {
	each(t, func(d *desk) {
		m := d.queue(Dispatch, "go", "ann", "ben")
		d.w.off["ann"] = true
		d.heard()
		d.connect("ann")
		d.want("ann got", len(d.handsets.got["ann"]), 0)
		d.want("deliveries", d.states(m.ID), "ann handset cancelled, ben handset queued")
		d.want("facts", d.heard(), []string{"notify.progressed ann cancelled"})
		d.w.muted["ben"] = true
		d.connect("ben")
		d.want("facts", d.heard(), []string{"notify.progressed ben cancelled", "notify.shortfall"})
	})
}

// Whatever is lost with the memory of a node, each delivery comes, under one id,
// and no rung is taken twice.
func TestRestartLosesAndDoublesNothing(t *testing.T) {
	each(t, func(d *desk) {
		d.screens.on["leader"] = true
		m := d.draftUnsettled(Draft{Key: "k", Class: Dispatch, Type: "test", Subject: subject, OrgID: "S1", Sender: "sender", To: []string{"ann"}, Body: "x"})
		d.start() // before it was sent
		d.connect("ann")
		d.want("ann shows", d.handsets.shown("ann"), []string{`"x"`})
		d.clock = d.clock.Add(time.Minute)
		if err := d.Climb(d.Context()); err != nil { // both rungs, and then the end before anything is sent
			t.Fatal(err)
		}
		d.start()
		d.after(0)
		d.want("steps", len(d.record(m.ID).Steps), 2)
		d.connect("ann")
		d.Reach("leader", "inapp")
		d.settle()
		d.want("ann shows", d.handsets.shown("ann"), []string{`"x"`})
		d.want("leader shows", d.screens.shown("leader"), []string{`"x"`})
		ids := map[string]bool{}
		for _, x := range append(d.handsets.got["ann"], d.screens.got["leader"]...) {
			ids[x.DeliveryID] = true
		}
		d.want("ids", len(ids), 2)
		if err := d.mark("ann", StateDelivered, m.ID); err != nil {
			t.Fatal(err)
		}
		before := len(d.handsets.got["ann"])
		d.connect("ann")
		d.want("sent after it was confirmed", len(d.handsets.got["ann"])-before, 0)
	})
}

// draftUnsettled queues without anything that follows.
func (d *desk) draftUnsettled(x Draft) (m Message) {
	d.Helper()
	err := d.db.Do(d.Context(), func(tx *sqldb.Tx) (err error) { m, err = d.Queue(tx, x); return err })
	if err != nil {
		d.Fatal(err)
	}
	return m
}

// Whoever was away for long is not drowned: some at once, more as they confirm.
func TestMuchThatWaitedComesInParts(t *testing.T) {
	each(t, func(d *desk) {
		var ids []string
		for i := range reachMost + 20 {
			ids = append(ids, d.queue(Reminder, fmt.Sprint(i), "ann").ID)
		}
		d.connect("ann")
		d.want("at once", len(d.handsets.got["ann"]), reachMost)
		if err := d.mark("ann", StateDelivered, ids[0]); err != nil {
			t.Fatal(err)
		}
		d.want("then the rest", len(d.handsets.shown("ann")), reachMost+20)
		d.want("nothing twice", len(d.handsets.got["ann"]), reachMost+20)
		big := strings.Repeat("x", 60<<10)
		for i := range 3 {
			d.draft(Draft{Key: fmt.Sprint("big", i), Class: Reminder, Type: "test", OrgID: "S1", To: []string{"ben"}, Body: big})
		}
		d.connect("ben")
		d.want("not more than a connection holds", len(d.handsets.got["ben"]), 1)
	})
}

// What nobody confirmed is not sent for ever.
func TestUnconfirmedStopsWithItsTime(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"] = true
		m := d.queue(Dispatch, "go", "ann")
		taken := d.draft(Draft{Key: "o", Class: Dispatch, Type: "test", Subject: Subject{Kind: "thing", ID: "T2"}, OrgID: "S1", To: []string{"ann"}, Body: "o"})
		d.do(func(tx *sqldb.Tx) error { return d.Withdraw(tx, taken.Subject, "closed") })
		before := len(d.handsets.got["ann"])
		d.connect("ann")
		d.want("only what is wanted", len(d.handsets.got["ann"])-before, 1)
		d.after(13 * time.Hour)
		before = len(d.handsets.got["ann"])
		d.connect("ann")
		d.want("after its time", len(d.handsets.got["ann"])-before, 0)
		d.want("and that is no failure", strings.HasPrefix(d.states(m.ID), "ann handset sent"), true)
	})
}

func TestSameKeyIsTheSameMessage(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"] = true
		one, two := d.queue(Dispatch, "k", "ann"), d.queue(Dispatch, "k", "ann")
		d.want("id", two.ID, one.ID)
		d.want("ann got", len(d.handsets.got["ann"]), 1)
		err := d.db.Do(d.Context(), func(tx *sqldb.Tx) error {
			_, err := d.Queue(tx, Draft{Key: "k", Class: Notice, Type: "test", To: []string{"ann"}})
			return err
		})
		if fault.KeyOf(err) != "notify.key_reused" {
			t.Errorf("%v", err)
		}
	})
}

func TestWithdrawalCancelsAndTells(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"] = true
		m, other := d.queue(Dispatch, "go", "ann", "ben"), d.draft(Draft{Key: "o", Class: Dispatch, Type: "test",
			Subject: Subject{Kind: "thing", ID: "T1", Part: "u2/1"}, OrgID: "S1", To: []string{"cid"}, Body: "o"})
		d.heard()
		d.do(func(tx *sqldb.Tx) error { return d.Withdraw(tx, subject, "unassigned") })
		d.want("deliveries", d.states(m.ID), "ann handset sent, ben handset cancelled")
		d.want("of the other part", d.states(other.ID), "cid handset queued")
		last := d.facts[len(d.facts)-1].(Withdrawn)
		if fmt.Sprint(last.Users) != "[ann ben]" || last.Reason != "unassigned" {
			t.Errorf("%+v", last)
		}
		d.heard()
		d.connect("ben")
		d.after(time.Hour)
		d.want("ben got", len(d.handsets.got["ben"]), 0)
		d.want("steps", len(d.record(m.ID).Steps), 0)
		d.do(func(tx *sqldb.Tx) error { return d.Withdraw(tx, Subject{Kind: "thing", ID: "T1"}, "closed") })
		heard := d.heard()
		d.want("once more withdraws the rest", heard[len(heard)-1], "notify.withdrawn")
		d.want("and that once", strings.Count(fmt.Sprint(heard), "withdrawn"), 1)
		d.want("reason stays", d.record(m.ID).WithdrawnReason, "unassigned")
		d.want("of the other part", d.states(other.ID), "cid handset cancelled, leader handset cancelled, leader inapp cancelled")
	})
}

func TestAnsweredElsewhereEndsTheLadder(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"] = true
		m := d.queue(Dispatch, "go", "ann")
		d.do(func(tx *sqldb.Tx) error { return d.Answer(tx, subject, "ann", "device", d.clock) })
		d.want("deliveries", d.states(m.ID), "ann handset acknowledged")
		n := d.draft(Draft{Key: "n", Class: Dispatch, Type: "test", Subject: Subject{Kind: "thing", ID: "T2"}, OrgID: "S1", To: []string{"ann"}, Body: "n"})
		d.do(func(tx *sqldb.Tx) error {
			return d.Answer(tx, Subject{Kind: "thing", ID: "T2"}, "console", "", d.clock)
		})
		d.want("deliveries", d.states(n.ID), "ann handset sent")
		d.want("answered by", d.record(n.ID).AnsweredBy, "console")
		d.heard()
		d.after(time.Hour)
		d.want("facts", d.heard(), []string{})
	})
}

func TestFailuresAreRetriedThenDeadThenResent(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"] = true
		d.handsets.trouble = slices.Repeat([]Outcome{Trouble}, 20)
		m := d.queue(Notice, "other channel", "ann")
		d.want("other channel", d.states(m.ID), "ann inapp queued")
		m = d.queue(Dispatch, "go", "ann")
		d.want("at once, twice", len(d.record(m.ID).Attempts), 2)
		d.mark("ann", StateAcknowledged, m.ID) // ends the ladder, not the delivery
		for range len(retries) {
			d.after(20 * time.Minute)
		}
		d.want("an answered one is not tried again", len(d.record(m.ID).Attempts), 2)
		n := d.draft(Draft{Key: "n", Class: Reminder, Type: "test", Subject: subject, OrgID: "S1", To: []string{"ann"}, Body: "n"})
		for range len(retries) {
			d.after(20 * time.Minute)
		}
		r := d.record(n.ID)
		failed := r.Deliveries[0]
		if failed.Channel != "handset" {
			failed = r.Deliveries[1]
		}
		if failed.State != StateFailed || failed.Reason != "said trouble" || failed.Attempts != len(retries)+1 {
			t.Fatalf("%+v", failed)
		}
		d.handsets.trouble = nil
		desk := as(d.Context(), "sender", "")
		if _, err := d.Resend(desk, Resending{ID: n.ID, IfMatch: `"1"`, DeliveryID: failed.ID}); fault.KeyOf(err) != "request.stale" {
			t.Errorf("%v", err)
		}
		if _, err := d.Resend(desk, Resending{ID: m.ID, DeliveryID: failed.ID}); fault.KeyOf(err) != "notify.no_such_delivery" {
			t.Errorf("%v", err)
		}
		if _, err := d.Resend(desk, Resending{ID: n.ID, DeliveryID: failed.ID}); err != nil {
			t.Fatal(err)
		}
		d.settle()
		d.want("deliveries", d.states(n.ID), "ann handset failed, ann handset sent, ann inapp queued")
		d.want("ann has", d.handsets.shown("ann"), []string{`"n"`})
		if _, err := d.Resend(desk, Resending{ID: n.ID, DeliveryID: failed.ID}); fault.KeyOf(err) != "notify.not_failed" {
			t.Errorf("%v", err)
		}
	})
}

func TestQueuedTooLongExpires(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ben"] = true
		m := d.queue(Dispatch, "go", "ann", "ben")
		d.after(13 * time.Hour)
		d.want("deliveries", d.states(m.ID), "ann handset expired, ben handset sent, leader handset expired, leader inapp expired, sender inapp expired")
		d.connect("ann")
		d.want("ann got", len(d.handsets.got["ann"]), 0)
	})
}

// A dispatch goes out while a thousand notices wait, on a lane of its own.
func TestDispatchIsNeverBehindANotice(t *testing.T) {
	each(t, func(d *desk) {
		d.handsets.on["ann"], d.screens.on["ann"] = true, true
		for i := range 50 {
			d.draftUnsettled(Draft{Key: fmt.Sprint(i), Class: Notice, Type: "test", OrgID: "S1", To: []string{"ann"}, Body: i})
		}
		d.draftUnsettled(Draft{Key: "go", Class: Dispatch, Type: "test", Subject: subject, OrgID: "S1", To: []string{"ann"}, Body: "go"})
		if _, err := d.Bus.Deliver(d.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := d.send(d.Context(), d.urgent); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		d.want("ann has", d.handsets.shown("ann"), []string{`"go"`})
		d.settle()
		d.want("then the notices", len(d.screens.got["ann"]), 50)
	})
}

func TestInbox(t *testing.T) {
	each(t, func(d *desk) {
		var ids []string
		for i := range 5 {
			d.clock = d.clock.Add(time.Second)
			ids = append(ids, d.queue(Notice, fmt.Sprint(i), "ann").ID)
		}
		d.queue(Notice, "foreign", "ben")
		ann := as(d.Context(), "ann", "")
		var got []string
		for after := ""; ; {
			page, err := d.Inbox(ann, Looking{After: after, Limit: 2})
			if err != nil || page.Unread != 5 {
				t.Fatalf("%+v, %v", page, err)
			}
			for _, item := range page.Items {
				got = append(got, string(item.Body))
			}
			if after = page.Next; after == "" {
				break
			}
		}
		d.want("newest first", got, []string{`"4"`, `"3"`, `"2"`, `"1"`, `"0"`})
		out, err := d.Mark(ann, Marking{IDs: ids[:2], To: StateSeen})
		if err != nil || out.Unread != 3 {
			t.Errorf("%+v, %v", out, err)
		}
		page, err := d.Inbox(ann, Looking{Unread: true})
		if err != nil || len(page.Items) != 3 || page.Unread != 3 {
			t.Errorf("%+v, %v", page, err)
		}
		if _, err := d.Inbox(ann, Looking{After: "%%"}); fault.KeyOf(err) != "request.bad_cursor" {
			t.Errorf("%v", err)
		}
		if _, err := d.db.Sweep(d.Context(), d.clock.Add(31*24*time.Hour), Retention[0]); err != nil {
			t.Fatal(err)
		}
		if page, err = d.Inbox(ann, Looking{}); err != nil || len(page.Items) != 5 || string(page.Items[0].Body) != "null" {
			t.Errorf("after its time: %+v, %v", page, err)
		}
	})
}

func TestMessagesOfASubject(t *testing.T) {
	each(t, func(d *desk) {
		d.queue(Dispatch, "1", "ann")
		d.queue(Dispatch, "2", "ann")
		d.draft(Draft{Key: "o", Class: Notice, Type: "test", Subject: Subject{Kind: "other", ID: "T1"}, OrgID: "S1", To: []string{"ann"}})
		sender := as(d.Context(), "sender", "")
		page, err := d.OfSubject(sender, BySubject{Kind: "thing", ID: "T1", Limit: 1})
		if err != nil || len(page.Items) != 1 || page.Items[0].Key != "1" {
			t.Fatalf("%+v, %v", page, err)
		}
		page, err = d.OfSubject(sender, BySubject{Kind: "thing", ID: "T1", After: page.Next})
		if err != nil || len(page.Items) != 1 || page.Items[0].Key != "2" || page.Next != "" {
			t.Fatalf("%+v, %v", page, err)
		}
		if page, err = d.OfSubject(as(d.Context(), "stranger", ""), BySubject{Kind: "thing", ID: "T1"}); err != nil || len(page.Items) != 0 {
			t.Errorf("%+v, %v", page, err)
		}
	})
}
