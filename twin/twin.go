// Package twin is the simulated city: one seeded model for demonstration, load
// and tests. The same seed gives the same city, the same calls and the same
// behaviour of its officers, whoever asks, in whatever order, on any machine.
//
//	seed ─ New ─► City ── Calls(from, to) ─► Call ── Behave(call, unit, distance) ─► Duty
//	                │                                                                │
//	                └────────── Drive: the public API, at a speed ◄──────────────────┘
//
// Town and village names are real, everything else is made up: positions and
// borders are generated and are no map of the place, and there are no persons
// but a synthetic staff. It calls like everybody else, through the public API,
// and nothing in it reaches into the server.
package twin

import (
	"time"

	"zhian/platform/geo"
)

// Size of the city's force.
const (
	unitsPerStation    = 8
	officersPerStation = 20
	callTakers         = 6
)

// Station is a police station and the area it answers for.
type Station struct {
	Code  string // 12 digits in the layout of GA/T 380-2012
	Name  string
	Short string
	Town  string // 9 digits, statistical code
	Class string // urban, county_town, market_town, complex or other
	Seat  geo.Point
	Area  []geo.Point // outer ring, closed, counter-clockwise
}

// Village is the smallest division. Its position is generated.
type Village struct {
	Code    string // 12 digits, statistical code
	Name    string
	Town    string // name
	Station int    // index in City.Stations
	At      geo.Point
}

// Address is a standard address of the city.
type Address struct {
	Text    string
	Village int // index in City.Villages
	At      geo.Point
}

// User is a synthetic member of staff.
type User struct {
	Number string // staff number, begins with D for demonstration
	Name   string
	Role   string // officer, leader or call_taker; of a guest the house's own name
	Org    string // code
}

// guestRoles are those that nobody in the city plays by itself: an account of
// each waits for whoever looks in.
var guestRoles = []string{"dispatcher", "call_taker", "command_centre", "bureau_leader", "operations"}

// Unit is a crew with its vehicle.
type Unit struct {
	CallSign string
	Kind     string // car, motorcycle or foot
	Station  int    // index in City.Stations
	Crew     []string
	Home     geo.Point // where it waits
}

// City is everything that stands still.
type City struct {
	Seed      uint64
	Bureau    Org
	Centre    Org
	Outline   []geo.Point // a sketch, not an administrative border
	Stations  []Station
	Villages  []Village
	Addresses []Address
	Units     []Unit
	Users     []User
	Guests    []User

	stationAddresses [][]int // by station, indexes of Addresses
	tables           tables
}

// Org is a node of the organisation tree.
type Org struct{ Code, Name string }

// Zone is the city's: no summer time since 1991.
func Zone() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }
