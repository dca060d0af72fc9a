package place

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhian/platform/fault"
)

const maxText = 200 // characters

// allowedMarks are the marks that occur in addresses and names of places. What
// is not here (angle brackets, quotes, semicolons, equals signs …) occurs in
// attempts, not in addresses.
const allowedMarks = " -_#/.,()&+:*@~\u00a0\u00b7\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2116" +
	"\u3000\u3001\u3002\u3008\u3009\u300a\u300b\u300c\u300d\u3010\u3011\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff01\uff1f\uff03\uff0d\uff0f\uff06\uff5e"

// Clean checks a text that should name a place and folds it to the one form that
// texts are compared in: half width, lower case, no spaces, no marks but the
// hyphen and the number sign. Cleaning twice changes nothing. The fault is
// place.text_invalid at path.
func Clean(text, path string) (string, error) {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxText {
		return "", fault.At(path, "place.text_invalid")
	}
	if strings.Contains(text, "--") {
		return "", fault.At(path, "place.text_invalid")
	}
	runes := []rune(text)
	out := make([]rune, 0, len(runes))
	for i, r := range runes {
		apostrophe := r == '\'' && i > 0 && i+1 < len(runes) && unicode.IsLetter(runes[i-1]) && unicode.IsLetter(runes[i+1])
		if !apostrophe && !allowed(r) {
			return "", fault.At(path, "place.text_invalid")
		}
		folded := fold(r)
		if folded == 0 || folded == '-' && len(out) > 0 && out[len(out)-1] == '-' {
			continue
		}
		out = append(out, folded)
	}
	return string(out), nil
}

// scrub is what Clean makes of a text whose unfitting characters are blanks, as
// far as a place may be named.
func scrub(text string) string {
	out := make([]rune, 0, maxText)
	for _, r := range text {
		if len(out) == maxText {
			break
		}
		if r == utf8.RuneError || !allowed(r) || r == '-' && len(out) > 0 && out[len(out)-1] == '-' {
			r = ' '
		}
		out = append(out, r)
	}
	cleaned, err := Clean(string(out), "")
	if err != nil {
		return ""
	}
	return cleaned
}

func allowed(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(allowedMarks, r)
}

// fold is the form of a character for comparing; 0 drops it.
func fold(r rune) rune {
	if r >= 0xff01 && r <= 0xff5e { // full width
		r -= 0xfee0
	}
	switch {
	case r == 0x2013 || r == 0x2014 || r == '_' || r == '~':
		return '-'
	case r == '-' || r == '#':
		return r
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return unicode.ToLower(r)
	}
	return 0
}

// token is a run of an address: a name, or a number with what it counts.
type token struct {
	text   string
	number *number // nil for a name
}

// number is a part of an address that counts: kind "" when the text does not say
// what.
type number struct {
	kind  string
	value string // digits and letters, "88", "88-1", "3a", "f2"
	text  string // as written
}

// same reports whether two numbers can mean one thing.
func (n number) same(other number) bool {
	return n.value == other.value && (n.kind == other.kind || n.kind == "" || other.kind == "")
}

// tokens cuts a cleaned text into names and numbers.
func (w *words) tokens(text string) (out []token) {
	runes := []rune(text)
	start := 0 // of the name being read
	for i := 0; i < len(runes); {
		n, next := w.numberAt(runes, i)
		if n == nil {
			i = next
			continue
		}
		if i > start {
			out = append(out, token{text: string(runes[start:i])})
		}
		n.text = string(runes[i:next])
		out = append(out, token{text: n.text, number: n})
		i, start = next, next
	}
	if start < len(runes) {
		out = append(out, token{text: string(runes[start:])})
	}
	return out
}

// numberAt reads a number at runes[i:]; nil when there is none, and then next is
// where to look again.
func (w *words) numberAt(runes []rune, i int) (n *number, next int) {
	start := i
	if (runes[i] == w.attached || runes[i] == '#') && i+1 < len(runes) {
		i++
	}
	if value, end := digits(runes, i); end > i {
		return w.counted(runes, start, end, value)
	}
	end := i
	for end < len(runes) && w.isNumeral(runes[end]) {
		end++
	}
	if end == i {
		return nil, start + 1
	}
	value, ok := w.numeral(runes[i:end])
	suffix, counts := leading(w.numbers, string(runes[end:min(len(runes), end+6)]))
	if !ok || !counts || suffix.text == "#" || w.beginsName(runes, end, suffix) {
		return nil, end // numerals inside a name
	}
	return &number{kind: suffix.value, value: strconv.Itoa(value)}, end + utf8.RuneCountInString(suffix.text)
}

// digits reads digits with hyphens between and a letter before or after:
// "88", "88-1", "3-2-501", "12a", "b2".
func digits(runes []rune, i int) (value string, end int) {
	at := i
	if isLatin(runes[at]) && (at == 0 || !isLatin(runes[at-1])) && at+1 < len(runes) && isDigit(runes[at+1]) {
		at++
	}
	if !isDigit(runes[at]) {
		return "", i
	}
	for at < len(runes) {
		hyphen := runes[at] == '-' && at+1 < len(runes) && isDigit(runes[at+1])
		if !isDigit(runes[at]) && !hyphen {
			break
		}
		at++
	}
	if at < len(runes) && isLatin(runes[at]) && (at+1 == len(runes) || !isLatin(runes[at+1])) {
		at++
	}
	return string(runes[i:at]), at
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
func isLatin(r rune) bool { return r >= 'a' && r <= 'z' }

// counted decides what digits are: a number with a suffix, a number at the end
// or before another one, or part of a name ("330 national road").
func (w *words) counted(runes []rune, start, end int, value string) (*number, int) {
	value = strings.TrimLeft(value, "0")
	if value == "" {
		value = "0"
	}
	suffix, counts := leading(w.numbers, string(runes[end:min(len(runes), end+6)]))
	switch {
	case counts && !w.beginsName(runes, end, suffix):
		return &number{kind: suffix.value, value: value}, end + utf8.RuneCountInString(suffix.text)
	case end == len(runes):
		return &number{value: value}, end
	case runes[end] == '-' || runes[end] == '#' || isDigit(runes[end]):
		return &number{value: value}, end + 1
	}
	return nil, end
}

// beginsName reports whether the suffix after a number is followed by what makes
// the whole a name, as in the name of a road that has a number.
func (w *words) beginsName(runes []rune, end int, s suffix) bool {
	after := end + utf8.RuneCountInString(s.text)
	if after >= len(runes) || s.value != "house" {
		return false
	}
	for _, r := range w.roads {
		if runes[after] == r {
			return true
		}
	}
	return false
}
