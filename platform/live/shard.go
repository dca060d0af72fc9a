package live

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gobwas/ws"
)

// shard serves its share of the clients from one goroutine, which alone touches
// their queues. It never waits for a client: a socket that takes no more is
// handed to a goroutine that waits for it, and comes back when it is free.
type shard struct {
	hub  *Hub
	size int // clients, those that do not hear yet too; under the hub's lock

	mu    sync.Mutex
	inbox []op
	first []op // before all of inbox
	hurry atomic.Bool
	room  sync.Cond
	woken chan struct{}

	// Of the goroutine alone.
	clients   map[*client]bool
	audiences map[audience][]*client
	epoch     uint64
	gone      int // clients that audiences still hold
	dirty     []*client
	buf       []byte
}

// op is something for a shard to do.
type op struct {
	what opKind
	to   *client
	told told
	last [][]byte // of ending: what is still said
	err  error    // of drained
}

type opKind int

const (
	toTopic opKind = iota
	toOne
	joining
	leaving
	ending
	drained // a socket that took no more is free again
	beating
)

const (
	inboxMost = 16384    // what has to wait beyond it waits with its publisher, or is lost
	roundMost = 128      // messages that are shared out before they are written
	writeMost = 64 << 10 // bytes in one system call
)

func newShard(h *Hub) *shard {
	s := &shard{hub: h, woken: make(chan struct{}, 1), clients: map[*client]bool{}, audiences: map[audience][]*client{}}
	s.room.L = &s.mu
	return s
}

// post adds to the inbox. Shards wait for nobody, so a full inbox empties by
// itself; signals are not worth waiting for.
func (s *shard) post(o op) {
	s.mu.Lock()
	defer s.mu.Unlock()
	signal := o.told.pos == 0 && (o.what == toTopic || o.what == toOne)
	for len(s.inbox) >= inboxMost {
		if signal {
			return
		}
		s.room.Wait()
	}
	s.inbox = append(s.inbox, o)
	s.wake()
}

// postFirst adds before everything that waits.
func (s *shard) postFirst(o op) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = append(s.first, o)
	s.hurry.Store(true)
	s.wake()
}

func (s *shard) wake() {
	select {
	case s.woken <- struct{}{}:
	default: // it knows already
	}
}

func (s *shard) run() {
	var spare []op
	for {
		work := s.take(spare)
		for rest := work; len(rest) > 0; {
			round := rest[:min(len(rest), roundMost)]
			for _, o := range round {
				s.do(o)
			}
			rest = rest[len(round):]
			s.flush()
		}
		clear(work)
		spare = work
		s.urgent()
		if len(work) > 0 {
			continue
		}
		select {
		case <-s.woken:
		case <-s.hub.quit:
			return
		}
	}
}

// take swaps the inbox for the emptied one of the last time.
func (s *shard) take(spare []op) []op {
	s.mu.Lock()
	defer s.mu.Unlock()
	work := s.inbox
	s.inbox = spare[:0]
	s.room.Broadcast()
	return work
}

// urgent does what goes first; flush asks for it between two clients, so that a
// push waits for one write and not for a broadcast.
func (s *shard) urgent() {
	if !s.hurry.Load() {
		return
	}
	s.mu.Lock()
	first := s.first
	s.first = nil
	s.hurry.Store(false)
	s.mu.Unlock()
	for _, o := range first {
		if o.what == toOne {
			s.queue(o.to, o.told)
			o.to.advance()
		} else {
			s.do(o)
		}
		s.write(o.to)
	}
}

// advance moves the newest frame of a client's queue before the others.
func (c *client) advance() {
	if n := len(c.queue); n > 1 && !c.last {
		newest := c.queue[n-1]
		copy(c.queue[1:], c.queue[:n-1])
		c.queue[0] = newest
	}
}

func (s *shard) do(o op) {
	switch o.what {
	case toTopic:
		for _, c := range s.seers(o.told) {
			s.queue(c, o.told)
		}
	case toOne:
		s.queue(o.to, o.told)
	case joining:
		s.join(o.to)
		s.queue(o.to, o.told)
	case leaving:
		s.leave(o.to)
	case ending:
		if s.end(o.to, o.last); o.to.busy {
			s.abandon(o.to) // a last word could take seconds to get through
		}
	case drained:
		s.drain(o.to, o.err)
	case beating:
		for c := range s.clients {
			if o.told.pos >= c.pos {
				s.queue(c, told{wire: o.told.wire})
			}
			s.queue(c, told{wire: ws.CompiledPing})
		}
	}
}

