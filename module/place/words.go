package place

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

//go:embed data/words.csv
var wordsText string

// words is what an address is made of in the language of the place; the table
// is data, so that this package holds no texts of its own.
type words struct {
	digits   map[rune]int
	scales   map[rune]int
	numbers  []suffix // what may follow a number: kind of the number, longest first
	towns    []suffix // value is the plain suffix
	villages []suffix
	near     []suffix
	generics []suffix // what many names end with: it tells none from another
	roads    []rune   // begins of names that may follow a number
	attached rune     // before a number that hangs on another
	above    []suffix
}

type suffix struct{ text, value string }

func loadWords() *words {
	w := &words{digits: map[rune]int{}, scales: map[rune]int{}}
	rows, err := csv.NewReader(strings.NewReader(wordsText)).ReadAll()
	if err != nil {
		panic("place: words.csv: " + err.Error()) // embedded: the first test finds it
	}
	lists := map[string]*[]suffix{"number": &w.numbers, "town": &w.towns, "village": &w.villages, "near": &w.near, "generic": &w.generics, "above": &w.above}
	for _, row := range rows[1:] {
		kind, text, value := row[0], row[1], row[2]
		first, _ := utf8.DecodeRuneInString(text)
		n, _ := strconv.Atoi(value)
		switch kind {
		case "digit":
			w.digits[first] = n
		case "scale":
			w.scales[first] = n
		case "road":
			w.roads = append(w.roads, first)
		case "attached":
			w.attached = first
		default:
			*lists[kind] = append(*lists[kind], suffix{text, value})
		}
	}
	for _, list := range lists {
		slices.SortStableFunc(*list, func(a, b suffix) int { return len(b.text) - len(a.text) })
	}
	return w
}

// leading is the longest suffix that text starts with.
func leading(list []suffix, text string) (suffix, bool) {
	for _, s := range list {
		if strings.HasPrefix(text, s.text) {
			return s, true
		}
	}
	return suffix{}, false
}

// trailing is the longest suffix that text ends with and has more before.
func trailing(list []suffix, text string) (suffix, bool) {
	for _, s := range list {
		if len(text) > len(s.text) && strings.HasSuffix(text, s.text) {
			return s, true
		}
	}
	return suffix{}, false
}

// numeral reads a numeral in characters, such as those for 88 or 105, or digit
// by digit as in a year. It reads at most 9999.
func (w *words) numeral(text []rune) (n int, ok bool) {
	if len(text) == 0 || len(text) > 8 {
		return 0, false
	}
	if n, ok := w.spelled(text); ok {
		return n, true
	}
	total, last, lastScale := 0, -1, 10_000
	for _, r := range text {
		if d, isDigit := w.digits[r]; isDigit {
			if last > 0 {
				return 0, false
			}
			last = d
			continue
		}
		scale := w.scales[r]
		if scale == 0 || scale >= lastScale {
			return 0, false
		}
		if last < 0 {
			last = 1 // a leading "ten" means one ten
		}
		total, lastScale, last = total+last*scale, scale, -1
	}
	return total + max(last, 0), true
}

// spelled reads digits in a row without a scale.
func (w *words) spelled(text []rune) (n int, ok bool) {
	if len(text) > 4 {
		return 0, false
	}
	for _, r := range text {
		d, isDigit := w.digits[r]
		if !isDigit {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

func (w *words) isNumeral(r rune) bool {
	_, digit := w.digits[r]
	return digit || w.scales[r] > 0
}
