package notify

import (
	"context"
	"errors"
	"sync"
	"time"

	"zhian/platform/sqldb"
)

// lane is a queue of what is to be sent from this node. Dispatch messages have
// one of their own, so that nothing else is ever before them.
type lane struct {
	urgent bool
	mu     sync.Mutex
	list   []errand
	woken  chan struct{}
}

// errand says which deliveries to send: those of a message, or those that wait
// for somebody on a channel.
type errand struct {
	message  string
	only     map[string]bool // of these users; nil is all
	reminder int

	user, channel string
	next          bool // only what was not sent yet
}

// What goes out at once when somebody connects. The rest follows when they have
// confirmed some of it; all of it is in their inbox.
const (
	reachMost  = 50
	reachBytes = 100 << 10
)

func newLane(urgent bool) *lane { return &lane{urgent: urgent, woken: make(chan struct{}, 1)} }

func (l *lane) put(e ...errand) {
	l.mu.Lock()
	l.list = append(l.list, e...)
	l.mu.Unlock()
	wake(l.woken)
}

func (l *lane) take() []errand {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.list
	l.list = nil
	return list
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it knows already
	}
}

func (s *Service) laneOf(c Class) *lane {
	if c == Dispatch {
		return s.urgent
	}
	return s.patient
}

// Reach sends what waits for somebody on a channel: they have just connected.
func (s *Service) Reach(userID, channel string) { s.reachOut(errand{user: userID, channel: channel}) }

func (s *Service) reachOut(e errand) {
	s.urgent.put(e)
	s.patient.put(e)
}

// Run sends until ctx ends, and records what came of it. What fails (the database
// is out) is tried again.
func (s *Service) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	for _, l := range []*lane{s.urgent, s.patient} {
		loops.Go(func() { loop(ctx, l.woken, func() (int, error) { return s.send(ctx, l) }) })
	}
	loops.Go(func() { loop(ctx, s.outcomes.woken, func() (int, error) { return s.record(ctx) }) })
	loops.Wait()
	_, err := s.record(context.WithoutCancel(ctx))
	return errors.Join(ctx.Err(), err)
}

// failurePause is how long a lane rests that could not do its work.
const failurePause = 200 * time.Millisecond

func loop(ctx context.Context, woken chan struct{}, step func() (int, error)) {
	for {
		select {
		case <-woken:
		case <-ctx.Done():
			return
		}
		if _, err := step(); err != nil {
			time.AfterFunc(failurePause, func() { wake(woken) })
		}
	}
}

// Deliver sends everything there is to send now and reports how many deliveries
// it tried. Tests and tools use it; Run does it for a server.
func (s *Service) Deliver(ctx context.Context) (tried int, err error) {
	for {
		n := 0
		for _, l := range []*lane{s.urgent, s.patient} {
			sent, err := s.send(ctx, l)
			if n += sent; err != nil {
				return tried, err
			}
		}
		recorded, err := s.record(ctx)
		if err != nil || n+recorded == 0 {
			return tried, err
		}
		tried += n
	}
}

// send runs the errands of a lane; those that could not be run stay.
func (s *Service) send(ctx context.Context, l *lane) (tried int, err error) {
	list := l.take()
	for i, e := range list {
		n, err := s.run(ctx, l, e)
		if tried += n; err != nil {
			l.put(list[i:]...)
			return tried, err
		}
	}
	return tried, nil
}

func (s *Service) run(ctx context.Context, l *lane, e errand) (tried int, err error) {
	bytes := 0
	for after := ""; ; {
		page, err := s.page(ctx, l, e, after)
		if err != nil {
			return tried, err
		}
		for _, one := range page {
			after = one.delivery.ID
			bytes += len(one.parcel.Body)
			if e.user != "" && tried > 0 && (tried >= reachMost || bytes > reachBytes) {
				return tried, nil
			}
			tried += s.try(ctx, one)
		}
		if len(page) < deliveryPage {
			return tried, nil
		}
	}
}

