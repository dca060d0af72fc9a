package access

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"zhian/platform/fault"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

var tree = []Node{{"city", ""}, {"centre", "city"}, {"s1", "city"}, {"s1a", "s1"}, {"s1b", "s1"}, {"s2", "city"}, {"orphan", "gone"}}

var perms = []string{"incident.read", "incident.receive", "incident.dispatch", "incident.contact.reveal", "unit.write", "access.write", "audit.read", "org.write", "pace.read"}

func TestDecisions(t *testing.T) {
	s := Compile(tree, perms, []Grant{
		{UserID: "leader", Role: "station_leader", OrgID: "s1"},
		{UserID: "both", Role: "officer", OrgID: "s1"},
		{UserID: "both", Role: "call_taker", OrgID: "s2"},
		{UserID: "late", Role: "officer", OrgID: "s1", From: noon.Add(time.Hour)},
		{UserID: "past", Role: "officer", OrgID: "s1", Until: noon},
		{UserID: "revoked", Role: "officer", OrgID: "s1", RevokedAt: noon.Add(-time.Hour)},
		{UserID: "centre", Role: "command_centre", OrgID: "city"},
		{UserID: "admin", Role: RoleSystemAdmin, OrgID: "city"},
		{UserID: "lost", Role: "officer", OrgID: "nowhere"},
	}, noon)
	cases := []struct {
		user, perm, org string
		want            bool
	}{
		{"leader", "incident.read", "s1", true},
		{"leader", "incident.read", "s1b", true},
		{"leader", "incident.read", "s2", false},
		{"leader", "incident.read", "city", false},
		{"leader", "incident.read", "", true},
		{"leader", "incident.dispatch", "s1", false},
		{"both", "incident.contact.reveal", "s1", true},
		{"both", "incident.contact.reveal", "s2", false}, // the pair counts, not the union
		{"both", "incident.receive", "s2", true},
		{"both", "incident.receive", "s1", false},
		{"late", "incident.read", "s1", false},
		{"past", "incident.read", "s1", false},
		{"revoked", "incident.read", "s1", false},
		{"centre", "incident.dispatch", "s1a", true},
		{"centre", "incident.dispatch", "orphan", false},
		{"admin", "org.write", "city", true},
		{"admin", "incident.read", "s1", false},
		{"lost", "incident.read", "", false},
		{"nobody", "incident.read", "", false},
		{"centre", "no.such.permission", "s1", false},
		{"centre", "incident.read", "no such organisation", false},
	}
	for _, c := range cases {
		if got := s.Can(c.user, c.perm, c.org); got != c.want {
			t.Errorf("may %s %s in %q: %v", c.user, c.perm, c.org, got)
		}
	}
	if orgs, all := s.Scope("leader", "incident.read"); !slices.Equal(orgs, []string{"s1", "s1a", "s1b"}) || all {
		t.Errorf("scope %v, %v", orgs, all)
	}
	if !s.expire.Equal(noon.Add(time.Hour)) {
		t.Errorf("the next edge is %v", s.expire)
	}
}

// No sequence of grants makes one person two of the three administrators.
func TestAdministratorsStaySeparate(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var grants []Grant
		for range 30 {
			from := noon.Add(time.Duration(random.IntN(100)) * time.Hour)
			g := Grant{UserID: "u", Role: separated[random.IntN(3)], OrgID: "city", From: from}
			if random.IntN(2) == 0 {
				g.Until = from.Add(time.Duration(1+random.IntN(50)) * time.Hour)
			}
			if CheckGrant(g, grants) == nil {
				grants = append(grants, g)
			}
			if i := random.IntN(len(grants) + 1); i < len(grants) && random.IntN(4) == 0 {
				grants[i].RevokedAt = noon
			}
		}
		for hour := range 160 {
			roles := map[string]bool{}
			for _, g := range grants {
				if g.InForce(noon.Add(time.Duration(hour) * time.Hour)) {
					roles[g.Role] = true
				}
			}
			if len(roles) > 1 {
				t.Fatalf("at hour %d one person is %v: %+v", hour, roles, grants)
			}
		}
	}
	if err := CheckGrant(Grant{Role: "emperor"}, nil); fault.KeyOf(err) != "access.unknown_role" {
		t.Errorf("got %v", err)
	}
	if err := CheckGranter(Grant{UserID: "me"}, "me"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("got %v", err)
	}
}

