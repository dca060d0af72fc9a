package live_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/live"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

type moved struct{ Org, To string }

func (moved) FactName() string  { return "thing.moved" }
func (m moved) FactKey() string { return m.Org }

// gate lets a principal see its own organisation. Questions about "held" wait
// until hold is closed.
type gate struct{ hold chan bool }

func (g gate) Can(p httpapi.Principal, perm httpapi.Perm, org string) bool {
	if org == "held" {
		<-g.hold
	}
	return perm == "thing.read" && (p.OrgID == org || p.OrgID == "both")
}

func (gate) Epoch() uint64 { return 1 }

type house struct {
	gate gate
	t    testing.TB
	db   *sqldb.DB
	bus  *bus.Bus
	hub  *live.Hub
	url  string

	handler http.HandlerFunc
}

func newHouse(t testing.TB, db *sqldb.DB) *house {
	h := &house{t: t, db: db, bus: bus.New(db, time.Now), gate: gate{make(chan bool)}}
	h.hub = live.New(live.Deps{DB: db, Bus: h.bus, Gate: h.gate, Now: time.Now})
	h.hub.Open("things", "thing.read")
	live.Project(h.hub, func(_ bus.Meta, f moved) []live.Message {
		org, was, _ := strings.Cut(f.Org, " from ")
		return []live.Message{
			{Topic: "things", OrgID: org, OrgWas: was, Type: "moved", Data: f.To},
			{Topic: "unknown", OrgID: f.Org, Type: "hidden"},
			{UserID: f.To, Type: "you"},
		}
	})
	if err := h.bus.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.handler = func(w http.ResponseWriter, r *http.Request) {
		user, org, _ := strings.Cut(r.FormValue("as"), "@")
		h.hub.Serve(w, r.WithContext(httpapi.As(r.Context(), httpapi.Principal{UserID: user, OrgID: org, SessionID: user})))
	}
	server := httptest.NewServer(h.handler)
	h.url = "ws" + strings.TrimPrefix(server.URL, "http")
	t.Cleanup(func() { h.hub.Close(t.Context()); server.Close() })
	return h
}

