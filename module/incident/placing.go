package incident

import (
	"cmp"
	"context"
	"slices"
	"time"

	"zhian/platform/fault"
	"zhian/platform/geo"
	"zhian/platform/httpapi"
)

// Point is a place as somebody gives it, in the datum that they say.
type Point struct {
	Lat          float64   `json:"lat" min:"-90" max:"90"`
	Lon          float64   `json:"lon" min:"-180" max:"180"`
	UncertaintyM float64   `json:"uncertainty_m" min:"0" max:"100000"`
	Datum        geo.Datum `json:"datum" enum:"wgs84,cgcs2000,gcj02,bd09"` // wgs84 when it is not said
}

// Placing is where an incident is, as far as that is known, and who answers for
// the place.
type Placing struct {
	Address   string    `json:"address"`
	Position  *Position `json:"position,omitempty"`
	Given     *Point    `json:"given,omitempty"` // the point in the shifted datum that it came in
	StationID string    `json:"station_id"`      // empty while no station answers: the centre itself does
	AreaClass string    `json:"area_class"`
	Outside   bool      `json:"outside,omitzero"`         // in no station's area: a neighbour's call
	Unsettled bool      `json:"place_unsettled,omitzero"` // a person must say where it is
	Doubts    []string  `json:"place_doubts,omitempty"`   // the words below
	Key       string    `json:"place_key,omitempty"`      // equal for two incidents at one address
	Hazards   []Hazard  `json:"hazards,omitempty"`
}

// Doubts about a place: why it is not settled, or what speaks against it.
const (
	DoubtNothingSaid = "nothing_said"
	DoubtUnreadable  = "address_unreadable" // it holds what no address holds
	DoubtUnknown     = "address_unknown"
	DoubtAmbiguous   = "address_ambiguous" // several places fit it equally well
	DoubtNoPoint     = "point_without_place"
	DoubtShifted     = "point_looks_shifted" // said to be WGS-84, and plausible only as GCJ-02
	DoubtApart       = "point_far_from_address"
	DoubtFar         = "point_far_outside" // nobody calls this centre from there
	DoubtStation     = "station_not_accepted"
	DoubtGazetteer   = "gazetteer_failed"
)

// otherArea is the class of a place that is in no area: its clocks run all the same.
const otherArea = "other"

// shiftM is how far GCJ-02 is from WGS-84 at most, in metres.
const shiftM = 700

// placed finds out where something is. It never fails: a call is taken in
// whatever is said of its place, and what could not be settled is for a person.
// The choices are offered for that; none of them is taken silently.
func (s *Service) placed(ctx context.Context, address string, p *Point, stationID string) (Placing, []Choice) {
	at := Placing{}
	if p != nil && (p.Lat == 0 || p.Lon == 0) {
		p, at.Doubts = nil, append(at.Doubts, DoubtNoPoint) // what a receiver without a fix sends, or half a point
	}
	found, err := s.Locator.Locate(ctx, address, p)
	if err != nil {
		found = Located{Doubts: []string{DoubtGazetteer}}
	}
	at.Address, at.Position, at.Key, at.Hazards = cmp.Or(address, found.Address), found.Position, found.Key, found.Hazards
	at.StationID, at.AreaClass, at.Outside = found.StationID, cmp.Or(found.AreaClass, otherArea), found.Outside
	at.Doubts = append(at.Doubts, found.Doubts...)
	if p != nil && (p.Datum == geo.GCJ02 || p.Datum == geo.BD09) {
		at.Given = p
	}
	if at.Position != nil && slices.Contains(at.Doubts, DoubtShifted) {
		at.Position.UncertaintyM = max(at.Position.UncertaintyM, shiftM)
	}
	at.named(stationID, func() bool { return s.may(ctx, permReceive, stationID) })
	at.Unsettled = at.Position == nil || at.StationID == "" && !at.Outside || at.Outside && slices.Contains(at.Doubts, DoubtFar)
	if !at.Unsettled || len(found.Choices) == 0 {
		return at, []Choice{}
	}
	return at, found.Choices
}

// named takes a station that somebody named instead of the area's, unless it is
// one that they have no say over.
func (at *Placing) named(stationID string, mayName func() bool) {
	switch {
	case stationID == "":
	case mayName():
		at.StationID = stationID
	default:
		at.Doubts = append(at.Doubts, DoubtStation)
	}
}

// located is what intake knows of a call before it is compared with others.
// Fault: Invalid incident.unknown_kind at /kind_code.
func (s *Service) located(ctx context.Context, call Intake) (c Call, choices []Choice, err error) {
	kind, known := s.Kinds[call.KindCode]
	if !known {
		return c, nil, fault.At("/kind_code", "incident.unknown_kind")
	}
	c = Call{KindCode: call.KindCode, Priority: cmp.Or(call.Priority, kind.Priority), Narrative: call.Narrative,
		ExternalRef: call.ExternalRef, CallTaker: httpapi.Caller(ctx).UserID}
	c.Placing, choices = s.placed(ctx, call.Address, call.Position, call.StationID)
	return c, choices, nil
}

// judged is the risk of an incident as it is known now. Earlier is how many
// there were at its address.
func (s *Service) judged(kindCode, narrative string, at Placing, earlier int, calledAt time.Time) Risk {
	return Judge(Circumstances{Narrative: narrative, Serious: s.Kinds[kindCode].Serious, Hazards: len(at.Hazards),
		Earlier: earlier, At: calledAt.In(s.Zone)}, s.Words)
}

// earlierShown is where counting the earlier incidents at an address ends.
const earlierShown = 10

// earlierAt asks CountAt for the incidents at an address in the 90 days before a
// moment, up to earlierShown; what was merged is one with what it was merged into.
func earlierAt(key string, at time.Time) []any {
	return []any{key, at.Add(-earlierWithin).UnixMilli(), at.UnixMilli(), earlierShown}
}
