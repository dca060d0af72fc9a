package access

import (
	"slices"
	"strings"
	"time"
)

// Node is an organisation as the decision needs it.
type Node struct {
	ID     string
	Parent string // empty for a root
}

// span is a subtree: organisations are numbered so that each subtree is one
// interval [lo, hi).
type span struct{ lo, hi int32 }

// held is one compiled grant.
type held struct {
	span
	role uint16
}

// set is the permissions of a role, one bit each.
type set []uint64

func (s set) has(perm int32) bool {
	word := perm >> 6
	return int(word) < len(s) && s[word]&(1<<(perm&63)) != 0
}

// Snapshot answers questions; it never changes.
type Snapshot struct {
	orgs   map[string]span
	order  []string // organisations by number
	perms  map[string]int32
	roles  []set
	names  []string // of roles
	users  map[string][]held
	expire time.Time // when the next grant begins or ends
}

// Compile makes the snapshot of a moment. perms are all that routes ask for.
func Compile(nodes []Node, perms []string, grants []Grant, at time.Time) *Snapshot {
	s := &Snapshot{orgs: map[string]span{}, perms: map[string]int32{}, users: map[string][]held{}}
	s.number(nodes)
	for i, p := range slices.Compact(slices.Sorted(slices.Values(perms))) {
		s.perms[p] = int32(i)
	}
	roleNo := s.compileRoles()
	for _, g := range grants {
		s.noteEdges(g, at)
		where, known := s.orgs[g.OrgID]
		role, ok := roleNo[g.Role]
		if known && ok && g.InForce(at) {
			s.users[g.UserID] = append(s.users[g.UserID], held{where, role})
		}
	}
	return s
}

// number walks the tree depth first. A node whose parent is unknown is a root:
// it is reachable by its own grants only.
func (s *Snapshot) number(nodes []Node) {
	children, known := map[string][]string{}, map[string]bool{}
	for _, n := range nodes {
		known[n.ID] = true
	}
	for _, n := range nodes {
		parent := n.Parent
		if !known[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], n.ID)
	}
	var walk func(id string)
	walk = func(id string) {
		if _, seen := s.orgs[id]; seen {
			return
		}
		lo := int32(len(s.order))
		s.order = append(s.order, id)
		s.orgs[id] = span{lo, lo + 1}
		for _, c := range slices.Sorted(slices.Values(children[id])) {
			walk(c)
		}
		s.orgs[id] = span{lo, int32(len(s.order))}
	}
	for _, root := range slices.Sorted(slices.Values(children[""])) {
		walk(root)
	}
}

func (s *Snapshot) compileRoles() map[string]uint16 {
	numbers := map[string]uint16{}
	for name, patterns := range Roles {
		numbers[name] = uint16(len(s.roles))
		bits := make(set, (len(s.perms)+63)/64)
		for perm, i := range s.perms {
			if slices.ContainsFunc(slices.Concat(patterns, everyone), func(p string) bool { return covers(p, perm) }) {
				bits[i>>6] |= 1 << (i & 63)
			}
		}
		s.roles = append(s.roles, bits)
		s.names = append(s.names, name)
	}
	return numbers
}

// covers matches "incident.*" against "incident.contact.reveal".
func covers(pattern, perm string) bool {
	if prefix, all := strings.CutSuffix(pattern, "*"); all {
		return strings.HasPrefix(perm, prefix)
	}
	return pattern == perm
}

func (s *Snapshot) noteEdges(g Grant, at time.Time) {
	for _, edge := range []time.Time{g.From, g.Until} {
		if edge.After(at) && g.RevokedAt.IsZero() && (s.expire.IsZero() || edge.Before(s.expire)) {
			s.expire = edge
		}
	}
}

// Can decides. orgID "" asks whether the user may do it anywhere at all.
func (s *Snapshot) Can(userID, perm, orgID string) bool {
	grants := s.users[userID]
	if len(grants) == 0 {
		return false
	}
	bit, known := s.perms[perm]
	if !known {
		return false
	}
	if orgID == "" {
		return s.anywhere(grants, bit)
	}
	where, known := s.orgs[orgID]
	if !known {
		return false
	}
	return s.allowed(grants, bit, where.lo)
}

// allowed is the question after names have become numbers.
func (s *Snapshot) allowed(grants []held, perm, org int32) bool {
	for _, g := range grants {
		if org >= g.lo && org < g.hi && s.roles[g.role].has(perm) {
			return true
		}
	}
	return false
}

func (s *Snapshot) anywhere(grants []held, perm int32) bool {
	for _, g := range grants {
		if s.roles[g.role].has(perm) {
			return true
		}
	}
	return false
}

// Scope lists the organisations in which a user holds a permission; all says
// that it is every one, so that a list needs no filter.
func (s *Snapshot) Scope(userID, perm string) (orgs []string, all bool) {
	bit, known := s.perms[perm]
	if !known {
		return nil, false
	}
	in := make([]bool, len(s.order))
	for _, g := range s.users[userID] {
		if !s.roles[g.role].has(bit) {
			continue
		}
		for i := g.lo; i < g.hi; i++ {
			in[i] = true
		}
	}
	for i, yes := range in {
		if yes {
			orgs = append(orgs, s.order[i])
		}
	}
	return orgs, len(orgs) == len(s.order)
}

// Reason is one grant's part in a decision.
type Reason struct {
	Grant
	InForce  bool `json:"in_force"`
	Covers   bool `json:"covers_permission"`
	Contains bool `json:"contains_organisation"`
}

// Explanation says why a question is answered as it is.
type Explanation struct {
	Allowed bool     `json:"allowed"`
	Reasons []Reason `json:"reasons"`
}

// Explain goes through a user's grants one by one.
func (s *Snapshot) Explain(grants []Grant, perm, orgID string, at time.Time) Explanation {
	e := Explanation{Reasons: []Reason{}}
	org, known := s.orgs[orgID]
	for _, g := range grants {
		where, placed := s.orgs[g.OrgID]
		r := Reason{Grant: g, InForce: g.InForce(at),
			Covers:   slices.ContainsFunc(slices.Concat(Roles[g.Role], everyone), func(p string) bool { return covers(p, perm) }),
			Contains: orgID == "" || known && placed && org.lo >= where.lo && org.lo < where.hi}
		e.Allowed = e.Allowed || r.InForce && r.Covers && r.Contains
		e.Reasons = append(e.Reasons, r)
	}
	return e
}