func (h *house) publish(facts ...moved) {
	h.t.Helper()
	err := h.db.Do(h.t.Context(), func(tx *sqldb.Tx) error {
		for _, f := range facts {
			if err := h.bus.Publish(tx, time.Now(), f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.bus.Deliver(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

type client struct {
	net.Conn
	t testing.TB
}

type frame struct {
	Type   string
	Cursor int64
	Data   any
}

func (h *house) connect(as string, cursor int64) client {
	h.t.Helper()
	c, buffered, _, err := ws.Dial(context.Background(), fmt.Sprintf("%s?as=%s&cursor=%d", h.url, as, cursor))
	if err != nil {
		h.t.Fatal(err)
	}
	if buffered != nil {
		c = readEarly{c, buffered}
	}
	h.t.Cleanup(func() { c.Close() })
	return client{c, h.t}
}

// readEarly is a connection whose first frames came along with the handshake.
type readEarly struct {
	net.Conn
	r interface{ Read([]byte) (int, error) }
}

func (e readEarly) Read(p []byte) (int, error) { return e.r.Read(p) }

func (c client) next() (f frame) {
	c.t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	text, err := wsutil.ReadServerText(c)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		c.t.Fatal(err)
	}
	return f
}

// until reads up to a frame of the type and returns what there was before it.
func (c client) until(kind string) (before []string) {
	c.t.Helper()
	for {
		f := c.next()
		if f.Type == kind {
			return before
		}
		before = append(before, fmt.Sprint(f.Type, " ", f.Data))
	}
}

func TestClientHearsWhatItMaySeeAndNothingElse(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		a, b := h.connect("ann@east", 0), h.connect("ben@west", 0)
		a.until("ready")
		b.until("ready")
		h.publish(moved{"east", "here"}, moved{"west", "there"}, moved{"south", "ben"})
		h.hub.ToUser("ann", live.Frame{Type: "end"})
		h.hub.ToTopic("things", "west", live.Frame{Type: "end"})
		if got := a.until("end"); !slices.Equal(got, []string{"moved here"}) {
			t.Errorf("east saw %v", got)
		}
		if got := b.until("end"); !slices.Equal(got, []string{"moved there", "you <nil>"}) {
			t.Errorf("west saw %v", got)
		}
	}, bus.Schema)
}

func TestClientThatWasAwayGetsWhatItMissedOnceAndInOrder(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.publish(moved{"east", "0"})
		first := h.connect("ann@east", 0)
		cursor := first.next().Cursor
		first.Close()
		var want []string
		for i := range 600 {
			h.publish(moved{"east", fmt.Sprint(i)}, moved{"west", "x"})
			want = append(want, fmt.Sprint("moved ", i))
		}
		again := h.connect("ann@east", cursor)
		again.until("hello")
		got := again.until("ready")
		h.publish(moved{"east", "last"})
		got = append(got, fmt.Sprint("moved ", again.next().Data))
		if !slices.Equal(got, append(want, "moved last")) {
			t.Errorf("got %d frames, want %d", len(got), len(want)+1)
		}
	}, bus.Schema)
}

// Facts keep coming while clients join: none is missed, none comes twice.
func TestJoiningMissesNothing(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	h.publish(moved{"east", "first"})
	var clients []client
	for i := range 40 {
		clients = append(clients, h.connect("ann@east", 1))
		h.publish(moved{"east", fmt.Sprint(i)})
	}
	for i, c := range clients {
		for n := 0; n < 40; {
			f := c.next()
			if f.Type != "moved" {
				continue
			}
			if f.Data != fmt.Sprint(n) {
				t.Fatalf("client %d got %v, want %d", i, f, n)
			}
			n++
		}
	}
}

func TestCursorOfAnotherHistoryMeansResync(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	h.publish(moved{"east", "here"})
	if f := h.connect("ann@east", 999).next(); f.Type != "resync" || f.Cursor != 1 {
		t.Errorf("%+v", f)
	}
}

// A client that reads nothing is cut, and delays nobody.
func TestStalledClientIsCut(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	stalled, reader := h.connect("ann@east", 0), h.connect("ann@east", 0)
	stalled.until("ready")
	reader.until("ready")
	big := strings.Repeat("x", 64<<10)
	began := time.Now()
	for h.hub.Count() == 2 {
		h.hub.ToUser("ann", live.Frame{Type: "big", Data: big})
		if f := reader.next(); f.Type != "big" {
			t.Fatalf("%s reached the reader", f.Type)
		}
		if time.Since(began) > 12*time.Second {
			t.Fatal("the stalled client is still there")
		}
	}
}

func TestEndedSessionIsClosed(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	a, b := h.connect("ann@east", 0), h.connect("ben@east", 0)
	a.until("ready")
	b.until("ready")
	h.hub.Drop("session_ended", func(p httpapi.Principal) bool { return p.SessionID == "ann" })
	h.publish(moved{"east", "here"})
	if f := a.next(); f.Type != "over" || fmt.Sprint(f.Data) != "map[reason:session_ended]" {
		t.Errorf("%+v", f)
	}
	if text, err := wsutil.ReadServerText(a); err == nil {
		t.Errorf("got %s after the end of the session", text)
	}
	if got := b.next(); got.Data != "here" {
		t.Errorf("the other session got %+v", got)
	}
}

// What a hub has in memory and what it must read from the store are the same to a
// client that comes back.
func TestMemoryAndStoreTellTheSame(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		stayed := h.connect("ann@east", 0)
		stayed.until("ready")
		for i := range 40 {
			h.publish(moved{"east", fmt.Sprint(i)}, moved{"west", "ann"})
		}
		fresh := newHouse(t, db) // remembers nothing
		h.hub.ToUser("ann", live.Frame{Type: "end"})
		want := stayed.until("end")
		if len(want) != 80 {
			t.Fatalf("%d frames", len(want))
		}
		for name, house := range map[string]*house{"memory": h, "store": fresh} {
			back := house.connect("ann@east", 0)
			back.Close()
			c := house.connect("ann@east", 1)
			if f := c.next(); f.Type != "hello" || f.Cursor != 1 {
				t.Errorf("%s: %+v", name, f)
			}
			// The first fact was told before: "moved 0" had cursor 1.
			if got := c.until("ready"); !slices.Equal(got, want[1:]) {
				t.Errorf("%s: %d frames, want %d", name, len(got), len(want)-1)
			}
		}
	}, bus.Schema)
}

