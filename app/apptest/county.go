package apptest

import (
	"database/sql"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"zhian/module/place"
	"zhian/platform/ident"
)

// County is a small county that many tests begin in: built once through the web
// API, then copied for each.
//
//	stations   north (urban area) and south (area class other)
//	people     calltaker, dispatcher, chief (command centre), leader of north and
//	           of south (northleader, southleader), officers P1 and P2 of north,
//	           P3 of south, reader (bureau leader), importer; system, security, audit
//	units      A1 (P1) and A2 (P2) of north, B1 (P3) of south, all on duty
type County struct {
	t        testing.TB // for which it was built: what it made goes with it
	data     string
	database string // of the template on PostgreSQL
	people   map[string]*person
	Names    map[string]string // ids by the words above; root is the county
}

//go:embed data/addresses.csv
var addresses []byte

// Engines are what stories run on: PostgreSQL only where there is one.
func Engines() []string {
	if os.Getenv("TEST_POSTGRES") == "" {
		return []string{"sqlite"}
	}
	return []string{"sqlite", "postgres"}
}

// Build makes the county.
func Build(t testing.TB, engine string) *County {
	t.Helper()
	c := &County{t: t, data: t.TempDir(), Names: map[string]string{}}
	if engine == "postgres" {
		c.database = createDatabase(t, "")
	}
	h := open(t, c.data, address(c.database))
	invitations, err := h.Found(t.Context(), "330784")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range invitations {
		h.setUp(in.Login, in.Role, in.Token)
	}
	c.settle(h)
	if err := h.DB.Close(); err != nil {
		t.Fatal(err)
	}
	c.people = h.people
	return c
}

// House is a copy of the county to do with as a test likes. Its database goes
// when all are done: each dropping makes the whole server write to disk.
func (c *County) House(t testing.TB) *House {
	t.Helper()
	data, database := t.TempDir(), ""
	if err := os.CopyFS(data, os.DirFS(c.data)); err != nil {
		t.Fatal(err)
	}
	if c.database != "" {
		database = createDatabase(c.t, c.database)
	}
	h := open(t, data, address(database))
	for login, p := range c.people {
		copied := *p
		h.people[login] = &copied
	}
	return h
}

// Ids is a copy of Names.
func (c *County) Ids() map[string]string { return maps.Clone(c.Names) }

func (c *County) settle(h *House) {
	h.Helper()
	c.Names["root"] = h.Root()
	for _, s := range []struct{ name, code, title string }{{"north", "330784510000", "North station"}, {"south", "330784520000", "South station"}} {
		c.Names[s.name] = h.Ask("system", 201, "POST", "/v1/orgs",
			fmt.Sprintf(`{"code":%q,"name":%q,"kind":"station","parent_id":%q}`, s.code, s.title, c.Names["root"]))["id"].(string)
	}
	c.mapOut(h)
	for _, p := range []struct{ login, role, org string }{
		{"calltaker", "call_taker", "root"}, {"dispatcher", "dispatcher", "root"}, {"chief", "command_centre", "root"},
		{"northleader", "station_leader", "north"}, {"southleader", "station_leader", "south"},
		{"P1", "officer", "north"}, {"P2", "officer", "north"}, {"P3", "officer", "south"},
		{"reader", "bureau_leader", "root"}, {"importer", "importer", "root"},
	} {
		c.Names[p.login] = h.Staff(p.login, p.role, c.Names[p.org])
	}
	for name, p := range h.people {
		if c.Names[name] == "" {
			c.Names[name] = p.id
		}
	}
	for _, u := range []struct {
		sign, org, crew string
		lat, lon        float64
	}{{"A1", "north", "P1", 28.917, 120.055}, {"A2", "north", "P2", 28.930, 120.060}, {"B1", "south", "P3", 28.870, 120.040}} {
		id := h.Unit(u.sign, c.Names[u.org])
		c.Names[u.sign] = id
		h.Ask(u.crew, 200, "POST", "/v1/units/"+id+"/duty", fmt.Sprintf(`{"user_id":%q}`, c.Names[u.crew]))
		h.At(u.crew, id, u.lat, u.lon)
	}
}

// mapOut draws the stations' areas and enters some addresses; one street name is
// in two towns.
func (c *County) mapOut(h *House) {
	h.Helper()
	d := place.DemoDivisions()
	divisions, err := json.Marshal(d)
	if err != nil {
		h.Fatal(err)
	}
	h.Ask("system", 200, "POST", "/v1/places/divisions", string(divisions))
	area := func(station, name, class string, south, north float64) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"station_id":%q,"name":%q,"class":%q},"geometry":{"type":"Polygon",
			"coordinates":[[[120.0,%[4]g],[120.1,%[4]g],[120.1,%[5]g],[120.0,%[5]g],[120.0,%[4]g]]]}}`, c.Names[station], name, class, south, north)
	}
	h.Ask("system", 200, "POST", "/v1/places/areas", `{"type":"FeatureCollection","datum":"wgs84","features":[`+
		area("north", "town", "urban", 28.90, 28.95)+","+area("south", "hills", "other", 28.85, 28.90)+`]}`)
	done := h.Ask("system", 201, "POST", "/v1/places/imports", fmt.Sprintf(`{"content":%q,"datum":"wgs84","source":"survey","uncertainty_m":15}`,
		base64.StdEncoding.EncodeToString(addresses)))
	if done["accepted"] != 3.0 {
		h.Fatalf("addresses: %v", done)
	}
}

// Unit registers a car and returns its id.
func (h *House) Unit(sign, org string) string {
	h.Helper()
	return h.Ask("system", 201, "POST", "/v1/units", fmt.Sprintf(`{"call_sign":%q,"kind":"car","org_id":%q}`, sign, org))["id"].(string)
}

// At reports where a unit is, as somebody who may.
func (h *House) At(who, unit string, lat, lon float64) {
	h.Helper()
	h.Ask(who, 200, "POST", "/v1/units/"+unit+"/positions", fmt.Sprintf(`{"datum":"wgs84","fixes":[{"at":%q,"lat":%g,"lon":%g}]}`,
		h.Now().Format(time.RFC3339), lat, lon))
}

// createDatabase makes a database, a copy of another unless that is "".
func createDatabase(t testing.TB, template string) string {
	t.Helper()
	admin, err := sql.Open("pgx", os.Getenv("TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	name := "county" + strings.ReplaceAll(ident.NewMaker(time.Now).Next(), "-", "")
	create := "CREATE DATABASE " + name
	if template != "" {
		create += " TEMPLATE " + template
	}
	if _, err := admin.ExecContext(t.Context(), create); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") })
	return name
}

// address is where a database of that name is; "" for SQLite.
func address(database string) string {
	if database == "" {
		return ""
	}
	u, err := url.Parse(os.Getenv("TEST_POSTGRES"))
	if err != nil {
		return ""
	}
	u.Path = "/" + database
	q := u.Query()
	q.Set("synchronous_commit", "off") // nothing here outlives the power
	u.RawQuery = q.Encode()
	return u.String()
}
