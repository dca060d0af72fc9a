package crypto

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
)

//go:embed surnames.txt
var surnamesText string

// MaskPhone keeps what tells two callers apart in a list and no more: three
// leading and four trailing digits of eleven, two trailing ones of a shorter
// number, nothing of fewer than seven. A country or area code (up to three more
// digits in front) and separators stay; letters do not.
func MaskPhone(phone string) string {
	digits := 0
	for _, r := range phone {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	head, tail := 0, 0
	switch {
	case digits >= 11:
		head, tail = min(digits-11, 3)+3, 4
	case digits >= 7:
		tail = 2
	}
	seen := 0
	return strings.Map(func(r rune) rune {
		if !unicode.IsDigit(r) {
			if unicode.IsLetter(r) {
				return '*'
			}
			return r
		}
		seen++
		if seen <= head || seen > digits-tail {
			return r
		}
		return '*'
	}, phone)
}

// MaskName keeps the surname: the first character, or both of a compound one,
// and a star for each further character, three at most. A name that is all
// surname, or one word of another script, keeps its first character only if
// there is a second.
func MaskName(name string) string {
	runes := []rune(strings.TrimSpace(name))
	keep := 1
	if len(runes) > 2 && slices.Contains(strings.Fields(surnamesText), string(runes[:2])) {
		keep = 2
	}
	if len(runes) <= keep {
		return strings.Repeat("*", len(runes))
	}
	return string(runes[:keep]) + strings.Repeat("*", min(len(runes)-keep, 3))
}

// MaskID keeps the first two and the last character of an identity number
// (province and check character of GB 11643-1999): neither birth date nor sex
// can be read from it.
func MaskID(number string) string {
	runes := []rune(strings.TrimSpace(number))
	if len(runes) < 8 {
		return strings.Repeat("*", len(runes))
	}
	stars := strings.Repeat("*", len(runes)-3)
	return string(runes[:2]) + stars + string(runes[len(runes)-1:])
}

// MaskAddress keeps the way to the place, not the door: everything from the
// first digit on is hidden, and at least the last third.
func MaskAddress(address string) string {
	runes := []rune(strings.TrimSpace(address))
	if len(runes) == 0 {
		return ""
	}
	keep := len(runes) * 2 / 3
	if i := slices.IndexFunc(runes, unicode.IsDigit); i >= 0 {
		keep = min(keep, i)
	}
	return string(runes[:keep]) + "****"
}