// A client that was away so long that facts are gone must load everything anew.
func TestTooLongAwayMeansResync(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	bus.On(h.bus, "reader", func(*sqldb.Tx, bus.Meta, moved) error { return nil }) // facts stay until they are read
	h.publish(moved{"east", "1"}, moved{"east", "2"}, moved{"east", "3"})
	if f := h.connect("ann@east", 1).next(); f.Type != "hello" {
		t.Errorf("%+v", f)
	}
	for _, r := range bus.Retention {
		if _, err := h.db.Sweep(t.Context(), time.Now().Add(48*time.Hour), r); err != nil {
			t.Fatal(err)
		}
	}
	if f := h.connect("ann@east", 1).next(); f.Type != "resync" || f.Cursor != 3 {
		t.Errorf("%+v", f)
	}
	if f := h.connect("ann@east", 3).next(); f.Type != "hello" || f.Cursor != 3 {
		t.Errorf("one that missed nothing: %+v", f)
	}
}

// What has gone to another organisation is told of at both, once to who sees both.
func TestWhatGoesElsewhereIsToldAtBoth(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	east, west, south := h.connect("ann@east", 0), h.connect("ben@west", 0), h.connect("cid@south", 0)
	both := h.connect("all@both", 0)
	for _, c := range []client{east, west, south, both} {
		c.until("ready")
	}
	h.publish(moved{"west from east", "x"})
	for name, c := range map[string]struct {
		client
		user string
		want []string
	}{"east": {east, "ann", []string{"moved x"}}, "west": {west, "ben", []string{"moved x"}}, "south": {south, "cid", nil}, "both": {both, "all", []string{"moved x"}}} {
		h.hub.ToUser(c.user, live.Frame{Type: "end"})
		if got := c.until("end"); !slices.Equal(got, c.want) {
			t.Errorf("%s was told %v", name, got)
		}
	}
}

// What is handed to a user goes before a broadcast that still waits, to the
// connections that fit, and the giver knows how many there are.
func TestHandingOverGoesFirst(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	one, two := h.connect("ann@east", 0), h.connect("ann@east", 0)
	one.until("ready")
	two.until("ready")
	anyone := func(httpapi.Principal) bool { return true }
	if n := h.hub.Hand("ben", anyone, live.Frame{Type: "push"}); n != 0 {
		t.Errorf("%d took what was for nobody", n)
	}
	if n := h.hub.Hand("ann", func(httpapi.Principal) bool { return false }, live.Frame{Type: "push"}); n != 0 {
		t.Errorf("%d took what did not fit", n)
	}
	h.hub.ToTopic("things", "held", live.Frame{Type: "at"}) // the shards wait at the gate
	for range 100 {
		h.hub.ToTopic("things", "east", live.Frame{Type: "at"})
	}
	if n := h.hub.Hand("ann", anyone, live.Frame{Type: "push"}); n != 2 {
		t.Errorf("%d took it", n)
	}
	close(h.gate.hold)
	for _, c := range []client{one, two} {
		if before := c.until("push"); len(before) > 0 {
			t.Errorf("%d frames came before it", len(before))
		}
		for range 100 {
			if f := c.next(); f.Type != "at" {
				t.Fatalf("%+v", f)
			}
		}
	}
}

