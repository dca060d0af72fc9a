package org

import (
	"cmp"
	"slices"
)

// Division is a code of a division with the list that gives it: another list can
// give the same code to another division.
type Division struct {
	Scheme  string `json:"scheme"`
	Version string `json:"version"`
	Code    string `json:"code"`
}

// DivisionEntry is one line of a list. Revisions are YYYYMM; an entry without a
// last one stands in the newest.
type DivisionEntry struct{ Code, Name, First, Last string }

// DivisionList is one edition of one list.
type DivisionList struct {
	Scheme  string
	Version string // of the newest revision it holds
	Entries []DivisionEntry
}

// Divisions finds six-digit codes in several lists, the newest first.
type Divisions struct {
	lists []map[string]DivisionEntry
	names []Division // scheme and version of each list
}

// NewDivisions puts lists together. A code that a list has twice means what the
// later revision says.
func NewDivisions(lists ...DivisionList) Divisions {
	slices.SortStableFunc(lists, func(a, b DivisionList) int { return cmp.Compare(b.Version, a.Version) })
	var d Divisions
	for _, l := range lists {
		of := make(map[string]DivisionEntry, len(l.Entries))
		for _, e := range l.Entries {
			if known, twice := of[e.Code]; !twice || known.First < e.First {
				of[e.Code] = e
			}
		}
		d.lists, d.names = append(d.lists, of), append(d.names, Division{Scheme: l.Scheme, Version: l.Version})
	}
	return d
}

// Find says which list knows a code, and whether the division still stands: one
// that an older list alone knows, or that a list ends, is right in old records.
func (d Divisions) Find(code string) (found Division, name string, stands, known bool) {
	for i, of := range d.lists {
		e, here := of[code]
		if !here {
			continue
		}
		found = Division{d.names[i].Scheme, d.names[i].Version, code}
		if e.Last != "" {
			found.Version = e.Last
		}
		return found, e.Name, e.Last == "" && (i == 0 || code[4:] == "00"), true
	}
	return Division{}, "", false, false
}
