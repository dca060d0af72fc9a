package httpapi

import (
	"context"
	"time"

	"zhian/platform/sqldb"
)

// trail writes the audit events of reads and refusals after the answer, many in
// one transaction. It is a bounded queue: when it is full, requests wait rather
// than go unrecorded.
type trail struct {
	server *Server
	queue  chan AuditEvent
}

const (
	trailQueue  = 4096
	trailBatch  = 256
	answersKept = 24 * time.Hour
)

func newTrail(s *Server) *trail { return &trail{server: s, queue: make(chan AuditEvent, trailQueue)} }

func (t *trail) add(e AuditEvent) { t.queue <- e }

// Retention of answers: a client that has not asked again within a day never will.
var Retention = []sqldb.Retention{{Table: "httpapi_answer", Column: "at", Keep: answersKept, Query: Queries["ForgetAnswers"]}}

// Run writes the audit trail until ctx ends; then it writes what is still queued.
func (s *Server) Run(ctx context.Context) error {
	for {
		select {
		case e := <-s.trail.queue:
			s.trail.write(s.trail.gather(e))
		case <-ctx.Done():
			return s.Flush()
		}
	}
}

// Flush writes what is queued now.
func (s *Server) Flush() error {
	for {
		select {
		case e := <-s.trail.queue:
			s.trail.write(s.trail.gather(e))
		default:
			return nil
		}
	}
}

func (t *trail) gather(first AuditEvent) []AuditEvent {
	batch := []AuditEvent{first}
	for len(batch) < trailBatch {
		select {
		case e := <-t.queue:
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

// write tries until the storage takes the events: an audit record is not dropped
// because the disk was busy. The queue behind it makes requests wait meanwhile.
func (t *trail) write(batch []AuditEvent) {
	for wait := 10 * time.Millisecond; wait < time.Minute; wait *= 2 {
		err := t.server.db.Background(context.Background(), func(tx *sqldb.Tx) error {
			for _, e := range batch {
				if err := t.server.auditor.Record(tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			return
		}
		t.server.log.Error("audit events not written yet", "events", len(batch), "error", err)
		time.Sleep(wait)
	}
	t.server.log.Error("audit events given up", "events", len(batch))
}
