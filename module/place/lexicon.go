package place

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// lexicon is the divisions of one list, by every form people write them in.
type lexicon struct {
	words    *words
	above    []suffix // names of province, city and county, whole and short
	towns    []townName
	villages []village
	forms    map[string][]form
	longest  int // runes of the longest form

	wholeForms map[string][]string // town → ways to write its name in full, longest first
}

type village struct{ name, town string }

type townName struct {
	name   string
	spoken spoken
}

// form is a division as a text may name it.
type form struct {
	level   Level
	town    string // "" for a village whose list names no town
	village string
	how     How
}

// newLexicon takes the rows of the active list.
func newLexicon(w *words, rows []Division) *lexicon {
	lx := &lexicon{words: w, forms: map[string][]form{}, wholeForms: map[string][]string{}}
	towns := map[string]string{}
	for _, d := range rows {
		switch d.Level {
		case Province, City, County:
			lx.addAbove(d.Name)
		case Town:
			towns[d.Code] = d.Name
			lx.addTown(d.Name)
		}
	}
	for _, d := range rows {
		if d.Level == Village {
			lx.addVillage(d.Name, towns[d.Parent])
		}
	}
	slices.SortStableFunc(lx.above, func(a, b suffix) int { return len(b.text) - len(a.text) })
	return lx
}

func (lx *lexicon) addAbove(name string) {
	lx.above = append(lx.above, suffix{name, string(Exact)})
	if s, ok := trailing(lx.words.above, name); ok {
		lx.above = append(lx.above, suffix{strings.TrimSuffix(name, s.text), string(Short)})
	}
}

func (lx *lexicon) addTown(name string) {
	lx.towns = append(lx.towns, townName{name, speak(name)})
	whole := []string{name}
	if s, ok := trailing(lx.words.towns, name); ok {
		base := strings.TrimSuffix(name, s.text)
		for _, other := range lx.words.towns {
			if other.value == s.value && other.text != s.text {
				whole = append(whole, base+other.text)
			}
		}
		lx.addForm(base, form{level: Town, town: name, how: Short})
	}
	slices.SortFunc(whole, func(a, b string) int { return len(b) - len(a) })
	lx.wholeForms[name] = whole
	for _, text := range whole {
		lx.addForm(text, form{level: Town, town: name, how: Exact})
	}
}

func (lx *lexicon) addVillage(listed, town string) {
	plain, base := lx.words.villageNames(listed)
	lx.villages = append(lx.villages, village{plain, town})
	lx.addForm(listed, form{Village, town, plain, Exact})
	lx.addForm(plain, form{Village, town, plain, Exact})
	lx.addForm(base, form{Village, town, plain, Short})
}

// villageNames are the name of a village as people write it and its stem, from
// the name of its committee in the list.
func (w *words) villageNames(listed string) (plain, base string) {
	s, ok := trailing(w.villages, listed)
	if !ok {
		return listed, listed
	}
	base = strings.TrimSuffix(listed, s.text)
	return base + s.value, base
}

func (lx *lexicon) addForm(text string, f form) {
	n := utf8.RuneCountInString(text)
	if n < 2 {
		return
	}
	known := slices.ContainsFunc(lx.forms[text], func(g form) bool { return g.level == f.level && g.town == f.town && g.village == f.village })
	if known {
		return
	}
	lx.forms[text] = append(lx.forms[text], f)
	lx.longest = max(lx.longest, n)
}

// townNamed is the town that a text names, whole or short.
func (lx *lexicon) townNamed(text string) (string, bool) {
	for _, f := range lx.forms[text] {
		if f.level == Town {
			return f.town, true
		}
	}
	return "", false
}

// villageNamed is the village that a text names, in a town if one is given.
func (lx *lexicon) villageNamed(text, town string) (village, bool) {
	for _, f := range lx.forms[text] {
		if f.level == Village && (town == "" || f.town == town) {
			return village{f.village, f.town}, true
		}
	}
	return village{}, false
}
