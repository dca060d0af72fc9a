package incident

import (
	"slices"
	"strings"
	"time"
)

// Risk is how dangerous an incident may be for those who go there, with the
// reasons: a level is never shown without them. It is about the incident and the
// place, never about a person.
type Risk struct {
	Level   string   `json:"level"` // low, elevated or high
	Reasons []string `json:"reasons,omitempty"`
	Earlier int      `json:"earlier,omitzero"` // incidents at the address in the 90 days before; 10 means ten or more
}

// Words are the words that make a narrative worth a second look, by reason. Two
// reasons are none: a "denial" right before a word takes it back, unless the text
// before is a "doubt": what nobody knows is a reason.
type Words map[string][]string

const (
	denial = "denial"
	doubt  = "doubt"
)

// says tells that a text holds a word without taking it back in the same breath.
func (w Words) says(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		if before := text[:from+i]; !endsIn(before, w[denial]) || endsIn(before, w[doubt]) {
			return true
		}
		from += i + len(word)
	}
}

func endsIn(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(text, w) })
}

// weights of the reasons; 3 and more is high, 1 and more elevated.
var weights = map[string]int{"weapon": 3, "fire": 3, "injury": 2, "violence": 2, "hazard_at_place": 2,
	"serious_kind": 2, "earlier_incidents": 1, "night": 1}

// That many incidents at one address in that time are a reason.
const (
	earlierMany   = 3
	earlierWithin = 90 * 24 * time.Hour
)

// Circumstances are what the level is judged from.
type Circumstances struct {
	Narrative string
	Serious   bool // the kind of incident is a serious one
	Hazards   int
	Earlier   int       // incidents at this address within 90 days
	At        time.Time // local
}

// Judge finds the level and its reasons. Night is 22:00 to 06:00 local time and
// counts only beside another reason: every night call would be elevated otherwise.
func Judge(c Circumstances, words Words) Risk {
	r := Risk{Earlier: c.Earlier}
	for reason, list := range words {
		if reason != denial && reason != doubt && slices.ContainsFunc(list, func(w string) bool { return words.says(c.Narrative, w) }) {
			r.Reasons = append(r.Reasons, reason)
		}
	}
	for reason, holds := range map[string]bool{"serious_kind": c.Serious, "hazard_at_place": c.Hazards > 0, "earlier_incidents": c.Earlier >= earlierMany} {
		if holds {
			r.Reasons = append(r.Reasons, reason)
		}
	}
	if h := c.At.Hour(); len(r.Reasons) > 0 && (h >= 22 || h < 6) {
		r.Reasons = append(r.Reasons, "night")
	}
	slices.Sort(r.Reasons)
	sum := 0
	for _, reason := range r.Reasons {
		sum += weights[reason]
	}
	switch {
	case sum >= 3:
		r.Level = "high"
	case sum >= 1:
		r.Level = "elevated"
	default:
		r.Level = "low"
	}
	return r
}
