package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/spool"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// night is a node whose database somebody takes away.
type night struct {
	*testing.T
	*httpapi.Server
	db     *sqldb.DB
	path   string
	spool  *spool.Spool
	now    time.Time
	refuse string // a name that is refused when it comes late
	late   []string
}

var names = sqldb.Statement("thing", "Names", "SELECT id || ' ' || name FROM thing_thing ORDER BY id")

func newNight(t *testing.T) *night {
	n := &night{T: t, path: sqldbtest.File(t, httpapi.Schema, things), now: time.UnixMilli(1_700_000_000_000).UTC()}
	var err error
	if n.db, err = sqldb.Open(t.Context(), n.path, sqldb.Options{Readers: 2, BusyWait: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.db.Close() })
	n.Server, n.spool = n.node(filepath.Join(t.TempDir(), "held.db"))
	return n
}

// node is a server on the shared database with a spool of its own.
func (n *night) node(file string) (*httpapi.Server, *spool.Spool) {
	n.Helper()
	lock, err := crypto.NewLocker(crypto.Standard, bytes.Repeat([]byte{1}, crypto.MasterSize), "test")
	if err != nil {
		n.Fatal(err)
	}
	kept, err := spool.Open(n.Context(), file, lock)
	if err != nil {
		n.Fatal(err)
	}
	n.Cleanup(func() { kept.Close() })
	s := httpapi.New(httpapi.Parts{DB: n.db, Auth: house{}, Gate: house{}, Auditor: house{}, Now: func() time.Time { return n.now },
		IDs: ident.NewMaker(func() time.Time { return n.now }), Log: slog.New(slog.DiscardHandler), Spool: kept}, httpapi.Config{Rate: 1e6})
	s.Mount(
		httpapi.Route{Pattern: "POST /v1/things", Perm: "thing.write", Audit: httpapi.AuditTimeline, Status: 201, Holds: true, Do: httpapi.Do(n.make)},
		httpapi.Route{Pattern: "POST /v1/things/{id}", Perm: "thing.write", Audit: httpapi.AuditTimeline, Status: 201, Do: httpapi.Do(n.make)})
	return s, kept
}

func (n *night) make(ctx context.Context, m making) (thing, error) {
	p, ok := httpapi.Promised(ctx)
	if !ok {
		p.ID = m.ID
	}
	if p.Late {
		n.late = append(n.late, m.Name)
		if m.Name == n.refuse {
			return thing{}, fault.New(fault.Conflict, "thing.refused")
		}
	}
	return sqldb.Write(ctx, n.db, func(tx *sqldb.Tx) (thing, error) {
		_, err := tx.Exec(queries["Insert"], p.ID, m.Name)
		return thing{ID: p.ID, Name: m.Name, At: p.At}, err
	})
}

// takeAway keeps the database for itself until what it returns is called.
func (n *night) takeAway() (giveBack func()) {
	n.Helper()
	other, err := sqldb.Open(n.Context(), n.path, sqldb.Options{})
	if err != nil {
		n.Fatal(err)
	}
	held, release, ended := make(chan bool), make(chan bool), make(chan error)
	go func() {
		ended <- other.Do(n.Context(), func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(queries["Insert"], "other", "other"); err != nil {
				return err
			}
			close(held)
			<-release
			return errors.New("nothing is kept")
		})
	}()
	<-held
	return func() {
		close(release)
		<-ended
		other.Close()
	}
}

func post(s *httpapi.Server, path, key, name string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(fmt.Sprintf(`{"name":%q}`, name)))
	r.Header.Set("Authorization", "Bearer maker")
	r.Header.Set("Idempotency-Key", key)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// held wants an answer that promises something, and returns its id.
func (n *night) held(w *httptest.ResponseRecorder, repeated bool) string {
	n.Helper()
	var h httpapi.Held
	if err := json.Unmarshal(w.Body.Bytes(), &h); err != nil || w.Code != http.StatusAccepted || !h.Held || h.ID == "" || !h.HeldAt.Equal(n.now) {
		n.Errorf("%d %s", w.Code, w.Body)
	}
	if got := w.Header().Get("Idempotent-Replayed") == "true"; got != repeated {
		n.Errorf("%s is said to be repeated: %v", h.ID, got)
	}
	return h.ID
}

func (n *night) doHeld(servers ...*httpapi.Server) {
	n.Helper()
	for _, s := range append(servers, n.Server) {
		if err := s.DoHeld(n.Context()); err != nil && !fault.Is(err, fault.Unavailable) {
			n.Error(err)
		}
	}
}

func (n *night) things() []string {
	n.Helper()
	list, err := sqldb.Read(n.Context(), n.db, func(tx *sqldb.Tx) ([]string, error) { return sqldb.List(tx, names, sqldb.ScanString) })
	if err != nil {
		n.Fatal(err)
	}
	return list
}

func (n *night) ready() string {
	w := httptest.NewRecorder()
	n.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
	return w.Body.String()
}

