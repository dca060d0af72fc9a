package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zhian/app"
	"zhian/app/apptest"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

func each(t *testing.T, test func(h *apptest.House)) {
	t.Run("sqlite", func(t *testing.T) { test(apptest.New(t, "")) })
	t.Run("postgres", func(t *testing.T) { test(apptest.New(t, sqldbtest.PostgresDSN(t))) })
}

// The whole loop: a call, a dispatch, the crew's steps, the close, and a bundle
// that a stranger can verify, or find tampered with.
func TestOneIncidentFromCallToProof(t *testing.T) {
	each(t, func(h *apptest.House) {
		root := h.Root()
		station := h.Ask("system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784510000","name":"First","kind":"station","parent_id":%q}`, root))["id"].(string)
		other := h.Ask("system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784520000","name":"Second","kind":"station","parent_id":%q}`, root))["id"].(string)
		h.Staff("centre", "command_centre", root)
		officer := h.Staff("officer", "officer", station)
		h.Staff("stranger", "officer", other)

		car := h.Ask("centre", 201, "POST", "/v1/units", fmt.Sprintf(`{"call_sign":"A1","kind":"car","org_id":%q}`, station))["id"].(string)
		h.Ask("officer", 200, "POST", "/v1/units/"+car+"/duty", fmt.Sprintf(`{"user_id":%q}`, officer))
		h.Ask("officer", 200, "POST", "/v1/units/"+car+"/positions", fmt.Sprintf(`{"datum":"wgs84","fixes":[{"at":%q,"lat":28.9,"lon":120.04}]}`, h.Now().Format(time.RFC3339)))

		call := fmt.Sprintf(`{"kind_code":"4","address":"somewhere","position":{"lat":28.901,"lon":120.04},"station_id":%q,"contact":{"phone":"13800000000"}}`, station)
		in := h.Ask("centre", 201, "POST", "/v1/incidents", call)
		path := "/v1/incidents/" + in["id"].(string)
		if near := h.Ask("centre", 200, "GET", path+"/candidates", "")["items"].([]any); len(near) != 1 {
			h.Errorf("candidates %v", near)
		}
		h.Ask("stranger", 404, "GET", path, "")
		h.Ask("system", 403, "GET", path, "")
		h.Ask("officer", 403, "POST", path+"/dispatch", fmt.Sprintf(`{"unit_ids":[%q]}`, car))

		for _, step := range []struct{ who, path, body string }{
			{"centre", "/dispatch", fmt.Sprintf(`{"unit_ids":[%q]}`, car)},
			{"officer", "/advance", fmt.Sprintf(`{"unit_id":%q,"step":"acknowledged"}`, car)},
			{"officer", "/contact", fmt.Sprintf(`{"unit_id":%q,"answered":true}`, car)},
			{"officer", "/advance", fmt.Sprintf(`{"unit_id":%q,"step":"on_scene"}`, car)},
			{"officer", "/feedback", fmt.Sprintf(`{"unit_id":%q,"text":"both calm"}`, car)},
			{"officer", "/close", `{"disposition":"settled_on_scene"}`},
		} {
			h.Advance(2 * time.Minute)
			h.Ask(step.who, 200, "POST", path+step.path, step.body)
		}
		if u := h.Ask("centre", 200, "GET", "/v1/units/"+car, ""); u["state"] != "available" {
			h.Errorf("after the close the unit is %v", u["state"])
		}
		h.Ask("officer", 400, "POST", path+"/contact/reveal", `{}`)
		if c := h.Ask("officer", 200, "POST", path+"/contact/reveal", `{"purpose":"call_back"}`); c["phone"] != "13800000000" {
			h.Errorf("revealed %v", c)
		}
		proves(h, path)
	})
}

// proves checks the audit trail and the evidence, then tampers with a row. The
// seven entries of the crew and the desk have four beside them: nobody acknowledged
// within two minutes, so three rungs were taken, and then the crew did.
func proves(h *apptest.House, path string) {
	seen := h.Ask("audit", 200, "GET", "/v1/audit/behaviour?limit=500", "")
	if text := fmt.Sprint(seen); !strings.Contains(text, "call_back") || !strings.Contains(text, "request.forbidden") || strings.Contains(text, "13800000000") {
		h.Errorf("audit: %v", text)
	}
	bundle := h.Bundle()
	if strings.Contains(bundle.String(), "13800000000") {
		h.Error("the bundle shows the contact")
	}
	report, err := ledger.Verify(bundle, ledger.Trust{Keys: h.Ledger.PublicKeys()})
	if err != nil || !report.OK() || report.Sources["incident_entry"] != 11 {
		h.Errorf("%+v, %v", report, err)
	}
	tamper := sqldb.Statement("incident", "Tamper", `UPDATE incident_entry SET occurred_at = occurred_at - 60000 WHERE detail LIKE '%"on_scene"%'`)
	if err := h.DB.Do(h.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(tamper); return err }); err != nil {
		h.Fatal(err)
	}
	health, err := h.Examine(h.Context(), false)
	if err != nil || health.Ledger.OK() || !strings.Contains(fmt.Sprintf("%+v", health.Ledger.Problems), strings.TrimPrefix(path, "/v1/incidents/")+"/9") {
		h.Errorf("an earlier arrival went unnoticed: %+v, %v", health, err)
	}
}

func TestEveryQueryPreparesOnBothEngines(t *testing.T) {
	each(t, func(h *apptest.House) {
		for room, set := range app.Queries {
			if err := h.DB.Check(h.Context(), set); err != nil {
				h.Errorf("%s: %v", room, err)
			}
		}
	})
}

func TestAdministratorsAreFoundedOnce(t *testing.T) {
	each(t, func(h *apptest.House) {
		again, err := h.Found(h.Context(), "330784")
		if err != nil || len(again) != 0 {
			h.Errorf("%+v, %v", again, err)
		}
		h.Ask("system", 403, "GET", "/v1/audit/login", "")
		h.Ask("audit", 403, "GET", "/v1/units", "")
		h.Ask("security", 409, "POST", "/v1/grants", fmt.Sprintf(`{"user_id":%q,"role":"audit_admin","org_id":%q,"reason":"x"}`, h.IDOf("system"), h.Root()))
	})
}
