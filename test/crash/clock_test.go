package crash

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhian/app/apptest"
)

// The clock is set an hour forwards and back, again and again, while incidents
// are under way. Nobody gets an error of ours, ids stay unique and in order, no
// duration is negative, sessions end early at worst, and the evidence holds.
func TestClockJumpsAnHourForwardsAndBack(t *testing.T) {
	for _, engine := range apptest.Engines() {
		t.Run(engine, func(t *testing.T) {
			n := &night{House: apptest.Build(t, engine).House(t)}
			for _, jump := range []time.Duration{0, time.Hour, -time.Hour, -time.Hour, time.Hour, 2 * time.Hour, -2 * time.Hour} {
				n.Jump(jump)
				n.log("calltaker", "dispatcher", "P1", "reader")
				n.calls(8, 5)
				n.loop()
			}
			n.examine()
		})
	}
}

// night is a house whose clock is not to be trusted.
type night struct {
	*apptest.House
	mu  sync.Mutex
	ids []string // of incidents, in the order of one caller's asking
	all map[string]bool
}

// log lets people in again whose session the clock has ended; one that it has
// not ended goes on.
func (n *night) log(people ...string) {
	n.Helper()
	for _, who := range people {
		switch a := n.Send(who, "GET", "/v1/me", ""); a.Status {
		case 200:
		case 401:
			n.LogIn(who)
		default:
			n.Fatalf("%s: %d %s", who, a.Status, a.Body)
		}
	}
}

// calls takes calls from many at once, and one after the other from one.
func (n *night) calls(callers, each int) {
	n.Helper()
	var wait sync.WaitGroup
	for caller := range callers {
		wait.Go(func() {
			for range each {
				a := n.Rush("calltaker", "POST", "/v1/incidents", `{"kind_code":"4","address":"somewhere","position":{"lat":28.92,"lon":120.06}}`)
				var made struct{ ID string }
				if err := json.Unmarshal(a.Body, &made); err != nil || a.Status != 201 {
					n.Errorf("%d %s", a.Status, a.Body)
					return
				}
				n.took(made.ID, caller == 0)
			}
		})
	}
	wait.Wait()
	n.Settle()
}

func (n *night) took(id string, first bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = map[string]bool{}
	}
	if n.all[id] {
		n.Errorf("the id %s was given twice", id)
	}
	if n.all[id] = true; first {
		n.ids = append(n.ids, id)
	}
}

// loop takes one incident to its close, with a jump back in the middle: the unit
// acknowledges before it was sent, as far as the clock can tell.
func (n *night) loop() {
	n.Helper()
	in := n.Ask("calltaker", 201, "POST", "/v1/incidents", `{"kind_code":"4","address":"somewhere","position":{"lat":28.92,"lon":120.06}}`)
	path := "/v1/incidents/" + in["id"].(string)
	unit := n.Ask("dispatcher", 200, "GET", "/v1/units", "")["items"].([]any)[0].(map[string]any)["id"].(string)
	n.Ask("dispatcher", 200, "POST", path+"/dispatch", fmt.Sprintf(`{"unit_ids":[%q],"reason":"the clock"}`, unit))
	n.Jump(-30 * time.Minute)
	for _, step := range []string{"acknowledged", "on_scene"} {
		a := n.Send("P1", "POST", path+"/advance", fmt.Sprintf(`{"unit_id":%q,"step":%q}`, unit, step))
		if a.Status != 200 && a.Status != 409 && a.Status != 400 {
			n.Errorf("%s: %d %s", step, a.Status, a.Body)
		}
	}
	n.Jump(30 * time.Minute)
	n.Ask("P1", 200, "POST", path+"/close", `{"disposition":"settled_on_scene"}`)
	clocks := n.Send("reader", "GET", "/v1/pace"+strings.TrimPrefix(path, "/v1"), "")
	var judged struct {
		Clocks []struct {
			Clock, Verdict string
			Seconds        *float64
		}
	}
	if err := json.Unmarshal(clocks.Body, &judged); err != nil || clocks.Status != 200 || len(judged.Clocks) == 0 {
		n.Fatalf("%d %s", clocks.Status, clocks.Body)
	}
	for _, c := range judged.Clocks {
		if c.Seconds != nil && *c.Seconds < 0 && c.Verdict != "inverted" {
			n.Errorf("the clock %s shows %v s as %s", c.Clock, *c.Seconds, c.Verdict)
		}
	}
}

func (n *night) examine() {
	n.Helper()
	if !slices.IsSorted(n.ids) {
		n.Error("one caller's incidents are not in the order of their ids")
	}
	report := n.Ask("reader", 200, "GET", "/v1/pace/report?by=station&from=2026-05-01T00:00:00Z&to=2026-06-01T00:00:00Z", "")
	for _, line := range report["items"].([]any) {
		for name, value := range line.(map[string]any) {
			if number, ok := value.(float64); ok && number < 0 {
				n.Errorf("the report shows %s = %v", name, number)
			}
		}
	}
	health, err := n.Examine(n.Context(), false)
	if err != nil || !health.Ledger.OK() || len(health.Differing) > 0 {
		n.Errorf("%+v, %v", health, err)
	}
	lags, err := n.Bus.Lags(n.Context())
	for _, l := range lags {
		if l.Behind+l.Parked+l.Dead > 0 {
			n.Errorf("a consumer is stuck: %+v", l)
		}
	}
	if err != nil || len(n.all) == 0 {
		n.Error(err, len(n.all))
	}
}
