package place

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Factors of a score. They are judgement, not measurement: what they must do is
// rank (exact before similar, town said before town guessed, door before street),
// and the golden texts hold them to it.
const (
	factorTownUnsaid  = 0.97
	factorShort       = 0.99
	factorOtherTown   = 0.6
	factorStreet      = 0.9  // no number was asked for
	factorPart        = 0.85 // the house is there, the room is not
	factorNeighbour   = 0.7
	factorNoNumber    = 0.55
	factorVillage     = 0.85
	factorTown        = 0.8
	weightUnread      = 0.6
	besideUncertainty = 100.0 // metres that "opposite" or "near" may be away
	neighbourMeters   = 8.0   // along a street per house number, a guess on the safe side
)

// rough widens an uncertainty for a text that says "near".
func (a *answer) rough(meters float64) float64 {
	if a.beside() {
		return max(meters, besideUncertainty)
	}
	return meters
}

func (a *answer) beside() bool { return a.at < len(a.r.groups) && a.r.groups[a.at].beside }

func (a *answer) text() string { return a.q.g.names.texts[a.m.name] }

// none stands for "no address in particular".
const none = int32(-1)

// candidate is scored by what of the text it explains.
func (a *answer) candidate(door int32, town, villageName string, grain Grain, matched []number, factor float64) Candidate {
	c := Candidate{Town: town, Village: villageName, Grain: grain, Matched: a.parts(town, villageName, grain, matched),
		Unread: a.unread(door), Beside: a.beside()}
	score := factor * a.townFactor(town)
	if grain != Region {
		score *= a.m.quality
	}
	if a.r.village != "" && a.r.village != villageName {
		score *= factorOtherTown
	}
	unread := float64(utf8.RuneCountInString(c.Unread)) / float64(max(1, a.r.size))
	c.Score = score * (1 - weightUnread*unread)
	c.part, c.literal = a.part(town, villageName)
	return c
}

// part is the named part of the text that the candidate stands on, without its
// town, and whether it is taken to the letter. What is elsewhere than the text
// says stands on nothing.
func (a *answer) part(town, villageName string) (part string, literal bool) {
	elsewhere := a.r.townText != "" && a.r.town != town || a.r.village != "" && a.r.village != villageName
	switch {
	case a.wholeVillage:
		return a.r.villText, !elsewhere && a.r.villageHow == Exact
	case a.at >= len(a.r.groups):
		return "", false
	case a.m.how == Exact && !elsewhere, a.m.how == Typo, a.m.how == Sound:
		runes := []rune(a.r.groups[a.at].name)
		return string(runes[a.q.g.lexicon.mark(string(runes)).town:]), a.m.how == Exact
	}
	return "", false
}

// belowLiteral keeps what contradicts a text behind what it says.
const belowLiteral = 0.01

// heed lets nothing that takes a part of the text for a mistake outrank what the
// part says to the letter.
func heed(found []Candidate) {
	said := map[string]float64{}
	for _, c := range found {
		if c.literal {
			said[c.part] = max(said[c.part], c.Score)
		}
	}
	for i := range found {
		c := &found[i]
		if best, ok := said[c.part]; ok && !c.literal {
			c.Score = min(c.Score, best-belowLiteral)
		}
	}
}

func (a *answer) townFactor(town string) float64 {
	switch {
	case a.r.townText == "" && town != "":
		return factorTownUnsaid
	case a.r.townText != "" && a.r.town != town:
		return factorOtherTown
	case a.r.townHow == Short:
		return factorShort
	case a.r.townHow == Sound || a.r.townHow == Typo:
		return factorTownUnsaid
	}
	return 1
}

// unread is what neither the divisions nor the matched group explain, nor
// another name of the very address. Numbers count for nothing here: the factors
// weigh them.
func (a *answer) unread(door int32) string {
	out := a.m.unread
	for i, g := range a.r.groups {
		if i != a.at && !a.carries(door, g.name) {
			out += g.name
		}
	}
	return out
}

// carries reports whether an address is filed under a name too.
func (a *answer) carries(door int32, name string) bool {
	n, known := a.q.g.names.byText[name]
	if !known || door == none {
		return false
	}
	_, found := slices.BinarySearch(a.q.g.doors[n], door)
	return found
}

func (a *answer) parts(town, villageName string, grain Grain, matched []number) []Part {
	out := []Part{}
	if a.r.townText != "" && a.r.town == town {
		out = append(out, Part{"town", town, a.r.townHow})
	}
	if a.r.villText != "" && a.r.village == villageName {
		out = append(out, Part{"village", villageName, a.r.villageHow})
	}
	if grain != Region && !a.wholeVillage {
		out = append(out, Part{"name", a.text(), a.m.how})
	}
	for _, n := range matched {
		out = append(out, Part{kindOf(n), n.text, Exact})
	}
	return out
}

func kindOf(n number) string { return cmp.Or(n.kind, "number") }
