package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Node is an organisation as the decision needs it.
type Node struct {
	ID     string
	Parent string // empty for a root
}

// compiler makes each snapshot from the one before and what is new. One
// goroutine at a time uses it.
type compiler struct {
	people  *people
	roles   map[string]uint16 // numbers
	parents []string          // of organisations by number
	placed  []bool            // in the tree; the others are only named by grants
	edge    time.Time         // when the next grant begins or ends by itself
	next    Snapshot
}

// noRole is the number of none: its set is empty.
const noRole = 0

// newCompiler knows the roles and every permission that routes ask for, and
// neither organisations nor users.
func newCompiler(p *people, roles map[string][]string, perms []string) *compiler {
	c := &compiler{people: p, roles: map[string]uint16{}}
	names := slices.Compact(slices.Sorted(slices.Values(perms)))
	c.next = Snapshot{orgs: newIndex(nil), perms: newIndex(names), words: (len(names) + 63) / 64, everyone: bitsOf(names, everyone)}
	c.next.allows = make([]uint64, c.next.words)
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		c.roles[name] = uint16(len(c.roles)) + noRole + 1
		c.next.allows = append(c.next.allows, bitsOf(names, roles[name])...)
	}
	return c
}

// bitsOf is the set of the permissions that some pattern covers.
func bitsOf(perms, patterns []string) []uint64 {
	bits := make([]uint64, (len(perms)+63)/64)
	for i, perm := range perms {
		if slices.ContainsFunc(patterns, func(p string) bool { return covers(p, perm) }) {
			bits[i>>6] |= 1 << (i & 63)
		}
	}
	return bits
}

// covers matches "incident.*" against "incident.contact.reveal".
func covers(pattern, perm string) bool {
	if prefix, all := strings.CutSuffix(pattern, "*"); all {
		return strings.HasPrefix(perm, prefix)
	}
	return pattern == perm
}

// snapshot is what is known now; the compiler goes on without touching it.
func (c *compiler) snapshot() *Snapshot {
	s := c.next
	s.pages = slices.Clone(s.pages)
	return &s
}

// plant makes these the whole tree.
func (c *compiler) plant(nodes []Node) {
	clear(c.placed)
	c.graft(nodes)
}

// graft puts organisations into the tree, or elsewhere in it.
func (c *compiler) graft(nodes []Node) {
	ids := make([]string, len(nodes))
	for i, n := range nodes {
		ids[i] = n.ID
	}
	c.meet(ids)
	for _, n := range nodes {
		number := c.next.orgs.find(n.ID)
		c.parents[number], c.placed[number] = n.Parent, true
	}
	c.walk()
}

// meet gives numbers to organisations that have none.
func (c *compiler) meet(ids []string) {
	names := c.next.orgs.names
	for _, id := range ids {
		if c.next.orgs.find(id) == none {
			names = append(names, id)
		}
	}
	if len(names) == len(c.next.orgs.names) {
		return
	}
	c.next.orgs = newIndex(names)
	c.parents = append(c.parents, make([]string, len(names)-len(c.parents))...)
	c.placed = append(c.placed, make([]bool, len(names)-len(c.placed))...)
	c.next.reach = slices.Concat(c.next.reach, nowhere(2*len(names)-len(c.next.reach)))
}

// nowhere is the spans of organisations that hang on no root.
func nowhere(n int) []span { return slices.Repeat([]span{{none, none}}, n) }

// walk goes through the tree depth first and gives each subtree its interval. An
// organisation whose parent is unknown is a root: only its own grants reach it.
// What hangs on itself is reached by nothing.
func (c *compiler) walk() {
	below := c.children()
	reach, order := nowhere(2*len(c.parents)), make([]int32, 0, len(c.parents))
	var visit func(org int32)
	visit = func(org int32) {
		lo := int32(len(order))
		order = append(order, org)
		for _, child := range below.of(org) {
			visit(child)
		}
		reach[2*org], reach[2*org+1] = span{lo, int32(len(order))}, span{lo, lo + 1}
	}
	for _, root := range below.of(none) {
		visit(root)
	}
	c.next.reach, c.next.order = reach, order
}

