package place

import "unicode/utf8"

// mark is where in a name the part stands that tells it from others: behind the
// town, before what many names end with. Counted in runes.
type mark struct {
	town, end int
	called    string // the town it begins with, "" for none
}

// mark finds that part of a text. There is always one: a text that is nothing
// but a common ending is its own.
func (lx *lexicon) mark(text string) mark {
	m := mark{}
	rest := text
	for i, end := range runeEnds(text, lx.longest) {
		if town, ok := lx.townInFull(text[:end]); ok && end < len(text) {
			m.called, m.town, rest = town, i+1, text[end:]
		}
	}
	if s, ok := trailing(lx.words.generics, rest); ok {
		rest = rest[:len(rest)-len(s.text)]
	}
	m.end = m.town + utf8.RuneCountInString(rest)
	return m
}

// townInFull is the town that a text is the whole name of.
func (lx *lexicon) townInFull(text string) (string, bool) {
	for _, f := range lx.forms[text] {
		if f.level == Town && f.how == Exact {
			return f.town, true
		}
	}
	return "", false
}

// otherTown reports whether two names say different towns: no mistake of writing,
// and for the reading that knows the towns to weigh.
func (m mark) otherTown(o mark) bool {
	return m.called != "" && o.called != "" && m.called != o.called
}

func (s spoken) from(i int) spoken { return spoken{s.runes[i:], s.sounds[i:]} }

func (s spoken) within(m mark) spoken { return spoken{s.runes[m.town:m.end], s.sounds[m.town:m.end]} }

// alike reports whether one distinguishing part can be the other with a mistake
// in it: something of it must be left.
func alike(a, b spoken) bool {
	longer := float64(max(len(a.runes), len(b.runes)))
	limit := max(1, similarLimit*longer)
	cost := distance(a, b, limit)
	return cost <= limit && cost < longer
}
