package app_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

// A consumer that fails holds its facts back where operations see them, and a
// person's decision about one is recorded.
func TestOperationsSeeAndDecideWhatIsStuck(t *testing.T) {
	each(t, func(h *house) {
		working := false
		bus.On(h.Bus, "broken", func(*sqldb.Tx, bus.Meta, incident.Received) error {
			if working {
				return nil
			}
			return errors.New("the neighbour does not answer")
		})
		h.staff("engineer", "operations", h.root())
		h.staff("centre", "command_centre", h.root())
		for range 2 {
			h.ask("centre", 201, "POST", "/v1/incidents", fmt.Sprintf(`{"kind_code":"4","address":"somewhere","station_id":%q}`, h.root()))
		}
		stuck := h.ask("engineer", 200, "GET", "/v1/ops/consumers/broken/failures?state=parked", "")["items"].([]any)
		if len(stuck) != 2 || !strings.Contains(fmt.Sprint(stuck[0]), "the neighbour does not answer") || strings.Contains(fmt.Sprint(stuck), "somewhere") {
			h.Fatalf("stuck %v", stuck)
		}
		first, second := stuck[0].(map[string]any), stuck[1].(map[string]any)
		decide := func(pos any, verb string) string {
			return fmt.Sprintf("/v1/ops/consumers/broken/failures/%v/%s", pos, verb)
		}
		if text := h.metrics(); !strings.Contains(text, `zhian_facts_stuck{consumer="broken",state="parked"} 2`) || !strings.Contains(text, `zhian_facts_behind{consumer="broken"} 0`) {
			h.Error("the metrics do not show what is stuck")
		}
		h.ask("centre", 403, "POST", decide(first["pos"], "discard"), `{"reason":"x"}`)
		h.ask("engineer", 400, "POST", decide(first["pos"], "discard"), `{}`)
		h.ask("engineer", 204, "POST", decide(first["pos"], "discard"), `{"reason":"told by telephone"}`)
		h.ask("engineer", 404, "POST", decide(first["pos"], "discard"), `{"reason":"again"}`)
		working = true
		h.ask("engineer", 204, "POST", decide(second["pos"], "resend"), "")
		left := h.ask("engineer", 200, "GET", "/v1/ops/consumers/broken/failures", "")["items"].([]any)
		if len(left) != 1 || !strings.Contains(fmt.Sprint(left), "told by telephone") {
			h.Errorf("left %v", left)
		}
		h.ask("engineer", 409, "DELETE", "/v1/ops/consumers/broken", "")
		h.ask("engineer", 404, "DELETE", "/v1/ops/consumers/nobody", "")
		if lags := fmt.Sprint(h.ask("engineer", 200, "GET", "/v1/ops/consumers", "")); !strings.Contains(lags, "broken") {
			h.Errorf("consumers %v", lags)
		}
		if seen := fmt.Sprint(h.ask("audit", 200, "GET", "/v1/audit/behaviour?limit=500", "")); !strings.Contains(seen, "discard") || !strings.Contains(seen, "resend") {
			h.Error("the decisions are not in the audit log")
		}
	})
}

// metrics is what /metrics says.
func (h *house) metrics() string {
	w := httptest.NewRecorder()
	h.API.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}
