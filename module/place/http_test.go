package place

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

type anybody struct{}

func (anybody) Authenticate(_ context.Context, r *http.Request) (httpapi.Principal, error) {
	return httpapi.Principal{UserID: r.Header.Get("Authorization")}, nil
}

type silent struct{}

func (silent) Record(*sqldb.Tx, httpapi.AuditEvent) error { return nil }

func TestOverHTTP(t *testing.T) {
	db := sqldbtest.New(t, httpapi.Schema, Schema)
	now := func() time.Time { return noon }
	s := open(t, db, now)
	api := httpapi.New(httpapi.Parts{DB: db, Auth: anybody{}, Gate: gate{}, Auditor: silent{}, Now: now,
		IDs: ident.NewMaker(now), Log: slog.New(slog.DiscardHandler)}, httpapi.Config{})
	api.Mount(s.Routes()...)
	said := said(t)
	address := `{"name":"` + said["door_bare"] + `","point":{"lat":28.9,"lon":120.05},"datum":"wgs84"}`
	hazard := `{"point":{"lat":28.9,"lon":120.05},"datum":"wgs84","kind":"gas","note":"bottles","valid_to":"2026-03-05T00:00:00Z"}`
	square := `{"type":"Polygon","coordinates":[[[120,28],[121,28],[121,29],[120,29],[120,28]]]}`
	area := func(geometry string) string {
		return `{"type":"FeatureCollection","datum":"wgs84","features":[{"type":"Feature","properties":{"station_id":"S1","name":"n","class":"urban"},"geometry":` + geometry + `}]}`
	}
	q := url.Values{"q": {said["door_bare"]}}.Encode()
	for _, c := range []struct {
		who, request, body string
		status             int
		says               string
	}{
		{"clerk", "POST /v1/places/addresses", address, 201, `"version":1`},
		{"clerk", "POST /v1/places/addresses", address, 409, `"place.address_exists"`},
		{"stranger", "POST /v1/places/addresses", address, 403, `"request.forbidden"`},
		{"clerk", "POST /v1/places/addresses", strings.Replace(address, `"wgs84"`, `"utm"`, 1), 400, `"/datum"`},
		{"clerk", "POST /v1/places/addresses", strings.Replace(address, "28.9", "91", 1), 400, `"/point/lat"`},
		{"clerk", "POST /v1/places/addresses", strings.Replace(address, `"name":"`, `"name":"<b>`, 1), 400, `"place.text_invalid"`},
		{"clerk", "GET /v1/places/search?" + q, "", 200, `"grain":"door"`},
		{"clerk", "GET /v1/places/search?q=%3Cb%3E", "", 400, `"path":"q"`},
		{"clerk", "GET /v1/places/search", "", 400, `"request.required"`},
		{"clerk", "GET /v1/places/search?limit=99&" + q, "", 400, `"request.out_of_range"`},
		{"clerk", "GET /v1/places/addresses?limit=1", "", 200, `"items":[{`},
		{"clerk", "GET /v1/places/addresses/none", "", 404, `"place.address_not_found"`},
		{"clerk", "POST /v1/places/locate", `{"point":{"lat":28.9,"lon":120.05},"datum":"wgs84"}`, 200, `"outside":true`},
		{"clerk", "POST /v1/places/locate", `{"text":"1' OR '1'='1"}`, 400, `"place.text_invalid"`},
		{"clerk", "POST /v1/places/areas", area(square), 200, `"station_id":"S1"`},
		{"clerk", "POST /v1/places/areas", area(`{"type":"Polygon","coordinates":[]}`), 400, `"/features/0/geometry/coordinates"`},
		{"clerk", "POST /v1/places/areas", area(`null`), 400, `"/features/0/geometry/type"`},
		{"clerk", "GET /v1/places/areas?outline=true", "", 200, `"MultiPolygon"`},
		{"clerk", "POST /v1/places/locate", `{"point":{"lat":28.9,"lon":120.05},"datum":"wgs84"}`, 200, `"outside":false`},
		{"clerk", "POST /v1/places/hazards", hazard, 201, `"kind":"gas"`},
		{"clerk", "POST /v1/places/hazards", strings.Replace(hazard, `"gas"`, `"tenant"`, 1), 400, `"/kind"`},
		{"clerk", "GET /v1/places/hazards", "", 200, `"note":"bottles"`},
		{"clerk", "DELETE /v1/places/hazards/none", "", 404, `"place.hazard_not_found"`},
		{"clerk", "POST /v1/places/imports", `{"content":"bmFtZSxsYXQsbG9uCngsMSx5Cg==","datum":"wgs84","source":"s"}`, 201, `"rejected":1`},
		{"clerk", "GET /v1/places/imports/none", "", 404, `"place.import_not_found"`},
		{"clerk", "POST /v1/places/divisions", `{"scheme":"a","version":"b","content":""}`, 400, `"/content"`},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		r := httptest.NewRequest(method, path, strings.NewReader(c.body))
		r.Header.Set("Authorization", c.who)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s: %d %s, want %d %s", c.request, c.body, w.Code, w.Body, c.status, c.says)
		}
	}
}
