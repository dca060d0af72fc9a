package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zhian/app"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// house is a whole centre under test, asked only through its web API.
type house struct {
	*testing.T
	*app.App
	now    time.Time
	tokens map[string]string
}

const password = "Correct-horse-9"

func newHouse(t *testing.T, database string) *house {
	h := &house{T: t, now: time.Date(2026, 5, 1, 23, 50, 0, 0, time.UTC), tokens: map[string]string{}}
	var err error
	h.App, err = app.New(t.Context(), app.Config{Data: t.TempDir(), Database: database, Now: func() time.Time { return h.now },
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.DB.Close() })
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	invitations, err := h.Found(t.Context(), "330784")
	if err != nil || len(invitations) != 3 {
		t.Fatalf("%+v, %v", invitations, err)
	}
	for _, in := range invitations {
		h.setUp(in.Login, in.Token)
	}
	return h
}

func (h *house) setUp(login, token string) {
	h.Helper()
	h.ask("", 200, "POST", "/v1/setup", fmt.Sprintf(`{"token":%q,"password":%q}`, token, password))
	in := h.ask("", 201, "POST", "/v1/login", fmt.Sprintf(`{"login":%q,"password":%q}`, login, password))
	h.tokens[login] = in["token"].(string)
}

// ask sends one request as somebody and hands out what they get.
func (h *house) ask(who string, status int, method, path, body string) map[string]any {
	h.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+h.tokens[who])
	}
	w := httptest.NewRecorder()
	h.API.ServeHTTP(w, r)
	if w.Code != status {
		h.Fatalf("%s %s %s as %q: %d %s, want %d", method, path, body, who, w.Code, w.Body, status)
	}
	if _, err := h.Bus.Deliver(h.Context()); err != nil {
		h.Fatal(err)
	}
	answer := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			h.Fatal(err)
		}
	}
	return answer
}

// staff makes an account with a role over an organisation.
func (h *house) staff(login, role, org string) string {
	h.Helper()
	made := h.ask("system", 201, "POST", "/v1/users", fmt.Sprintf(`{"login":%q,"display_name":%q,"org_id":%q}`, login, login, org))
	h.ask("security", 201, "POST", "/v1/grants", fmt.Sprintf(`{"user_id":%q,"role":%q,"org_id":%q,"reason":"test"}`, made["id"], role, org))
	h.setUp(login, made["setup_token"].(string))
	return made["id"].(string)
}

func each(t *testing.T, test func(h *house)) {
	t.Run("sqlite", func(t *testing.T) { test(newHouse(t, "")) })
	t.Run("postgres", func(t *testing.T) { test(newHouse(t, sqldbtest.PostgresDSN(t))) })
}

// The whole loop: a call, a dispatch, the crew's steps, the close, and a bundle
// that a stranger can verify, or find tampered with.
func TestOneIncidentFromCallToProof(t *testing.T) {
	each(t, func(h *house) {
		root := h.ask("system", 200, "GET", "/v1/orgs", "")["items"].([]any)[0].(map[string]any)["id"].(string)
		station := h.ask("system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784510000","name":"First","kind":"station","parent_id":%q}`, root))["id"].(string)
		other := h.ask("system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784520000","name":"Second","kind":"station","parent_id":%q}`, root))["id"].(string)
		h.staff("centre", "command_centre", root)
		officer := h.staff("officer", "officer", station)
		h.staff("stranger", "officer", other)

		car := h.ask("centre", 201, "POST", "/v1/units", fmt.Sprintf(`{"call_sign":"A1","kind":"car","org_id":%q}`, station))["id"].(string)
		h.ask("officer", 200, "POST", "/v1/units/"+car+"/duty", fmt.Sprintf(`{"user_id":%q}`, officer))
		h.ask("officer", 200, "POST", "/v1/units/"+car+"/positions", fmt.Sprintf(`{"datum":"wgs84","fixes":[{"at":%q,"lat":28.9,"lon":120.04}]}`, h.now.Format(time.RFC3339)))

		call := fmt.Sprintf(`{"kind_code":"4","address":"somewhere","position":{"lat":28.901,"lon":120.04},"station_id":%q,"contact":{"phone":"13800000000"}}`, station)
		in := h.ask("centre", 201, "POST", "/v1/incidents", call)
		path := "/v1/incidents/" + in["id"].(string)
		if near := h.ask("centre", 200, "GET", path+"/candidates", "")["items"].([]any); len(near) != 1 {
			h.Errorf("candidates %v", near)
		}
		h.ask("stranger", 404, "GET", path, "")
		h.ask("system", 403, "GET", path, "")
		h.ask("officer", 403, "POST", path+"/dispatch", fmt.Sprintf(`{"unit_ids":[%q]}`, car))

		for _, step := range []struct{ who, path, body string }{
			{"centre", "/dispatch", fmt.Sprintf(`{"unit_ids":[%q]}`, car)},
			{"officer", "/advance", fmt.Sprintf(`{"unit_id":%q,"step":"acknowledged"}`, car)},
			{"officer", "/contact", fmt.Sprintf(`{"unit_id":%q,"answered":true}`, car)},
			{"officer", "/advance", fmt.Sprintf(`{"unit_id":%q,"step":"on_scene"}`, car)},
			{"officer", "/feedback", fmt.Sprintf(`{"unit_id":%q,"text":"both calm"}`, car)},
			{"officer", "/close", `{"disposition":"settled_on_scene"}`},
		} {
			h.now = h.now.Add(2 * time.Minute) // past midnight on the way
			h.ask(step.who, 200, "POST", path+step.path, step.body)
		}
		if u := h.ask("centre", 200, "GET", "/v1/units/"+car, ""); u["state"] != "available" {
			h.Errorf("after the close the unit is %v", u["state"])
		}
		h.ask("officer", 400, "POST", path+"/contact/reveal", `{}`)
		if c := h.ask("officer", 200, "POST", path+"/contact/reveal", `{"purpose":"call_back"}`); c["phone"] != "13800000000" {
			h.Errorf("revealed %v", c)
		}
		h.proves(path)
	})
}

