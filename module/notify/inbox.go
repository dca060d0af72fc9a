package notify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// The two channels in which people act on a message.
const (
	handset = "handset" // a session with a device
	inApp   = "inapp"   // any other
)

// Item is a message in somebody's inbox.
type Item struct {
	MessageID       string         `json:"message_id"`
	Class           Class          `json:"class"`
	Type            string         `json:"type"`
	Subject         Subject        `json:"subject"`
	Sender          string         `json:"sender"`
	Gated           bool           `json:"gated,omitzero"`
	Body            jsontext.Value `json:"body"` // null once its time is over
	ReceivedAt      time.Time      `json:"received_at"`
	DeliveredAt     time.Time      `json:"delivered_at,omitzero"`
	SeenAt          time.Time      `json:"seen_at,omitzero"`
	AcknowledgedAt  time.Time      `json:"acknowledged_at,omitzero"`
	WithdrawnAt     time.Time      `json:"withdrawn_at,omitzero"`
	WithdrawnReason string         `json:"withdrawn_reason,omitempty"`
}

// Inbox is a page of one's own messages, newest first. Unread counts all of them.
type Inbox struct {
	Items  []Item `json:"items"`
	Next   string `json:"next,omitempty"`
	Unread int64  `json:"unread"`
}

// Looking asks for a page of one's own inbox.
type Looking struct {
	Unread bool   `query:"unread"` // only those not seen
	After  string `query:"after" max:"200"`
	Limit  int    `query:"limit" min:"1" max:"200"`
}

const pageSize = 50

// Inbox lists the caller's own messages.
func (s *Service) Inbox(ctx context.Context, l Looking) (Inbox, error) {
	user := httpapi.Caller(ctx).UserID
	at, id, err := cursor(l.After)
	if err != nil {
		return Inbox{}, err
	}
	if l.Limit == 0 {
		l.Limit = pageSize
	}
	query := "Inbox"
	if l.Unread {
		query = "InboxUnread"
	}
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (in Inbox, err error) {
		if in.Items, err = sqldb.List(tx, Queries[query], scanItem, user, at, id, l.Limit); err != nil {
			return in, err
		}
		if len(in.Items) == l.Limit {
			last := in.Items[l.Limit-1]
			in.Next = base64.RawURLEncoding.EncodeToString(fmt.Append(nil, last.ReceivedAt.UnixMilli(), " ", last.MessageID))
		}
		in.Unread, err = sqldb.Get(tx, Queries["Unread"], sqldb.ScanInt, user)
		return in, err
	})
}

// cursor reads the place where the page before ended; "" is before the newest.
func cursor(after string) (at int64, id string, err error) {
	if after == "" {
		return math.MaxInt64, "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(after)
	number, id, _ := strings.Cut(string(text), " ")
	if err == nil {
		_, err = fmt.Sscan(number, &at)
	}
	if err != nil {
		return 0, "", fault.At("after", "request.bad_cursor")
	}
	return at, id, nil
}

// Marking says what the caller has done with messages.
type Marking struct {
	IDs        []string  `json:"ids" required:"true" max:"200" items:"max:\"64\""` // of messages
	To         State     `json:"to" required:"true" enum:"delivered,seen,acknowledged"`
	OccurredAt time.Time `json:"occurred_at"` // by the caller's clock, when it was without network
}

// Marked is the caller's inbox after it.
type Marked struct {
	Unread int64 `json:"unread"`
}

// Mark records that the caller's device has got messages, or that they have seen
// or acknowledged them. All are marked or none; once more changes nothing.
func (s *Service) Mark(ctx context.Context, in Marking) (Marked, error) {
	who := httpapi.Caller(ctx)
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (out Marked, err error) {
		for i, id := range in.IDs {
			if err := s.markOwn(tx, id, in, who); err != nil {
				return out, fault.With(err, "index", i)
			}
		}
		tx.AfterCommit(func() { s.reachOut(errand{user: who.UserID, channel: channelOf(who.DeviceID), next: true}) })
		out.Unread, err = sqldb.Get(tx, Queries["Unread"], sqldb.ScanInt, who.UserID)
		return out, err
	})
}

// channelOf is the one in which a session acts.
func channelOf(device string) string {
	if device != "" {
		return handset
	}
	return inApp
}

func (s *Service) markOwn(tx *sqldb.Tx, id string, in Marking, who httpapi.Principal) error {
	m, err := lock(tx, id)
	if err != nil {
		return err
	}
	r, err := sqldb.Get(tx, Queries["Recipient"], scanRecipient, id, who.UserID)
	if err == sqldb.ErrNone || err == nil && r.Withheld != "" {
		err = fault.New(fault.NotFound, "notify.no_such_message")
	}
	if err != nil {
		return err
	}
	at, err := CheckMark(in.To, in.OccurredAt, m.QueuedAt, s.now())
	if err != nil {
		return err
	}
	if m.Gated && r.Rung == 0 && in.To != StateDelivered {
		if err := s.Owners[m.Subject.Kind].MaySee(tx, m.Subject); err != nil {
			return err
		}
	}
	return s.mark(tx, &m, r, in.To, who.DeviceID, at)
}

// mark records what a recipient did: with the recipient, and with the delivery
// of the channel that they used.
func (s *Service) mark(tx *sqldb.Tx, m *Message, r Recipient, to State, device string, at time.Time) error {
	next, news := r.Did(to, at.UTC().Truncate(time.Millisecond))
	if !news {
		return nil
	}
	if err := errors.Join(next.save(tx, m.ID), m.save(tx)); err != nil {
		return err
	}
	d, err := s.used(tx, m.ID, r.UserID, device)
	if err != nil {
		return err
	}
	if d.ID != "" {
		d, _ = d.Become(to, "", at)
		if err := d.save(tx); err != nil {
			return err
		}
	}
	about := Progressed{About: m.about(at), DeliveryID: d.ID, UserID: r.UserID, Rung: r.Rung, Channel: d.Channel, Device: device, State: to}
	if err := s.Bus.Publish(tx, s.now(), about); err != nil || to != StateAcknowledged || m.Class != Dispatch {
		return err
	}
	return s.answered(tx, m, r.UserID, at)
}

// used is the delivery through which somebody acted: that of their device, or of
// their screen; where that was not asked, any other.
func (s *Service) used(tx *sqldb.Tx, id, user, device string) (used Delivery, err error) {
	channel := channelOf(device)
	list, err := sqldb.List(tx, Queries["DeliveriesTo"], scanDelivery, id, user)
	for _, d := range list {
		if used.ID == "" || d.Channel == channel {
			used = d
		}
	}
	return used, err
}
