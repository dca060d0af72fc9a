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

// held is one grant in force: over which span, in which role. The zero one is of
// no role and lets nobody do anything.
type held struct {
	over int32
	role uint16
	more uint16 // of a user's second: how many follow it, in the rest of the page
}

// page is the grants of some users with neighbouring numbers. Two of each stand
// where the user's number says, so that a decision goes to memory once for them:
// most users have no more.
type page struct {
	first [pageUsers][2]held
	from  [pageUsers]uint32 // where each user's others begin
	rest  []held
}

const (
	pageBits  = 8
	pageUsers = 1 << pageBits
)

func (p *page) others(i uint32) []held {
	return p.rest[p.from[i] : p.from[i]+uint32(p.first[i][1].more)]
}

// page is where a user's grants are; nil when nobody there has any.
func (s *Snapshot) page(user uint32) *page {
	if n := user >> pageBits; int(n) < len(s.pages) {
		return s.pages[n]
	}
	return nil
}

// grantsOf is every grant in force of a user.
func (s *Snapshot) grantsOf(user uint32) (list []held) {
	p, i := s.page(user), user&(pageUsers-1)
	if p == nil {
		return nil
	}
	for _, g := range append(p.first[i][:], p.others(i)...) {
		if g.more = 0; g.role != noRole {
			list = append(list, g)
		}
	}
	return list
}

// can decides.
func (s *Snapshot) can(user uint32, perm, orgID string) bool {
	bit, org := s.perms.find(perm), s.orgs.find(orgID)
	return bit != none && org != none && s.allowed(user, bit, org)
}

// canAnywhere asks whether a user may do something anywhere at all.
func (s *Snapshot) canAnywhere(user uint32, perm string) bool {
	bit := s.perms.find(perm)
	return bit != none && s.anywhere(user, bit)
}

// allowed is the question after names have become numbers.
func (s *Snapshot) allowed(user uint32, perm, org int32) bool {
	p, i := s.page(user), user&(pageUsers-1)
	if p == nil {
		return false
	}
	place, two := s.reach[2*org].lo, &p.first[i]
	yes := s.lets(two[0], perm, place) | s.lets(two[1], perm, place)
	if two[1].more > 0 {
		for _, g := range p.others(i) {
			yes |= s.lets(g, perm, place)
		}
	}
	return yes == 1
}

// lets is 1 when a grant allows something in a place of the walk, else 0.
func (s *Snapshot) lets(g held, perm, place int32) uint64 {
	return s.reach[g.over].holds(place) & s.has(g.role, perm)
}

func (s *Snapshot) anywhere(user uint32, perm int32) bool {
	p, i := s.page(user), user&(pageUsers-1)
	if p == nil {
		return false
	}
	somewhere := func(g held) bool { return s.has(g.role, perm) == 1 && s.reach[g.over].hi != none }
	return somewhere(p.first[i][0]) || somewhere(p.first[i][1]) || slices.ContainsFunc(p.others(i), somewhere)
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
