package place

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// names is the dictionary of everything a text may name: roads, estates, sites,
// villages. A name is known by its position.
type names struct {
	lexicon  *lexicon
	texts    []string
	byText   map[string]int32
	spoken   []spoken
	marks    []mark
	sounding map[string][]int32 // syllable → names that have it
	byBegin  []int32            // positions in the order of their texts
	latin    []latin            // pinyin, sorted
	longest  int                // runes
}

type latin struct {
	text string
	name int32
}

func newNames(lx *lexicon) *names { return &names{lexicon: lx, byText: map[string]int32{}} }

// add is the position of a name, new or known.
func (ns *names) add(text string) int32 {
	if n, ok := ns.byText[text]; ok {
		return n
	}
	n := int32(len(ns.texts))
	ns.texts = append(ns.texts, text)
	ns.byText[text] = n
	return n
}

// finish sorts what has been added; nothing is added afterwards.
func (ns *names) finish() {
	ns.spoken = make([]spoken, len(ns.texts))
	ns.marks = make([]mark, len(ns.texts))
	ns.sounding = map[string][]int32{}
	ns.byBegin = make([]int32, len(ns.texts))
	for i, text := range ns.texts {
		n := int32(i)
		ns.byBegin[i] = n
		ns.longest = max(ns.longest, utf8.RuneCountInString(text))
		ns.spoken[i], ns.marks[i] = speak(text), ns.lexicon.mark(text)
		for _, s := range ns.spoken[i].syllables() {
			ns.sounding[s] = append(ns.sounding[s], n)
		}
		full, initials := spellings(ns.spoken[i].runes)
		ns.latin = append(ns.latin, latin{full, n}, latin{initials, n})
	}
	slices.SortFunc(ns.byBegin, func(a, b int32) int { return cmp.Compare(ns.texts[a], ns.texts[b]) })
	slices.SortFunc(ns.latin, func(a, b latin) int {
		return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.name, b.name))
	})
}

// syllables are the different sounds of a name.
func (s spoken) syllables() (out []string) {
	for _, readings := range s.sounds {
		for _, r := range readings {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// match is a name that a piece of text may mean. Quality is 0 … 1; unread is
// what of the piece it does not explain.
type match struct {
	name    int32
	how     How
	quality float64
	unread  string
}

// Qualities of a match before numbers and divisions are looked at.
const (
	qualityWithin   = 0.95
	qualityBegun    = 0.9
	qualityInitials = 0.8
	similarLimit    = 0.34 // cost per character up to which two names are alike
	mostBegun       = 20
	mostSimilar     = 10
)

// plainly lists the names that a piece of text means to the letter: it is one,
// begins one, or holds one.
func (ns *names) plainly(piece string) (out []match) {
	if n, ok := ns.byText[piece]; ok {
		return []match{{name: n, how: Exact, quality: 1}}
	}
	if ascii(piece) {
		out = ns.typed(piece)
	}
	out = append(out, ns.begun(piece)...)
	return append(out, ns.within(piece)...)
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

func (ns *names) begun(piece string) (out []match) {
	size := utf8.RuneCountInString(piece)
	at, _ := slices.BinarySearchFunc(ns.byBegin, piece, func(n int32, p string) int { return cmp.Compare(ns.texts[n], p) })
	for _, n := range ns.byBegin[at:] {
		if !strings.HasPrefix(ns.texts[n], piece) || len(out) == mostBegun {
			break
		}
		share := float64(size) / float64(len(ns.spoken[n].runes))
		out = append(out, match{name: n, how: Begun, quality: qualityBegun * (0.6 + 0.4*share)})
	}
	return out
}

// typed lists names by pinyin, whole, by initials, or the beginning of either.
func (ns *names) typed(piece string) (out []match) {
	if len(piece) < 2 {
		return nil
	}
	at, _ := slices.BinarySearchFunc(ns.latin, piece, func(l latin, p string) int { return cmp.Compare(l.text, p) })
	for _, l := range ns.latin[at:] {
		if !strings.HasPrefix(l.text, piece) || len(out) == mostBegun {
			break
		}
		share := float64(len(piece)) / float64(len(l.text))
		out = append(out, match{name: l.name, how: Initials, quality: qualityInitials * (0.6 + 0.4*share)})
	}
	return out
}

// within finds the longest name inside a piece of text, the last of equals: what
// comes later is usually finer.
func (ns *names) within(piece string) []match {
	ends := append([]int{0}, runeEnds(piece, len(piece))...)
	for size := min(ns.longest, len(ends)-2); size >= 2; size-- {
		for i := len(ends) - 1 - size; i >= 0; i-- {
			inner := piece[ends[i]:ends[i+size]]
			if n, ok := ns.byText[inner]; ok {
				unread := piece[:ends[i]] + piece[ends[i+size]:]
				return []match{{name: n, how: Within, quality: qualityWithin, unread: unread}}
			}
		}
	}
	return nil
}

// similar lists names that sound or look like a piece of text, best first. They
// are compared without the town they begin with, and what tells them from others
// must be alike by itself: two communities are not one for being communities.
func (ns *names) similar(piece string) []match {
	query, marked := speak(piece), ns.lexicon.mark(piece)
	below := query.from(marked.town)
	if len(below.runes) < 2 {
		return nil
	}
	limit := max(1, similarLimit*float64(len(below.runes)))
	var out []match
	for n := range ns.rumoured(query) {
		if ns.marks[n].otherTown(marked) {
			continue
		}
		name := ns.spoken[n].from(ns.marks[n].town)
		cost := distance(below, name, limit)
		if cost > limit || cost == 0 || !alike(query.within(marked), ns.spoken[n].within(ns.marks[n])) {
			continue
		}
		how := Typo
		if cost < costChange && len(below.runes) == len(name.runes) {
			how = Sound
		}
		quality := 1 - cost/float64(max(len(below.runes), len(name.runes)))
		out = append(out, match{name: n, how: how, quality: 0.97 * quality})
	}
	slices.SortFunc(out, func(a, b match) int {
		return cmp.Or(cmp.Compare(b.quality, a.quality), cmp.Compare(ns.texts[a.name], ns.texts[b.name]))
	})
	return out[:min(len(out), mostSimilar)]
}

// rumoured are the names worth comparing: a name within the limit of a short
// query keeps all but one or two of its sounds, so it has one of the three
// rarest.
func (ns *names) rumoured(query spoken) map[int32]bool {
	lists := [][]int32{}
	for _, readings := range query.sounds {
		var list []int32
		for _, s := range readings {
			list = append(list, ns.sounding[s]...)
		}
		lists = append(lists, list)
	}
	slices.SortFunc(lists, func(a, b []int32) int { return len(a) - len(b) })
	out := map[int32]bool{}
	for i, list := range lists {
		if i > 2 {
			break
		}
		for _, n := range list {
			out[n] = true
		}
	}
	return out
}
