package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// crowd is many clients that do nothing but count what they get. Each message
// holds one mark, with the time of its sending behind it.
type crowd struct {
	conns []net.Conn
	got   atomic.Int64
	want  atomic.Int64
	full  chan struct{}

	mu   sync.Mutex
	late []time.Duration // of sampled messages
}

// mark is two bytes: one alone can be part of a frame's length.
var mark = []byte(`"^`)

const (
	stampSize = 19 // digits of Unix nanoseconds
	sampled   = 50 // one client in so many also reads the times
	tooLong   = 20 * time.Second
)

// greeting is what a client says first, if anything, and hears when it is let in.
type greeting struct{ say, hear string }

// gather connects clients and waits until each is let in.
func gather(ctx context.Context, url string, clients int, g greeting) (*crowd, error) {
	c := &crowd{full: make(chan struct{}, 1)}
	for n := range clients {
		conn, in, err := dial(ctx, fmt.Sprintf("%s?user=user-%d", url, n), nil)
		if err == nil {
			c.conns = append(c.conns, conn)
			err = g.meet(conn, in)
		}
		if err != nil {
			return nil, errors.Join(err, c.leave())
		}
		go c.listen(in, n%sampled == 0)
	}
	go c.stayAlive()
	return c, nil
}

// stayAlive says that the clients are there, which do not look for pings.
func (c *crowd) stayAlive() {
	pong := ws.MustCompileFrame(ws.MaskFrame(ws.NewPongFrame(nil)))
	for {
		time.Sleep(10 * time.Second)
		for _, conn := range c.conns {
			if _, err := conn.Write(pong); errors.Is(err, net.ErrClosed) {
				return
			}
		}
	}
}

func (g greeting) meet(conn net.Conn, in io.Reader) error {
	if g.say != "" {
		if err := ws.WriteFrame(conn, ws.MaskFrame(ws.NewTextFrame([]byte(g.say)))); err != nil {
			return err
		}
	}
	for {
		f, err := ws.ReadFrame(in)
		if err != nil || bytes.Contains(f.Payload, []byte(g.hear)) {
			return err
		}
	}
}

// dial opens a WebSocket; what came along with the handshake is read first.
func dial(ctx context.Context, url string, header ws.HandshakeHeader) (net.Conn, io.Reader, error) {
	conn, early, _, err := ws.Dialer{Header: header}.Dial(ctx, url)
	if err != nil || early == nil {
		return conn, conn, err
	}
	return conn, io.MultiReader(io.LimitReader(early, int64(early.Buffered())), conn), nil
}

func (c *crowd) listen(in io.Reader, timed bool) {
	buf := make([]byte, 32<<10)
	cut := byte(0) // the last byte of the part before: a mark may be cut in two
	for {
		n, err := in.Read(buf)
		if err != nil {
			return
		}
		part := buf[:n]
		count := bytes.Count(part, mark)
		if cut == mark[0] && part[0] == mark[1] {
			count++
		}
		cut = part[n-1]
		if c.got.Add(int64(count)) >= c.want.Load() {
			select {
			case c.full <- struct{}{}:
			default:
			}
		}
		if timed {
			c.measure(part)
		}
	}
}

// measure reads the stamps in a part; one that is cut is one sample less.
func (c *crowd) measure(part []byte) {
	now := time.Now().UnixNano()
	for {
		i := bytes.Index(part, mark)
		if i < 0 || len(part) < i+len(mark)+stampSize {
			return
		}
		part = part[i+len(mark):]
		if at, err := strconv.ParseInt(string(part[:stampSize]), 10, 64); err == nil {
			c.mu.Lock()
			c.late = append(c.late, time.Duration(now-at))
			c.mu.Unlock()
		}
	}
}

// expect forgets what was, has do send, and waits until so many messages came.
func (c *crowd) expect(messages int, do func() error) (took time.Duration, err error) {
	c.mu.Lock()
	c.late = nil
	c.mu.Unlock()
	c.got.Store(0)
	c.want.Store(int64(messages))
	begun := time.Now()
	if err := do(); err != nil {
		return 0, err
	}
	for c.got.Load() < int64(messages) {
		select {
		case <-c.full:
		case <-time.After(tooLong):
			return 0, fmt.Errorf("%d of %d messages came", c.got.Load(), messages)
		}
	}
	return time.Since(begun), nil
}

// percentile of how late the sampled messages were, in milliseconds.
func (c *crowd) percentile(share float64) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.late) == 0 {
		return 0
	}
	slices.Sort(c.late)
	return c.late[int(share*float64(len(c.late)-1))].Seconds() * 1000
}

func (c *crowd) leave() error {
	var errs []error
	for _, conn := range c.conns {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}
