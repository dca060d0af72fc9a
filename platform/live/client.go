package live

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

const (
	queueFrames = 256       // waiting for one client
	queueBytes  = 256 << 10 // the same in bytes
	stallLimit  = 5 * time.Second
	beatEvery   = 15 * time.Second
	silentLimit = 45 * time.Second // three beats without a pong
	readLimit   = 4 << 10          // clients have nothing long to say
	missedBatch = 256
	missedMost  = 20_000 // facts: loading the state anew is quicker than more
)

// client is one connection.
type client struct {
	who  httpapi.Principal
	conn net.Conn
	live bool  // under the hub's lock
	pos  int64 // told so far; written before live is set, fixed after

	mu     sync.Mutex
	queue  net.Buffers
	bytes  int
	ending bool
	woken  chan struct{}
}

// Routes is the one door of this room. The caller needs perm; what is seen of
// each topic is decided per message.
func (h *Hub) Routes(perm httpapi.Perm) []httpapi.Route {
	return []httpapi.Route{{
		Pattern: "GET /v1/live", Perm: perm, Audit: httpapi.AuditNone,
		Summary: "What happens, as it happens (WebSocket); ?cursor=N resumes", Raw: h.Serve,
	}}
}

// Serve upgrades one request and feeds the client until it goes.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request) {
	if !sameOrigin(r) {
		http.Error(w, "cross-origin", http.StatusForbidden)
		return
	}
	cursor, err := strconv.ParseInt(r.FormValue("cursor"), 10, 64)
	if err != nil {
		cursor = 0
	}
	conn, rw, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		return // the upgrader has answered
	}
	defer conn.Close()
	c := &client{who: httpapi.Caller(r.Context()), conn: conn, pos: cursor, woken: make(chan struct{}, 1)}
	if !h.add(c) {
		return
	}
	defer h.remove(c)
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	go func() { defer stop(); c.listen(rw) }()
	if err := h.catchUp(ctx, c); err != nil {
		return
	}
	h.feed(ctx, c)
}

// sameOrigin keeps other sites' pages from using a visitor's session.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // not a browser
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// catchUp tells c what it missed, at the speed it can take, until it is level
// with the others. The hub holds nothing for it meanwhile.
func (h *Hub) catchUp(ctx context.Context, c *client) error {
	if err := h.begin(ctx, c); err != nil {
		return err
	}
	for !c.over() && !h.goLive(c) {
		facts, err := h.missed(ctx, c.pos)
		if err != nil {
			return err
		}
		var out net.Buffers
		for _, f := range facts {
			for _, m := range h.messages(f) {
				if h.sees(c.who, m) {
					out = append(out, encode(Frame{Type: m.Type, Cursor: f.Pos, Data: m.Data}))
				}
			}
			c.pos = f.Pos
		}
		if err := c.write(out); err != nil {
			return err
		}
	}
	return nil
}

// begin settles where c starts, and tells it.
func (h *Hub) begin(ctx context.Context, c *client) error {
	var oldest int64
	newest, err := sqldb.Read(ctx, h.DB, func(tx *sqldb.Tx) (newest int64, err error) {
		oldest, newest, err = bus.Span(tx)
		return newest, err
	})
	if err != nil {
		return err
	}
	kind := "hello"
	switch {
	case c.pos == 0:
		c.pos = newest
	case c.pos < oldest-1, c.pos > newest, newest-c.pos > missedMost:
		kind, c.pos = "resync", newest
	}
	return c.write(net.Buffers{encode(Frame{Type: kind, Cursor: c.pos, At: h.Now()})})
}

// feed writes what is in the queue, all that is there in one system call.
func (h *Hub) feed(ctx context.Context, c *client) {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		out, ending := c.take()
		if err := c.write(out); err != nil || ending {
			return
		}
		select {
		case <-c.woken:
		case <-beat.C:
			h.beat(c)
			c.push(ws.CompiledPing)
		case <-ctx.Done():
			return
		}
	}
}

// push queues bytes and never waits; a client that is too far behind is cut.
func (c *client) push(wire []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return
	}
	if len(c.queue) >= queueFrames || c.bytes+len(wire) > queueBytes {
		c.finish(encode(Frame{Type: "cut"}), closing(ws.StatusCode(1013)))
		return
	}
	c.queue = append(c.queue, wire)
	c.bytes += len(wire)
	c.wake()
}

// end closes the connection after a last word.
func (c *client) end(code ws.StatusCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finish(closing(code))
}

func (c *client) finish(last ...[]byte) {
	c.queue, c.ending = last, true
	c.wake()
}

func closing(code ws.StatusCode) []byte {
	return ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(code, "")))
}

// over tells that c is to go, so that a session that has ended is told no more.
func (c *client) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}

func (c *client) wake() {
	select {
	case c.woken <- struct{}{}:
	default: // it knows already
	}
}

func (c *client) take() (net.Buffers, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.queue
	c.queue, c.bytes = nil, 0
	return out, c.ending
}

func (c *client) write(out net.Buffers) error {
	if len(out) == 0 {
		return nil
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(stallLimit)); err != nil {
		return err
	}
	_, err := out.WriteTo(c.conn)
	return err
}

// listen answers pings and notices when the client goes; what else it says has
// no meaning here.
func (c *client) listen(r io.Reader) {
	for {
		if err := c.conn.SetReadDeadline(time.Now().Add(silentLimit)); err != nil {
			return
		}
		head, err := ws.ReadHeader(r)
		if err != nil || head.Length > readLimit || !head.Masked {
			return
		}
		payload := make([]byte, head.Length)
		if _, err := io.ReadFull(r, payload); err != nil || head.OpCode == ws.OpClose {
			return
		}
		if head.OpCode == ws.OpPing {
			ws.Cipher(payload, head.Mask, 0)
			c.push(ws.MustCompileFrame(ws.NewPongFrame(payload)))
		}
	}
}