func TestDoor(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	for _, c := range []struct {
		query, origin string
		plain         bool
		want          int
	}{
		{"cursor=x", "", false, 400}, {"cursor=-1", "", false, 400}, {"", "https://elsewhere.test", false, 403}, {"", "", true, 400},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", strings.Replace(h.url, "ws", "http", 1)+"?as=ann@east&"+c.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !c.plain {
			r.Header.Set("Upgrade", "websocket")
			r.Header.Set("Connection", "upgrade")
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.want || answer.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%+v: %d %s", c, answer.StatusCode, answer.Header.Get("Content-Type"))
		}
	}
	for range 64 {
		h.connect("ann@east", 0).until("ready")
	}
	if _, _, _, err := ws.Dial(t.Context(), h.url+"?as=ann@east"); err == nil {
		t.Error("one user has too many connections")
	}
	h.connect("ben@east", 0).until("ready")
	h.hub.Close(t.Context())
	if _, _, _, err := ws.Dial(t.Context(), h.url+"?as=ben@east"); err == nil || h.hub.Count() != 0 {
		t.Errorf("a hub that closes took a client, or kept one: %d", h.hub.Count())
	}
}

// A connection that is no socket (one under TLS) is served all the same.
func TestConnectionThatIsNoSocket(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	server := httptest.NewTLSServer(h.handler)
	t.Cleanup(server.Close)
	d := ws.Dialer{TLSConfig: server.Client().Transport.(*http.Transport).TLSClientConfig}
	conn, early, _, err := d.Dial(t.Context(), "wss"+strings.TrimPrefix(server.URL, "https")+"?as=ann@east")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if early != nil {
		conn = readEarly{conn, early}
	}
	c := client{conn, t}
	c.until("ready")
	for i := range 500 {
		h.hub.ToTopic("things", "east", live.Frame{Type: "at", Data: i})
	}
	h.publish(moved{"east", "here"})
	got := c.until("moved")
	if len(got) != 500 || got[499] != "at 499" {
		t.Errorf("%d frames", len(got))
	}
}

func TestSignalsReachOtherNodes(t *testing.T) {
	db := sqldbtest.New(t, bus.Schema)
	here, there := newHouse(t, db), newHouse(t, db)
	here.hub.Relay(there.hub.Receive)
	c := there.connect("ann@east", 0)
	c.until("ready")
	here.hub.ToTopic("things", "west", live.Frame{Type: "at", Data: "hidden"})
	here.hub.ToTopic("things", "east", live.Frame{Type: "at", Data: "5,6"})
	if f := c.next(); f.Type != "at" || f.Data != "5,6" || f.Cursor != 0 {
		t.Errorf("%+v", f)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	h := newHouse(t, sqldbtest.New(t, bus.Schema))
	d := ws.Dialer{Header: ws.HandshakeHeaderHTTP{"Origin": {"https://elsewhere.test"}}}
	if _, _, _, err := d.Dial(t.Context(), h.url+"?as=ann@east"); err == nil {
		t.Error("a page of another site was let in")
	}
	if h.hub.Count() != 0 {
		t.Error("it became a client")
	}
}

func BenchmarkFanOut(b *testing.B) {
	h := newHouse(b, sqldbtest.New(b, bus.Schema))
	const clients = 200
	done := make(chan bool, clients)
	for range clients {
		c := h.connect("ann@east", 0)
		c.until("ready")
		go func() {
			for {
				switch c.next().Type {
				case "mark":
					done <- true
				case "end":
					return
				}
			}
		}()
	}
	b.ResetTimer()
	for i := range b.N {
		h.hub.ToTopic("things", "east", live.Frame{Type: "at", Data: "5,6"})
		if i%100 == 99 { // a queue holds 256
			h.hub.ToTopic("things", "east", live.Frame{Type: "mark"})
			for range clients {
				<-done
			}
		}
	}
	b.ReportMetric(float64(clients*b.N)/b.Elapsed().Seconds(), "frames/s")
	h.hub.ToTopic("things", "east", live.Frame{Type: "end"})
}
