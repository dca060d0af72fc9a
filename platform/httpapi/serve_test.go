package httpapi_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"zhian/platform/httpapi"
)

// serving is a server on a real socket with one request under way.
func serving(t *testing.T, drain time.Duration) (base string, stop func(), ended, answered chan error, release chan struct{}) {
	d := newDesk(t, httpapi.Config{Drain: drain})
	entered, release := make(chan struct{}), make(chan struct{})
	d.Mount(httpapi.Route{Pattern: "POST /v1/slow", Public: true, Audit: httpapi.AuditNone, Do: httpapi.Do(func(context.Context, httpapi.Nothing) (thing, error) {
		close(entered)
		<-release
		return thing{}, nil
	})})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended, answered = make(chan error, 1), make(chan error, 1)
	go func() { ended <- d.Serve(ctx, l) }()
	base = "http://" + l.Addr().String()
	go func() {
		a, err := http.Post(base+"/v1/slow", "", nil)
		if err == nil && a.StatusCode != 200 {
			err = errors.New(a.Status)
		}
		answered <- err
	}()
	<-entered
	if a, err := http.Get(base + "/readyz"); err != nil || a.StatusCode != 200 {
		t.Errorf("%v, %v", a, err)
	}
	return base, stop, ended, answered, release
}

// A request that is in when the server ends is answered; one that comes later is
// not taken.
func TestDrainLetsARequestFinish(t *testing.T) {
	base, stop, ended, answered, release := serving(t, time.Minute)
	stop()
	for { // until nobody new is taken
		if _, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(base + "/readyz"); err != nil {
			break
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("ended with a request under way: %v", err)
	case err := <-answered:
		t.Fatalf("answered before it was done: %v", err)
	default:
	}
	close(release)
	if err := errors.Join(<-answered, <-ended); err != nil {
		t.Error(err)
	}
}

// One that takes too long is cut off, and the server says so.
func TestDrainEnds(t *testing.T) {
	_, stop, ended, answered, release := serving(t, time.Millisecond)
	defer close(release)
	stop()
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
	if err := <-answered; err == nil {
		t.Error("the request that was cut off got an answer")
	}
}
