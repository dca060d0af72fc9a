package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"zhian/platform/apiclient"
)

// api is the public API as this client uses it, in memory.
type api struct {
	sync.Mutex
	t         *testing.T
	incidents map[string]*incident
	byRef     map[string]string
	units     []unit
	answers   map[string]string // Idempotency-Key → body of the answer
	changes   int
	busy      int // so many requests get 503 first
	breakOff  int // after so many changes the answers are lost, once each
	forget    bool
}

func newAPI(t *testing.T) (*api, string) {
	a := &api{t: t, incidents: map[string]*incident{}, byRef: map[string]string{}, answers: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/me", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"org_id":"o1"}`) })
	mux.HandleFunc("GET /v1/units", a.listUnits)
	mux.HandleFunc("GET /v1/incidents/{id}", a.get)
	mux.HandleFunc("POST /v1/units", a.once(a.addUnit))
	mux.HandleFunc("POST /v1/incidents", a.once(a.receive))
	mux.HandleFunc("POST /v1/incidents/{id}/{what}", a.once(a.tell))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Lock()
		defer a.Unlock()
		if r.Header.Get("Authorization") != "Bearer t" {
			refuse(w, 401, "identity.unknown", "")
			return
		}
		if a.busy > 0 {
			a.busy--
			refuse(w, 503, "sqldb.busy", "")
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return a, server.URL
}

func refuse(w http.ResponseWriter, status int, key, id string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"key": key, "params": map[string]string{"id": id}})
}

// once answers a key a second time as the first time.
func (a *api) once(do func(http.ResponseWriter, *http.Request) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		if key == "" {
			a.t.Errorf("%s %s without an Idempotency-Key", r.Method, r.URL.Path)
		}
		if text, again := a.answers[key]; again && !a.forget {
			w.Header().Set("Idempotent-Replayed", "true")
			fmt.Fprint(w, text)
			return
		}
		out := do(w, r)
		if out == nil {
			return
		}
		a.changes++
		text, _ := json.Marshal(out)
		a.answers[key] = string(text)
		if a.breakOff > 0 && a.changes%a.breakOff == 0 {
			panic(http.ErrAbortHandler)
		}
		w.Write(text)
	}
}

func (a *api) read(r *http.Request, to any) {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		a.t.Errorf("%s: %v", r.URL.Path, err)
	}
}

func (a *api) listUnits(w http.ResponseWriter, r *http.Request) {
	page := struct {
		Items []unit `json:"items"`
		Next  string `json:"next,omitempty"`
	}{Items: []unit{}}
	for _, u := range a.units { // pages of one, the smallest there are
		if u.ID > r.URL.Query().Get("after") {
			page.Items, page.Next = []unit{u}, u.ID
			break
		}
	}
	json.NewEncoder(w).Encode(page)
}

func (a *api) addUnit(_ http.ResponseWriter, r *http.Request) any {
	var form struct {
		CallSign string `json:"call_sign"`
		Kind     string `json:"kind"`
		OrgID    string `json:"org_id"`
	}
	a.read(r, &form)
	if form.OrgID != "o1" {
		a.t.Errorf("unit of organisation %q", form.OrgID)
	}
	a.units = append(a.units, unit{ID: fmt.Sprintf("u%03d", len(a.units)), CallSign: form.CallSign})
	return a.units[len(a.units)-1]
}

func (a *api) receive(w http.ResponseWriter, r *http.Request) any {
	var call intake
	a.read(r, &call)
	if id, known := a.byRef[call.ExternalRef]; known {
		refuse(w, 409, "incident.already_received", id)
		return nil
	}
	if call.KindCode == "9" {
		refuse(w, 400, "incident.unknown_kind", "")
		return nil
	}
	in := &incident{ID: fmt.Sprintf("i%03d", len(a.incidents)), ExternalRef: call.ExternalRef, CalledAt: call.OccurredAt}
	a.incidents[in.ID], a.byRef[call.ExternalRef] = in, in.ID
	return in
}

func (a *api) get(w http.ResponseWriter, r *http.Request) {
	json.NewEncoder(w).Encode(a.incidents[r.PathValue("id")])
}