// seers are those who see a message, remembered until rights change.
func (s *shard) seers(t told) []*client {
	if epoch := s.hub.Gate.Epoch(); epoch != s.epoch || s.gone > len(s.clients)/4 {
		clear(s.audiences)
		s.epoch, s.gone = epoch, 0
	}
	list, known := s.audiences[t.audience]
	if !known {
		for c := range s.clients {
			if s.hub.sees(c.who, t) {
				list = append(list, c)
			}
		}
		s.audiences[t.audience] = list
	}
	return list
}

func (s *shard) join(c *client) {
	s.clients[c] = true
	for key, list := range s.audiences {
		if s.hub.sees(c.who, told{audience: key}) {
			s.audiences[key] = append(list, c)
		}
	}
}

func (s *shard) leave(c *client) {
	if !s.clients[c] {
		return
	}
	delete(s.clients, c)
	c.gone, c.queue, c.bytes = true, nil, 0
	s.gone++
}

// queue adds a frame to what a client has to be sent; one that has been told of
// the fact, catching up, is not told twice.
func (s *shard) queue(c *client, t told) {
	if c.gone || c.last || t.pos != 0 && t.pos <= c.pos {
		return
	}
	if len(c.queue) >= queueFrames || c.bytes+len(t.wire) > queueBytes {
		c.ended.Store(true)
		s.end(c, [][]byte{encode(Frame{Type: "cut"}), closing(ws.StatusCode(1013))})
		return
	}
	c.queue = append(c.queue, t.wire)
	c.bytes += len(t.wire)
	if !c.dirty {
		c.dirty = true
		s.dirty = append(s.dirty, c)
	}
}

// end lets a client go after a last word; what waited for it is not said.
func (s *shard) end(c *client, last [][]byte) {
	if c.gone || c.last {
		return
	}
	c.queue, c.last = last, true
	if !c.dirty {
		c.dirty = true
		s.dirty = append(s.dirty, c)
	}
}

func (s *shard) flush() {
	for _, c := range s.dirty {
		s.urgent()
		s.write(c)
	}
	clear(s.dirty)
	s.dirty = s.dirty[:0]
}

// write sends what a client has waiting, as far as its socket takes it now.
func (s *shard) write(c *client) {
	c.dirty = false
	for len(c.queue) > 0 && !c.busy && !c.gone {
		out, frames := s.gather(c.queue)
		n, err := c.write(out)
		switch {
		case err != nil:
			s.abandon(c)
		case n < len(out):
			c.busy = true
			rest := append([]byte(nil), out[n:]...)
			go func() { c.home.post(op{what: drained, to: c, err: c.wait(rest)}) }()
		}
		c.consume(frames)
	}
	if c.last && len(c.queue) == 0 && !c.busy {
		s.abandon(c)
	}
}

// gather joins frames into one write; a single one is not copied.
func (s *shard) gather(queue [][]byte) (out []byte, frames int) {
	if len(queue) == 1 {
		return queue[0], 1
	}
	s.buf = s.buf[:0]
	for _, wire := range queue {
		if frames > 0 && len(s.buf)+len(wire) > writeMost {
			break
		}
		s.buf = append(s.buf, wire...)
		frames++
	}
	return s.buf, frames
}

func (s *shard) drain(c *client, err error) {
	c.busy = false
	if err != nil {
		s.abandon(c)
		return
	}
	s.write(c)
}

// abandon closes the connection; its reader notices and takes the client out.
func (s *shard) abandon(c *client) {
	c.queue, c.bytes, c.last = nil, 0, true
	c.conn.Close()
}

// write sends as much as the socket takes without waiting; 0 where that cannot
// be known.
func (c *client) write(out []byte) (n int, err error) {
	if c.raw == nil {
		return 0, nil
	}
	rawErr := c.raw.Write(func(fd uintptr) bool {
		n, err = syscall.Write(int(fd), out)
		return true
	})
	if rawErr != nil {
		return 0, rawErr
	}
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return 0, nil
	}
	return max(n, 0), err
}

// wait writes the rest at the speed of the client, for a while.
func (c *client) wait(rest []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(stallLimit)); err != nil {
		return err
	}
	if _, err := c.conn.Write(rest); err != nil {
		return err
	}
	return c.conn.SetWriteDeadline(time.Time{})
}

// consume forgets the frames that were written, keeping the slice.
func (c *client) consume(frames int) {
	for _, wire := range c.queue[:min(frames, len(c.queue))] {
		c.bytes -= len(wire)
	}
	if frames >= len(c.queue) {
		clear(c.queue)
		c.queue, c.bytes = c.queue[:0], 0
		return
	}
	c.queue = append(c.queue[:0], c.queue[frames:]...)
}

// rawOf is how a socket is written without waiting; nil for what is no socket.
func rawOf(conn net.Conn) syscall.RawConn {
	if sc, ok := conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}
