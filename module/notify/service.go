package notify

import (
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Deps is what the module is made of. Owners are by the kind of subject.
type Deps struct {
	DB       *sqldb.DB
	Bus      *bus.Bus
	Now      func() time.Time
	IDs      *ident.Maker
	Gate     httpapi.Gate
	People   People
	Channels map[string]Channel
	Owners   map[string]Owner
	Ladders  Ladders
}

// Service is everything the rest of the house may ask of this module.
type Service struct {
	Deps
	urgent, patient *lane
	outcomes        outcomes
}

// New makes the service; Listen and Run put it to work.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	s.urgent, s.patient = newLane(true), newLane(false)
	s.outcomes.woken = make(chan struct{}, 1)
	return s
}

// Permissions of this module.
const (
	permInbox  httpapi.Perm = "notify.inbox"
	permRead   httpapi.Perm = "notify.read"
	permResend httpapi.Perm = "notify.resend"
)

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// Queue takes a message as part of tx, and sends it after the commit. The same
// key again is the same message: nothing happens.
func (s *Service) Queue(tx *sqldb.Tx, d Draft) (Message, error) {
	if err := d.check(s.Ladders); err != nil {
		return Message{}, err
	}
	known, err := sqldb.Get(tx, Queries["ByKey"], sqldb.ScanString, d.Key)
	if err == nil {
		return s.same(tx, known, d)
	}
	if err != sqldb.ErrNone {
		return Message{}, err
	}
	body, err := json.Marshal(d.Body)
	if err == nil && len(body) > bodyMost {
		err = fault.At("/body", "notify.body_too_long")
	}
	if err != nil {
		return Message{}, err
	}
	m := Message{ID: s.IDs.Next(), Key: d.Key, Class: d.Class, Type: d.Type, Subject: d.Subject, OrgID: d.OrgID, Sender: d.Sender,
		Gated: d.Gated, Body: body, QueuedAt: s.now(), EditCount: 1, ladder: s.Ladders[d.Class]}
	first := m.ladder[0]
	m = m.Climb()
	if err := insertMessage(tx, m); err != nil {
		return m, err
	}
	return m, s.queue(tx, m, first, d.To)
}

// same answers a key that is known; another message under it is a mistake.
func (s *Service) same(tx *sqldb.Tx, id string, d Draft) (Message, error) {
	m, err := byID(tx, id)
	if err == nil && (m.Class != d.Class || m.Type != d.Type || m.Subject != d.Subject) {
		err = fault.New(fault.Conflict, "notify.key_reused")
	}
	return m, err
}

// queue asks those whom the draft names.
func (s *Service) queue(tx *sqldb.Tx, m Message, first Rung, to []string) error {
	asked, withheld, err := s.ask(tx, m, 0, first, to)
	if err != nil {
		return err
	}
	if len(asked) > 0 {
		return s.Bus.Publish(tx, m.QueuedAt, Queued{m.about(m.QueuedAt), asked})
	}
	if m.Class != Dispatch {
		return nil
	}
	return s.Bus.Publish(tx, m.QueuedAt, Shortfall{m.about(m.QueuedAt), withheld})
}

// ask makes users recipients, with a delivery for each channel that gets to
// them. Those who must not be paged are recorded with the reason.
func (s *Service) ask(tx *sqldb.Tx, m Message, rung int, r Rung, users []string) (asked []string, withheld []Withholding, err error) {
	now := s.now()
	for _, user := range users {
		_, err := sqldb.Get(tx, Queries["Recipient"], scanRecipient, m.ID, user)
		if err == nil {
			continue // asked by an earlier rung, or named twice
		}
		if err != sqldb.ErrNone {
			return nil, nil, err
		}
		ways, why, err := s.reach(tx, m.Class, r, user)
		if err != nil {
			return nil, nil, err
		}
		if err := insertRecipient(tx, m.ID, Recipient{UserID: user, Rung: rung, Withheld: why, AddedAt: now}); err != nil {
			return nil, nil, err
		}
		if why != "" {
			withheld = append(withheld, Withholding{user, why})
			continue
		}
		asked = append(asked, user)
		for _, channel := range ways {
			d := Delivery{ID: s.IDs.Next(), MessageID: m.ID, UserID: user, Channel: channel, Round: 1, State: StateQueued, QueuedAt: now}
			if err := insertDelivery(tx, d, m.Class); err != nil {
				return nil, nil, err
			}
		}
	}
	return asked, withheld, nil
}

