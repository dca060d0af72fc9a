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
//	over    reason: the session or the rights are not what they were; connect anew
//	else    a message of a module
//
// Clients are shared out among shards, one goroutine each (shard.go): a message
// is encoded once and costs its publisher a place in each shard's inbox, however
// many clients there are. A client that reads slowly waits in a goroutine of its
// own and is cut when it holds too much; it delays nobody.
package live

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gobwas/ws"

	"zhian/platform/bus"
	"zhian/platform/fault"
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
// the one user UserID. Those who saw its subject at OrgWas are told that it has
// gone elsewhere.
type Message struct {
	Topic, OrgID, OrgWas string
	UserID               string
	Type                 string
	Data                 any
}

// Gate decides who may see a topic. Epoch changes whenever Can may answer
// otherwise than before: until then an answer is remembered.
type Gate interface {
	httpapi.Gate
	Epoch() uint64
}

// Deps is what a hub needs.
type Deps struct {
	DB   *sqldb.DB
	Bus  *bus.Bus
	Gate Gate
	Now  func() time.Time
}

// Hub knows the clients of this node.
type Hub struct {
	Deps
	topics      map[string]httpapi.Perm
	projections map[string][]projection
	joined      []func(httpapi.Principal)
	relay       func(signal []byte)
	shards      []*shard

	mu      sync.Mutex
	clients map[*client]bool
	users   map[string]map[*client]bool
	past    past
	pos     int64 // of the last fact that was handed to the shards
	closed  bool
	running func() // starts the shards, once
	quit    chan struct{}
}

type projection func(e bus.Envelope) ([]Message, error)

// New makes a hub that follows the bus; it must be made before the bus runs.
func New(d Deps) *Hub {
	h := &Hub{Deps: d, topics: map[string]httpapi.Perm{}, projections: map[string][]projection{}, clients: map[*client]bool{}, users: map[string]map[*client]bool{}, quit: make(chan struct{})}
	for range runtime.GOMAXPROCS(0) {
		h.shards = append(h.shards, newShard(h))
	}
	h.running = sync.OnceFunc(h.run)
	d.Bus.TailAll(h.observe)
	return h
}

// run starts the shards and their beat; Close ends them.
func (h *Hub) run() {
	for _, s := range h.shards {
		go s.run()
	}
	go func() {
		beat := time.NewTicker(beatEvery)
		defer beat.Stop()
		for {
			select {
			case <-beat.C:
				h.beat()
			case <-h.quit:
				return
			}
		}
	}()
}

// Open makes a topic that is shown to those who have perm at a message's
// organisation. What is said under a topic that nobody has opened, nobody hears.
// It must be called before the hub is used.
func (h *Hub) Open(topic string, perm httpapi.Perm) { h.topics[topic] = perm }

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

// OnJoin has fn told of everybody who has just become able to hear: what waited
// for them can be sent now. It must be set before the hub is used, and fn must not
// call the hub itself.
func (h *Hub) OnJoin(fn func(httpapi.Principal)) { h.joined = append(h.joined, fn) }

// messages of a fact; one that cannot be decoded has none, and stays in the
// store for those who can.
func (h *Hub) messages(e bus.Envelope) (all []told) {
	for _, p := range h.projections[e.Name] {
		list, err := p(e)
		if err != nil {
			continue
		}
		for _, m := range list {
			if wire := encode(Frame{Type: m.Type, Cursor: e.Pos, Data: m.Data}); wire != nil {
				all = append(all, told{audience{m.Topic, m.OrgID, m.OrgWas}, m.UserID, e.Pos, wire})
			}
		}
	}
	return all
}

// page is a fact as it will be told; it is worked out once, if at all.
func (h *Hub) page(e bus.Envelope) page {
	return page{e.Pos, sync.OnceValue(func() []told { return h.messages(e) })}
}

// observe hands a fact to the clients and remembers it for those who come back
// soon.
func (h *Hub) observe(e bus.Envelope) {
	p := h.page(e)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.past.add(p)
	if len(h.clients) > 0 {
		for _, t := range p.told() {
			h.fan(t)
		}
	}
	h.pos = e.Pos
}

// ToUser sends a frame to every connection of a user, on every node.
func (h *Hub) ToUser(userID string, f Frame) {
	h.signal(Message{UserID: userID, Type: f.Type, Data: f.Data}, f)
}

// ToTopic sends a frame to those who may see the topic at an organisation, on
// every node.
func (h *Hub) ToTopic(topic, orgID string, f Frame) {
	h.signal(Message{Topic: topic, OrgID: orgID, Type: f.Type, Data: f.Data}, f)
}

