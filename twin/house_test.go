package twin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"zhian/app"
	"zhian/platform/apiclient"
	"zhian/twin"
)

// Settings between a test and the house that it starts as a process of its own.
const (
	houseData  = "TWIN_HOUSE_DATA"
	houseAt    = "TWIN_HOUSE_ADDRESS"
	houseClock = "TWIN_HOUSE_CLOCK"
)

func TestMain(m *testing.M) {
	if os.Getenv(houseData) != "" {
		os.Exit(serve())
	}
	os.Exit(m.Run())
}

// serve is the house's process: it tells its first administrators' invitations
// and serves until it is stopped or killed.
func serve() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	clock, err := shareClock(os.Getenv(houseClock))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	listener, err := net.Listen("tcp", os.Getenv(houseAt))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	l, err := app.Launch(ctx, houseConfig(os.Getenv(houseData), clock), "330784", listener)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	json.NewEncoder(os.Stdout).Encode(l.Invitations)
	<-ctx.Done()
	if err := l.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// leaping is one clock for the city and for a house in another process: a number
// in a file that both have in memory. It leaps to what is waited for.
type leaping struct{ ms *atomic.Int64 }

func shareClock(path string) (leaping, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return leaping{}, err
	}
	defer f.Close()
	if err := f.Truncate(8); err != nil {
		return leaping{}, err
	}
	page, err := syscall.Mmap(int(f.Fd()), 0, 8, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return leaping{}, err
	}
	return leaping{(*atomic.Int64)(unsafe.Pointer(&page[0]))}, nil
}

func (l leaping) Now() time.Time { return time.UnixMilli(l.ms.Load()).In(twin.Zone()) }

func (l leaping) Wait(ctx context.Context, until time.Time) error {
	if until.After(l.Now()) {
		l.ms.Store(until.UnixMilli())
	}
	return ctx.Err()
}

func houseConfig(data string, clock leaping) app.Config {
	c := app.Config{Data: data, Now: clock.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	c.API.Rate, c.API.PublicRate = 1e6, 1e6
	return c
}

// house is a whole centre in a process of its own.
type house struct {
	t           *testing.T
	clock       leaping
	data, at    string
	invitations []app.Invitation
	cmd         *exec.Cmd
	kills       int
}

func newHouse(t *testing.T, now time.Time) *house {
	t.Helper()
	dir := t.TempDir()
	clock, err := shareClock(filepath.Join(dir, "clock"))
	if err != nil {
		t.Fatal(err)
	}
	clock.ms.Store(now.UnixMilli())
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, clock: clock, data: filepath.Join(dir, "data"), at: free.Addr().String()}
	free.Close()
	t.Cleanup(func() { h.end(syscall.SIGKILL) })
	if err := h.start(); err != nil {
		t.Fatal(err)
	}
	return h
}

// start runs the house; it is ready when it has told its invitations.
func (h *house) start() error {
	h.cmd = exec.Command(os.Args[0])
	h.cmd.Env = append(os.Environ(), houseData+"="+h.data, houseAt+"="+h.at, houseClock+"="+filepath.Join(filepath.Dir(h.data), "clock"))
	h.cmd.Stderr = os.Stderr
	out, err := h.cmd.StdoutPipe()
	if err == nil {
		err = h.cmd.Start()
	}
	var told []app.Invitation
	if err == nil {
		err = json.NewDecoder(out).Decode(&told)
	}
	if len(told) > 0 {
		h.invitations = told
	}
	return err
}

func (h *house) end(signal syscall.Signal) error {
	if h.cmd == nil {
		return nil
	}
	h.cmd.Process.Signal(signal)
	err := h.cmd.Wait()
	h.cmd = nil
	return err
}

// kill ends the house in the middle of whatever it does, and starts it again.
func (h *house) kill() {
	h.end(syscall.SIGKILL)
	h.kills++
	if err := h.start(); err != nil {
		h.t.Errorf("after kill %d: %v", h.kills, err)
	}
}

// settle puts a city into the new house.
func (h *house) settle(city *twin.City) *twin.Post {
	h.t.Helper()
	password := app.NewPassword()
	l := app.Launched{Base: "http://" + h.at}
	var admins twin.Admins
	for i, to := range []**apiclient.Client{&admins.System, &admins.Security} {
		session, err := l.Enter(h.t.Context(), h.invitations[i], password)
		if err != nil {
			h.t.Fatal(err)
		}
		*to = session.Pausing(20 * time.Millisecond)
	}
	post, err := city.Install(h.t.Context(), admins, password)
	if err == nil {
		err = post.Muster(h.t.Context())
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return post
}

// examine opens what the house has left behind.
func (h *house) examine() *app.App {
	h.t.Helper()
	if err := h.end(syscall.SIGTERM); err != nil {
		h.t.Fatalf("the house did not end calmly: %v", err)
	}
	a, err := app.New(h.t.Context(), houseConfig(h.data, h.clock))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { a.DB.Close() })
	if err := a.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return a
}
