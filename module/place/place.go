// Package place knows the county: standard addresses, the stations' areas, the
// divisions, and what responders must be warned of at a place.
//
//	text   ─Clean→ ─read→ readings ─find→ candidates ─judge→ Located
//	point  ─area index→ Area, nearest address
//
// A text is never matched silently: candidates carry a score and what of the
// text each part matched, and a tie is marked ambiguous for a person to settle.
//
//	address: live ─Correct→ live (next version) ─Retire→ retired
//	area:    valid from … to, replaced by import; where two overlap the smaller wins
//	hazard:  valid from … to ─Retire→ gone; an expired one does not show
//
// The tables are the truth. Addresses, areas and hazards are also held in memory,
// swapped whole after each change, so that intake asks without the database.
// It hears no facts and publishes none: a change matters only to who asks next.
//
// Places are not people: there is no owner, tenant or occupant here.
package place

import (
	"time"

	"zhian/platform/geo"
)

// Class says how fast help is meant to be in an area.
type Class string

const (
	Urban      Class = "urban"
	CountyTown Class = "county_town"
	MarketTown Class = "market_town"
	Complex    Class = "complex" // one large site: a market hall, a factory, a campus
	Other      Class = "other"
)

// Level is what a division is.
type Level string

const (
	Province Level = "province"
	City     Level = "city"
	County   Level = "county"
	Town     Level = "town"
	Village  Level = "village"
)

// Division is a row of one list of division codes. The code means nothing
// without the list: lists in wide use give different towns under one code.
type Division struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Parent string `json:"parent"`
	Level  Level  `json:"level"`
}

// Address is a standard address or a named place. Point is WGS-84; Datum tells
// what it was given in, Uncertainty how far off it may be (metres, 95 %).
type Address struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Town        string     `json:"town"`
	Village     string     `json:"village"`
	Point       geo.Point  `json:"point"`
	Uncertainty float64    `json:"uncertainty_m"`
	Datum       geo.Datum  `json:"datum"`
	Source      string     `json:"source"`
	Aliases     []string   `json:"aliases"`
	Edition     int64      `json:"version"`
	UpdatedAt   time.Time  `json:"updated_at"`
	UpdatedBy   string     `json:"updated_by"`
	RetiredAt   *time.Time `json:"retired_at,omitempty"`

	identity string // equal for two texts of one address
	revision int64
}

// Version is what an edit must match.
func (a Address) Version() int64 { return a.Edition }

// Area is where a station answers calls.
type Area struct {
	ID        string     `json:"id"`
	StationID string     `json:"station_id"`
	Name      string     `json:"name"`
	Class     Class      `json:"class"`
	ValidFrom time.Time  `json:"valid_from"`
	ValidTo   *time.Time `json:"valid_to,omitempty"`
	Edition   int64      `json:"version"`
	UpdatedAt time.Time  `json:"updated_at"`
	UpdatedBy string     `json:"updated_by"`
}

// HazardKind is the closed set of what can be dangerous about a place. None
// describes a person.
type HazardKind string

const (
	Gas         HazardKind = "gas"
	Chemical    HazardKind = "chemical"
	Electric    HazardKind = "electric"
	Structure   HazardKind = "structure"
	Water       HazardKind = "water"
	FireLoad    HazardKind = "fire_load"
	Dog         HazardKind = "dog"
	Access      HazardKind = "access" // narrow, locked, no lift
	HazardOther HazardKind = "other"
)

// Hazard is a warning about a place for those who go there. It ends by itself:
// a warning that nobody renews is one that nobody believes.
type Hazard struct {
	ID        string     `json:"id"`
	PlaceID   string     `json:"place_id,omitempty"`
	Point     geo.Point  `json:"point"`
	Kind      HazardKind `json:"kind"`
	Note      string     `json:"note"`
	ValidFrom time.Time  `json:"valid_from"`
	ValidTo   time.Time  `json:"valid_to"`
	CreatedAt time.Time  `json:"created_at"`
	CreatedBy string     `json:"created_by"`
	RetiredAt *time.Time `json:"retired_at,omitempty"`
	RetiredBy string     `json:"retired_by,omitempty"`
}

// Query asks where something is: by words, by a point, or both. Datum is the
// point's and must be stated with one.
type Query struct {
	Text  string     `json:"text" max:"200"`
	Point *geo.Point `json:"point"`
	Datum geo.Datum  `json:"datum" enum:"wgs84,cgcs2000,gcj02,bd09"`
	Limit int        `json:"limit" min:"1" max:"50"`
}

// Located is the answer. When Ambiguous is true the candidates at the top are
// different places that fit equally well: a person must choose, nothing may.
type Located struct {
	Candidates []Candidate `json:"candidates"`
	Ambiguous  bool        `json:"ambiguous"`
	Point      *geo.Point  `json:"point,omitempty"` // the point asked for, in WGS-84
	Area       *Area       `json:"area,omitempty"`  // of that point, else of an unambiguous first candidate
	Contested  bool        `json:"contested"`       // the point looks shifted, and another area would hold it then: Area is not told
	Outside    bool        `json:"outside"`         // there is a point and no area holds it
	Key        string      `json:"key,omitempty"`   // equal for two questions about one address; empty when it is not known
	Nearest    *Near       `json:"nearest,omitempty"`
	Hazards    []Hazard    `json:"hazards"`
	Warnings   []string    `json:"warnings"`
}

// Near is the standard address nearest to a point.
type Near struct {
	PlaceID string  `json:"place_id"`
	Name    string  `json:"name"`
	Meters  float64 `json:"meters"`
}

// Grain says how precise a candidate is.
type Grain string

const (
	Door   Grain = "door"   // one standard address
	House  Grain = "house"  // several addresses of one building or yard
	Close  Grain = "close"  // a neighbouring number stands for the one asked
	Street Grain = "street" // the road, estate or site without the number
	Hamlet Grain = "village"
	Region Grain = "town"
)

// Candidate is a place that the text may mean. Point is nil when nothing in the
// tables tells where the place is. Uncertainty is in metres, Score in 0 … 1.
type Candidate struct {
	PlaceID     string     `json:"place_id,omitempty"`
	Name        string     `json:"name"`
	Town        string     `json:"town"`
	Village     string     `json:"village"`
	Grain       Grain      `json:"grain"`
	Point       *geo.Point `json:"point,omitempty"`
	Uncertainty float64    `json:"uncertainty_m"`
	Score       float64    `json:"score"`
	StationID   string     `json:"station_id,omitempty"`
	Class       Class      `json:"class,omitempty"`
	Matched     []Part     `json:"matched"`
	Unread      string     `json:"unread,omitempty"` // of the text, what nothing explains
	Beside      bool       `json:"beside"`           // the text says "near", "opposite", …

	part    string // of the text, what its name was matched with; "" where that does not matter
	literal bool   // that part is the name to the letter
}

// Part is a piece of the text and what it was taken for.
type Part struct {
	Kind string `json:"kind"` // town, village, name, house, building, unit, floor, room, lane, group, number
	Text string `json:"text"` // as it stands in the list it matched
	How  How    `json:"how"`
}

// How says how a piece of text matched.
type How string

const (
	Exact    How = "exact"
	Short    How = "short"    // without its suffix
	Sound    How = "sound"    // other characters of the same sound
	Typo     How = "typo"     // a character wrong, missing or too many
	Begun    How = "begun"    // the beginning of it
	Within   How = "within"   // found inside a longer text
	Initials How = "initials" // pinyin, whole or initials
	Missing  How = "missing"  // not in the tables: a neighbour stands for it
)
