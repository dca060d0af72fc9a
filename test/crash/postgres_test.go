package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"zhian/platform/sqldb"
)

// server is a PostgreSQL of the test's own, which may be stopped and paused.
type server struct {
	*testing.T
	bin, dir, port string
	as             []string // how to become a user whom PostgreSQL accepts
}

func startServer(t *testing.T) *server {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		t.Skip("PostgreSQL is not installed: apt-get install postgresql")
	}
	dir, err := os.MkdirTemp("", "zhian-pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	s := &server{T: t, bin: found[len(found)-1], dir: dir, port: port}
	if os.Getuid() == 0 {
		s.as = []string{"runuser", "-u", "postgres", "--"}
		s.run("chown", "postgres", dir)
	}
	s.run(append(s.as, s.bin+"/initdb", "-D", dir+"/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")...)
	s.start()
	t.Cleanup(func() {
		s.signal(syscall.SIGCONT)
		s.stop()
	})
	return s
}

func (s *server) run(args ...string) {
	s.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("%s: %v\n%s", args, err, out)
	}
}

func (s *server) ctl(args ...string) {
	s.Helper()
	s.run(append(append(s.as, s.bin+"/pg_ctl", "-D", s.dir+"/data", "-w", "-s", "-l", s.dir+"/log"), args...)...)
}

func (s *server) start() {
	s.ctl("-o", fmt.Sprintf("-p %s -k %s -c listen_addresses=127.0.0.1 -c max_connections=200", s.port, s.dir), "start")
}

// stop is what a crash of the server is: no good-bye, recovery at the next start.
func (s *server) stop() { s.ctl("-m", "immediate", "stop") }

func (s *server) dsn() string {
	return "postgres://postgres@127.0.0.1:" + s.port + "/postgres?sslmode=disable"
}

// signal reaches every process of the server.
func (s *server) signal(sig syscall.Signal) {
	s.Helper()
	text, err := os.ReadFile(s.dir + "/data/postmaster.pid")
	if err != nil {
		return // it is not running
	}
	first, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		s.Fatal(err)
	}
	syscall.Kill(postmaster, sig)
	for _, pid := range children(postmaster) {
		syscall.Kill(pid, sig)
	}
}

func children(parent int) (list []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			list = append(list, pid)
		}
	}
	return list
}

const (
	outages   = "CRASH_OUTAGES"
	impatient = 300 * time.Millisecond // how long these callers wait for an answer
)

// The server is stopped without a good-bye, or paused, again and again under
// 64 callers. They get a clear refusal within their patience; nobody has to start
// anything again when it is back.
func TestPostgresStoppedAndPausedUnderCallers(t *testing.T) {
	s := startServer(t)
	if err := found(t.Context(), s.dsn(), callers); err != nil {
		t.Fatal(err)
	}
	c, err := open(t.Context(), s.dsn(), sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.db.Close()
	ctx, stop := context.WithCancel(t.Context())
	var loops sync.WaitGroup
	loops.Go(func() { c.bus.Run(ctx) })
	loops.Go(func() { c.integrate(ctx) })
	var acknowledged record
	for n := range setting(outages, 6) {
		during, calls := c.callThrough(t.Context(), acknowledged.add)
		calls(200)
		if n%2 == 0 {
			s.stop()
			s.start()
		} else {
			s.signal(syscall.SIGSTOP)
			time.Sleep(4 * impatient) // the outage itself
			s.signal(syscall.SIGCONT)
		}
		calls(200)
		for _, fault := range during() {
			t.Errorf("outage %d: %s", n, fault)
		}
	}
	stop()
	loops.Wait()
	for _, fault := range c.check(t.Context(), acknowledged.of) {
		t.Error(fault)
	}
}

// callThrough lets callers call until the end, whatever they are told. Calls
// waits for so many more acknowledgements; end says what was wrong.
func (c *centre) callThrough(ctx context.Context, say told) (end func() []string, calls func(n int64)) {
	var steps atomic.Int64
	c.refused = nil
	ctx, stop := context.WithCancel(ctx)
	heard := make(chan struct{}, 1)
	var all sync.WaitGroup
	late := atomic.Int64{}
	for caller := range callers {
		all.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				began := time.Now()
				patient, cancel := context.WithTimeout(ctx, impatient)
				c.call(patient, caller, n, func(id string, version int64) {
					say(id, version)
					steps.Add(1)
					select {
					case heard <- struct{}{}:
					default:
					}
				})
				cancel()
				if took := time.Since(began); took > impatient+5*time.Second {
					late.Store(int64(took))
				}
			}
		})
	}
	return func() []string {
			stop()
			all.Wait()
			faults := c.mishaps()
			if took := time.Duration(late.Load()); took > 0 {
				faults = append(faults, fmt.Sprintf("a caller waited %v", took))
			}
			return faults
		}, func(n int64) {
			for until := steps.Load() + n; steps.Load() < until; {
				<-heard
			}
		}
}

// takeover is the longest that nobody may lead after the leading node is gone.
const takeover = 2 * time.Second

// A node that leads is killed: its consumers go on at another within two seconds,
// and every fact has one effect.
func TestAnotherNodeGoesOnWhenTheLeadingOneIsKilled(t *testing.T) {
	make, ok := engines(t)["postgres"]
	if !ok {
		t.Skip("TEST_POSTGRES is not set")
	}
	dsn := make(t)
	for range 3 {
		var acknowledged record
		killOne(t, rand.New(rand.NewPCG(1, 2)), dsn, acknowledged.add) // it led, and has left facts
		c, err := open(t.Context(), dsn, sqldb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		ended := sync.WaitGroup{}
		ended.Go(func() { c.bus.Run(ctx) })
		look := time.NewTicker(5 * time.Millisecond)
		for behind := int64(1); behind > 0; {
			<-look.C
			lags, err := c.bus.Lags(t.Context())
			if err != nil || len(lags) != 1 {
				t.Fatal(lags, err)
			}
			if behind = lags[0].Behind; time.Since(began) > 2*takeover {
				t.Fatalf("%d facts still wait", behind)
			}
		}
		look.Stop()
		if took := time.Since(began); took > takeover {
			t.Errorf("taken over after %v", took)
		}
		stop()
		ended.Wait()
		for _, fault := range c.check(t.Context(), acknowledged.of) {
			t.Error(fault)
		}
		c.db.Close()
	}
}