func (a *api) tell(w http.ResponseWriter, r *http.Request) any {
	in := a.incidents[r.PathValue("id")]
	var o order
	a.read(r, &o)
	switch r.PathValue("what") {
	case "dispatch":
		sent := assignment{UnitID: o.UnitIDs[0], DispatchedAt: o.OccurredAt}
		if o.TimeUnknown {
			sent.DispatchedAt = time.Time{}
		}
		in.Assignments = append(in.Assignments, sent)
	case "merge":
		into := a.incidents[o.Into]
		into.Absorbed = append(into.Absorbed, in.ID)
	case "close":
		if o.Disposition == "" {
			a.t.Error("closed without a disposition")
		}
		in.ClosedAt = o.OccurredAt
	case "advance":
		for i := range in.Assignments {
			if one := &in.Assignments[i]; one.UnitID == o.UnitID {
				*map[string]*time.Time{"en_route": &one.EnRouteAt, "on_scene": &one.OnSceneAt, "cleared": &one.ClearedAt}[o.Step] = o.OccurredAt
				return in
			}
		}
		refuse(w, 409, "incident.unit_not_assigned", "")
		return nil
	}
	return in
}

func connect(t *testing.T, url string) *Client {
	t.Helper()
	c, err := Connect(t.Context(), apiclient.New(url, "t").Pausing(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// files are small ones of each format, with the oddities of each.
var oddities = map[string]string{
	"nypd": sample(12) + "3,3,QUEENS,12X,T,2024-02-01T09:58:00.000,2024-02-01T10:30:00.000,2024-02-01T10:10:00.000,2024-02-01T12:30:00.000,,\n",
	"lancaster": lancasterHeader + "1,2011-06-01,MA,ALS,M1,0,23:58:00,23:57:00,00:09:00,00:40:00,\n1,2011-06-01,MA,ALS,M2,0,,00:10:00,00:12:00,,\n" +
		"2,2011-06-01,MA,ALS,,,,,,,\n",
	"lfb": "incident_no,call_datetime_local,stop_code,property_type,borough,station_ground,first_pump_attendance_s,first_pump_station,second_pump_attendance_s,second_pump_station,num_pumps,lat,lon\n" +
		"1,2009-07-01 00:16:02,Primary Fire,House,Enfield,Southgate,663.0,Southgate,695,Southgate,2,51.6,-0.1\n",
}

func TestClientSaysWhatTheFileSays(t *testing.T) {
	for format, file := range oddities {
		t.Run(format, func(t *testing.T) {
			a, url := newAPI(t)
			want := play(t, newMemory(), planOf(t, format, file))
			got := play(t, connect(t, url), planOf(t, format, file))
			if text(t, got) != text(t, want) {
				t.Errorf("got  %s\nwant %s", text(t, got), text(t, want))
			}
			changes := a.changes
			for _, forget := range []bool{false, true} { // with and without the kept answers
				a.forget = forget
				again := play(t, connect(t, url), planOf(t, format, file))
				if a.changes != changes || again.Sent != 0 {
					t.Errorf("the next replay (forget=%v) made %d changes", forget, a.changes-changes)
				}
			}
		})
	}
}

// Lost answers and a busy server: each request is repeated under its key, so
// that nothing happens twice.
func TestClientRepeatsWithoutDoubling(t *testing.T) {
	a, url := newAPI(t)
	client := connect(t, url)
	a.busy, a.breakOff = 5, 3
	got := play(t, client, planOf(t, "nypd", oddities["nypd"]))
	want := play(t, newMemory(), planOf(t, "nypd", oddities["nypd"]))
	got.Sent = want.Sent // an answer that was lost does not count as new
	if text(t, got) != text(t, want) {
		t.Errorf("got  %s\nwant %s", text(t, got), text(t, want))
	}
	seen := map[string]bool{}
	for _, in := range a.incidents {
		for _, one := range in.Assignments {
			if seen[in.ID+one.UnitID] {
				t.Errorf("%s was sent twice to %s", one.UnitID, in.ID)
			}
			seen[in.ID+one.UnitID] = true
		}
	}
}

func TestClientRefusals(t *testing.T) {
	_, url := newAPI(t)
	plan := planOf(t, "nypd", sample(3))
	plan.Format.Kinds = Kinds{"*": "9"}
	if report := play(t, connect(t, url), plan); report.Rejected["refused:incident.unknown_kind"] != 3 {
		t.Errorf("got %+v", report)
	}
	if _, err := Connect(t.Context(), apiclient.New(url, "wrong")); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong token must end the replay, got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	client := connect(t, url)
	cancel()
	if _, err := Play(ctx, client, plan, Options{}); err == nil {
		t.Error("a cancelled replay must say so")
	}
}
