package redis_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"zhian/gateway/redis"
)

// limit is how long a signal may take at most under the load of a test run.
const limit = 10 * time.Second

// node is one node's link with what it has heard.
type node struct {
	*testing.T
	*redis.Link
	heard chan string
	back  chan bool
	send  func([]byte)
	ring  func()
}

func open(t *testing.T, address, centre string) *node {
	t.Helper()
	l, err := redis.Open(address, centre, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	n := &node{T: t, Link: l, heard: make(chan string, 10_000), back: make(chan bool, 100), send: l.Send("words"), ring: l.Bell("bell")}
	l.Take("words", func(p []byte) { n.heard <- string(p) })
	l.Take("bell", func([]byte) { n.heard <- "ring" })
	l.Back(func() { n.back <- true })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case <-ended:
		case <-time.After(limit):
			t.Error("the link does not end")
		}
	})
	return n
}

func (n *node) stands() {
	n.Helper()
	select {
	case <-n.back:
	case <-time.After(limit):
		n.Fatal("the subscription does not stand")
	}
}

func (n *node) hears(want string) {
	n.Helper()
	select {
	case got := <-n.heard:
		if got != want {
			n.Errorf("heard %q, want %q", got, want)
		}
	case <-time.After(limit):
		n.Fatalf("%q was not heard", want)
	}
}

func (n *node) hearsNothingBut(last string) {
	n.Helper()
	n.hears(last) // signals of one channel stay in order: nothing came before
}

func TestSignalsReachTheOthersAndNobodyElse(t *testing.T) {
	server := miniredis.RunT(t)
	a, b := open(t, server.Addr(), "here"), open(t, "redis://"+server.Addr()+"/0", "here")
	stranger := open(t, server.Addr(), "elsewhere")
	for _, n := range []*node{a, b, stranger} {
		n.stands()
	}
	a.send([]byte("one"))
	b.hears("one")
	b.ring()
	a.hearsNothingBut("ring") // not its own
	neighbour := open(t, server.Addr(), "elsewhere")
	neighbour.stands()
	neighbour.send([]byte("two"))
	stranger.hearsNothingBut("two")
	if !a.Up() {
		t.Error("the link does not say that it stands")
	}
}

// However often a bell rings, the others are told after the last time, and not
// once for each.
func TestBellsAreGathered(t *testing.T) {
	server := miniredis.RunT(t)
	a, b := open(t, server.Addr(), "here"), open(t, server.Addr(), "here")
	a.stands()
	b.stands()
	for range 100_000 {
		a.ring()
	}
	a.send([]byte("end"))
	rings, ended := 0, false
	for !ended || rings == 0 { // what is sent may overtake a ring
		select {
		case got := <-b.heard:
			ended = ended || got == "end"
			if got == "ring" {
				rings++
			}
		case <-time.After(limit):
			t.Fatalf("heard %d rings; the end: %v", rings, ended)
		}
	}
	if rings > 50_000 {
		t.Errorf("100,000 rings were heard as %d", rings)
	}
}

// A server that is not there costs the caller nothing: neither an answer nor a
// wait.
func TestDeadServerMakesNobodyWait(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, address := range []string{"127.0.0.1:1", silent.Addr().String()} {
		n := open(t, address, "here")
		began := time.Now()
		for range 100_000 {
			n.send([]byte("lost"))
			n.ring()
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("200,000 signals to a dead server took %v", took)
		}
		if n.Up() {
			t.Error("a link to nobody says that it stands")
		}
	}
}

func TestSubscriptionComesBackByItself(t *testing.T) {
	server := startServer(t)
	a, b := open(t, server.address, "here"), open(t, server.address, "here")
	a.stands()
	b.stands()
	for _, fault := range []struct {
		name         string
		break_, mend func()
	}{
		{"killed", server.kill, server.start},
		{"stopped", server.pause, server.resume},
	} {
		fault.break_()
		down(t, a)
		down(t, b)
		a.send([]byte("lost"))
		fault.mend()
		a.stands()
		b.stands()
		a.drain()
		b.drain()
		a.send([]byte(fault.name))
		b.hearsAtLast(fault.name)
	}
}

// down waits until the link knows that the server is away.
func down(t *testing.T, n *node) {
	t.Helper()
	look, late := time.NewTicker(5*time.Millisecond), time.After(limit)
	defer look.Stop()
	for n.Up() {
		select {
		case <-look.C:
		case <-late:
			t.Fatal("the link does not notice that the server is away")
		}
	}
}

func (n *node) drain() {
	for len(n.back) > 0 {
		<-n.back
	}
}

// hearsAtLast skips signals that waited while the server was away.
func (n *node) hearsAtLast(want string) {
	n.Helper()
	late := time.After(limit)
	for {
		select {
		case got := <-n.heard:
			if got == want {
				return
			}
		case <-late:
			n.Fatalf("%q was not heard", want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{"localhost:6379": true, "redis://user:pass@localhost:6379/2": true, "rediss://localhost:6379": true, "http://x": false} {
		if _, err := redis.Open(address, "here", slog.Default()); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// server is a real one of the test's own.
type server struct {
	*testing.T
	address string
	port    string
	cmd     *exec.Cmd
}

func startServer(t *testing.T) *server {
	t.Helper()
	if os.Getenv("TEST_REDIS") == "" {
		t.Skip("TEST_REDIS is not set")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{T: t, address: l.Addr().String()}
	_, s.port, _ = net.SplitHostPort(s.address)
	l.Close()
	s.start()
	t.Cleanup(func() {
		s.resume()
		s.kill()
	})
	return s
}

func (s *server) start() {
	s.Helper()
	s.cmd = exec.Command("redis-server", "--port", s.port, "--bind", "127.0.0.1", "--save", "", "--dir", s.TempDir())
	if err := s.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	look, late := time.NewTicker(5*time.Millisecond), time.After(limit)
	defer look.Stop()
	for {
		if c, err := net.Dial("tcp", s.address); err == nil {
			fmt.Fprint(c, "PING\r\n")
			answer := make([]byte, 5)
			c.Read(answer)
			c.Close()
			if strings.HasPrefix(string(answer), "+PONG") {
				return
			}
		}
		select {
		case <-look.C:
		case <-late:
			s.Fatal("redis-server does not start")
		}
	}
}

func (s *server) kill()   { s.cmd.Process.Kill(); s.cmd.Wait() }
func (s *server) pause()  { s.cmd.Process.Signal(syscall.SIGSTOP) }
func (s *server) resume() { s.cmd.Process.Signal(syscall.SIGCONT) }
