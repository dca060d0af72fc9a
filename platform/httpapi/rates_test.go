package httpapi_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"zhian/platform/httpapi"
	"zhian/platform/ident"
)

// A caller who goes from node to node has one rate, not one on each.
func TestNodesShareRates(t *testing.T) {
	node := func() *httpapi.Server {
		s := httpapi.New(httpapi.Parts{Auth: house{}, Gate: house{}, Auditor: house{}, Now: time.Now,
			IDs: ident.NewMaker(time.Now), Log: slog.New(slog.DiscardHandler)}, httpapi.Config{Rate: 0.001, Burst: 10})
		s.Mount(httpapi.Route{Pattern: "GET /v1/things/{id}", Perm: "thing.read", Audit: httpapi.AuditNone,
			Do: httpapi.Do(func(_ context.Context, a asking) (thing, error) { return thing{ID: a.ID}, nil })})
		return s
	}
	ask := func(s *httpapi.Server, who string) int {
		r := httptest.NewRequest("GET", "/v1/things/1", nil)
		r.Header.Set("Authorization", "Bearer "+who)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	a, b := node(), node()
	for range 8 {
		if status := ask(a, "runner"); status != 200 {
			t.Fatal(status)
		}
	}
	ask(a, "walker")
	b.TakeRates(a.Rates())
	if a.Rates() != nil {
		t.Error("what was told once is told again")
	}
	if status := []int{ask(b, "runner"), ask(b, "runner"), ask(b, "runner")}; status[0] != 200 || status[1] != 200 || status[2] != 429 {
		t.Errorf("after eight of ten on another node: %v", status)
	}
	if status := ask(b, "walker"); status != 200 {
		t.Errorf("another caller: %d", status)
	}
	b.TakeRates([]byte("broken"))
}
