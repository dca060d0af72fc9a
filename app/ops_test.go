package app_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"zhian/app/apptest"
	"zhian/module/incident"
	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

// A consumer that fails holds its facts back where operations see them, and a
// person's decision about one is recorded.
func TestOperationsSeeAndDecideWhatIsStuck(t *testing.T) {
	each(t, func(h *apptest.House) {
		working := false
		bus.On(h.Bus, "broken", func(*sqldb.Tx, bus.Meta, incident.Received) error {
			if working {
				return nil
			}
			return errors.New("the neighbour does not answer")
		})
		h.Staff("engineer", "operations", h.Root())
		h.Staff("centre", "command_centre", h.Root())
		for range 2 {
			h.Ask("centre", 201, "POST", "/v1/incidents", fmt.Sprintf(`{"kind_code":"4","address":"somewhere","station_id":%q}`, h.Root()))
		}
		stuck := h.Ask("engineer", 200, "GET", "/v1/ops/consumers/broken/failures?state=parked", "")["items"].([]any)
		if len(stuck) != 2 || !strings.Contains(fmt.Sprint(stuck[0]), "the neighbour does not answer") || strings.Contains(fmt.Sprint(stuck), "somewhere") {
			h.Fatalf("stuck %v", stuck)
		}
		first, second := stuck[0].(map[string]any), stuck[1].(map[string]any)
		decide := func(pos any, verb string) string {
			return fmt.Sprintf("/v1/ops/consumers/broken/failures/%v/%s", pos, verb)
		}
		if text := metrics(h); !strings.Contains(text, `zhian_facts_stuck{consumer="broken",state="parked"} 2`) || !strings.Contains(text, `zhian_facts_behind{consumer="broken"} 0`) {
			h.Error("the metrics do not show what is stuck")
		}
		h.Ask("centre", 403, "POST", decide(first["pos"], "discard"), `{"reason":"x"}`)
		h.Ask("engineer", 400, "POST", decide(first["pos"], "discard"), `{}`)
		h.Ask("engineer", 204, "POST", decide(first["pos"], "discard"), `{"reason":"told by telephone"}`)
		h.Ask("engineer", 404, "POST", decide(first["pos"], "discard"), `{"reason":"again"}`)
		working = true
		h.Ask("engineer", 204, "POST", decide(second["pos"], "resend"), "")
		left := h.Ask("engineer", 200, "GET", "/v1/ops/consumers/broken/failures", "")["items"].([]any)
		if len(left) != 1 || !strings.Contains(fmt.Sprint(left), "told by telephone") {
			h.Errorf("left %v", left)
		}
		h.Ask("engineer", 409, "DELETE", "/v1/ops/consumers/broken", "")
		h.Ask("engineer", 404, "DELETE", "/v1/ops/consumers/nobody", "")
		if lags := fmt.Sprint(h.Ask("engineer", 200, "GET", "/v1/ops/consumers", "")); !strings.Contains(lags, "broken") {
			h.Errorf("consumers %v", lags)
		}
		if seen := fmt.Sprint(h.Ask("audit", 200, "GET", "/v1/audit/behaviour?limit=500", "")); !strings.Contains(seen, "discard") || !strings.Contains(seen, "resend") {
			h.Error("the decisions are not in the audit log")
		}
	})
}

// metrics is what /metrics says.
func metrics(h *apptest.House) string {
	w := httptest.NewRecorder()
	h.API.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}
