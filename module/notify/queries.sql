-- name: InsertMessage
INSERT INTO notify_message (id, key, class, type, subject_kind, subject_id, subject_part, org_id, sender, gated, ladder,
  next_rung, due_at, queued_at, answered_at, answered_by, withdrawn_at, withdrawn_reason, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, '', 0, '', 1)

-- name: InsertBody
INSERT INTO notify_body (message_id, body, queued_at) VALUES ($1, $2, $3)

-- name: SaveMessage
UPDATE notify_message SET next_rung = $1, due_at = $2, answered_at = $3, answered_by = $4, withdrawn_at = $5, withdrawn_reason = $6, version = $7
WHERE id = $8

-- name: Message
SELECT m.id, m.key, m.class, m.type, m.subject_kind, m.subject_id, m.subject_part, m.org_id, m.sender, m.gated, m.ladder, m.next_rung, m.due_at,
  m.queued_at, m.answered_at, m.answered_by, m.withdrawn_at, m.withdrawn_reason, m.version
FROM notify_message m WHERE m.id = $1

-- name: Lock
SELECT m.id, m.key, m.class, m.type, m.subject_kind, m.subject_id, m.subject_part, m.org_id, m.sender, m.gated, m.ladder, m.next_rung, m.due_at,
  m.queued_at, m.answered_at, m.answered_by, m.withdrawn_at, m.withdrawn_reason, m.version
FROM notify_message m WHERE m.id = $1

-- name: Lock @postgres
SELECT m.id, m.key, m.class, m.type, m.subject_kind, m.subject_id, m.subject_part, m.org_id, m.sender, m.gated, m.ladder, m.next_rung, m.due_at,
  m.queued_at, m.answered_at, m.answered_by, m.withdrawn_at, m.withdrawn_reason, m.version
FROM notify_message m WHERE m.id = $1 FOR UPDATE

-- name: ByKey
SELECT id FROM notify_message WHERE key = $1

-- name: Body
SELECT body FROM notify_body WHERE message_id = $1

-- name: OfSubject
SELECT m.id, m.key, m.class, m.type, m.subject_kind, m.subject_id, m.subject_part, m.org_id, m.sender, m.gated, m.ladder, m.next_rung, m.due_at,
  m.queued_at, m.answered_at, m.answered_by, m.withdrawn_at, m.withdrawn_reason, m.version
FROM notify_message m WHERE m.subject_id = $1 AND m.subject_id <> '' AND m.subject_kind = $2 AND m.id > $3 ORDER BY m.id LIMIT $4

-- name: DueMessages
SELECT id FROM notify_message WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2

-- name: InsertRecipient
INSERT INTO notify_recipient (message_id, user_id, rung, withheld, added_at, delivered_at, seen_at, acknowledged_at)
VALUES ($1, $2, $3, $4, $5, 0, 0, 0)

-- name: SaveRecipient
UPDATE notify_recipient SET delivered_at = $1, seen_at = $2, acknowledged_at = $3 WHERE message_id = $4 AND user_id = $5

-- name: Recipients
SELECT user_id, rung, withheld, added_at, delivered_at, seen_at, acknowledged_at
FROM notify_recipient WHERE message_id = $1 ORDER BY rung, user_id

-- name: Recipient
SELECT user_id, rung, withheld, added_at, delivered_at, seen_at, acknowledged_at
FROM notify_recipient WHERE message_id = $1 AND user_id = $2

-- name: Unread
SELECT count(*) FROM notify_recipient WHERE user_id = $1 AND withheld = '' AND seen_at = 0

-- name: Inbox
SELECT m.id, m.class, m.type, m.subject_kind, m.subject_id, m.subject_part, m.sender, m.gated, coalesce(b.body, 'null'), r.added_at, r.delivered_at,
  r.seen_at, r.acknowledged_at, m.withdrawn_at, m.withdrawn_reason
