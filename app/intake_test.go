package app_test

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"testing"

	"zhian/app/apptest"
	"zhian/platform/geo"
)

// county is a house with two stations side by side and a street of one name in
// each.
type county struct {
	*apptest.House
	root, east, west string
}

// The street stands in both towns.
const street = "解放街12号"

func newCounty(h *apptest.House) county {
	c := county{House: h}
	c.root = h.Root()
	c.east = h.Ask("system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784510000","name":"East","kind":"station","parent_id":%q}`, c.root))["id"].(string)
	c.west = h.Ask("system", 201, "POST", "/v1/orgs", fmt.Sprintf(`{"code":"330784520000","name":"West","kind":"station","parent_id":%q}`, c.root))["id"].(string)
	h.Staff("centre", "command_centre", c.root)
	h.Staff("east", "station_leader", c.east)
	divisions := base64.StdEncoding.EncodeToString([]byte("code,name,parent,level\n330784,永康市,3307,county\n330784001,东城街道,330784,town\n330784002,西城街道,330784,town\n"))
	h.Ask("centre", 200, "POST", "/v1/places/divisions", fmt.Sprintf(`{"scheme":"test","version":"1","content":%q}`, divisions))
	square := func(station string, west, east float64) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"station_id":%q,"name":"a","class":"county_town"},"geometry":{"type":"Polygon","coordinates":[[[%g,28.8],[%g,28.8],[%g,29],[%g,29],[%g,28.8]]]}}`,
			station, west, east, east, west, west)
	}
	h.Ask("centre", 200, "POST", "/v1/places/areas", fmt.Sprintf(`{"type":"FeatureCollection","datum":"wgs84","features":[%s,%s]}`, square(c.west, 120, 120.05), square(c.east, 120.05, 120.1)))
	for _, a := range []struct {
		name string
		lon  float64
	}{{"东城街道" + street, 120.09}, {"西城街道" + street, 120.01}, {"东城街道金城路88号", 120.08}} {
		h.Ask("centre", 201, "POST", "/v1/places/addresses", fmt.Sprintf(`{"name":%q,"point":{"lat":28.9,"lon":%g},"datum":"wgs84","uncertainty_m":20}`, a.name, a.lon))
	}
	return c
}

func (c county) call(body string) map[string]any {
	c.Helper()
	return c.Ask("centre", 201, "POST", "/v1/incidents", `{"kind_code":"4",`+body+`}`)
}

// No address refuses a call. What is not settled has no station, is the
// centre's alone, and is placed by a person with an entry that says so.
func TestEveryAddressOpensAnIncident(t *testing.T) {
	each(t, func(h *apptest.House) {
		c := newCounty(h)
		for _, text := range []string{"<script>alert(1)</script>", "金城路88号; DROP TABLE incident_entry;--", "'\\\"", strings.Repeat("远", 900), "%s%n", ""} {
			in := c.call(fmt.Sprintf(`"address":%q`, text))
			if in["place_unsettled"] != true || in["station_id"] != "" || len(in["place_doubts"].([]any)) == 0 || in["address"] != text {
				h.Errorf("%q: %v", text, in)
			}
			h.Ask("centre", 200, "GET", "/v1/incidents/"+in["id"].(string), "")
			h.Ask("east", 404, "GET", "/v1/incidents/"+in["id"].(string), "")
		}
		if in := c.call(`"address":"<b>金城路88号</b>"`); len(in["choices"].([]any)) == 0 {
			h.Errorf("nothing is offered for what can be read: %v", in)
		}
		h.Ask("centre", 400, "POST", "/v1/incidents", "{\"kind_code\":\"4\",\"address\":\"a\\u0000b\"}")
		if board := h.Ask("east", 200, "GET", "/v1/board", "")["items"].([]any); len(board) != 0 {
			h.Errorf("a station sees what is not placed: %v", board)
		}
	})
}

func TestSameNamedStreetsAreAPersonsChoice(t *testing.T) {
	each(t, func(h *apptest.House) {
		c := newCounty(h)
		in := c.call(fmt.Sprintf(`"address":%q`, street))
		choices := in["choices"].([]any)
		if in["place_unsettled"] != true || in["station_id"] != "" || len(choices) < 2 {
			h.Fatalf("%v", in)
		}
		var stations []string
		for _, one := range choices[:2] {
			stations = append(stations, one.(map[string]any)["station_id"].(string))
		}
		if stations[0] == stations[1] {
			h.Errorf("%v", choices)
		}
		path := "/v1/incidents/" + in["id"].(string)
		if refused := h.Ask("centre", 400, "POST", path+"/correct", fmt.Sprintf(`{"field":"address","address":%q,"reason":"asked"}`, street)); refused["key"] != "incident.place_not_settled" {
			h.Errorf("%v", refused)
		}
		got := h.Ask("centre", 200, "POST", path+"/correct", fmt.Sprintf(`{"field":"address","address":%q,"reason":"asked"}`, "东城街道"+street))
		if got["station_id"] != c.east || got["place_unsettled"] == true || got["area_class"] != "county_town" {
			h.Errorf("%v", got)
		}
		h.Ask("east", 200, "GET", path, "")
		entries := h.Ask("centre", 200, "GET", path+"/timeline", "")["items"].([]any)
		last := entries[len(entries)-1].(map[string]any)["detail"].(map[string]any)
		if last["field"] != "address" || last["place"].(map[string]any)["station_id"] != c.east {
			h.Errorf("%v", last)
		}
	})
}

func TestPointsInEveryDatum(t *testing.T) {
	each(t, func(h *apptest.House) {
		c := newCounty(h)
		here := geo.Point{Lat: 28.9, Lon: 120.08}
		said := func(d geo.Datum) string {
			p := geo.Express(here, d)
			return fmt.Sprintf(`"position":{"lat":%.9f,"lon":%.9f,"datum":%q}`, p.Lat, p.Lon, d)
		}
		for _, d := range []geo.Datum{geo.WGS84, geo.CGCS2000, geo.GCJ02, geo.BD09} {
			in := c.call(said(d))
			at := in["position"].(map[string]any)
			if math.Abs(at["lat"].(float64)-here.Lat) > 1e-6 || math.Abs(at["lon"].(float64)-here.Lon) > 1e-6 || in["station_id"] != c.east {
				h.Errorf("%s: %v", d, in)
			}
		}
		shifted := strings.Replace(said(geo.GCJ02), `"gcj02"`, `"wgs84"`, 1)
		in := c.call(`"address":"金城路88号",` + shifted)
		if doubts := fmt.Sprint(in["place_doubts"]); doubts != "[point_looks_shifted]" || in["position"].(map[string]any)["uncertainty_m"].(float64) < 500 {
			h.Errorf("%v", in)
		}
		if in = c.call(`"position":{"lat":29.2,"lon":120.5}`); in["outside"] != true || in["station_id"] != "" || in["place_unsettled"] == true {
			h.Errorf("a neighbour's call: %v", in)
		}
		h.Ask("centre", 400, "POST", "/v1/incidents", `{"kind_code":"4","position":{"lat":91,"lon":120}}`)
		h.Ask("centre", 400, "POST", "/v1/incidents", `{"kind_code":"4","position":{"lat":28,"lon":120,"datum":"utm"}}`)
	})
}
