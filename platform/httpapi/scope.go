package httpapi

import "slices"

// Scoper says where a caller holds a permission: what a Gate is for one thing, it
// is for lists of them.
type Scoper interface {
	Scope(p Principal, perm Perm) Scope
}

// Scope is the organisations in which a caller holds a permission, at one moment:
// a list takes a new one for each request. Which way through a table is the
// shortest depends on how many they are:
//
//	All   no predicate at all
//	Wide  the list's own order, and Covers for each row
//	else  an index that begins with the organisation: "org_id IN LIST($1)"
//
// The border is a tenth of all organisations (measured on a million rows).
type Scope struct {
	All  bool
	Wide bool
	Orgs []string // ids in order; those of a scope that is All, too
}

const wideShare = 10

// NewScope is a scope of these organisations, in order, out of so many.
func NewScope(orgs []string, of int) Scope {
	return Scope{All: of > 0 && len(orgs) == of, Wide: len(orgs)*wideShare > of, Orgs: orgs}
}

// None says that the caller holds the permission nowhere.
func (s Scope) None() bool { return !s.All && len(s.Orgs) == 0 }

// Covers says whether an organisation is in the scope. "" is in every scope that
// is not empty, as it is for a Gate.
func (s Scope) Covers(orgID string) bool {
	if s.All || orgID == "" {
		return !s.None()
	}
	_, found := slices.BinarySearch(s.Orgs, orgID)
	return found
}