// Hand gives a frame to the connections of a user on this node that fit, before
// all that waits for them, and says how many took it. One that took it may still
// break before it is written: whoever must know asks the client to confirm.
func (h *Hub) Hand(userID string, fits func(httpapi.Principal) bool, f Frame) (taken int) {
	wire := encode(f)
	if wire == nil {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.users[userID] {
		if c.live && !c.ended.Load() && fits(c.who) {
			c.home.postFirst(op{what: toOne, to: c, told: told{wire: wire}})
			taken++
		}
	}
	return taken
}

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
	h.lose(told{audience{topic: s.Topic, org: s.OrgID}, s.UserID, 0, encode(Frame{Type: s.Type, Data: s.Data})})
}

func (h *Hub) signal(m Message, f Frame) {
	if h.relay != nil {
		if data, err := json.Marshal(f.Data); err == nil {
			if text, err := json.Marshal(relayed{m.Topic, m.OrgID, m.UserID, f.Type, data}); err == nil {
				h.relay(text)
			}
		}
	}
	h.lose(told{audience{topic: m.Topic, org: m.OrgID}, m.UserID, 0, encode(f)})
}

// lose fans a signal out; where a shard has too much to do it is lost.
func (h *Hub) lose(t told) {
	if t.wire == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fan(t)
}

// fan puts a message into the inboxes of those it is for.
func (h *Hub) fan(t told) {
	if t.user == "" {
		for _, s := range h.shards {
			s.post(op{what: toTopic, told: t})
		}
		return
	}
	for c := range h.users[t.user] {
		if c.live {
			c.home.post(op{what: toOne, to: c, told: t})
		}
	}
}

// sees asks the gate.
func (h *Hub) sees(p httpapi.Principal, t told) bool {
	if t.user != "" {
		return t.user == p.UserID
	}
	perm, known := h.topics[t.topic]
	return known && (h.Gate.Can(p, perm, t.org) || t.was != "" && h.Gate.Can(p, perm, t.was))
}

// encode makes the bytes that go on the wire, nil when the data has no JSON.
func encode(f Frame) []byte {
	text, err := json.Marshal(f)
	if err != nil {
		return nil
	}
	return ws.MustCompileFrame(ws.NewTextFrame(text))
}

// Drop closes the connections of those who match, and tells them why: a session
// that has ended, a grant that is no more.
func (h *Hub) Drop(reason string, match func(httpapi.Principal) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if match(c.who) {
			h.end(c, ws.StatusPolicyViolation, encode(Frame{Type: "over", Data: map[string]string{"reason": reason}}))
		}
	}
}

func (h *Hub) end(c *client, code ws.StatusCode, last ...[]byte) {
	if c.ended.Swap(true) {
		return
	}
	if !c.live {
		c.conn.Close() // it is still being told what it missed
		return
	}
	c.home.postFirst(op{what: ending, to: c, last: append(last, closing(code))})
}

// Close tells every client to go elsewhere, takes no new one, and waits until
// they are gone or ctx ends.
func (h *Hub) Close(ctx context.Context) {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		for c := range h.clients {
			h.end(c, ws.StatusGoingAway)
		}
		if len(h.clients) == 0 {
			close(h.quit)
		}
	}
	h.mu.Unlock()
	select {
	case <-h.quit:
	case <-ctx.Done():
	}
}

// Count is how many clients are connected to this node.
func (h *Hub) Count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}

// room says why there is none for one more.
func (h *Hub) room(p httpapi.Principal) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return fault.New(fault.Unavailable, "live.closing")
	case len(h.users[p.UserID]) >= ownMost:
		return fault.With(fault.New(fault.TooMany, "live.too_many_connections"), "max", ownMost)
	}
	return nil
}

func (h *Hub) add(c *client) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.running()
	c.home = h.shards[0]
	for _, s := range h.shards {
		if s.size < c.home.size {
			c.home = s
		}
	}
	c.home.size++
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
	c.home.size--
	if c.live {
		c.home.post(op{what: leaving, to: c})
	}
	delete(h.clients, c)
	delete(h.users[c.who.UserID], c)
	if len(h.users[c.who.UserID]) == 0 {
		delete(h.users, c.who.UserID)
	}
	if h.closed && len(h.clients) == 0 {
		close(h.quit)
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
	for _, joined := range h.joined {
		joined(c.who)
	}
	c.home.post(op{what: joining, to: c, told: told{wire: encode(Frame{Type: "ready", Cursor: c.pos, At: h.Now()})}})
	return true
}

// beat tells everybody how far the stream is, also those whom nothing was for.
func (h *Hub) beat() {
	h.mu.Lock()
	defer h.mu.Unlock()
	wire := encode(Frame{Type: "beat", Cursor: h.pos, At: h.Now()})
	for _, s := range h.shards {
		s.post(op{what: beating, told: told{pos: h.pos, wire: wire}})
	}
}
