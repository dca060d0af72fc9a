package access

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"zhian/platform/fault"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

var tree = []Node{{"city", ""}, {"centre", "city"}, {"s1", "city"}, {"s1a", "s1"}, {"s1b", "s1"}, {"s2", "city"}, {"orphan", "gone"},
	{"loop1", "loop2"}, {"loop2", "loop1"}}

var perms = []string{"incident.read", "incident.receive", "incident.dispatch", "incident.contact.reveal", "unit.write", "access.write", "audit.read", "org.write", "pace.read", "identity.self", "access.read"}

// house is a compiler under test, asked by names.
type house struct{ *compiler }

func houseOf(nodes []Node, perms []string, grants []Grant, at time.Time) house {
	h := house{newCompiler(&people{}, Roles, perms)}
	h.plant(nodes)
	h.hire(grants, at)
	return h
}

func (h house) may(user, perm, org string) bool {
	now, number := h.snapshot(), h.people.find(user)
	if org == "" {
		return now.canAnywhere(number, perm)
	}
	return now.can(number, perm, org)
}

func TestDecisions(t *testing.T) {
	h := houseOf(tree, perms, []Grant{
		{UserID: "leader", Role: "station_leader", OrgID: "s1"},
		{UserID: "both", Role: "officer", OrgID: "s1"},
		{UserID: "both", Role: "call_taker", OrgID: "s2"},
		{UserID: "late", Role: "officer", OrgID: "s1", From: noon.Add(time.Hour)},
		{UserID: "past", Role: "officer", OrgID: "s1", Until: noon},
		{UserID: "revoked", Role: "officer", OrgID: "s1", RevokedAt: noon.Add(-time.Hour)},
		{UserID: "centre", Role: "command_centre", OrgID: "city"},
		{UserID: "admin", Role: RoleSystemAdmin, OrgID: "city"},
		{UserID: "lost", Role: "officer", OrgID: "nowhere"},
		{UserID: "desk", Role: "officer", OrgID: "s1", UnitOnly: true},
		{UserID: "circle", Role: "command_centre", OrgID: "loop1"},
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
		{"lost", "incident.read", "nowhere", false}, // an organisation that only a grant names
		{"centre", "incident.read", "nowhere", false},
		{"desk", "incident.read", "s1", true},
		{"desk", "incident.read", "s1a", false},
		{"desk", "incident.read", "", true},
		{"circle", "incident.read", "loop1", false}, // hangs on no root
		{"circle", "incident.read", "loop2", false},
		{"circle", "incident.read", "", false},
		{"nobody", "incident.read", "", false},
		{"centre", "no.such.permission", "s1", false},
		{"centre", "incident.read", "no such organisation", false},
	}
	for _, c := range cases {
		if got := h.may(c.user, c.perm, c.org); got != c.want {
			t.Errorf("may %s %s in %q: %v", c.user, c.perm, c.org, got)
		}
	}
	for user, want := range map[string]string{"leader": "[s1 s1a s1b]", "desk": "[s1]", "centre": "[centre city s1 s1a s1b s2]", "lost": "[]", "circle": "[]", "nobody": "[]"} {
		if orgs, of := h.snapshot().scope(h.people.find(user), "incident.read"); fmt.Sprint(orgs) != want || of != 7 {
			t.Errorf("scope of %s: %v of %d", user, orgs, of)
		}
	}
	if !h.edge.Equal(noon.Add(time.Hour)) {
		t.Errorf("the next edge is %v", h.edge)
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
	grants := []Grant{{ID: "g1", UserID: "u", Role: "officer", OrgID: "s1"}, {ID: "g2", UserID: "u", Role: "call_taker", OrgID: "s2", Until: noon},
		{ID: "g3", UserID: "u", Role: "station_leader", OrgID: "city", UnitOnly: true}}
	h := houseOf(tree, perms, grants, noon)
	for _, perm := range append(perms, "no.such.permission") {
		for _, n := range append(tree, Node{ID: "nowhere"}, Node{}) {
			e := h.snapshot().explain(grants, perm, n.ID, noon)
			if open := n.ID == "" && perm == "identity.self"; e.Open != open || e.Allowed != (h.may("u", perm, n.ID) || open) || len(e.Reasons) != 3 {
				t.Errorf("%s in %s: %+v", perm, n.ID, e)
			}
		}
	}
}
