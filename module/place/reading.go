package place

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// reading is one way to understand a text: which division it names and what
// names and numbers are left.
type reading struct {
	town, village       string
	townHow, villageHow How
	townText, villText  string
	groups              []group
	size                int // runes of the text below the county
}

// group is a name with the numbers that follow it.
type group struct {
	name    string
	numbers []number
	beside  bool
}

// maxReadings bounds the work for texts made of names of divisions only.
const maxReadings = 12

// read lists the ways to read a cleaned text, the plainest last: a road can be
// named like a town, so a short form is both taken for the town and left alone.
func (lx *lexicon) read(text string) []reading {
	r := reader{lx: lx}
	for _, below := range lx.below(text) {
		r.divisions(reading{size: utf8.RuneCountInString(below)}, below)
		r.similarTown(below)
	}
	return r.out
}

// below strips province, city and county; a short form is also left alone.
func (lx *lexicon) below(text string) []string {
	out := []string{text}
	for range 3 {
		s, ok := leading(lx.above, text)
		if !ok || len(s.text) == len(text) {
			break
		}
		text = text[len(s.text):]
		if s.value == string(Exact) {
			out = out[:0]
		}
		out = append(out, text)
	}
	slices.Reverse(out)
	return out
}

type reader struct {
	lx  *lexicon
	out []reading
}

// divisions follows every form of a division that rest starts with.
func (r *reader) divisions(at reading, rest string) {
	for _, end := range slices.Backward(runeEnds(rest, r.lx.longest)) {
		for _, f := range r.lx.forms[rest[:end]] {
			if next, ok := at.in(f, rest[:end]); ok {
				r.divisions(next, rest[end:])
			}
		}
	}
	if len(r.out) < maxReadings {
		at.groups = r.lx.words.groups(rest)
		r.out = append(r.out, at)
	}
}

// similarTown reads a text that starts with something like the name of a town,
// when no town is named rightly.
func (r *reader) similarTown(text string) {
	if slices.ContainsFunc(r.out, func(at reading) bool { return at.townText != "" }) {
		return
	}
	for _, end := range runeEnds(text, mostTownRunes) {
		head := text[:end]
		if _, ok := trailing(r.lx.words.towns, head); !ok {
			continue
		}
		heard := speak(head)
		for _, town := range r.lx.towns {
			cost := distance(heard, town.spoken, costChange)
			if cost > costChange || len(heard.runes) < 3 {
				continue
			}
			how := Typo
			if cost < costChange {
				how = Sound
			}
			at := reading{size: utf8.RuneCountInString(text), town: town.name, townHow: how, townText: head}
			r.divisions(at, text[end:])
		}
	}
}

const mostTownRunes = 6

// in is the reading inside one more division; a town comes before a village, and
// a village of another town is none.
func (at reading) in(f form, text string) (reading, bool) {
	switch {
	case at.village != "":
		return at, false
	case f.level == Town && at.town == "":
		at.town, at.townHow, at.townText = f.town, f.how, text
	case f.level == Village && (at.town == "" || at.town == f.town || f.town == ""):
		at.village, at.villageHow, at.villText = f.village, f.how, text
		if at.town == "" {
			at.town = f.town
		}
	default:
		return at, false
	}
	return at, true
}

// runeEnds are the byte offsets after the first, second … rune, at most n.
func runeEnds(text string, n int) []int {
	out := make([]int, 0, 16)
	for i := range text {
		if i > 0 {
			out = append(out, i)
		}
		if len(out) == n {
			return out
		}
	}
	if text != "" {
		out = append(out, len(text))
	}
	return out
}

// groups cuts what is left of a text into names and their numbers.
func (w *words) groups(text string) (out []group) {
	for _, t := range w.tokens(text) {
		if t.number != nil {
			if len(out) == 0 {
				out = append(out, group{})
			}
			last := &out[len(out)-1]
			last.numbers = append(last.numbers, split(*t.number)...)
			continue
		}
		g := group{name: t.text}
		for s, ok := w.nearAt(g.name); ok; s, ok = w.nearAt(g.name) {
			g.name, g.beside = strings.TrimSuffix(g.name, s), true
		}
		if g.name == "" && len(out) > 0 {
			out[len(out)-1].beside = true
			continue
		}
		out = append(out, g)
	}
	return out
}

// nearAt is the word for "near" that a name ends with.
func (w *words) nearAt(name string) (string, bool) {
	for _, s := range w.near {
		if strings.HasSuffix(name, s.text) {
			return s.text, true
		}
	}
	return "", false
}

// split takes a bare "3-2-501" for three numbers; a house "88-1" stays one.
func split(n number) []number {
	parts := strings.Split(n.value, "-")
	if n.kind != "" || len(parts) < 3 {
		return []number{n}
	}
	out := make([]number, len(parts))
	for i, p := range parts {
		out[i] = number{value: p, text: p}
	}
	return out
}
