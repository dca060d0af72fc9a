package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// picky is an auditor that refuses some objects, and panics at others.
type picky struct {
	house
	mu     sync.Mutex
	refuse string
}

func (p *picky) Record(tx *sqldb.Tx, e httpapi.AuditEvent) error {
	p.mu.Lock()
	refuse := p.refuse
	p.mu.Unlock()
	switch {
	case refuse != "" && strings.HasSuffix(e.Object, refuse):
		return errors.New("the event is malformed")
	case strings.HasSuffix(e.Object, "panic"):
		panic("the auditor is broken")
	}
	return p.house.Record(tx, e)
}

func (p *picky) accept() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = ""
}

// watched is a server whose reads are audited.
type watched struct {
	*testing.T
	*httpapi.Server
	db *sqldb.DB
}

func newWatched(t *testing.T, db *sqldb.DB, auditor httpapi.Auditor, spill string) watched {
	s := httpapi.New(httpapi.Parts{DB: db, Auth: house{}, Gate: house{}, Auditor: auditor, Now: time.Now,
		IDs: ident.NewMaker(time.Now), Log: slog.New(slog.DiscardHandler)}, httpapi.Config{Rate: 1e6, Spill: spill})
	s.Mount(httpapi.Route{Pattern: "GET /v1/things/{id}", Perm: "thing.read", Audit: httpapi.AuditRead,
		Do: httpapi.Do(func(_ context.Context, a asking) (thing, error) { return thing{ID: a.ID}, nil })})
	return watched{t, s, db}
}

func (w watched) get(path string) *httptest.ResponseRecorder {
	w.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Authorization", "Bearer reader")
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		w.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
	}
	return answer
}

func (w watched) kept() []httpapi.Kept {
	w.Helper()
	list, err := w.KeptEvents()
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// written is how many audit events of each object the storage holds.
func written(t *testing.T, db *sqldb.DB) map[string]int {
	t.Helper()
	lines, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]string, error) {
		return sqldb.List(tx, queries["Lines"], sqldb.ScanString)
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, line := range lines {
		for _, word := range strings.Fields(line) {
			if id, ok := strings.CutPrefix(word, "things/"); ok {
				seen[id]++
			}
		}
	}
	return seen
}

func TestOneBadAuditEventIsKeptAloneAndTriedAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		auditor := &picky{refuse: "bad"}
		spill := filepath.Join(t.TempDir(), "kept")
		w := newWatched(t, db, auditor, spill)
		for _, id := range []string{"1", "2", "bad", "3", "panic", "4"} {
			w.get("/v1/things/" + id)
		}
		w.Flush()
		if got := fmt.Sprint(written(t, db)); got != "map[1:1 2:1 3:1 4:1]" {
			t.Errorf("written: %s", got)
		}
		kept := w.get("/v1/ops/audit").Body.String()
		if !strings.Contains(kept, "things/bad") || !strings.Contains(kept, "malformed") || !strings.Contains(kept, "things/panic") || strings.Contains(kept, "things/3") {
			t.Errorf("kept: %s", kept)
		}
		if metrics := w.get("/metrics").Body.String(); !strings.Contains(metrics, "zhian_audit_kept 2") {
			t.Error("the metrics do not show what is kept")
		}
		auditor.accept() // a newer version starts
		next := newWatched(t, db, auditor, spill)
		for range 2 { // the second time finds nothing more to write
			next.OfferKept(t.Context())
		}
		if got := fmt.Sprint(written(t, db)); got != "map[1:1 2:1 3:1 4:1 bad:1]" {
			t.Errorf("written: %s", got)
		}
		if kept := next.get("/v1/ops/audit").Body.String(); strings.Contains(kept, "things/bad") || !strings.Contains(kept, "things/panic") {
			t.Errorf("kept: %s", kept)
		}
	}, httpapi.Schema, things)
}

// At the end nothing is left in the queue, also of those who are still adding,
// with a storage that works and with one that is gone.
func TestTheEndLeavesNoAuditEventBehind(t *testing.T) {
	for _, storage := range []string{"working", "gone"} {
		t.Run(storage, func(t *testing.T) {
			db := sqldbtest.New(t, httpapi.Schema, things)
			w := newWatched(t, db, house{}, filepath.Join(t.TempDir(), "kept"))
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if storage == "gone" {
				db.Close()
			}
			ended := make(chan error, 1)
			go func() { ended <- w.Server.Run(ctx) }()
			const readers, each, untilTheEnd = 8, 700, 2000 // more than the queue holds
			var reading sync.WaitGroup
			var reads atomic.Int64
			for n := range readers {
				reading.Go(func() {
					for i := range each {
						w.get(fmt.Sprintf("/v1/things/%d-%d", n, i))
						if reads.Add(1) == untilTheEnd {
							stop()
						}
					}
				})
			}
			reading.Wait()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			recorded := map[string]int{}
			if storage == "working" {
				recorded = written(t, db)
			}
			for _, k := range w.kept() {
				recorded[strings.TrimPrefix(k.Event.Object, "things/")]++
			}
			for n := range readers {
				for i := range each {
					if id := fmt.Sprintf("%d-%d", n, i); recorded[id] != 1 {
						t.Fatalf("the read of %s is recorded %d times", id, recorded[id])
					}
				}
			}
		})
	}
}
