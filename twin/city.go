package twin

import (
	"math"
	"slices"
	"strings"

	"zhian/platform/geo"
)

// New makes the city of a seed.
func New(seed uint64) *City {
	c := &City{Seed: seed, tables: readTables()}
	c.Bureau = Org{"330784000000", c.tables.texts["bureau"]}
	c.Centre = Org{"330784010000", c.tables.texts["centre"]}
	areas := c.settle()
	c.people(areas)
	c.addresses()
	c.staff()
	return c
}

// settle draws the outline and puts the stations into it: those of the town
// close together in the middle, the rest far from each other.
func (c *City) settle() [][]spot {
	d, flat := c.dice("outline"), plane()
	ring := outline(d)
	c.Outline = closed(flat, ring)
	var sites []spot
	for _, r := range readFile("stations") {
		s := Station{Code: r["code"], Name: r["name"], Short: r["short"], Town: r["town"], Class: r["class"]}
		sites = append(sites, c.site(d, ring, sites, s.dense()))
		s.Seat = point(flat, sites[len(sites)-1])
		c.Stations = append(c.Stations, s)
	}
	areas := cells(ring, sites)
	for i, area := range areas {
		c.Stations[i].Area = closed(flat, area)
	}
	return areas
}

// dense says that the station stands in the town.
func (s Station) dense() bool { return s.Class != "other" && s.Class != "market_town" }

// site is the best of some random places: the one farthest from all taken ones
// (Mitchell, SIGGRAPH 1991: best candidate).
func (c *City) site(d dice, ring []spot, taken []spot, dense bool) spot {
	const candidates, town = 24, 5000.0
	var best spot
	farthest := -1.0
	for range candidates {
		p := inside(ring, d)
		if dense {
			p = p.times(town / (town + math.Hypot(p.x, p.y)))
		} else if math.Hypot(p.x, p.y) < town {
			continue
		}
		clear := math.Inf(1)
		for _, t := range taken {
			clear = min(clear, p.to(t))
		}
		if clear > farthest {
			best, farthest = p, clear
		}
	}
	return best
}

// people puts each village into an area of its town's stations.
func (c *City) people(areas [][]spot) {
	d, flat := c.dice("villages"), plane()
	towns := map[string]string{}
	for _, r := range readFile("towns") {
		towns[r["code"]] = r["name"]
	}
	ofTown := map[string][]int{}
	for i, s := range c.Stations {
		ofTown[s.Town] = append(ofTown[s.Town], i)
	}
	for _, r := range readFile("villages") {
		stations := ofTown[r["town"]]
		station := stations[d.IntN(len(stations))]
		at := along(inside(areas[station], d), middle(areas[station]), 0.15) // not on the border
		c.Villages = append(c.Villages, Village{Code: r["code"], Name: r["name"], Town: towns[r["town"]], Station: station, At: point(flat, at)})
	}
}

func middle(ring []spot) (m spot) {
	for _, p := range ring {
		m.x, m.y = m.x+p.x/float64(len(ring)), m.y+p.y/float64(len(ring))
	}
	return m
}

// addresses are numbered houses around each village's middle, more of them in
// town, inside the area of the village's station.
func (c *City) addresses() {
	const radius = 250.0
	flat := plane()
	c.stationAddresses = make([][]int, len(c.Stations))
	for i, v := range c.Villages {
		d := c.dice("addresses", v.Code)
		station := c.Stations[v.Station]
		houses := 6
		if station.dense() {
			houses = 14
		}
		for no := 1; no <= houses; no++ {
			x, y := flat.XY(v.At)
			sin, cos := math.Sincos(2 * math.Pi * d.Float64())
			r := radius * math.Sqrt(d.Float64())
			at := point(flat, spot{x + r*cos, y + r*sin})
			if !contains(station.Area, at) {
				at = v.At
			}
			text := strings.NewReplacer("{town}", v.Town, "{village}", v.Name, "{no}", number(no*3-d.IntN(3), 1)).Replace(c.tables.texts["address"])
			c.stationAddresses[v.Station] = append(c.stationAddresses[v.Station], len(c.Addresses))
			c.Addresses = append(c.Addresses, Address{Text: text, Village: i, At: at})
		}
	}
}

// contains is for convex rings.
func contains(ring []geo.Point, p geo.Point) bool {
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		if (b.Lon-a.Lon)*(p.Lat-a.Lat)-(b.Lat-a.Lat)*(p.Lon-a.Lon) <= 0 {
			return false
		}
	}
	return true
}

// unitKinds is what a station has, in the order of call signs.
var unitKinds = [unitsPerStation]string{"car", "car", "car", "car", "motorcycle", "motorcycle", "foot", "foot"}

// staff makes officers, crews and call-takers. A leader and three officers of
// each station are in no crew.
func (c *City) staff() {
	person := func(text, prefix, role, org string, no int) string {
		u := User{Number: prefix + number(no, 3), Name: strings.ReplaceAll(c.tables.texts[text], "{no}", number(no, 3)), Role: role, Org: org}
		c.Users = append(c.Users, u)
		return u.Number
	}
	for no := 1; no <= callTakers; no++ {
		person("call_taker", "DT", "call_taker", c.Centre.Code, no)
	}
	for no, role := range guestRoles {
		c.Guests = append(c.Guests, User{Number: "DG" + number(no+1, 3), Name: c.tables.texts["guest_"+role], Role: role, Org: c.Bureau.Code})
	}
	for i, s := range c.Stations {
		d := c.dice("units", s.Code)
		person("leader", "DL", "leader", s.Code, i+1)
		var officers []string
		for no := 1; no < officersPerStation; no++ {
			officers = append(officers, person("officer", "DP", "officer", s.Code, i*(officersPerStation-1)+no))
		}
		for k, kind := range unitKinds {
			c.Units = append(c.Units, Unit{CallSign: s.Short + number(k+1, 2), Kind: kind, Station: i,
				Crew: slices.Clone(officers[2*k : 2*k+2]), Home: c.home(d, i)})
		}
	}
}

// home is where a unit waits: half of them at the seat, half somewhere out.
func (c *City) home(d dice, station int) geo.Point {
	if d.chance(0.5) {
		return c.Stations[station].Seat
	}
	addresses := c.stationAddresses[station]
	return c.Addresses[addresses[d.IntN(len(addresses))]].At
}

func closed(flat geo.Plane, ring []spot) []geo.Point {
	out := make([]geo.Point, 0, len(ring)+1)
	for _, s := range ring {
		out = append(out, point(flat, s))
	}
	return append(out, out[0])
}

// polygon is the station's area as a GeoJSON geometry.
func (s Station) polygon() object {
	ring := make([][2]float64, len(s.Area))
	for i, p := range s.Area {
		ring[i] = [2]float64{p.Lon, p.Lat}
	}
	return object{"type": "Polygon", "coordinates": [][][2]float64{ring}}
}