func TestExplainAgreesWithTheDecision(t *testing.T) {
	grants := []Grant{{ID: "g1", UserID: "u", Role: "officer", OrgID: "s1"}, {ID: "g2", UserID: "u", Role: "call_taker", OrgID: "s2", Until: noon}}
	s := Compile(tree, perms, grants, noon)
	for _, perm := range perms {
		for _, n := range tree {
			e := s.Explain(grants, perm, n.ID, noon)
			if e.Allowed != s.Can("u", perm, n.ID) || len(e.Reasons) != 2 {
				t.Errorf("%s in %s: %+v", perm, n.ID, e)
			}
		}
	}
}

// Cedar, an engine that others wrote, must give the same answers.
func TestAgreesWithCedar(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	nodes, grants := randomHouse(random, 60, 40)
	s := Compile(nodes, perms, grants, noon)
	policies := cedar.NewPolicySet()
	for i, g := range grants {
		var actions []string
		for _, p := range perms {
			if slices.ContainsFunc(Roles[g.Role], func(pattern string) bool { return covers(pattern, p) }) {
				actions = append(actions, fmt.Sprintf(`Action::%q`, p))
			}
		}
		if len(actions) == 0 {
			continue
		}
		text := fmt.Sprintf(`permit(principal == User::%q, action in [%s], resource in Org::%q);`, g.UserID, join(actions), g.OrgID)
		var p cedar.Policy
		if err := p.UnmarshalCedar([]byte(text)); err != nil {
			t.Fatal(err)
		}
		policies.Add(cedar.PolicyID(fmt.Sprint(i)), &p)
	}
	entities := types.EntityMap{}
	for _, n := range nodes {
		e := types.Entity{UID: types.NewEntityUID("Org", types.String(n.ID))}
		if n.Parent != "" {
			e.Parents = types.NewEntityUIDSet(types.NewEntityUID("Org", types.String(n.Parent)))
		}
		entities[e.UID] = e
	}
	allowed := 0
	for range 1000 {
		user, perm, org := fmt.Sprint("u", random.IntN(42)), perms[random.IntN(len(perms))], nodes[random.IntN(len(nodes))].ID
		decision, _ := cedar.Authorize(policies, entities, cedar.Request{Principal: types.NewEntityUID("User", types.String(user)),
			Action: types.NewEntityUID("Action", types.String(perm)), Resource: types.NewEntityUID("Org", types.String(org))})
		if got := s.Can(user, perm, org); got != bool(decision) {
			t.Fatalf("may %s %s in %s: we say %v, cedar says %v", user, perm, org, got, decision)
		} else if got {
			allowed++
		}
	}
	if allowed < 50 || allowed > 950 {
		t.Errorf("%d of 1000 allowed: the questions prove little", allowed)
	}
}

func join(list []string) (out string) {
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}

func randomHouse(random *rand.Rand, orgs, users int) (nodes []Node, grants []Grant) {
	roles := slices.Sorted(func(yield func(string) bool) {
		for r := range Roles {
			if !yield(r) {
				return
			}
		}
	})
	for i := range orgs {
		n := Node{ID: fmt.Sprint("o", i)}
		if i > 0 {
			n.Parent = fmt.Sprint("o", random.IntN(min(i, 8)))
		}
		nodes = append(nodes, n)
	}
	for i := range users {
		for range 2 {
			grants = append(grants, Grant{UserID: fmt.Sprint("u", i), Role: roles[random.IntN(len(roles))], OrgID: nodes[random.IntN(min(10, len(nodes)))].ID})
		}
	}
	return nodes, grants
}

func BenchmarkDecision(b *testing.B) {
	random := rand.New(rand.NewPCG(7, 8))
	nodes, grants := randomHouse(random, 2000, 100_000)
	s := Compile(nodes, perms, grants, noon)
	users := make([][]held, 4096)
	orgs := make([]int32, len(users))
	for i := range users {
		users[i] = s.users[fmt.Sprint("u", random.IntN(100_000))]
		orgs[i] = int32(random.IntN(2000))
	}
	b.Run("numbers", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			s.allowed(users[i&4095], 3, orgs[i&4095])
		}
	})
	b.Run("names", func(b *testing.B) {
		names := make([]string, 4096)
		for i := range names {
			names[i] = fmt.Sprint("u", random.IntN(100_000))
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			s.Can(names[i&4095], "incident.read", nodes[i%2000].ID)
		}
	})
}
