package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"zhian/platform/fault"
	"zhian/platform/spool"
	"zhian/platform/sqldb"
)

const (
	// HeldEvery is how often the spool is looked at.
	HeldEvery = 250 * time.Millisecond

	probeLimit            = time.Second
	firstAgain, lastAgain = 5 * time.Second, 10 * time.Minute
)

// DoHeld does what waits in the spool, oldest first, if the database is back. One
// that fails is tried again later and holds up no other.
func (s *Server) DoHeld(ctx context.Context) error {
	if s.held == nil || s.held.spool.Waiting() == 0 || !s.held.back(ctx) {
		return nil
	}
	for after := int64(0); ctx.Err() == nil; {
		it, found, err := s.held.spool.Due(ctx, after, s.now())
		if err != nil || !found {
			return err
		}
		after = it.Seq
		if err := s.held.settle(ctx, it, s.held.again(ctx, it)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// back asks the database whether it is.
func (h *holder) back(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	_, err := sqldb.One(ctx, h.db, Queries["Probe"], sqldb.ScanInt)
	if h.noted(err) == nil {
		h.out.Store(0)
	}
	return err == nil
}

// again does one request as it would have been done when it came.
func (h *holder) again(ctx context.Context, it spool.Item) error {
	was, err := read(it)
	if err != nil {
		return err
	}
	s := h.routes[was.Pattern]
	if s == nil {
		return errors.New("no such route any more: " + was.Pattern)
	}
	ctx, cancel := context.WithTimeout(ctx, s.route.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, was.Path, nil)
	if err != nil {
		return err
	}
	ctx = context.WithValue(As(ctx, was.Who), promiseKey, Promise{ID: it.ID, At: it.At, Late: true})
	err = h.call(ctx, s, r, was, it)
	var answered *replayed
	if !errors.As(err, &answered) || answered.makes(it.ID) {
		return ignore(err, answered)
	}
	// Another node took the same request in, and whoever asked was told two ids:
	// both will be there, and a person is shown that they look like one.
	h.log.Warn("two nodes have taken in one request", "id", it.ID, "answered", string(answered.body))
	was.Key = ""
	return h.call(ctx, s, r, was, it)
}

// ignore makes nothing of an answer that is our own: the request was done before
// a crash.
func ignore(err error, ours *replayed) error {
	if ours != nil {
		return nil
	}
	return err
}

// makes says that an answer is about what has this id.
func (a *replayed) makes(id string) bool {
	var made struct {
		ID string `json:"id"`
	}
	return json.Unmarshal(a.body, &made) == nil && made.ID == id
}

// call keeps the answer that was given, under the key that it was given for.
func (h *holder) call(ctx context.Context, s *served, r *http.Request, was heldRequest, it spool.Item) error {
	if was.Key != "" {
		ride := &rider{server: s, who: was.Who, key: was.Key, held: heldAnswer(it.ID, it.At, false)}
		copy(ride.digest[:], was.Digest)
		ctx = sqldb.WithRider(ctx, ride)
	}
	_, _, err := s.route.Do.call(ctx, r, was.Body)
	return err
}

// settle takes an item out of the spool, or says when it is tried again. The error
// it returns is one that concerns all that wait.
func (h *holder) settle(ctx context.Context, it spool.Item, err error) error {
	switch {
	case err == nil:
		return h.spool.Done(ctx, it.Seq)
	case fault.Is(err, fault.Unavailable), ctx.Err() != nil:
		return h.noted(err)
	}
	h.log.Error("a held request cannot be done yet", "id", it.ID, "attempts", it.Attempts+1, "error", err)
	return h.spool.Failed(ctx, it.Seq, err, h.now().Add(min(firstAgain<<min(it.Attempts, 10), lastAgain)))
}
