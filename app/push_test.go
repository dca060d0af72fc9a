package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zhian/app/apptest"
	"zhian/platform/ledger"
)

// ward is a station with an officer on duty in a car, a leader, and a dispatcher of
// the centre; the place of its calls has a hazard.
type ward struct {
	*apptest.House
	station, car, officer string
}

func newWard(h *apptest.House) *ward {
	w := &ward{House: h}
	w.station = h.Ask("system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784510000","name":"First","kind":"station","parent_id":%q}`, h.Root()))["id"].(string)
	h.Staff("centre", "command_centre", h.Root())
	h.Staff("leader", "station_leader", w.station)
	w.officer = h.Staff("officer", "officer", w.station)
	w.car = h.Ask("centre", 201, "POST", "/v1/units", fmt.Sprintf(`{"call_sign":"A1","kind":"car","org_id":%q}`, w.station))["id"].(string)
	h.Ask("officer", 200, "POST", "/v1/units/"+w.car+"/duty", fmt.Sprintf(`{"user_id":%q}`, w.officer))
	return w
}

// call opens an incident at the station and hands out its path.
func (w *ward) call() string {
	w.Helper()
	call := fmt.Sprintf(`{"kind_code":"4","address":"somewhere","position":{"lat":28.9,"lon":120.04},"station_id":%q,"narrative":"a quarrel","contact":{"phone":"13800000000"}}`, w.station)
	return "/v1/incidents/" + w.Ask("centre", 201, "POST", "/v1/incidents", call)["id"].(string)
}

func (w *ward) dispatch(path string) {
	w.Helper()
	w.Ask("centre", 200, "POST", path+"/dispatch", fmt.Sprintf(`{"unit_ids":[%q]}`, w.car))
}

// kinds is the timeline in words.
func (w *ward) kinds(path string) (all []string) {
	w.Helper()
	for _, e := range w.Ask("centre", 200, "GET", path+"/timeline", "")["items"].([]any) {
		all = append(all, e.(map[string]any)["kind"].(string))
	}
	return all
}

func (w *ward) want(what string, got, want any) {
	w.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("%s: %v, want %v", what, got, want)
	}
}

// dig finds a member of nested objects.
func dig(v any, path ...string) any {
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

func types(frames []map[string]any) (all []string) {
	for _, f := range frames {
		all = append(all, fmt.Sprint(f["type"]))
	}
	return all
}

// screen is a live connection with what its owner alone is told told apart.
type screen struct{ *apptest.Device }

func (w *ward) screen(who string, cursor int64) screen {
	w.Helper()
	s := screen{w.Connect(who, cursor)}
	w.Settle()
	return s
}

// own is of what came that which was for its owner alone.
func (s screen) own() (frames []map[string]any) {
	for _, f := range s.Take() {
		if strings.HasPrefix(fmt.Sprint(f["type"]), "inbox.") {
			frames = append(frames, f)
		}
	}
	return frames
}

// The message path from the dispatch to the acknowledgement, seen from the
// handset, the desk and the timeline.
func TestFirstPushReachesTheHandsetAndItsAnswerTheTimeline(t *testing.T) {
	each(t, func(h *apptest.House) {
		w := newWard(h)
		device, desk := w.screen("officer", 0), w.screen("centre", 0)
		path := w.call()
		desk.Take()
		w.dispatch(path)
		got := device.own()
		if len(got) != 2 || fmt.Sprint(types(got)) != "[inbox.message inbox.progressed]" {
			t.Fatalf("the handset got %v", got)
		}
		push := dig(got[0], "data", "body")
		w.want("what", dig(push, "narrative"), "a quarrel")
		w.want("which unit", dig(push, "unit_id"), w.car)
		w.want("may be called", dig(push, "has_contact"), true)
		if strings.Contains(fmt.Sprint(got), "13800000000") {
			t.Error("the push shows the number")
		}
		w.want("the desk saw", types(desk.Take()), "[unit.changed incident.dispatched notify.queued notify.progressed]")

		message := dig(got[0], "data", "message_id").(string)
		mark := func(to string, status int) map[string]any {
			t.Helper()
			return h.Ask("officer", status, "POST", "/v1/inbox/marks", fmt.Sprintf(`{"ids":[%q],"to":%q}`, message, to))
		}
		mark("delivered", 200)
		mark("seen", 200)
		h.Ask("officer", 200, "POST", path+"/advance", fmt.Sprintf(`{"unit_id":%q,"step":"acknowledged"}`, w.car))
		w.want("timeline", w.kinds(path), "[received assigned push_delivered push_seen step push_acknowledged]")
		record := h.Ask("centre", 200, "GET", "/v1/messages?subject_kind=incident&subject_id="+strings.TrimPrefix(path, "/v1/incidents/"), "")["items"].([]any)[0]
		w.want("delivery", dig(record.(map[string]any)["deliveries"].([]any)[0], "state"), "acknowledged")
		h.Advance(5 * time.Minute)
		w.want("nothing climbs", len(device.own()), 3)
		w.want("unread", h.Ask("officer", 200, "GET", "/v1/inbox", "")["unread"], 0)

		h.Ask("centre", 200, "POST", path+"/unassign", fmt.Sprintf(`{"unit_id":%q,"reason":"a nearer one"}`, w.car))
		w.want("the handset is told", types(device.own()), "[inbox.withdrawn]")
		report, err := ledger.Verify(h.Bundle(), ledger.Trust{Keys: h.Ledger.PublicKeys()})
		if err != nil || !report.OK() || report.Sources["incident_entry"] != uint64(len(w.kinds(path))) {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

func TestHazardsAreAcknowledgedBeforeThePushIsSeen(t *testing.T) {
	each(t, func(h *apptest.House) {
		w := newWard(h)
		h.Ask("centre", 201, "POST", "/v1/places/hazards", fmt.Sprintf(`{"kind":"gas","note":"leaking tank","point":{"lat":28.9,"lon":120.04},"datum":"wgs84","valid_to":%q}`,
			h.Now().Add(48*time.Hour).Format(time.RFC3339)))
		device := w.screen("officer", 0)
		path := w.call()
		w.dispatch(path)
		got := device.own()[0]
		w.want("gated", dig(got, "data", "gated"), true)
		w.want("hazard", dig(dig(got, "data", "body").(map[string]any)["hazards"].([]any)[0], "note"), "leaking tank")
		mark := fmt.Sprintf(`{"ids":[%q],"to":"seen"}`, dig(got, "data", "message_id"))
		w.want("refused for", h.Ask("officer", 409, "POST", "/v1/inbox/marks", mark)["key"], "incident.hazards_not_seen")
		w.want("timeline", w.kinds(path), "[received assigned]")
		h.Ask("officer", 200, "POST", path+"/hazards-seen", fmt.Sprintf(`{"unit_id":%q}`, w.car))
		h.Ask("officer", 200, "POST", "/v1/inbox/marks", mark)
		w.want("timeline", w.kinds(path), "[received assigned hazards_seen push_seen]")
	})
}

// Nobody who can be paged: the dispatcher's desk knows in the same moment.
func TestShortfallIsOnTheDeskAtOnce(t *testing.T) {
	each(t, func(h *apptest.House) {
		w := newWard(h)
		device, desk := w.screen("officer", 0), w.screen("centre", 0)
		h.Ask("officer", 200, "POST", "/v1/units/"+w.car+"/duty", fmt.Sprintf(`{"user_id":%q,"muted":true}`, w.officer))
		path := w.call()
		w.dispatch(path)
		w.want("the handset", len(device.own()), 0)
		got := desk.own()
		if len(got) != 1 || got[0]["type"] != "inbox.shortfall" || !strings.Contains(fmt.Sprint(got[0]), "muted") {
			t.Errorf("the desk got %v", got)
		}
		leader := w.screen("leader", 0)
		h.Advance(time.Minute)
		w.want("the leader is asked", types(leader.own()), "[inbox.message inbox.progressed]")
		w.want("still not the handset", len(device.own()), 0)
		w.want("timeline", w.kinds(path), "[received assigned push_shortfall push_escalated push_escalated]")
	})
}

// A handset that is off when it is needed gets the push when it is on again, once,
// also when the house has been restarted meanwhile.
func TestPushWaitsForTheHandset(t *testing.T) {
	each(t, func(h *apptest.House) {
		w := newWard(h)
		path := w.call()
		w.dispatch(path)
		h.Restart()
		device := w.screen("officer", 0)
		got := device.own()
		w.want("after the restart", types(got), "[inbox.message inbox.progressed]")
		id := dig(got[0], "data", "delivery_id")
		device.Close()
		device = w.screen("officer", 0)
		again := device.own()
		w.want("not confirmed: once more", types(again), "[inbox.message]")
		w.want("under the same id", dig(again[0], "data", "delivery_id"), id)
		h.Ask("officer", 200, "POST", "/v1/inbox/marks", fmt.Sprintf(`{"ids":[%q],"to":"delivered"}`, dig(got[0], "data", "message_id")))
		device.Close()
		w.want("confirmed: no more", len(w.screen("officer", 0).own()), 0)
	})
}

// An officer without a handset, or whose session is over, is not paged, and that
// is said; who has logged in on another's device has it.
func TestDeviceIsThatOfWhoeverLoggedInLast(t *testing.T) {
	each(t, func(h *apptest.House) {
		w := newWard(h)
		second := h.Staff("second", "officer", w.station)
		h.Ask("", 201, "POST", "/v1/login", fmt.Sprintf(`{"login":"second","password":%q,"device_id":"device-of-officer"}`, apptest.Password))
		h.Ask("centre", 200, "POST", "/v1/units/"+w.car+"/duty", fmt.Sprintf(`{"user_id":%q}`, second))
		path := w.call()
		w.dispatch(path)
		record := h.Ask("centre", 200, "GET", "/v1/messages?subject_kind=incident&subject_id="+strings.TrimPrefix(path, "/v1/incidents/"), "")["items"].([]any)[0]
		withheld := map[any]any{}
		for _, r := range record.(map[string]any)["recipients"].([]any) {
			withheld[dig(r, "user_id")] = dig(r, "withheld")
		}
		if withheld[w.officer] != "logged_out" || withheld[second] != nil {
			t.Errorf("%v", withheld)
		}
	})
}
