// Package org keeps the tree of organisations: bureau, centre, stations, squads.
//
// Every organisation has a twelve-digit code (GA/T 380-2012): six digits of the
// division (GB/T 2260), two of the office or station, two of the section, two of
// the squad; 00 is "none". The text of the standard's unit numbers was not
// available, so only what is safe without it is checked: twelve digits, a known
// division, uniqueness, and a parent that exists or is declared a root.
//
// Publishes: org.changed. Hears nothing.
package org

import (
	"strings"
	"time"

	"zhian/platform/fault"
)

// Organisation is one node of the tree.
type Organisation struct {
	ID         string    `json:"id"`
	Code       string    `json:"code"`
	Name       string    `json:"name"`
	Kind       string    `json:"kind"` // bureau, county, station, branch, department, command_room, squad
	ParentID   string    `json:"parent_id,omitempty"`
	Sort       int       `json:"sort"`
	CreatedAt  time.Time `json:"created_at"`
	RetiredAt  time.Time `json:"retired_at,omitzero"`
	ChangedSeq int64     `json:"version"`
}

// Version rises with every change.
func (o Organisation) Version() int64 { return o.ChangedSeq }

const codeLength = 12

// CheckCode refuses codes that cannot be of GA/T 380-2012; divisions are the
// known six-digit codes.
func CheckCode(code string, divisions map[string]string) error {
	if len(code) != codeLength || strings.Trim(code, "0123456789") != "" {
		return fault.At("/code", "org.code_not_twelve_digits")
	}
	division := code[:6]
	if _, known := divisions[division]; known || wider(division, divisions) {
		return nil
	}
	return fault.With(fault.At("/code", "org.code_unknown_division"), "division", division)
}

// wider accepts provinces (330000) and cities (330700) of known counties.
func wider(division string, divisions map[string]string) bool {
	prefix := strings.TrimSuffix(strings.TrimSuffix(division, "00"), "00")
	if prefix == division || prefix == "" {
		return false
	}
	for code := range divisions {
		if strings.HasPrefix(code, prefix) {
			return true
		}
	}
	return false
}

// ParentCode is the code one level up: the last pair that is not zero becomes
// zero. It is "" for a province.
func ParentCode(code string) string {
	for end := codeLength; end > 2; end -= 2 {
		if code[end-2:end] != "00" {
			return code[:end-2] + strings.Repeat("0", codeLength-end+2)
		}
	}
	return ""
}

// CheckParent refuses a parent that is missing, retired, or below the node.
func CheckParent(id, parentID string, all map[string]Organisation) error {
	if parentID == "" {
		return nil
	}
	parent, known := all[parentID]
	if !known || !parent.RetiredAt.IsZero() {
		return fault.At("/parent_id", "org.parent_unknown")
	}
	for up := parent; ; up = all[up.ParentID] {
		if up.ID == id {
			return fault.At("/parent_id", "org.parent_is_below")
		}
		if up.ParentID == "" {
			return nil
		}
	}
}