// family is the children of every organisation, in one slice; those of none are
// the roots.
type family struct {
	from []int32
	all  []int32
}

func (f family) of(org int32) []int32 { return f.all[f.from[org+1]:f.from[org+2]] }

func (c *compiler) children() family {
	above := make([]int32, len(c.parents))
	f := family{make([]int32, len(c.parents)+2), make([]int32, len(c.parents))}
	for org := range c.parents {
		above[org] = none
		if up := c.next.orgs.find(c.parents[org]); up != none && c.placed[up] {
			above[org] = up
		}
		if c.placed[org] {
			f.from[above[org]+2]++
		}
	}
	for i := 1; i < len(f.from); i++ {
		f.from[i] += f.from[i-1]
	}
	free := slices.Clone(f.from)
	for org, up := range above {
		if c.placed[org] {
			f.all[free[up+1]] = int32(org)
			free[up+1]++
		}
	}
	return f
}

// hire makes these the grants of everybody.
func (c *compiler) hire(grants []Grant, at time.Time) {
	c.next.pages, c.edge = nil, time.Time{}
	c.meetAll(grants)
	of := make(map[uint32][]held, len(grants))
	for _, g := range grants {
		if h, ok := c.hold(g, at); ok {
			user := c.people.number(g.UserID)
			of[user] = append(of[user], h)
		}
	}
	users := slices.SortedFunc(maps.Keys(of), cmp.Compare[uint32])
	for start, end := 0, 0; start < len(users); start = end {
		n := users[start] >> pageBits
		for end = start; end < len(users) && users[end]>>pageBits == n; end++ {
		}
		c.put(n, bind(func(user uint32) []held { return of[n<<pageBits|user] }))
	}
}

// promote makes these the grants of one user.
func (c *compiler) promote(userID string, grants []Grant, at time.Time) {
	c.meetAll(grants)
	var now []held
	for _, g := range grants {
		if h, ok := c.hold(g, at); ok {
			now = append(now, h)
		}
	}
	number := c.people.number(userID)
	n := number >> pageBits
	c.put(n, bind(func(user uint32) []held {
		if user == number&(pageUsers-1) {
			return now
		}
		return c.next.grantsOf(n<<pageBits | user)
	}))
}

func (c *compiler) put(n uint32, p *page) {
	if missing := int(n) + 1 - len(c.next.pages); missing > 0 {
		c.next.pages = append(c.next.pages, make([]*page, missing)...)
	}
	c.next.pages[n] = p
}

// bind makes a page of what each of its users holds.
func bind(of func(user uint32) []held) *page {
	p := &page{}
	for user := range uint32(pageUsers) {
		grants := of(user)
		p.from[user] = uint32(len(p.rest))
		if n := copy(p.first[user][:], grants); n < len(grants) {
			p.rest = append(p.rest, grants[n:]...)
			p.first[user][1].more = uint16(len(grants) - n)
		}
	}
	return p
}

func (c *compiler) meetAll(grants []Grant) {
	ids := make([]string, 0, len(grants))
	for _, g := range grants {
		if c.next.orgs.find(g.OrgID) == none {
			ids = append(ids, g.OrgID)
		}
	}
	slices.Sort(ids)
	c.meet(slices.Compact(ids))
}

// hold compiles a grant that is in force, and notes when one will begin or end.
func (c *compiler) hold(g Grant, at time.Time) (held, bool) {
	for _, edge := range []time.Time{g.From, g.Until} {
		if edge.After(at) && g.RevokedAt.IsZero() && (c.edge.IsZero() || edge.Before(c.edge)) {
			c.edge = edge
		}
	}
	role, known := c.roles[g.Role]
	over := 2 * c.next.orgs.find(g.OrgID)
	if g.UnitOnly {
		over++
	}
	return held{over: over, role: role}, known && g.InForce(at)
}
