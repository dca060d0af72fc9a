package twin

import (
	"time"

	"zhian/platform/geo"
)

// Duty is what one crew does about one call. All times count from the dispatch.
// What a crew did and what it pressed are two things: buttons are forgotten,
// pressed late, or held back by a handset without network.
type Duty struct {
	Acknowledge time.Duration
	EnRoute     time.Duration // sets off
	Contact     time.Duration // rings the reporter
	Video       time.Duration // its body camera sends; negative when it is forgotten
	Answered    bool          // and is answered
	OnScene     time.Duration // arrives
	Clear       time.Duration // is free again

	Presses Presses
	Lost    Loss // of the network

	Disposition string
	Feedback    string
}

// Presses is when the buttons are pressed; a negative time means never.
type Presses struct{ EnRoute, OnScene, Clear time.Duration }

// Never marks a button that is not pressed.
const Never = time.Duration(-1)

// Loss is a time without network; Length 0 means none. What is pressed in it
// arrives at its end, with the time of the press.
type Loss struct {
	From   time.Duration
	Length time.Duration
}

// Arrives is when the server learns of something pressed at a time.
func (l Loss) Arrives(pressed time.Duration) time.Duration {
	if pressed >= l.From && pressed < l.From+l.Length {
		return l.From + l.Length
	}
	return pressed
}

// How crews behave. Medians and spreads follow the stage times that public
// dispatch logs show: turnout 2 minutes with a long tail, a few per cent of
// zero turnouts, forgotten buttons in one duty out of eight.
const (
	detour         = 1.35 // way by road to straight line
	forgetsEnRoute = 0.12
	forgetsOnScene = 0.07
	pressesLate    = 0.10 // on scene, by minutes
	pressesAtOnce  = 0.04 // acknowledges and sets off with one push
	losesNetwork   = 0.08
	isAnswered     = 0.85
	forgetsVideo   = 0.25
)

// speed of a kind of unit in metres per second, traffic included.
var speed = map[string]float64{"car": 9.5, "motorcycle": 8.5, "foot": 1.9}

// Handling is how long the call-taker needs from the call to the dispatch.
func (c *City) Handling(call Call) time.Duration {
	return max(8*time.Second, c.dice("handling", call.Ref).seconds(34, 0.55))
}

// Behave is what a unit does about a call when it starts from a place. It
// depends on the seed, the call, the unit and the place alone.
func (c *City) Behave(call Call, unit Unit, from geo.Point) Duty {
	d := c.dice("duty", call.Ref, unit.CallSign)
	duty := Duty{Acknowledge: max(2*time.Second, d.seconds(22, 0.7))}
	duty.EnRoute = duty.Acknowledge + d.seconds(75, 0.9)
	travel := geo.Distance(from, call.Point) * detour / speed[unit.Kind]
	duty.OnScene = duty.EnRoute + max(15*time.Second, d.seconds(travel+20, 0.22))
	duty.Contact = duty.Acknowledge + d.seconds(60, 0.8)
	duty.Answered = d.chance(isAnswered)
	duty.Clear = duty.OnScene + max(time.Minute, d.seconds(60*c.scene(call.Kind), 0.5))
	end := c.tables.outcomes[d.pick(len(c.tables.outcomes), func(i int) float64 { return c.tables.outcomes[i].weight })]
	duty.Disposition, duty.Feedback = end.disposition, end.text
	duty.Presses = presses(d, &duty)
	// Nobody rings or films after the end.
	duty.Contact = min(duty.Contact, duty.Clear)
	duty.Video = min(duty.Acknowledge+d.seconds(95, 0.5), duty.Clear)
	if d.chance(forgetsVideo) {
		duty.Video = Never
	}
	if d.chance(losesNetwork) {
		duty.Lost = Loss{From: duty.EnRoute + d.seconds(60, 0.8), Length: d.seconds(240, 0.7)}
	}
	return duty
}

func presses(d dice, duty *Duty) Presses {
	p := Presses{EnRoute: duty.EnRoute, OnScene: duty.OnScene, Clear: duty.Clear}
	if d.chance(pressesAtOnce) {
		p.EnRoute = duty.Acknowledge
	}
	if d.chance(forgetsEnRoute) {
		p.EnRoute = Never
	}
	switch late := d.seconds(180, 0.6); {
	case d.chance(forgetsOnScene):
		p.OnScene = Never
	case d.chance(pressesLate):
		p.OnScene = min(duty.OnScene+late, duty.Clear)
	}
	return p
}

// scene is the median minutes on scene for a kind.
func (c *City) scene(kind string) float64 {
	for _, k := range c.tables.kinds {
		if k.kind == kind {
			return k.scene
		}
	}
	return 20
}

// Where is a unit's position some time after the dispatch: at its start, on the
// way at even speed, at the scene.
func (duty Duty) Where(call Call, from geo.Point, after time.Duration) geo.Point {
	switch {
	case after <= duty.EnRoute:
		return from
	case after >= duty.OnScene:
		return call.Point
	}
	share := float64(after-duty.EnRoute) / float64(duty.OnScene-duty.EnRoute)
	return geo.Point{
		Lat: from.Lat + share*(call.Point.Lat-from.Lat),
		Lon: from.Lon + share*(call.Point.Lon-from.Lon),
	}
}
