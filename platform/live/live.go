// Package live pushes what happens to screens and handsets over one WebSocket,
// GET /v1/live. Frames that come from facts carry a cursor; a client that was
// away connects with its last cursor and gets all it missed and may see, then
// what happens from there on. Signals (positions, who is online) carry none and
// may be lost.
//
// A client is sent, as JSON texts:
//
//	hello   cursor: where the stream begins; load the state now, then apply frames
//	resync  cursor: what was missed is no longer kept; load the state anew
//	ready   cursor: nothing is missing up to here
//	beat    cursor: still so, every 15 s
//	cut     the client was too slow: connect again with the last cursor
//	else    a message of a module
package live

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gobwas/ws"

	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Frame is one message as clients see it; Cursor is 0 in signals.
type Frame struct {
	Type   string    `json:"type"`
	Cursor int64     `json:"cursor,omitzero"`
	At     time.Time `json:"at,omitzero"`
	Data   any       `json:"data,omitempty"`
}

// Message is what a fact means to clients: those who may see Topic at OrgID, or
// the one user UserID.
type Message struct {
	Topic, OrgID string
	UserID       string
	Type         string
	Data         any
}

// Deps is what a hub needs. Topics says which permission shows a topic; a topic
// that is not there is shown to nobody.
type Deps struct {
	DB     *sqldb.DB
	Bus    *bus.Bus
	Gate   httpapi.Gate
	Now    func() time.Time
	Topics map[string]httpapi.Perm
}

// Hub knows the clients of this node.
type Hub struct {
	Deps
	projections map[string][]projection
	relay       func(signal []byte)

	mu      sync.Mutex
	clients map[*client]bool
	users   map[string]map[*client]bool
	pos     int64 // of the last fact that was handed to the clients
	closed  bool
}

type projection func(e bus.Envelope) ([]Message, error)

// New makes a hub that follows the bus; it must be made before the bus runs.
func New(d Deps) *Hub {
	h := &Hub{Deps: d, projections: map[string][]projection{}, clients: map[*client]bool{}, users: map[string]map[*client]bool{}}
	d.Bus.TailAll(h.observe)
	return h
}

// Project says what facts of type F mean to clients. It is pure: a client that
// was away has it run again over what it missed.
func Project[F bus.Fact](h *Hub, project func(m bus.Meta, f F) []Message) {
	var zero F
	h.projections[zero.FactName()] = append(h.projections[zero.FactName()], func(e bus.Envelope) ([]Message, error) {
		var f F
		if err := json.Unmarshal(e.Body, &f); err != nil {
			return nil, fmt.Errorf("decode %s at %d: %w", e.Name, e.Pos, err)
		}
		return project(e.Meta, f), nil
	})
}

// messages of a fact; one that cannot be decoded has none, and stays in the
// store for those who can.
func (h *Hub) messages(e bus.Envelope) (all []Message) {
	for _, p := range h.projections[e.Name] {
		if list, err := p(e); err == nil {
			all = append(all, list...)
		}
	}
	return all
}

func (h *Hub) observe(e bus.Envelope) {
	messages := h.messages(e)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range messages {
		h.fan(m, Frame{Type: m.Type, Cursor: e.Pos, Data: m.Data})
	}
	h.pos = e.Pos
}

// ToUser sends a frame to every connection of a user.
func (h *Hub) ToUser(userID string, f Frame) { h.signal(Message{UserID: userID}, f) }

// ToTopic sends a frame to those who may see the topic at an organisation.
func (h *Hub) ToTopic(topic, orgID string, f Frame) { h.signal(Message{Topic: topic, OrgID: orgID}, f) }

// relayed is a signal on its way to other nodes.
type relayed struct {
	Topic  string         `json:"topic,omitempty"`
	OrgID  string         `json:"org,omitempty"`
	UserID string         `json:"user,omitempty"`
	Type   string         `json:"type"`
	Data   jsontext.Value `json:"data,omitempty"`
}

// Relay hands the signals of this node to send, which takes them to the others.
// It must be set before the hub is used.
func (h *Hub) Relay(send func(signal []byte)) { h.relay = send }

// Receive takes a signal of another node; one that is broken is dropped.
func (h *Hub) Receive(signal []byte) {
	var s relayed
	if err := json.Unmarshal(signal, &s); err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fan(Message{Topic: s.Topic, OrgID: s.OrgID, UserID: s.UserID}, Frame{Type: s.Type, Data: s.Data})
}

func (h *Hub) signal(m Message, f Frame) {
	if h.relay != nil {
		if data, err := json.Marshal(f.Data); err == nil {
			if text, err := json.Marshal(relayed{m.Topic, m.OrgID, m.UserID, f.Type, data}); err == nil {
				h.relay(text)
			}
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fan(m, f)
}

// fan puts a frame into the queues of those it is for; it is encoded once.
func (h *Hub) fan(m Message, f Frame) {
	among := h.clients
	if m.UserID != "" {
		among = h.users[m.UserID]
	}
	var wire []byte
	for c := range among {
		if !c.live || f.Cursor != 0 && f.Cursor <= c.pos || !h.sees(c.who, m) {
			continue
		}
		if wire == nil {
			if wire = encode(f); wire == nil {
				return
			}
		}
		c.push(wire)
	}
}

// sees asks the gate for each message, so that a grant that ends is felt at once.
func (h *Hub) sees(p httpapi.Principal, m Message) bool {
	if m.UserID != "" {
		return m.UserID == p.UserID
	}
	perm, known := h.Topics[m.Topic]
	return known && h.Gate.Can(p, perm, m.OrgID)
}

// encode makes the bytes that go on the wire, nil when the data has no JSON.
func encode(f Frame) []byte {
	text, err := json.Marshal(f)
	if err != nil {
		return nil
	}
	return ws.MustCompileFrame(ws.NewTextFrame(text))
}

// Drop closes the connections of those who match: a session that has ended.
func (h *Hub) Drop(match func(httpapi.Principal) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if match(c.who) {
			c.end(ws.StatusPolicyViolation)
		}
	}
}

// Close tells every client to go elsewhere and takes no new one.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.clients {
		c.end(ws.StatusGoingAway)
	}
}

// Count is how many clients are connected to this node.
func (h *Hub) Count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}

func (h *Hub) add(c *client) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.clients[c] = true
	if h.users[c.who.UserID] == nil {
		h.users[c.who.UserID] = map[*client]bool{}
	}
	h.users[c.who.UserID][c] = true
	return true
}

func (h *Hub) remove(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, c)
	delete(h.users[c.who.UserID], c)
	if len(h.users[c.who.UserID]) == 0 {
		delete(h.users, c.who.UserID)
	}
}

// goLive lets c hear what happens from now on, if it has been told everything
// that the others have been told.
func (h *Hub) goLive(c *client) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.pos < h.pos {
		return false
	}
	c.live = true
	c.push(encode(Frame{Type: "ready", Cursor: c.pos, At: h.Now()}))
	return true
}

// beat tells c how far the stream is, also when nothing was for it.
func (h *Hub) beat(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.push(encode(Frame{Type: "beat", Cursor: max(h.pos, c.pos), At: h.Now()}))
}

// missed reads the next facts after a position.
func (h *Hub) missed(ctx context.Context, pos int64) ([]bus.Envelope, error) {
	return sqldb.Read(ctx, h.DB, func(tx *sqldb.Tx) ([]bus.Envelope, error) { return bus.Since(tx, pos, missedBatch) })
}
