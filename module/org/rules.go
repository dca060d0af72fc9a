package org

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhian/platform/fault"
)

const (
	codeLength = 12
	nameMax    = 100 // characters
	sortMax    = 1_000_000
)

// scientific is what a spreadsheet makes of a code that it takes for a number.
var scientific = regexp.MustCompile(`^[0-9](\.[0-9]+)?[Ee]\+?[0-9]+$`)

// CheckCode refuses codes that cannot be of GA/T 380-2012, and says which list
// knows the division and whether it still stands.
func CheckCode(code string, divisions Divisions) (d Division, stands bool, err error) {
	switch {
	case scientific.MatchString(code):
		return d, false, fault.At("/code", "org.code_damaged_by_spreadsheet")
	case len(code) != codeLength || strings.Trim(code, "0123456789") != "":
		return d, false, fault.At("/code", "org.code_not_twelve_digits")
	}
	d, _, stands, known := divisions.Find(code[:6])
	if !known {
		return d, false, fault.With(fault.At("/code", "org.code_unknown_division"), "division", code[:6])
	}
	return d, stands, nil
}

// CheckName refuses what is no name.
func CheckName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fault.At("/name", "org.name_required")
	case utf8.RuneCountInString(name) > nameMax:
		return fault.With(fault.At("/name", "org.name_too_long"), "max", nameMax)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }):
		return fault.At("/name", "org.name_unreadable")
	}
	return nil
}

// Level counts the pairs of a code that say something: 1 is a province, 2 a city,
// 3 a county, 4 an office or station, 5 a section, 6 a squad.
func Level(code string) int {
	for end := codeLength; end > 2; end -= 2 {
		if code[end-2:end] != "00" {
			return end / 2
		}
	}
	return 1
}

// ParentCode is the code one level up: the last pair that is not zero becomes
// zero. It is "" for a province.
func ParentCode(code string) string {
	level := Level(code)
	if level == 1 {
		return ""
	}
	return code[:2*level-2] + strings.Repeat("0", codeLength-2*level+2)
}
