package place

import (
	"strings"

	"github.com/mozillazg/go-pinyin"
)

// soundsOf lists the syllables a character may be read as, without tones and
// with the pairs that speakers here do not tell apart written alike (zh z, ch c,
// sh s, ing in, eng en). A Latin letter sounds like itself; nil when unknown.
func soundsOf(r rune) []string {
	if r < 0x80 {
		return []string{string(r)}
	}
	readings, ok := pinyin.PinyinDict[int(r)]
	if !ok {
		return nil
	}
	var out []string
	for reading := range strings.SplitSeq(readings, ",") {
		out = append(out, merge(plain(reading)))
	}
	return out
}

// tones maps vowels with tone marks to plain ones.
var tones = strings.NewReplacer(
	"\u0101", "a", "\u00e1", "a", "\u01ce", "a", "\u00e0", "a",
	"\u0113", "e", "\u00e9", "e", "\u011b", "e", "\u00e8", "e",
	"\u012b", "i", "\u00ed", "i", "\u01d0", "i", "\u00ec", "i",
	"\u014d", "o", "\u00f3", "o", "\u01d2", "o", "\u00f2", "o",
	"\u016b", "u", "\u00fa", "u", "\u01d4", "u", "\u00f9", "u",
	"\u01d6", "v", "\u01d8", "v", "\u01da", "v", "\u01dc", "v", "\u00fc", "v",
	"\u0144", "n", "\u0148", "n", "\u01f9", "n", "\u1e3f", "m",
)

func plain(syllable string) string { return tones.Replace(syllable) }

func merge(s string) string {
	if len(s) > 2 && s[1] == 'h' && (s[0] == 'z' || s[0] == 'c' || s[0] == 's') {
		s = s[:1] + s[2:]
	}
	if strings.HasSuffix(s, "ing") || strings.HasSuffix(s, "eng") {
		s = s[:len(s)-1]
	}
	return s
}

// spellings are a name's pinyin in full and by initials, first reading of each
// character, for those who type Latin letters.
func spellings(name []rune) (full, initials string) {
	var f, in strings.Builder
	for _, r := range name {
		s := string(r)
		if r >= 0x80 {
			first, _, _ := strings.Cut(pinyin.PinyinDict[int(r)], ",")
			s = plain(first)
		}
		if s == "" {
			continue
		}
		f.WriteString(s)
		in.WriteByte(s[0])
	}
	return f.String(), in.String()
}

// Costs of turning one name into another, per character.
const (
	costSound  = 0.3
	costChange = 1.0
)

// sameSound reports whether two characters can be read alike.
func sameSound(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// spoken is a name and its sounds, ready to compare.
type spoken struct {
	runes  []rune
	sounds [][]string
}

func speak(name string) spoken {
	s := spoken{runes: []rune(name)}
	for _, r := range s.runes {
		s.sounds = append(s.sounds, soundsOf(r))
	}
	return s
}

// distance is the cheapest way from a to b (Levenshtein, with cheap swaps of
// equal sounds); above limit it may return anything above limit.
func distance(a, b spoken, limit float64) float64 {
	if diff := len(a.runes) - len(b.runes); float64(max(diff, -diff)) > limit {
		return limit + 1
	}
	row := make([]float64, len(b.runes)+1)
	for j := range row {
		row[j] = float64(j)
	}
	for i := range a.runes {
		diagonal, best := row[0], row[0]+1
		row[0]++
		for j := range b.runes {
			cost := diagonal + change(a, b, i, j)
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
			best = min(best, row[j+1])
		}
		if best > limit {
			return limit + 1
		}
	}
	return row[len(b.runes)]
}

func change(a, b spoken, i, j int) float64 {
	switch {
	case a.runes[i] == b.runes[j]:
		return 0
	case sameSound(a.sounds[i], b.sounds[j]):
		return costSound
	}
	return costChange
}
