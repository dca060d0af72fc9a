package notify

import (
	"database/sql"
	"embed"
	"encoding/json"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds messages, recipients, deliveries, attempts and steps.
var Schema = sqldb.Schema{Room: "notify", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("notify", queriesText)

// bodiesKept is how long the words of a message can be read: they repeat what an
// incident says, and are looked at again in the weeks after it at most.
const bodiesKept = 30 * 24 * time.Hour

// Retention of what messages say.
var Retention = []sqldb.Retention{{Table: "notify_body", Column: "queued_at", Keep: bodiesKept, Query: Queries["ForgetBodies"]}}

// orNull keeps times that most rows lack out of their index.
func orNull(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: sqldb.Millis(t), Valid: !t.IsZero()}
}

func insertMessage(tx *sqldb.Tx, m Message) error {
	ladder, err := json.Marshal(m.ladder)
	if err != nil {
		return err
	}
	_, err = tx.Exec(Queries["InsertMessage"], m.ID, m.Key, m.Class, m.Type, m.Subject.Kind, m.Subject.ID, m.Subject.Part, m.OrgID, m.Sender,
		m.Gated, string(ladder), m.next, orNull(m.DueAt), sqldb.Millis(m.QueuedAt))
	if err != nil {
		return err
	}
	_, err = tx.Exec(Queries["InsertBody"], m.ID, string(m.Body), sqldb.Millis(m.QueuedAt))
	return err
}

// save writes what has become of a message; each save is a version.
func (m *Message) save(tx *sqldb.Tx) error {
	m.EditCount++
	_, err := tx.Exec(Queries["SaveMessage"], m.next, orNull(m.DueAt), sqldb.Millis(m.AnsweredAt), m.AnsweredBy, sqldb.Millis(m.WithdrawnAt), m.WithdrawnReason,
		m.EditCount, m.ID)
	return err
}

func scanMessage(r sqldb.Scanner) (m Message, err error) {
	var ladder []byte
	var due sql.NullInt64
	var queued, answered, withdrawn int64
	err = r.Scan(&m.ID, &m.Key, &m.Class, &m.Type, &m.Subject.Kind, &m.Subject.ID, &m.Subject.Part, &m.OrgID, &m.Sender, &m.Gated, &ladder,
		&m.next, &due, &queued, &answered, &m.AnsweredBy, &withdrawn, &m.WithdrawnReason, &m.EditCount)
	if err != nil {
		return m, err
	}
	m.DueAt, m.QueuedAt, m.AnsweredAt, m.WithdrawnAt = sqldb.Moment(due.Int64), sqldb.Moment(queued), sqldb.Moment(answered), sqldb.Moment(withdrawn)
	return m, json.Unmarshal(ladder, &m.ladder)
}

// lock reads a message that is about to change; others who change it wait.
func lock(tx *sqldb.Tx, id string) (Message, error) { return message(tx, "Lock", id) }

func byID(tx *sqldb.Tx, id string) (Message, error) { return message(tx, "Message", id) }

func message(tx *sqldb.Tx, query, id string) (Message, error) {
	m, err := sqldb.Get(tx, Queries[query], scanMessage, id)
	if err == sqldb.ErrNone {
		err = fault.New(fault.NotFound, "notify.no_such_message")
	}
	return m, err
}

// body is null once its time is over.
func body(tx *sqldb.Tx, id string) (jsontext.Value, error) {
	text, err := sqldb.Get(tx, Queries["Body"], sqldb.ScanString, id)
	if err == sqldb.ErrNone {
		return jsontext.Value("null"), nil
	}
	return jsontext.Value(text), err
}

func insertRecipient(tx *sqldb.Tx, messageID string, r Recipient) error {
	_, err := tx.Exec(Queries["InsertRecipient"], messageID, r.UserID, r.Rung, r.Withheld, sqldb.Millis(r.AddedAt))
	return err
}

func (r Recipient) save(tx *sqldb.Tx, messageID string) error {
	_, err := tx.Exec(Queries["SaveRecipient"], sqldb.Millis(r.DeliveredAt), sqldb.Millis(r.SeenAt), sqldb.Millis(r.AcknowledgedAt), messageID, r.UserID)
	return err
}

func scanRecipient(r sqldb.Scanner) (p Recipient, err error) {
	var added, delivered, seen, acknowledged int64
	err = r.Scan(&p.UserID, &p.Rung, &p.Withheld, &added, &delivered, &seen, &acknowledged)
	p.AddedAt, p.DeliveredAt, p.SeenAt, p.AcknowledgedAt = sqldb.Moment(added), sqldb.Moment(delivered), sqldb.Moment(seen), sqldb.Moment(acknowledged)
	return p, err
}

func recipients(tx *sqldb.Tx, messageID string) ([]Recipient, error) {
	return sqldb.List(tx, Queries["Recipients"], scanRecipient, messageID)
}

func scanItem(r sqldb.Scanner) (i Item, err error) {
	var words string
	var received, delivered, seen, acknowledged, withdrawn int64
	err = r.Scan(&i.MessageID, &i.Class, &i.Type, &i.Subject.Kind, &i.Subject.ID, &i.Subject.Part, &i.Sender, &i.Gated, &words, &received,
		&delivered, &seen, &acknowledged, &withdrawn, &i.WithdrawnReason)
	i.Body, i.ReceivedAt, i.DeliveredAt = jsontext.Value(words), sqldb.Moment(received), sqldb.Moment(delivered)
	i.SeenAt, i.AcknowledgedAt, i.WithdrawnAt = sqldb.Moment(seen), sqldb.Moment(acknowledged), sqldb.Moment(withdrawn)
	return i, err
}

func insertDelivery(tx *sqldb.Tx, d Delivery, c Class) error {
	_, err := tx.Exec(Queries["InsertDelivery"], d.ID, d.MessageID, d.UserID, d.Channel, d.Round, c == Dispatch, d.State, sqldb.Millis(d.QueuedAt))
	return err
}

func (d Delivery) save(tx *sqldb.Tx) error {
	_, err := tx.Exec(Queries["SaveDelivery"], d.State, d.waits(), d.Reason, d.Attempts, orNull(d.NextAt), sqldb.Millis(d.SentAt), sqldb.Millis(d.DeliveredAt),
		sqldb.Millis(d.SeenAt), sqldb.Millis(d.AcknowledgedAt), sqldb.Millis(d.EndedAt), d.ID)
	return err
}

func scanDelivery(r sqldb.Scanner) (d Delivery, err error) {
	var next sql.NullInt64
	var queued, sent, delivered, seen, acknowledged, ended int64
	err = r.Scan(&d.ID, &d.MessageID, &d.UserID, &d.Channel, &d.Round, &d.State, &d.Reason, &d.Attempts, &next, &queued, &sent, &delivered,
		&seen, &acknowledged, &ended)
	d.NextAt, d.QueuedAt, d.SentAt, d.DeliveredAt = sqldb.Moment(next.Int64), sqldb.Moment(queued), sqldb.Moment(sent), sqldb.Moment(delivered)
	d.SeenAt, d.AcknowledgedAt, d.EndedAt = sqldb.Moment(seen), sqldb.Moment(acknowledged), sqldb.Moment(ended)
	return d, err
}

// deliveryPage bounds what is read at once of a message with many recipients.
const deliveryPage = 500

// eachDelivery hands out every delivery of a message.
func eachDelivery(tx *sqldb.Tx, messageID string, do func(Delivery) error) error {
	for after := ""; ; {
		list, err := sqldb.List(tx, Queries["Deliveries"], scanDelivery, messageID, after, deliveryPage)
		if err != nil {
			return err
		}
		for _, d := range list {
			after = d.ID
			if err := do(d); err != nil {
				return err
			}
		}
		if len(list) < deliveryPage {
			return nil
		}
	}
}

func insertAttempt(tx *sqldb.Tx, a Attempt) error {
	_, err := tx.Exec(Queries["InsertAttempt"], a.DeliveryID, a.No, sqldb.Millis(a.At), a.Outcome, a.Answer, a.Reminder)
	return err
}

func scanAttempt(r sqldb.Scanner) (a Attempt, err error) {
	var at int64
	err = r.Scan(&a.DeliveryID, &a.No, &at, &a.Outcome, &a.Answer, &a.Reminder)
	a.At = sqldb.Moment(at)
	return a, err
}

func insertStep(tx *sqldb.Tx, messageID string, s Step) error {
	users, err := json.Marshal(s.Users)
	if err != nil {
		return err
	}
	_, err = tx.Exec(Queries["InsertStep"], messageID, s.Rung, s.Audience, sqldb.Millis(s.At), string(users))
	return err
}

func scanStep(r sqldb.Scanner) (s Step, err error) {
	var at int64
	var users []byte
	if err = r.Scan(&s.Rung, &s.Audience, &at, &users); err != nil {
		return s, err
	}
	s.At = sqldb.Moment(at)
	return s, json.Unmarshal(users, &s.Users)
}