// What comes while the database is out is done afterwards, once and in order, and
// whoever asks again hears the same.
func TestHeldRequestsAreDoneOnceAndInOrder(t *testing.T) {
	n := newNight(t)
	if w := post(n.Server, "/v1/things", "before", "before"); w.Code != 201 {
		t.Fatal(w.Code, w.Body)
	}
	giveBack := n.takeAway()
	one, two := n.held(post(n.Server, "/v1/things", "k1", "one"), false), n.held(post(n.Server, "/v1/things", "k2", "two"), false)
	three := n.held(post(n.Server, "/v1/things", "", "three"), false)
	if again := n.held(post(n.Server, "/v1/things", "k1", "one"), true); again != one {
		t.Errorf("the second answer names %s, the first %s", again, one)
	}
	for what, w := range map[string]*httptest.ResponseRecorder{
		"409 another body under a key": post(n.Server, "/v1/things", "k1", "other"),
		"400 what is wrong":            post(n.Server, "/v1/things", "k4", "much too long a name"),
		"503 another route":            post(n.Server, "/v1/things/x", "k5", "five"),
	} {
		if !strings.HasPrefix(what, fmt.Sprint(w.Code)) {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	n.doHeld()
	if len(n.things()) != 1 || !strings.Contains(n.ready(), `"held":3`) {
		t.Errorf("while the database is out: %v, %s", n.things(), n.ready())
	}
	giveBack()
	if again := n.held(post(n.Server, "/v1/things", "k1", "one"), true); again != one {
		t.Error("the database is back and the request is done again")
	}
	n.doHeld()
	n.doHeld()
	want := []string{one + " one", two + " two", three + " three"}
	if got := n.things(); !slices.Equal(got[1:], want) || len(got) != 4 {
		t.Errorf("%v, want %v", got, want)
	}
	if !slices.Equal(n.late[len(n.late)-3:], []string{"one", "two", "three"}) || strings.Contains(n.ready(), "held") {
		t.Errorf("done as %v; %s", n.late, n.ready())
	}
	if again := n.held(post(n.Server, "/v1/things", "k1", "one"), true); again != one {
		t.Error("after it was done the answer is another")
	}
}

// A node that falls after it did a request and before it could strike it out does
// not do it twice.
func TestHeldRequestIsNotDoneTwiceAfterAFall(t *testing.T) {
	n := newNight(t)
	giveBack := n.takeAway()
	id := n.held(post(n.Server, "/v1/things", "k1", "one"), false)
	it, _, err := n.spool.Find(t.Context(), "maker\nk1")
	if err != nil || it.ID != id {
		t.Fatal(it, err)
	}
	giveBack()
	n.doHeld()
	it.Key = "maker\nk1"
	if err := n.spool.Put(t.Context(), it); err != nil { // it was not struck out
		t.Fatal(err)
	}
	n.doHeld()
	if got := n.things(); !slices.Equal(got, []string{id + " one"}) || n.spool.Waiting() != 0 {
		t.Errorf("%v, %d wait", got, n.spool.Waiting())
	}
}

// One that is refused when its turn comes stays, is shown, and holds up no other.
func TestHeldRequestThatFailsHoldsUpNoOther(t *testing.T) {
	n := newNight(t)
	n.refuse = "bad"
	giveBack := n.takeAway()
	bad, good := n.held(post(n.Server, "/v1/things", "k1", "bad"), false), n.held(post(n.Server, "/v1/things", "k2", "good"), false)
	giveBack()
	n.doHeld()
	if got := n.things(); !slices.Equal(got, []string{good + " good"}) {
		t.Errorf("%v", got)
	}
	r := httptest.NewRequest("GET", "/v1/ops/held", nil)
	r.Header.Set("Authorization", "Bearer engineer")
	w := httptest.NewRecorder()
	n.ServeHTTP(w, r)
	if text := w.Body.String(); !strings.Contains(text, bad) || !strings.Contains(text, "thing.refused") || strings.Contains(text, `"bad"`) {
		t.Errorf("operations see %s", text)
	}
	n.doHeld() // its time has not come
	n.refuse = ""
	n.now = n.now.Add(time.Minute)
	n.doHeld()
	if got := n.things(); len(got) != 2 || n.spool.Waiting() != 0 || len(n.late) != 3 {
		t.Errorf("%v after %v", got, n.late)
	}
}

// A client that hears nothing from one node and asks another is told two ids.
// Both will be there: a call too many is better than one too few.
func TestTwoNodesThatHoldOneRequestKeepBothPromises(t *testing.T) {
	n := newNight(t)
	other, _ := n.node(filepath.Join(t.TempDir(), "other.db"))
	giveBack := n.takeAway()
	one, two := n.held(post(n.Server, "/v1/things", "k1", "one"), false), n.held(post(other, "/v1/things", "k1", "one"), false)
	giveBack()
	n.doHeld(other)
	n.doHeld(other)
	want := []string{one + " one", two + " one"}
	slices.Sort(want)
	if got := n.things(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// The same request many times at once, and others beside it.
func TestHeldRequestsThatComeAtOnce(t *testing.T) {
	n := newNight(t)
	giveBack := n.takeAway()
	var mu sync.Mutex
	ids := map[string]bool{}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			w := post(n.Server, "/v1/things", "k", "one")
			var h httpapi.Held
			if err := json.Unmarshal(w.Body.Bytes(), &h); err != nil || w.Code != http.StatusAccepted {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[h.ID] = true
		})
	}
	all.Wait()
	giveBack()
	n.doHeld()
	if got := n.things(); len(ids) != 1 || len(got) != 1 {
		t.Errorf("%v were promised, %v are there", ids, got)
	}
}
