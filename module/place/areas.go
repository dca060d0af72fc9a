package place

import (
	"strconv"
	"strings"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
)

// Geometry is a GeoJSON geometry as it came, to be checked with its path.
type Geometry struct{ text []byte }

// UnmarshalJSON keeps the text.
func (g *Geometry) UnmarshalJSON(text []byte) error {
	g.text = append([]byte(nil), text...)
	return nil
}

// MarshalJSON gives it back.
func (g Geometry) MarshalJSON() ([]byte, error) {
	if len(g.text) == 0 {
		return []byte("null"), nil
	}
	return g.text, nil
}

// AreaFeature is one area as GeoJSON has it.
type AreaFeature struct {
	Type       string       `json:"type" required:"true" enum:"Feature"`
	Properties AreaProperty `json:"properties"`
	Geometry   Geometry     `json:"geometry"`
}

// AreaProperty is what an outline stands for. Without an id a new area is made.
type AreaProperty struct {
	ID        string     `json:"id" max:"64"`
	StationID string     `json:"station_id" required:"true" max:"64"`
	Name      string     `json:"name" required:"true" max:"100"`
	Class     Class      `json:"class" required:"true" enum:"urban,county_town,market_town,complex,other"`
	ValidFrom *time.Time `json:"valid_from"`
	ValidTo   *time.Time `json:"valid_to"`
}

// draw makes the areas of an import; path is where features stand. Ids are given
// to those without.
func draw(features []AreaFeature, datum geo.Datum, now time.Time, by string, id func() string) ([]chart, error) {
	out := make([]chart, 0, len(features))
	seen := map[string]bool{}
	for i, f := range features {
		path := "/features/" + strconv.Itoa(i)
		c, err := f.chart(path, datum, now)
		if err != nil {
			return nil, err
		}
		if c.ID == "" {
			c.ID = id()
		}
		if seen[c.ID] {
			return nil, fault.At(path+"/properties/id", "place.area_twice")
		}
		seen[c.ID] = true
		c.UpdatedAt, c.UpdatedBy = now, by
		out = append(out, c)
	}
	return out, nil
}

func (f AreaFeature) chart(path string, datum geo.Datum, now time.Time) (c chart, err error) {
	p := f.Properties
	if strings.TrimSpace(p.Name) == "" || !readable(p.Name) {
		return c, fault.At(path+"/properties/name", "place.text_invalid")
	}
	c.Area = Area{ID: p.ID, StationID: p.StationID, Name: p.Name, Class: p.Class, ValidFrom: now, ValidTo: p.ValidTo, Edition: 1}
	if p.ValidFrom != nil {
		c.ValidFrom = *p.ValidFrom
	}
	if c.ValidTo != nil && !c.ValidTo.After(c.ValidFrom) {
		return c, fault.At(path+"/properties/valid_to", "place.ends_before_it_begins")
	}
	c.region, err = geo.ParseRegion(f.Geometry.text, datum, path+"/geometry")
	return c, err
}

// Overlap is two areas of different stations that claim the same ground.
type Overlap struct {
	AreaID  string  `json:"area_id"`
	OtherID string  `json:"other_id"`
	Share   float64 `json:"share"` // of the first one's ground, 0 … 1
}

// overlaps looks at a grid of points in each area. An area of a site lies inside
// its station's on purpose, so only different stations count.
func overlaps(fresh, all []chart) []Overlap {
	out := []Overlap{}
	for _, c := range fresh {
		points := sample(c.region)
		for _, other := range all {
			if other.ID == c.ID || other.StationID == c.StationID {
				continue
			}
			inside := 0
			for _, p := range points {
				if other.region.Contains(p) {
					inside++
				}
			}
			if share := float64(inside) / float64(max(1, len(points))); share > mostOverlap {
				out = append(out, Overlap{c.ID, other.ID, share})
			}
		}
	}
	return out
}

const (
	mostOverlap = 0.01
	sampleSide  = 48
)

// sample is the points of a grid over a region that lie in it.
func sample(r *geo.Region) (out []geo.Point) {
	b := r.Bounds()
	for i := range sampleSide * sampleSide {
		p := geo.Point{
			Lat: b.South + (b.North-b.South)*(float64(i/sampleSide)+0.5)/sampleSide,
			Lon: b.West + (b.East-b.West)*(float64(i%sampleSide)+0.5)/sampleSide,
		}
		if r.Contains(p) {
			out = append(out, p)
		}
	}
	return out
}
