package httpapi

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// trail writes the audit events of reads and refusals after the answer, many in
// one transaction. It is a bounded queue: when it is full, requests wait rather
// than go unrecorded. While the storage is out the events wait; one that the
// storage refuses goes into a file, alone, and so does everything that the end
// of the server leaves over. The file is tried again at each start and hourly.
type trail struct {
	server *Server
	queue  chan AuditEvent
	spill  spill
	gate   sync.RWMutex // held for reading by those who add
	ended  bool
}

const (
	trailQueue  = 4096
	trailBatch  = 256
	answersKept = 24 * time.Hour
	drainFor    = 5 * time.Second
	firstWait   = 10 * time.Millisecond
	lastWait    = 5 * time.Second
)

func newTrail(s *Server) *trail {
	t := &trail{server: s, queue: make(chan AuditEvent, trailQueue), spill: spill{path: s.config.Spill}}
	s.metrics.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "zhian_audit_queue", Help: "Audit events not written yet."},
			func() float64 { return float64(len(t.queue)) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "zhian_audit_kept", Help: "Audit events in the file beside the database, which did not take them."},
			func() float64 { return float64(t.spill.count()) }))
	return t
}

// add queues an event; after the end it goes straight to the file.
func (t *trail) add(e AuditEvent) {
	t.gate.RLock()
	defer t.gate.RUnlock()
	if t.ended {
		t.keep(errEnded, e)
		return
	}
	t.queue <- e
}

var errEnded = errors.New("the server was ending")

// Retention of answers: a client that has not asked again within a day never will.
var Retention = []sqldb.Retention{{Table: "httpapi_answer", Column: "at", Keep: answersKept, Query: Queries["ForgetAnswers"]}}

// Run writes the audit trail until ctx ends; then it writes what is still queued,
// to the file if the storage is out.
func (s *Server) Run(ctx context.Context) error {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	s.trail.again(ctx)
	for ctx.Err() == nil {
		select {
		case e := <-s.trail.queue:
			s.trail.write(ctx, s.trail.gather(e))
		case <-hour.C:
			s.trail.again(ctx)
		case <-ctx.Done():
		}
	}
	return s.trail.end(context.WithoutCancel(ctx))
}

// end takes in what is still being added, then closes the queue.
func (t *trail) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainFor)
	defer cancel()
	for !t.gate.TryLock() {
		t.flush(ctx) // whoever waits for room holds the gate
	}
	t.ended = true
	t.gate.Unlock()
	t.flush(ctx)
	return nil
}

// Flush writes what is queued now.
func (s *Server) Flush() error {
	s.trail.flush(context.Background())
	return nil
}

func (t *trail) flush(ctx context.Context) {
	for {
		select {
		case e := <-t.queue:
			t.write(ctx, t.gather(e))
		default:
			return
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

// write leaves every event of the batch in the storage or in the file. The queue
// behind it makes requests wait meanwhile.
func (t *trail) write(ctx context.Context, batch []AuditEvent) {
	for wait := firstWait; len(batch) > 0; wait = min(2*wait, lastWait) {
		err := t.record(batch...)
		if err == nil {
			return
		}
		if !out(err) {
			batch, err = t.apart(batch)
		}
		if len(batch) == 0 {
			return
		}
		t.server.log.Error("audit events not written yet", "events", len(batch), "error", err)
		if !sleep(ctx, wait) {
			t.keep(err, batch...)
			return
		}
	}
}

func (t *trail) record(batch ...AuditEvent) error {
	return t.server.db.Background(context.Background(), func(tx *sqldb.Tx) error {
		for _, e := range batch {
			if err := t.server.auditor.Record(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// apart writes events one by one, so that only those go to the file that the
// storage refuses. It returns those that it did not come to.
func (t *trail) apart(batch []AuditEvent) ([]AuditEvent, error) {
	for i, e := range batch {
		err := t.record(e)
		if out(err) {
			return batch[i:], err
		}
		if err != nil && !t.keep(err, e) {
			return batch[i:], err
		}
	}
	return nil, nil
}

// out tells a storage that is away from one that refuses.
func out(err error) bool { return fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Full) }

// keep puts events into the file. When even that fails the log is the last place
// there is.
func (t *trail) keep(cause error, batch ...AuditEvent) bool {
	list := make([]Kept, len(batch))
	for i, e := range batch {
		list[i] = Kept{e, cause.Error()}
	}
	err := t.spill.put(list...)
	for _, e := range batch {
		if err != nil {
			t.server.log.Error("an audit event could not be kept", "event", e, "cause", cause, "error", err)
			continue
		}
		t.server.log.Error("an audit event is kept in a file", "request_id", e.RequestID, "error", cause)
	}
	return err == nil
}

// again offers the file's events to the storage, after an outage or with a newer
// version. A crash between the two leaves an event twice, under one request id.
func (t *trail) again(ctx context.Context) {
	err := t.spill.sift(func(k Kept) (Kept, bool) {
		if ctx.Err() != nil {
			return k, true
		}
		err := t.record(k.Event)
		if err != nil {
			k.Error = err.Error()
		}
		return k, err != nil
	})
	if err != nil {
		t.server.log.Error("kept audit events cannot be read", "error", err)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