// proves checks the audit trail and the evidence, then tampers with a row.
func (h *house) proves(path string) {
	if err := h.API.Flush(); err != nil {
		h.Fatal(err)
	}
	seen := h.ask("audit", 200, "GET", "/v1/audit/behaviour?limit=500", "")
	if text := fmt.Sprint(seen); !strings.Contains(text, "call_back") || !strings.Contains(text, "request.forbidden") || strings.Contains(text, "13800000000") {
		h.Errorf("audit: %v", text)
	}
	var bundle bytes.Buffer
	if err := h.Export(h.Context(), &bundle); err != nil {
		h.Fatal(err)
	}
	if strings.Contains(bundle.String(), "13800000000") {
		h.Error("the bundle shows the contact")
	}
	report, err := ledger.Verify(&bundle, ledger.Trust{Keys: h.Ledger.PublicKeys()})
	if err != nil || !report.OK() || report.Sources["incident_entry"] != 7 {
		h.Errorf("%+v, %v", report, err)
	}
	tamper := sqldb.Statement("incident", "Tamper", `UPDATE incident_entry SET occurred_at = occurred_at - 60000 WHERE seq = 5`)
	if err := h.DB.Do(h.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(tamper); return err }); err != nil {
		h.Fatal(err)
	}
	health, err := h.Examine(h.Context(), false)
	if err != nil || health.Ledger.OK() || !strings.Contains(fmt.Sprintf("%+v", health.Ledger.Problems), strings.TrimPrefix(path, "/v1/incidents/")+"/5") {
		h.Errorf("an earlier arrival went unnoticed: %+v, %v", health, err)
	}
}

func TestEveryQueryPreparesOnBothEngines(t *testing.T) {
	each(t, func(h *house) {
		for room, set := range app.Queries {
			if err := h.DB.Check(h.Context(), set); err != nil {
				h.Errorf("%s: %v", room, err)
			}
		}
	})
}

func TestAdministratorsAreFoundedOnce(t *testing.T) {
	each(t, func(h *house) {
		again, err := h.Found(h.Context(), "330784")
		if err != nil || len(again) != 0 {
			h.Errorf("%+v, %v", again, err)
		}
		h.ask("system", 403, "GET", "/v1/audit/login", "")
		h.ask("audit", 403, "GET", "/v1/units", "")
		h.ask("security", 409, "POST", "/v1/grants", fmt.Sprintf(`{"user_id":%q,"role":"audit_admin","org_id":%q,"reason":"x"}`, h.me("system"), h.root()))
	})
}

func (h *house) me(login string) string { return h.ask(login, 200, "GET", "/v1/me", "")["id"].(string) }
func (h *house) root() string {
	return h.ask("system", 200, "GET", "/v1/orgs", "")["items"].([]any)[0].(map[string]any)["id"].(string)
}
