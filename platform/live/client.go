package live

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gobwas/ws"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

const (
	queueFrames = 1024      // waiting for one client
	queueBytes  = 256 << 10 // the same in bytes
	socketBytes = 128 << 10 // more of it the system keeps: a client that stalls is noticed when both are full
	stallLimit  = 5 * time.Second
	beatEvery   = 15 * time.Second
	silentLimit = 45 * time.Second // three beats without a pong
	readLimit   = 4 << 10          // clients have nothing long to say
	missedBatch = 256
	ownMost     = 64     // connections of one user to one node
	missedMost  = 20_000 // facts: loading the state anew is quicker than more
)

// client is one connection.
type client struct {
	who   httpapi.Principal
	conn  net.Conn
	raw   syscall.RawConn // nil when conn is no socket
	home  *shard
	ended atomic.Bool // told to go
	live  bool        // under the hub's lock
	pos   int64       // told so far; written before live is set, fixed after

	// Of the shard's goroutine alone.
	queue [][]byte
	bytes int
	dirty bool // has something to be written in this round
	busy  bool // a goroutine waits for its socket
	last  bool // what is in the queue is the last it gets
	gone  bool
}

// Routes is the one door of this room. The caller needs perm; what is seen of
// each topic is decided per message.
func (h *Hub) Routes(perm httpapi.Perm) []httpapi.Route {
	return []httpapi.Route{{
		Pattern: "GET /v1/live", Perm: perm, Audit: httpapi.AuditNone, Status: http.StatusSwitchingProtocols,
		Summary: "What happens, as it happens (WebSocket); ?cursor=N resumes", Raw: h.Serve,
	}}
}

// Serve upgrades one request and feeds the client until it goes. Faults: Invalid
// live.not_a_websocket and request.malformed_value (cursor), Forbidden
// live.cross_origin, Unavailable live.closing, TooMany live.too_many_connections.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request) {
	cursor, err := h.admit(r)
	if err != nil {
		httpapi.Refuse(w, r, err)
		return
	}
	conn, rw, _, err := ws.UpgradeHTTP(r, w)
	if err != nil {
		return // the upgrader has answered
	}
	defer conn.Close()
	if socket, ok := conn.(*net.TCPConn); ok {
		socket.SetWriteBuffer(socketBytes) // where it cannot be set, a stall is only noticed later
	}
	c := &client{who: httpapi.Caller(r.Context()), conn: conn, raw: rawOf(conn), pos: cursor}
	if !h.add(c) {
		return
	}
	defer h.remove(c)
	if err := h.catchUp(r.Context(), c); err != nil {
		return
	}
	c.listen(rw)
}

// admit says from where a client wants to go on, or why it may not.
func (h *Hub) admit(r *http.Request) (cursor int64, err error) {
	switch {
	case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return 0, fault.New(fault.Invalid, "live.not_a_websocket")
	case !sameOrigin(r):
		return 0, fault.New(fault.Forbidden, "live.cross_origin")
	}
	if text := r.URL.Query().Get("cursor"); text != "" {
		if cursor, err = strconv.ParseInt(text, 10, 64); err != nil || cursor < 0 {
			return 0, fault.At("cursor", "request.malformed_value")
		}
	}
	return cursor, h.room(httpapi.Caller(r.Context()))
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
	newest, err := h.begin(ctx, c)
	if err != nil {
		return err
	}
	// A hub that has just come up has told nobody anything yet: what the store held
	// then must be read from it.
	for c.pos < newest || !h.goLive(c) {
		pages, err := h.missed(ctx, c.pos)
		if err != nil {
			return err
		}
		var out net.Buffers
		for _, p := range pages {
			for _, t := range p.told() {
				if h.sees(c.who, t) {
					out = append(out, t.wire)
				}
			}
			c.pos = p.pos
		}
		if err := c.say(out); err != nil {
			return err
		}
	}
	return nil
}

// missed is the next facts after a position, from memory or from the store.
func (h *Hub) missed(ctx context.Context, pos int64) ([]page, error) {
	h.mu.Lock()
	pages, ok := h.past.after(pos, missedBatch)
	h.mu.Unlock()
	if ok {
		return pages, nil
	}
	facts, err := sqldb.Read(ctx, h.DB, func(tx *sqldb.Tx) ([]bus.Envelope, error) { return bus.Since(tx, pos, missedBatch) })
	for _, f := range facts {
		pages = append(pages, h.page(f))
	}
	return pages, err
}

// begin settles where c starts, tells it, and says how far the store is.
func (h *Hub) begin(ctx context.Context, c *client) (newest int64, err error) {
	var oldest int64
	newest, err = sqldb.Read(ctx, h.DB, func(tx *sqldb.Tx) (newest int64, err error) {
		oldest, newest, err = bus.Span(tx)
		return newest, err
	})
	if err != nil {
		return 0, err
	}
	kind := "hello"
	switch {
	case c.pos == 0:
		c.pos = newest
	case c.pos < oldest-1, c.pos > newest, newest-c.pos > missedMost:
		kind, c.pos = "resync", newest
	}
	return newest, c.say(net.Buffers{encode(Frame{Type: kind, Cursor: c.pos, At: h.Now()})})
}

func closing(code ws.StatusCode) []byte {
	return ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(code, "")))
}

// say writes to a client that does not hear the others yet.
func (c *client) say(out net.Buffers) error {
	if c.ended.Load() {
		return net.ErrClosed
	}
	if len(out) == 0 {
		return nil
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(stallLimit)); err != nil {
		return err
	}
	if _, err := out.WriteTo(c.conn); err != nil {
		return err
	}
	return c.conn.SetWriteDeadline(time.Time{})
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
			c.home.post(op{what: toOne, to: c, told: told{wire: ws.MustCompileFrame(ws.NewPongFrame(payload))}})
		}
	}
}
