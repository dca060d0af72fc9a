package access

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

// questions is how many are put to both; soak runs ask a million.
func questions(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("ACCESS_QUESTIONS"))
	if err != nil {
		return 1000
	}
	t.Logf("%d questions", n)
	return n
}

// Cedar, an engine that others wrote, must give the same answers, while
// organisations move and grants come and go.
func TestAgreesWithCedar(t *testing.T) {
	const perHouse = 250
	random := rand.New(rand.NewPCG(5, 6))
	allowed, asked := 0, 0
	for asked < questions(t) {
		r := newRandomHouse(random, 60, 40)
		for range 4 {
			r.change(random)
			policies, entities := r.cedar(t)
			for range perHouse / 4 {
				asked++
				user, perm, org := fmt.Sprint("u", random.IntN(42)), perms[random.IntN(len(perms))], r.nodes[random.IntN(len(r.nodes))].ID
				decision, _ := cedar.Authorize(policies, entities, cedar.Request{Principal: types.NewEntityUID("User", types.String(user)),
					Action: types.NewEntityUID("Action", types.String(perm)), Resource: types.NewEntityUID("Org", types.String(org))})
				if got := r.may(user, perm, org); got != bool(decision) {
					t.Fatalf("may %s %s in %s: we say %v, cedar says %v", user, perm, org, got, decision)
				} else if got {
					allowed++
				}
			}
		}
	}
	if share := float64(allowed) / float64(asked); share < 0.05 || share > 0.95 {
		t.Errorf("%d of %d allowed: the questions prove little", allowed, asked)
	}
}

// What was compiled change by change is what would be compiled at once.
func TestChangesAddUp(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for range 20 {
		r := newRandomHouse(random, 30, 600)
		for range 30 {
			r.change(random)
		}
		whole := houseOf(r.nodes, perms, slices.Concat(slices.Collect(maps.Values(r.grants))...), noon)
		for range 2000 {
			user, perm, org := fmt.Sprint("u", random.IntN(602)), perms[random.IntN(len(perms))], r.nodes[random.IntN(len(r.nodes))].ID
			if got, want := r.may(user, perm, org), whole.may(user, perm, org); got != want {
				t.Fatalf("may %s %s in %s: %v, compiled at once %v", user, perm, org, got, want)
			}
		}
	}
}

// A snapshot that somebody still holds does not change under them.
func TestSnapshotsStayAsTheyWere(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	r := newRandomHouse(random, 30, 300)
	old, user := r.snapshot(), r.people.number("u7")
	want, _ := old.scope(user, "incident.read")
	for range 100 {
		r.change(random)
		r.promote("u7", []Grant{{UserID: "u7", Role: "command_centre", OrgID: "o0"}}, noon)
	}
	if got, _ := old.scope(user, "incident.read"); !slices.Equal(got, want) {
		t.Errorf("%v, before %v", got, want)
	}
	if got, of := r.snapshot().scope(user, "incident.read"); len(got) != of {
		t.Errorf("the new one has %d of %d", len(got), of)
	}
}

// randomHouse is a tree and grants, and the compiler that was told of each.
type randomHouse struct {
	house
	nodes  []Node
	grants map[string][]Grant
	roles  []string
}

func newRandomHouse(random *rand.Rand, orgs, users int) *randomHouse {
	r := &randomHouse{grants: map[string][]Grant{}, roles: slices.Sorted(maps.Keys(Roles))}
	for i := range orgs {
		n := Node{ID: fmt.Sprint("o", i)}
		if i > 0 {
			n.Parent = fmt.Sprint("o", random.IntN(min(i, 8)))
		}
		r.nodes = append(r.nodes, n)
	}
	var all []Grant
	for i := range users {
		user := fmt.Sprint("u", i)
		r.grants[user] = []Grant{r.grant(random, user), r.grant(random, user)}
		all = append(all, r.grants[user]...)
	}
	r.house = houseOf(r.nodes, perms, all, noon)
	return r
}

func (r *randomHouse) grant(random *rand.Rand, user string) Grant {
	g := Grant{UserID: user, Role: r.roles[random.IntN(len(r.roles))], OrgID: r.nodes[random.IntN(min(12, len(r.nodes)))].ID, UnitOnly: random.IntN(5) == 0}
	switch random.IntN(8) {
	case 0:
		g.RevokedAt = noon.Add(-time.Hour)
	case 1:
		g.Until = noon
	case 2:
		g.From = noon.Add(time.Minute)
	}
	return g
}

// change moves or adds organisations, and gives somebody other grants.
func (r *randomHouse) change(random *rand.Rand) {
	i := 1 + random.IntN(len(r.nodes)-1)
	r.nodes[i].Parent = fmt.Sprint("o", random.IntN(i))
	added := Node{ID: fmt.Sprint("o", len(r.nodes)), Parent: r.nodes[random.IntN(len(r.nodes))].ID}
	r.nodes = append(r.nodes, added)
	r.graft([]Node{r.nodes[i], added})
	user := fmt.Sprint("u", random.IntN(len(r.grants)))
	r.grants[user] = []Grant{r.grant(random, user), r.grant(random, user), r.grant(random, user)}
	r.promote(user, r.grants[user], noon)
}

// cedar is the same house in Cedar's words.
func (r *randomHouse) cedar(t *testing.T) (*cedar.PolicySet, types.EntityMap) {
	t.Helper()
	policies, entities := cedar.NewPolicySet(), types.EntityMap{}
	for _, g := range slices.Concat(slices.Collect(maps.Values(r.grants))...) {
		var actions []string
		for _, p := range perms {
			if slices.ContainsFunc(Roles[g.Role], func(pattern string) bool { return covers(pattern, p) }) {
				actions = append(actions, fmt.Sprintf(`Action::%q`, p))
			}
		}
		if len(actions) == 0 || !g.InForce(noon) {
			continue
		}
		relation := "in"
		if g.UnitOnly {
			relation = "=="
		}
		var p cedar.Policy
		text := fmt.Sprintf(`permit(principal == User::%q, action in [%s], resource %s Org::%q);`, g.UserID, strings.Join(actions, ", "), relation, g.OrgID)
		if err := p.UnmarshalCedar([]byte(text)); err != nil {
			t.Fatal(err)
		}
		policies.Add(cedar.PolicyID(fmt.Sprint(len(maps.Collect(policies.All())))), &p)
	}
	for _, n := range r.nodes {
		e := types.Entity{UID: types.NewEntityUID("Org", types.String(n.ID))}
		if n.Parent != "" {
			e.Parents = types.NewEntityUIDSet(types.NewEntityUID("Org", types.String(n.Parent)))
		}
		entities[e.UID] = e
	}
	return policies, entities
}
