package notify

import (
	"context"
	"errors"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Record is a message with all that became of it.
type Record struct {
	Message
	Recipients []Recipient `json:"recipients"`
	Deliveries []Delivery  `json:"deliveries"`
	Attempts   []Attempt   `json:"attempts"`
	Steps      []Step      `json:"steps"`  // of the ladder, taken
	Ladder     []Rung      `json:"ladder"` // whole
}

// ByID asks for one message.
type ByID struct {
	ID string `path:"id"`
}

// Get is one message with its recipients, deliveries, attempts and steps.
func (s *Service) Get(ctx context.Context, q ByID) (Record, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Record, error) {
		m, err := byID(tx, q.ID)
		if err != nil {
			return Record{}, err
		}
		if err := s.may(ctx, permRead, m); err != nil {
			return Record{}, err
		}
		return s.fill(tx, m)
	})
}

// may hides messages out of the caller's scope.
func (s *Service) may(ctx context.Context, perm httpapi.Perm, m Message) error {
	if !s.Gate.Can(httpapi.Caller(ctx), perm, m.OrgID) {
		return fault.New(fault.NotFound, "notify.no_such_message")
	}
	return nil
}

func (s *Service) fill(tx *sqldb.Tx, m Message) (rec Record, err error) {
	rec = Record{Message: m, Ladder: m.ladder, Deliveries: []Delivery{}}
	if rec.Body, err = body(tx, m.ID); err != nil {
		return rec, err
	}
	if rec.Recipients, err = recipients(tx, m.ID); err != nil {
		return rec, err
	}
	err = eachDelivery(tx, m.ID, func(d Delivery) error { rec.Deliveries = append(rec.Deliveries, d); return nil })
	if err != nil {
		return rec, err
	}
	if rec.Attempts, err = sqldb.List(tx, Queries["Attempts"], scanAttempt, m.ID); err != nil {
		return rec, err
	}
	rec.Steps, err = sqldb.List(tx, Queries["Steps"], scanStep, m.ID)
	return rec, err
}

// BySubject asks for the messages about something.
type BySubject struct {
	Kind  string `query:"subject_kind" required:"true" max:"32"`
	ID    string `query:"subject_id" required:"true" max:"64"`
	After string `query:"after" max:"64"`
	Limit int    `query:"limit" min:"1" max:"200"`
}

// OfSubject lists the messages about something, oldest first, as far as the
// caller may read them.
func (s *Service) OfSubject(ctx context.Context, q BySubject) (httpapi.List[Record], error) {
	if q.Limit == 0 {
		q.Limit = pageSize
	}
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (httpapi.List[Record], error) {
		page := httpapi.List[Record]{Items: []Record{}}
		list, err := sqldb.List(tx, Queries["OfSubject"], scanMessage, q.ID, q.Kind, q.After, q.Limit)
		for _, m := range list {
			if s.may(ctx, permRead, m) != nil {
				continue
			}
			rec, err := s.fill(tx, m)
			if err != nil {
				return page, err
			}
			page.Items = append(page.Items, rec)
		}
		if len(list) == q.Limit {
			page.Next = list[q.Limit-1].ID
		}
		return page, err
	})
}

// Resending names a delivery that failed.
type Resending struct {
	ID         string `path:"id"`
	IfMatch    string `header:"If-Match"`
	DeliveryID string `json:"delivery_id" required:"true" max:"64"`
}

// Resend sends a failed delivery once more, as a new one: what failed stays on
// record.
func (s *Service) Resend(ctx context.Context, in Resending) (Record, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Record, error) {
		m, err := lock(tx, in.ID)
		if err != nil {
			return Record{}, err
		}
		if err := s.may(ctx, permResend, m); err != nil {
			return Record{}, err
		}
		if err := httpapi.Match(in.IfMatch, m.Version()); err != nil {
			return Record{}, err
		}
		if err := s.resend(tx, &m, in.DeliveryID); err != nil {
			return Record{}, err
		}
		return s.fill(tx, m)
	})
}

func (s *Service) resend(tx *sqldb.Tx, m *Message, id string) error {
	failed, err := sqldb.Get(tx, Queries["Delivery"], scanDelivery, id)
	if err == sqldb.ErrNone || err == nil && failed.MessageID != m.ID {
		return fault.At("/delivery_id", "notify.no_such_delivery")
	}
	if err != nil {
		return err
	}
	round := 0
	all, err := sqldb.List(tx, Queries["DeliveriesTo"], scanDelivery, m.ID, failed.UserID)
	for _, d := range all {
		if d.Channel == failed.Channel {
			round = d.Round
		}
	}
	switch {
	case err != nil:
		return err
	case failed.State != StateFailed || failed.Round != round:
		return fault.New(fault.Conflict, "notify.not_failed")
	case !m.WithdrawnAt.IsZero():
		return fault.New(fault.Conflict, "notify.withdrawn")
	case m.next == len(m.ladder):
		return fault.New(fault.Conflict, "notify.too_late")
	}
	d := Delivery{ID: s.IDs.Next(), MessageID: m.ID, UserID: failed.UserID, Channel: failed.Channel, Round: round + 1, State: StateQueued, QueuedAt: s.now()}
	if err := errors.Join(insertDelivery(tx, d, m.Class), m.save(tx)); err != nil {
		return err
	}
	return s.Bus.Publish(tx, s.now(), Queued{m.about(s.now()), []string{d.UserID}})
}
