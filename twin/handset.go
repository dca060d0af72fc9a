package twin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"zhian/platform/apiclient"
)

// handset is what a crew carries: a seat whose session has a device, and while
// it is on, a live connection that messages come through.
type handset struct {
	*seat

	mu    sync.Mutex
	on    bool
	shown map[string]string // delivery → message
}

func newHandset(s *seat) *handset {
	s.device = "twin-" + s.login
	return &handset{seat: s, shown: map[string]string{}}
}

// reconnect is how long a handset without connection waits before the next try.
const reconnect = 250 * time.Millisecond

// switchOn logs in and stays connected until life ends, or the session does.
func (h *handset) switchOn(ctx context.Context, life *life) error {
	session, err := h.as(ctx, nil)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.on {
		h.on = true
		life.run(func(ctx context.Context) { h.listen(ctx, session) })
	}
	return nil
}

func (h *handset) isOn() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.on
}

// listen stays connected. What waited for the handset meanwhile comes by itself.
func (h *handset) listen(ctx context.Context, session *apiclient.Client) {
	for ctx.Err() == nil {
		err := session.Watch(ctx, 0, func(f apiclient.Frame) { h.hear(ctx, session, f) })
		var refused *apiclient.Refused
		if errors.As(err, &refused) && refused.Status == http.StatusUnauthorized {
			break // off until somebody needs it
		}
		select {
		case <-time.After(reconnect):
		case <-ctx.Done():
		}
	}
	h.mu.Lock()
	h.on = false
	h.mu.Unlock()
}

// hear shows a message once and says that it has come. Where that cannot be told,
// the message comes again.
func (h *handset) hear(ctx context.Context, session *apiclient.Client, f apiclient.Frame) {
	var parcel struct {
		DeliveryID string `json:"delivery_id"`
		MessageID  string `json:"message_id"`
	}
	if f.Type != "inbox.message" || json.Unmarshal(f.Data, &parcel) != nil {
		return
	}
	h.mu.Lock()
	h.shown[parcel.DeliveryID] = parcel.MessageID
	h.mu.Unlock()
	session.Post(ctx, "/v1/inbox/marks", "", object{"ids": []string{parcel.MessageID}, "to": "delivered"}, nil)
}

// life is how long connections last, and waits for their ends.
type life struct {
	ctx  context.Context
	stop context.CancelFunc
	runs sync.WaitGroup
}

func newLife() *life {
	l := &life{}
	l.ctx, l.stop = context.WithCancel(context.Background())
	return l
}

func (l *life) run(do func(context.Context)) { l.runs.Go(func() { do(l.ctx) }) }

func (l *life) end() {
	l.stop()
	l.runs.Wait()
}

// KeepOn switches the handsets of all crews on, one after the other with a pause
// between, and again whoever's session has ended, until ctx ends.
func (p *Post) KeepOn(ctx context.Context, pause time.Duration, trouble func(error)) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		h := p.handsets[i%len(p.handsets)]
		if h.isOn() {
			continue
		}
		if err := h.switchOn(ctx, p.life); err != nil && ctx.Err() == nil {
			trouble(err)
		}
	}
}

// Leave switches everything off.
func (p *Post) Leave() { p.life.end() }

// Shown are the messages that the handsets have shown, by delivery.
func (p *Post) Shown() map[string]string {
	all := map[string]string{}
	for _, h := range p.handsets {
		h.mu.Lock()
		for delivery, message := range h.shown {
			all[delivery] = message
		}
		h.mu.Unlock()
	}
	return all
}