// reach finds the channels that get to somebody, or why they must not be asked.
// Messages that do not page wait for their recipients wherever they are.
func (s *Service) reach(tx *sqldb.Tx, c Class, r Rung, user string) (ways []string, why string, err error) {
	if c != Dispatch {
		return r.Channels, "", nil
	}
	duty, err := s.People.Duty(tx, user)
	if err != nil {
		return nil, "", err
	}
	unreached := "no_channel"
	for _, name := range r.Channels {
		why, err := s.Channels[name].Reaches(tx, user)
		if err != nil {
			return nil, "", err
		}
		if why == "" {
			ways = append(ways, name)
		} else {
			unreached = why
		}
	}
	if len(ways) > 0 {
		unreached = ""
	}
	return ways, Withhold(c, r.Audience, duty, unreached), nil
}

// Answer records that a subject's message has been acknowledged elsewhere: on
// the spot, over the radio. The ladder ends; by, if a recipient, acknowledges.
func (s *Service) Answer(tx *sqldb.Tx, subject Subject, by, device string, at time.Time) error {
	return s.eachOf(tx, subject, func(m Message) error {
		if m.over() {
			return nil
		}
		r, err := sqldb.Get(tx, Queries["Recipient"], scanRecipient, m.ID, by)
		if err == nil && r.Withheld == "" {
			return s.mark(tx, &m, r, StateAcknowledged, device, at)
		}
		if err != nil && err != sqldb.ErrNone {
			return err
		}
		return s.answered(tx, &m, by, at)
	})
}

// answered ends the ladder: nobody need be asked any more, and those whom it
// asked beside the named are spared what they have not got yet.
func (s *Service) answered(tx *sqldb.Tx, m *Message, by string, at time.Time) error {
	if m.over() {
		return nil
	}
	m.AnsweredAt, m.AnsweredBy = at, by
	*m = m.rest()
	named, err := s.namedOf(tx, m.ID)
	if err != nil {
		return err
	}
	return s.endQueued(tx, m, StateCancelled, "answered", func(d Delivery) bool { return !named[d.UserID] })
}

// namedOf are those whom the draft named.
func (s *Service) namedOf(tx *sqldb.Tx, id string) (map[string]bool, error) {
	list, err := recipients(tx, id)
	named := map[string]bool{}
	for _, r := range list {
		named[r.UserID] = r.Rung == 0
	}
	return named, err
}

// Withdraw takes back what is said about a subject, or with an empty part about
// all of it: what is queued is cancelled, and who has it already is told.
func (s *Service) Withdraw(tx *sqldb.Tx, subject Subject, reason string) error {
	return s.eachOf(tx, subject, func(m Message) error {
		if !m.WithdrawnAt.IsZero() {
			return nil
		}
		m.WithdrawnAt, m.WithdrawnReason, m.DueAt = s.now(), reason, time.Time{}
		if err := s.endAll(tx, &m, StateCancelled, reason); err != nil {
			return err
		}
		list, err := recipients(tx, m.ID)
		if err != nil {
			return err
		}
		users := []string{}
		for _, r := range list {
			if r.Withheld == "" {
				users = append(users, r.UserID)
			}
		}
		return s.Bus.Publish(tx, m.WithdrawnAt, Withdrawn{m.about(m.WithdrawnAt), reason, users})
	})
}

// eachOf hands out the messages about a subject, locked.
func (s *Service) eachOf(tx *sqldb.Tx, subject Subject, do func(Message) error) error {
	for after := ""; ; {
		list, err := sqldb.List(tx, Queries["OfSubject"], scanMessage, subject.ID, subject.Kind, after, deliveryPage)
		if err != nil {
			return err
		}
		for _, m := range list {
			if after = m.ID; subject.Part != "" && m.Subject.Part != subject.Part {
				continue
			}
			if m, err = lock(tx, m.ID); err == nil {
				err = do(m)
			}
			if err != nil {
				return err
			}
		}
		if len(list) < deliveryPage {
			return nil
		}
	}
}

// endQueued brings deliveries that have not been sent to an end, and saves the
// message.
func (s *Service) endQueued(tx *sqldb.Tx, m *Message, to State, reason string, which func(Delivery) bool) error {
	if err := m.save(tx); err != nil {
		return err
	}
	return eachDelivery(tx, m.ID, func(d Delivery) error {
		next, news := d.Become(to, reason, s.now())
		if !news || !which(d) {
			return nil
		}
		return errors.Join(next.save(tx), s.progressed(tx, *m, next, ""))
	})
}

// endAll ends everything that is on its way to somebody: what was sent and not
// confirmed is not sent again either.
func (s *Service) endAll(tx *sqldb.Tx, m *Message, to State, reason string) error {
	if err := s.endQueued(tx, m, to, reason, func(Delivery) bool { return true }); err != nil {
		return err
	}
	_, err := tx.Exec(Queries["StopWaiting"], m.ID)
	return err
}