// outgoing is a delivery with what is sent.
type outgoing struct {
	delivery Delivery
	parcel   Parcel
	withheld string // they may not be paged any more
	unwanted bool   // by now; it is not sent, and whoever ended it has said so
}

// page reads the next deliveries of an errand.
func (s *Service) page(ctx context.Context, l *lane, e errand, after string) ([]outgoing, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]outgoing, error) {
		query, args := "Deliveries", []any{e.message, after, deliveryPage}
		if e.user != "" {
			query, args = "WaitingFor", []any{e.user, e.channel, l.urgent, after, deliveryPage}
		}
		list, err := sqldb.List(tx, Queries[query], scanDelivery, args...)
		if err != nil {
			return nil, err
		}
		page, known := make([]outgoing, 0, len(list)), map[string]outgoing{}
		for _, d := range list {
			one, err := s.pack(tx, d, e, known)
			if err != nil {
				return nil, err
			}
			page = append(page, one)
		}
		return page, nil
	})
}

// covers says whether a delivery is to be sent: one that is queued; one that was
// sent and not confirmed when its recipient connects; one that is being reminded
// of until it is acknowledged.
func (e errand) covers(d Delivery) bool {
	_, alive := order[d.State]
	switch {
	case e.only != nil && !e.only[d.UserID]:
		return false
	case e.reminder > 0:
		return alive && d.State != StateAcknowledged
	case e.user != "" && !e.next:
		return d.waits()
	}
	return d.State == StateQueued
}

// pack puts a delivery's parcel together, or says that it is not to be sent.
func (s *Service) pack(tx *sqldb.Tx, d Delivery, e errand, known map[string]outgoing) (out outgoing, err error) {
	if !e.covers(d) {
		return outgoing{delivery: d, unwanted: true}, nil
	}
	out, ok := known[d.MessageID]
	if !ok {
		if out, err = s.wrap(tx, d.MessageID); err != nil {
			return out, err
		}
		known[d.MessageID] = out
	}
	out.delivery, out.parcel.DeliveryID, out.parcel.UserID, out.parcel.Reminder = d, d.ID, d.UserID, e.reminder
	if out.unwanted || out.parcel.Class != Dispatch || d.State != StateQueued {
		return out, nil
	}
	// Somebody may have gone off duty while it waited for them.
	r, err := sqldb.Get(tx, Queries["Recipient"], scanRecipient, d.MessageID, d.UserID)
	if err != nil {
		return out, err
	}
	duty, err := s.People.Duty(tx, d.UserID)
	audience := Leaders
	if r.Rung == 0 {
		audience = Named
	}
	out.withheld = Withhold(Dispatch, audience, duty, "")
	return out, err
}

// wrap is what every parcel of a message says.
func (s *Service) wrap(tx *sqldb.Tx, id string) (out outgoing, err error) {
	m, err := byID(tx, id)
	if err != nil || !m.WithdrawnAt.IsZero() || m.next == len(m.ladder) {
		return outgoing{unwanted: true}, err
	}
	words, err := body(tx, id)
	out.parcel = Parcel{MessageID: m.ID, Class: m.Class, Type: m.Type, Subject: m.Subject, Gated: m.Gated, QueuedAt: m.QueuedAt, Body: words}
	return out, err
}

// try hands a parcel to its channel.
func (s *Service) try(ctx context.Context, o outgoing) int {
	switch {
	case o.unwanted:
		return 0
	case o.withheld != "":
		s.outcomes.put(result{delivery: o.delivery.ID, message: o.delivery.MessageID, withheld: o.withheld})
		return 1
	}
	channel, known := s.Channels[o.delivery.Channel]
	receipt := Receipt{Refused, "no such channel"}
	if known {
		receipt = channel.Send(ctx, o.parcel)
	}
	if receipt.Outcome == Trouble && o.delivery.Attempts == 0 {
		s.outcomes.put(result{o.delivery.ID, o.delivery.MessageID, receipt, o.parcel.Reminder, ""})
		receipt = channel.Send(ctx, o.parcel) // the first retry is at once
	}
	if receipt.Outcome != Nobody {
		s.outcomes.put(result{o.delivery.ID, o.delivery.MessageID, receipt, o.parcel.Reminder, ""})
	}
	return 1
}

