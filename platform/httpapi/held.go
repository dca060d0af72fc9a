package httpapi

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus"

	"zhian/platform/fault"
	"zhian/platform/spool"
)

// Promise is what a request on a route that Holds is known by, whatever becomes of
// it: the id of what it creates, and when it came. Late says that it is done only
// now: it was held meanwhile, and whoever asked was told the id.
type Promise struct {
	ID   string
	At   time.Time
	Late bool
}

// Promised is the promise that ctx's request must keep; ok is false when there is
// none.
func Promised(ctx context.Context) (p Promise, ok bool) {
	p, ok = ctx.Value(promiseKey).(Promise)
	return p, ok
}

// Held is the answer to a request that waits in the spool: it will be done when
// the database is back, and what it creates will have this id.
type Held struct {
	ID     string    `json:"id"`
	Held   bool      `json:"held"` // always true
	HeldAt time.Time `json:"held_at"`
}

const (
	// holdAfter is how long a request that can be held waits for the database.
	holdAfter = 2 * time.Second
	// outFor is how long the database is taken to be out after a failure: until
	// then nobody waits for it again. While something is held it is asked more
	// often than that.
	outFor = 2 * time.Second
)

// holder keeps requests while the database is out.
type holder struct {
	*Server
	spool  *spool.Spool
	out    atomic.Int64 // until when the database is taken to be out, Unix ns
	routes map[string]*served
}

func newHolder(s *Server, kept *spool.Spool) *holder {
	h := &holder{Server: s, spool: kept, routes: map[string]*served{}}
	s.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "zhian_held_requests",
		Help: "Requests in this node's spool, which wait for the database."}, func() float64 { return float64(kept.Waiting()) }))
	return h
}

// heldRequest is what is sealed into the spool: all that is needed to do it later.
type heldRequest struct {
	Pattern string    `json:"pattern"`
	Path    string    `json:"path"`
	Body    []byte    `json:"body"`
	Who     Principal `json:"who"`
	Key     string    `json:"key"`
	Digest  []byte    `json:"digest"`
}

// isOut says that the database did not answer a moment ago.
func (h *holder) isOut() bool { return time.Now().UnixNano() < h.out.Load() }

// short is a context for what asks the database: while that is out, one that is
// over already, so that whatever needs it fails at once and all else goes on.
func (h *holder) short(ctx context.Context) (context.Context, context.CancelFunc) {
	if h.isOut() {
		return context.WithDeadline(ctx, time.Now())
	}
	return context.WithTimeout(ctx, holdAfter)
}

// noted remembers a database that does not answer.
func (h *holder) noted(err error) error {
	if fault.Is(err, fault.Unavailable) {
		h.out.Store(time.Now().Add(outFor).UnixNano())
	}
	return err
}

// do calls the endpoint; what the database cannot take now goes into the spool.
// The id is fixed before the first attempt, whose fate may stay unknown: it names
// the same thing whether it was written or not.
func (h *holder) do(ctx context.Context, s *served, r *http.Request, p Principal, rider *rider, body []byte) (in, out any, err error) {
	was := heldRequest{Pattern: s.route.Pattern, Path: r.URL.RequestURI(), Body: body, Who: p}
	if rider != nil {
		was.Key, was.Digest = rider.key, rider.digest[:]
	}
	if err := h.earlier(ctx, was); err != nil {
		return nil, nil, err
	}
	promise := Promise{ID: s.ids.Next(), At: s.now()}
	first, cancel := h.short(ctx)
	defer cancel()
	in, out, err = s.route.Do.call(context.WithValue(first, promiseKey, promise), r, body)
	if !fault.Is(h.noted(err), fault.Unavailable) {
		return in, out, err
	}
	switch failed := h.hold(context.WithoutCancel(ctx), promise, was); {
	case failed == nil:
		return in, nil, heldAnswer(promise.ID, promise.At, true)
	case errors.Is(failed, spool.ErrKeyTaken): // the same request came twice at once
		if again := h.earlier(context.WithoutCancel(ctx), was); again != nil {
			return in, nil, again
		}
	default:
		h.log.Error("a request could be neither done nor held", "route", s.route.Pattern, "error", failed)
	}
	return in, nil, err
}

func (h *holder) hold(ctx context.Context, promise Promise, was heldRequest) error {
	text, err := json.Marshal(was)
	if err != nil {
		return err
	}
	return h.spool.Put(ctx, spool.Item{ID: promise.ID, Key: was.name(), At: promise.At, Body: text})
}

// name is unique for a caller's request under a key.
func (w heldRequest) name() string {
	if w.Key == "" {
		return ""
	}
	return w.Who.UserID + "\n" + w.Key
}

// earlier answers a request that waits already, as an error; nil when none does.
func (h *holder) earlier(ctx context.Context, now heldRequest) error {
	if h.spool.Waiting() == 0 || now.Key == "" {
		return nil
	}
	it, found, err := h.spool.Find(ctx, now.name())
	if err != nil || !found {
		return err
	}
	was, err := read(it)
	if err == nil && !bytes.Equal(was.Digest, now.Digest) {
		err = fault.New(fault.Conflict, "request.idempotency_key_reused")
	}
	if err != nil {
		return err
	}
	return heldAnswer(it.ID, it.At, false)
}

func read(it spool.Item) (was heldRequest, err error) {
	if it.Broken != nil {
		return was, it.Broken
	}
	return was, json.Unmarshal(it.Body, &was)
}

// heldAnswer goes out as answers under Idempotency-Keys do.
func heldAnswer(id string, at time.Time, first bool) error {
	body, err := json.Marshal(Held{ID: id, Held: true, HeldAt: at.UTC().Truncate(time.Millisecond)})
	if err != nil {
		return err
	}
	return &replayed{status: http.StatusAccepted, body: body, first: first}
}

// Waiting is what operations see of a held request: not its content.
type Waiting struct {
	ID       string    `json:"id"`
	HeldAt   time.Time `json:"held_at"`
	Attempts int       `json:"attempts"`
	Error    string    `json:"error,omitempty"`
}

// waitingShown is how many of them are listed.
const waitingShown = 500

func (s *Server) listHeld(ctx context.Context, _ Nothing) (List[Waiting], error) {
	page := List[Waiting]{Items: []Waiting{}}
	if s.held == nil {
		return page, nil
	}
	list, err := s.held.spool.List(ctx, 0, waitingShown)
	for _, it := range list {
		page.Items = append(page.Items, Waiting{it.ID, it.At, it.Attempts, it.Error})
	}
	return page, err
}
