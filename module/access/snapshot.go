package access

import "slices"

// Snapshot answers questions; it never changes. What it is made of is shared with
// the one before as far as it is the same: a grant costs a page of users, a new
// organisation the intervals.
type Snapshot struct {
	orgs     index
	reach    []span  // two of each organisation by number: with all below it, and alone
	order    []int32 // organisations by their place in the walk
	perms    index
	words    int      // of 64 permissions in a role's set
	allows   []uint64 // the sets of all roles, one after the other
	everyone []uint64 // what needs no grant
	pages    []*page
}

// span is a piece of the walk through the tree, from lo to before hi: a subtree
// is one. It is none to none for an organisation that hangs on no root.
type span struct{ lo, hi int32 }

// holds is 1 for a place within the span, else 0: a branch that nobody can
// foretell would cost more than the rest of the decision.
func (s span) holds(place int32) uint64 {
	return (uint64(uint32(place-s.lo)) - uint64(uint32(s.hi-s.lo))) >> 63
}

// held is one grant in force: over which span, in which role.
type held struct {
	over int32
	role uint16
}

// page is the grants of some users with neighbouring numbers.
type page struct {
	from [pageUsers + 1]uint32 // where each user's begin
	held []held
}

const (
	pageBits  = 8
	pageUsers = 1 << pageBits
)

func (p *page) of(user uint32) []held {
	i := user & (pageUsers - 1)
	return p.held[p.from[i]:p.from[i+1]]
}

// grantsOf is every grant in force of a user.
func (s *Snapshot) grantsOf(user uint32) []held {
	if n := user >> pageBits; int(n) < len(s.pages) && s.pages[n] != nil {
		return s.pages[n].of(user)
	}
	return nil
}

// can decides. orgID "" asks whether the user may do it anywhere at all.
func (s *Snapshot) can(user uint32, perm, orgID string) bool {
	bit := s.perms.find(perm)
	if bit == none {
		return false
	}
	grants := s.grantsOf(user)
	if orgID == "" {
		return s.anywhere(grants, bit)
	}
	org := s.orgs.find(orgID)
	if org == none {
		return false
	}
	return s.allowed(grants, bit, org)
}

// allowed is the question after names have become numbers.
func (s *Snapshot) allowed(grants []held, perm, org int32) bool {
	place, yes := s.reach[2*org].lo, uint64(0)
	for _, g := range grants {
		yes |= s.reach[g.over].holds(place) & s.has(g.role, perm)
	}
	return yes == 1
}

func (s *Snapshot) anywhere(grants []held, perm int32) bool {
	for _, g := range grants {
		if s.has(g.role, perm) == 1 && s.reach[g.over].hi != none {
			return true
		}
	}
	return false
}

// has is 1 when a role holds a permission, else 0.
func (s *Snapshot) has(role uint16, perm int32) uint64 {
	return s.allows[int(role)*s.words+int(perm>>6)] >> (perm & 63) & 1
}

// open says that nobody needs a grant for a permission.
func (s *Snapshot) open(perm string) bool {
	bit := s.perms.find(perm)
	return bit != none && s.everyone[bit>>6]>>(bit&63)&1 == 1
}

// scope lists the organisations in which a user holds a permission, of how many.
func (s *Snapshot) scope(user uint32, perm string) (orgs []string, of int) {
	bit := s.perms.find(perm)
	if bit == none {
		return nil, len(s.order)
	}
	in := make([]bool, len(s.order))
	for _, g := range s.grantsOf(user) {
		where := s.reach[g.over]
		for place := where.lo; place < where.hi; place++ {
			in[place] = in[place] || s.has(g.role, bit) == 1
		}
	}
	for place, yes := range in {
		if yes {
			orgs = append(orgs, s.orgs.names[s.order[place]])
		}
	}
	slices.Sort(orgs)
	return orgs, len(s.order)
}

// above lists an organisation and all that it is below.
func (s *Snapshot) above(orgID string) (ids []string) {
	org := s.orgs.find(orgID)
	if org == none || s.reach[2*org].lo == none {
		return nil
	}
	place := s.reach[2*org].lo
	for number, id := range s.orgs.names {
		if s.reach[2*number].holds(place) == 1 {
			ids = append(ids, id)
		}
	}
	return ids
}
