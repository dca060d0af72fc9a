package access

import (
	"slices"
	"time"
)

// Reason is one grant's part in a decision.
type Reason struct {
	Grant
	InForce  bool `json:"in_force"`
	Covers   bool `json:"covers_permission"`
	Contains bool `json:"contains_organisation"`
}

// Explanation says why a question is answered as it is. Open permissions need no
// grant.
type Explanation struct {
	Allowed bool     `json:"allowed"`
	Open    bool     `json:"open,omitempty"`
	Reasons []Reason `json:"reasons"`
}

// explain goes through a user's grants one by one.
func (s *Snapshot) explain(grants []Grant, perm, orgID string, at time.Time) Explanation {
	e := Explanation{Reasons: []Reason{}, Open: orgID == "" && s.open(perm)}
	e.Allowed = e.Open
	for _, g := range grants {
		r := Reason{Grant: g, InForce: g.InForce(at), Contains: s.contains(g, orgID),
			Covers: s.perms.find(perm) != none && slices.ContainsFunc(Roles[g.Role], func(p string) bool { return covers(p, perm) })}
		e.Allowed = e.Allowed || r.InForce && r.Covers && r.Contains
		e.Reasons = append(e.Reasons, r)
	}
	return e
}

// contains says whether a grant reaches an organisation, or any for "".
func (s *Snapshot) contains(g Grant, orgID string) bool {
	over, org := s.orgs.find(g.OrgID), s.orgs.find(orgID)
	switch {
	case over == none || s.reach[2*over].lo == none:
		return false
	case orgID == "":
		return true
	case org == none:
		return false
	case g.UnitOnly:
		return org == over
	}
	return s.reach[2*over].holds(s.reach[2*org].lo) == 1
}