FROM notify_recipient r JOIN notify_message m ON m.id = r.message_id LEFT JOIN notify_body b ON b.message_id = r.message_id
WHERE r.user_id = $1 AND r.withheld = '' AND (r.added_at, r.message_id) < ($2, $3)
ORDER BY r.added_at DESC, r.message_id DESC LIMIT $4

-- name: InboxUnread
SELECT m.id, m.class, m.type, m.subject_kind, m.subject_id, m.subject_part, m.sender, m.gated, coalesce(b.body, 'null'), r.added_at, r.delivered_at,
  r.seen_at, r.acknowledged_at, m.withdrawn_at, m.withdrawn_reason
FROM notify_recipient r JOIN notify_message m ON m.id = r.message_id LEFT JOIN notify_body b ON b.message_id = r.message_id
WHERE r.user_id = $1 AND r.withheld = '' AND r.seen_at = 0 AND (r.added_at, r.message_id) < ($2, $3)
ORDER BY r.added_at DESC, r.message_id DESC LIMIT $4

-- name: InsertDelivery
INSERT INTO notify_delivery (id, message_id, user_id, channel, round, urgent, state, waits, reason, attempts, next_at, queued_at,
  sent_at, delivered_at, seen_at, acknowledged_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, TRUE, '', 0, NULL, $8, 0, 0, 0, 0, 0)

-- name: SaveDelivery
UPDATE notify_delivery SET state = $1, waits = waits AND $2, reason = $3, attempts = $4, next_at = $5, sent_at = $6, delivered_at = $7,
  seen_at = $8, acknowledged_at = $9, ended_at = $10
WHERE id = $11

-- name: StopWaiting
UPDATE notify_delivery SET waits = FALSE WHERE message_id = $1 AND state = 'sent'

-- name: Delivery
SELECT id, message_id, user_id, channel, round, state, reason, attempts, next_at, queued_at, sent_at, delivered_at, seen_at, acknowledged_at, ended_at
FROM notify_delivery WHERE id = $1

-- name: Deliveries
SELECT id, message_id, user_id, channel, round, state, reason, attempts, next_at, queued_at, sent_at, delivered_at, seen_at, acknowledged_at, ended_at
FROM notify_delivery WHERE message_id = $1 AND id > $2 ORDER BY id LIMIT $3

-- name: DeliveriesTo
SELECT id, message_id, user_id, channel, round, state, reason, attempts, next_at, queued_at, sent_at, delivered_at, seen_at, acknowledged_at, ended_at
FROM notify_delivery WHERE message_id = $1 AND user_id = $2 ORDER BY channel, round

-- name: WaitingFor
SELECT id, message_id, user_id, channel, round, state, reason, attempts, next_at, queued_at, sent_at, delivered_at, seen_at, acknowledged_at, ended_at
FROM notify_delivery WHERE user_id = $1 AND channel = $2 AND urgent = $3 AND waits = TRUE AND id > $4 ORDER BY id LIMIT $5

-- name: DueDeliveries
SELECT id, message_id, user_id, channel, round, state, reason, attempts, next_at, queued_at, sent_at, delivered_at, seen_at, acknowledged_at, ended_at
FROM notify_delivery WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2

-- name: InsertAttempt
INSERT INTO notify_attempt (delivery_id, no, at, outcome, answer, reminder) VALUES ($1, $2, $3, $4, $5, $6)

-- name: Attempts
SELECT a.delivery_id, a.no, a.at, a.outcome, a.answer, a.reminder
FROM notify_attempt a JOIN notify_delivery d ON d.id = a.delivery_id
WHERE d.message_id = $1 ORDER BY a.delivery_id, a.no

-- name: InsertStep
INSERT INTO notify_step (message_id, rung, audience, at, users) VALUES ($1, $2, $3, $4, $5)

-- name: Steps
SELECT rung, audience, at, users FROM notify_step WHERE message_id = $1 ORDER BY rung

-- name: ForgetBodies
DELETE FROM notify_body WHERE message_id IN (SELECT message_id FROM notify_body WHERE queued_at < $1 LIMIT 500)
