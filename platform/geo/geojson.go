package geo

import (
	"encoding/json"
	"strconv"

	"zhian/platform/fault"
)

// Limits of one region: far above any county's outline, far below what would
// keep a request busy.
const (
	maxVertices = 20_000
	maxRings    = 2_000
)

// ParseRegion reads a GeoJSON geometry (RFC 7946) of type Polygon or
// MultiPolygon in degrees of the given datum. A fault names the place by JSON
// pointer below path, such as <path>/coordinates/0/3. Rings must be closed, must
// not cross themselves and must enclose something; their direction is free.
func ParseRegion(data []byte, from Datum, path string) (*Region, error) {
	var geometry struct {
		Type        string `json:"type"`
		Coordinates any    `json:"coordinates"`
	}
	if err := json.Unmarshal(data, &geometry); err != nil {
		return nil, &fault.Error{Kind: fault.Invalid, Key: "geo.malformed", Path: path, Cause: err}
	}
	d := decoder{from: from}
	coordinates := path + "/coordinates"
	var polygons []polygon
	switch geometry.Type {
	case "Polygon":
		pg, err := d.polygon(geometry.Coordinates, coordinates)
		if err != nil {
			return nil, err
		}
		polygons = []polygon{pg}
	case "MultiPolygon":
		var err error
		if polygons, err = d.polygons(geometry.Coordinates, coordinates); err != nil {
			return nil, err
		}
	default:
		return nil, fault.At(path+"/type", "geo.type_unknown")
	}
	return newRegion(polygons), nil
}

// decoder counts while it reads, over all parts of one geometry.
type decoder struct {
	from     Datum
	vertices int
	rings    int
}

func (d *decoder) polygons(v any, path string) (out []polygon, err error) {
	list, err := listAt(v, path)
	if err != nil {
		return nil, err
	}
	for i, item := range list {
		pg, err := d.polygon(item, path+"/"+strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		out = append(out, pg)
	}
	return out, nil
}

func (d *decoder) polygon(v any, path string) (out polygon, err error) {
	list, err := listAt(v, path)
	if err != nil {
		return nil, err
	}
	for i, item := range list {
		at := path + "/" + strconv.Itoa(i)
		if d.rings++; d.rings > maxRings {
			return nil, fault.At(at, "geo.too_many_rings")
		}
		ring, err := d.ring(item, at)
		if err != nil {
			return nil, err
		}
		out = append(out, ring)
	}
	return out, nil
}

func listAt(v any, path string) ([]any, error) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, fault.At(path, "geo.list_expected")
	}
	return list, nil
}

func (d *decoder) ring(v any, path string) ([]Point, error) {
	list, err := listAt(v, path)
	if err != nil {
		return nil, err
	}
	if len(list) < 4 {
		return nil, fault.At(path, "geo.ring_too_short")
	}
	if d.vertices += len(list); d.vertices > maxVertices {
		return nil, fault.With(fault.At(path, "geo.too_many_vertices"), "max", maxVertices)
	}
	ring := make([]Point, 0, len(list))
	for i, item := range list {
		p, err := positionAt(item, path+"/"+strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		p = Convert(p, d.from)
		if len(ring) == 0 || ring[len(ring)-1] != p {
			ring = append(ring, p) // a vertex said twice is one
		}
	}
	return checkRing(ring, path)
}

// checkRing takes the closing vertex off a sound ring.
func checkRing(ring []Point, path string) ([]Point, error) {
	last := len(ring) - 1
	switch {
	case ring[0] != ring[last]:
		return nil, fault.At(path, "geo.ring_open")
	case last < 3 || ringArea(ring[:last]) < 1:
		return nil, fault.At(path, "geo.ring_empty")
	case crossesItself(ring[:last]):
		return nil, fault.At(path, "geo.ring_crosses_itself")
	}
	return ring[:last], nil
}

// positionAt reads [longitude, latitude] or [longitude, latitude, height].
func positionAt(v any, path string) (p Point, err error) {
	list, ok := v.([]any)
	if !ok || len(list) < 2 || len(list) > 3 {
		return p, fault.At(path, "geo.position_expected")
	}
	lon, lonOK := list[0].(float64)
	lat, latOK := list[1].(float64)
	switch {
	case !lonOK || !latOK:
		return p, fault.At(path, "geo.number_expected")
	case lon < -180 || lon > 180:
		return p, fault.At(path+"/0", "geo.longitude_out_of_range")
	case lat < -90 || lat > 90:
		return p, fault.At(path+"/1", "geo.latitude_out_of_range")
	}
	return Point{Lat: lat, Lon: lon}, nil
}

// MarshalJSON writes the region as a GeoJSON MultiPolygon in WGS-84.
func (r *Region) MarshalJSON() ([]byte, error) {
	coordinates := make([][][][2]float64, 0, len(r.polygons))
	for _, pg := range r.polygons {
		rings := make([][][2]float64, 0, len(pg))
		for _, ring := range pg {
			positions := make([][2]float64, 0, len(ring)+1)
			for _, p := range ring {
				positions = append(positions, [2]float64{p.Lon, p.Lat})
			}
			rings = append(rings, append(positions, positions[0]))
		}
		coordinates = append(coordinates, rings)
	}
	return json.Marshal(struct {
		Type        string           `json:"type"`
		Coordinates [][][][2]float64 `json:"coordinates"`
	}{"MultiPolygon", coordinates})
}
