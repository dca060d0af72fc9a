package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"zhian/app/apptest"
)

// rush asks and goes on before any fact has arrived.
func rush(h *apptest.House, who string, status int, method, path, body string) map[string]any {
	h.Helper()
	a := h.Rush(who, method, path, body)
	if a.Status != status {
		h.Fatalf("%s %s as %q: %d %s, want %d", method, path, who, a.Status, a.Body, status)
	}
	var answer map[string]any
	if len(a.Body) > 0 {
		if err := json.Unmarshal(a.Body, &answer); err != nil {
			h.Fatal(err)
		}
	}
	return answer
}

// Whoever is answered can use what they made at once, on the same node: no fact
// needs to arrive first.
func TestWhatWasMadeCountsAtOnce(t *testing.T) {
	each(t, func(h *apptest.House) {
		h.Staff("leader", "officer", h.Root())
		old := h.Ask("security", 200, "GET", "/v1/grants?user_id="+h.IDOf("leader"), "")["items"].([]any)[0].(map[string]any)["id"].(string)
		rush(h, "security", 200, "DELETE", "/v1/grants/"+old, "")
		rush(h, "leader", 403, "GET", "/v1/orgs", "")
		rush(h, "leader", 200, "GET", "/v1/me", "")

		station := rush(h, "system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784510000","name":"First","kind":"station","parent_id":%q}`, h.Root()))["id"].(string)
		rush(h, "system", 200, "POST", "/v1/places/areas", fmt.Sprintf(`{"type":"FeatureCollection","datum":"wgs84","features":[{"type":"Feature",
			"geometry":{"type":"Polygon","coordinates":[[[120,28.8],[120.1,28.8],[120.1,28.9],[120,28.8]]]},"properties":{"station_id":%q,"name":"First","class":"urban"}}]}`, station))
		squad := rush(h, "system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784510100","name":"Squad","kind":"squad","parent_id":%q}`, station))["id"].(string)
		rush(h, "security", 201, "POST", "/v1/grants", fmt.Sprintf(`{"user_id":%q,"role":"station_leader","org_id":%q,"reason":"test"}`, h.IDOf("leader"), station))
		seen := fmt.Sprint(rush(h, "leader", 200, "GET", "/v1/orgs", "")["items"])
		for id, want := range map[string]bool{station: true, squad: true, h.Root(): false} {
			if bytes.Contains([]byte(seen), []byte(` id:`+id)) != want {
				h.Errorf("the leader sees %s: %v\n%s", id, !want, seen)
			}
		}
	})
}

// What is revealed is never kept, least of all by the memory of answers: after a
// reveal under an Idempotency-Key no file of the database holds the number.
func TestRevealedIsNotKept(t *testing.T) {
	h := apptest.New(t, "")
	const phone = "13912345678"
	h.Staff("centre", "command_centre", h.Root())
	call := fmt.Sprintf(`{"kind_code":"4","address":"somewhere","contact":{"phone":%q}}`, phone)
	made := h.Send("centre", "POST", "/v1/incidents", call, [2]string{"Idempotency-Key", "key-of-the-call"})
	var in struct{ ID string }
	if err := json.Unmarshal(made.Body, &in); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		a := h.Send("centre", "POST", "/v1/incidents/"+in.ID+"/contact/reveal", `{"purpose":"call_back"}`, [2]string{"Idempotency-Key", "key-of-the-reveal"})
		if a.Status != 200 || !bytes.Contains(a.Body, []byte(phone)) || a.Header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%d %s %v", a.Status, a.Body, a.Header)
		}
	}
	reveals := 0
	for _, e := range h.Ask("audit", 200, "GET", "/v1/audit/behaviour?limit=500", "")["items"].([]any) {
		if e := e.(map[string]any); e["purpose"] == "call_back" && e["request_id"] != "" && e["address"] != "" && e["session_id"] != nil {
			reveals++
		}
	}
	if reveals != 2 {
		t.Errorf("two reveals, one under the other's key, left %d events", reveals)
	}
	kept := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(h.Config.Data, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"key-of-the-call", phone} {
			kept[text] = kept[text] || bytes.Contains(content, []byte(text))
		}
	}
	if kept[phone] || !kept["key-of-the-call"] {
		t.Errorf("found in the files: %v", kept)
	}
}