// outcomes are results that are not recorded yet. Sending does not wait for
// them: should they be lost in a crash, the deliveries are still queued and go
// out again under the same ids.
type outcomes struct {
	mu    sync.Mutex
	list  []result
	woken chan struct{}
}

type result struct {
	delivery, message string
	receipt           Receipt
	reminder          int
	withheld          string
}

func (o *outcomes) put(r ...result) {
	o.mu.Lock()
	o.list = append(o.list, r...)
	o.mu.Unlock()
	wake(o.woken)
}

func (o *outcomes) take() []result {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := o.list
	o.list = nil
	return list
}

// record writes down what came of attempts, many in one transaction.
func (s *Service) record(ctx context.Context) (recorded int, err error) {
	list := s.outcomes.take()
	for len(list) > 0 {
		part := list[:min(len(list), deliveryPage)]
		err := s.DB.Background(ctx, func(tx *sqldb.Tx) error {
			for _, r := range part {
				if err := s.note(tx, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			s.outcomes.put(list...)
			return recorded, err
		}
		recorded += len(part)
		list = list[len(part):]
	}
	return recorded, nil
}

// note writes down one result, as the delivery is by now.
func (s *Service) note(tx *sqldb.Tx, r result) error {
	m, err := lock(tx, r.message)
	if err != nil {
		return err
	}
	before, err := sqldb.Get(tx, Queries["Delivery"], scanDelivery, r.delivery)
	if err != nil {
		return err
	}
	if r.withheld != "" {
		return s.spare(tx, m, before, r.withheld)
	}
	d := before.Attempted(r.receipt.Outcome, r.receipt.Answer, s.now())
	a := Attempt{DeliveryID: d.ID, No: d.Attempts, At: s.now(), Outcome: r.receipt.Outcome, Answer: r.receipt.Answer, Reminder: r.reminder}
	if err := errors.Join(insertAttempt(tx, a), d.save(tx)); err != nil || d.State == before.State {
		return err
	}
	if err := m.save(tx); err != nil {
		return err
	}
	return s.progressed(tx, m, d, "")
}

// spare cancels what waited for somebody who may not be paged any more. If that
// was the last of those named, nobody is left to go: a shortfall.
func (s *Service) spare(tx *sqldb.Tx, m Message, d Delivery, why string) error {
	next, news := d.Become(StateCancelled, why, s.now())
	if !news {
		return nil
	}
	if err := errors.Join(next.save(tx), m.save(tx), s.progressed(tx, m, next, "")); err != nil {
		return err
	}
	named, err := s.namedOf(tx, m.ID)
	if err != nil || !named[d.UserID] || m.over() {
		return err
	}
	left := 0
	err = eachDelivery(tx, m.ID, func(other Delivery) error {
		if _, alive := order[other.State]; alive && named[other.UserID] {
			left++
		}
		return nil
	})
	if err != nil || left > 0 {
		return err
	}
	return s.Bus.Publish(tx, s.now(), Shortfall{m.about(s.now()), []Withholding{{d.UserID, why}}})
}

// progressed tells of a delivery, or of what its recipient did.
func (s *Service) progressed(tx *sqldb.Tx, m Message, d Delivery, device string) error {
	r, err := sqldb.Get(tx, Queries["Recipient"], scanRecipient, m.ID, d.UserID)
	if err != nil {
		return err
	}
	return s.Bus.Publish(tx, s.now(), Progressed{About: m.about(s.now()), DeliveryID: d.ID, UserID: d.UserID, Rung: r.Rung, Channel: d.Channel,
		Device: device, State: d.State, Reason: d.Reason})
}
