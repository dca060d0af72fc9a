package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"zhian/module/access"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// A province's staff: two grants each, over any organisation and over a larger
// one; a fifth of the grants leave out what is below.
const (
	decideUsers     = 100_000
	decideOrgs      = 2000
	decideSessions  = 4096 // of users who are logged in
	decideQuestions = 1 << 16
	decideRounds    = 30
	decideBoth      = 1_000_000 // put to both
	decideCedar     = 100_000   // timed
)

// decide: the one decision of the house as a request asks it, of the gate of a
// whole house with the house's own roles and permissions: whose session carries
// their number asks for a permission and an organisation by name. Against Cedar,
// with a policy for each role and the grants as sets of organisations, which is
// how Cedar is quickest; and both must always say the same.
func decide(ctx context.Context, say func(Line)) (err error) {
	c, err := newCentre(ctx, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	p, err := newProvince(ctx, c)
	if err != nil {
		return err
	}
	ours, allocations := p.timeOurs(1)
	rows, _ := p.timeOurs(16)
	policies, entities, err := p.inCedar()
	if err != nil {
		return err
	}
	theirs := p.timeCedar(policies, entities)
	say(Line{Name: "decide.cedar", Value: theirs, Unit: "ns"})
	say(Line{Name: "decide", Value: ours, Unit: "ns", Limit: 25, RatioTo: "decide.cedar", Ratio: ours / theirs})
	say(Line{Name: "decide.rows", Value: rows, Unit: "ns", Limit: 25, RatioTo: "decide.cedar", Ratio: rows / theirs})
	say(Line{Name: "decide.allocations", Value: allocations, Unit: "a decision"})
	allowed, err := p.compare(policies, entities)
	say(Line{Name: "decide.allowed", Value: float64(allowed), Unit: "of a million, both alike"})
	return err
}

// province is a tree, and people with grants in it.
type province struct {
	gate   httpapi.Gate
	nodes  []access.Node
	orgs   []string // their ids, as rows have them: other strings than the gate's
	who    []httpapi.Principal
	grants []access.Grant
	perms  []httpapi.Perm
	asked  []asked
	near   map[string][]uint16 // places of the organisations of a user's grants, and of those right below
}

// asked is a question by the places of its parts.
type asked struct{ who, perm, org uint16 }

// Nodes is the tree for the gate.
func (p *province) Nodes(context.Context, []string) ([]access.Node, error) { return p.nodes, nil }

func newProvince(ctx context.Context, c *centre) (*province, error) {
	random, ids := rand.New(rand.NewPCG(7, 8)), ident.NewMaker(time.Now)
	p := &province{gate: c.Access}
	for _, r := range c.API.Routes() {
		if r.Perm != "" && !slices.Contains(p.perms, r.Perm) {
			p.perms = append(p.perms, r.Perm)
		}
	}
	for i := range decideOrgs {
		n := access.Node{ID: ids.Next()}
		if i > 0 {
			n.Parent = p.nodes[random.IntN(min(i, 1+i/8))].ID
		}
		p.nodes, p.orgs = append(p.nodes, n), append(p.orgs, strings.Clone(n.ID))
	}
	roles, at := slices.Sorted(maps.Keys(access.Roles)), time.Now().Add(-time.Hour)
	for range decideUsers {
		user := ids.Next()
		for _, within := range []int{decideOrgs, decideOrgs / 20} {
			p.grants = append(p.grants, access.Grant{ID: ids.Next(), UserID: user, Role: roles[random.IntN(len(roles))], OrgID: p.nodes[random.IntN(within)].ID,
				UnitOnly: random.IntN(5) == 0, From: at, GrantedBy: "bench", GrantedAt: at})
		}
	}
	err := c.DB.Do(ctx, func(tx *sqldb.Tx) error {
		for _, g := range p.grants {
			if _, err := tx.Exec(access.Queries["Insert"], g.ID, g.UserID, g.Role, g.OrgID, g.UnitOnly, g.From.UnixMilli(), 0, g.GrantedBy, g.GrantedAt.UnixMilli(), ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.Access.Tree = p
	if err := c.Access.Refresh(ctx); err != nil {
		return nil, err
	}
	for range decideSessions {
		user := strings.Clone(p.grants[random.IntN(len(p.grants))].UserID)
		p.who = append(p.who, httpapi.Principal{UserID: user, SessionID: ids.Next(), OrgID: p.nodes[0].ID, Number: c.Access.Number(user)})
	}
	p.findNear()
	for range decideQuestions {
		p.asked = append(p.asked, p.any(random))
	}
	return p, nil
}

func (p *province) findNear() {
	places, below := map[string]uint16{}, map[string][]uint16{}
	for i, n := range p.nodes {
		places[n.ID], below[n.Parent] = uint16(i), append(below[n.Parent], uint16(i))
	}
	p.near = map[string][]uint16{}
	for _, g := range p.grants {
		p.near[g.UserID] = append(append(p.near[g.UserID], places[g.OrgID]), below[g.OrgID]...)
	}
}

// any is a random question; every second one is about where the user has a grant
// or right below, so that both answers are frequent.
func (p *province) any(random *rand.Rand) asked {
	q := asked{uint16(random.IntN(len(p.who))), uint16(random.IntN(len(p.perms))), uint16(random.IntN(len(p.orgs)))}
	if near := p.near[p.who[q.who].UserID]; random.IntN(2) == 0 {
		q.org = near[random.IntN(len(near))]
	}
	return q
}

// timeOurs is what one decision takes in ns, the median of some rounds, and how
// much it allocates, when each session asks so many in a row: one is the worst,
// for nothing of it is at hand; a list asks for its rows.
func (p *province) timeOurs(inRow int) (ns, allocations float64) {
	var before, after runtime.MemStats
	var times []float64
	var answers [64]bool // kept: a branch on them would be measured too
	runtime.ReadMemStats(&before)
	for range decideRounds {
		begun := time.Now()
		for range 16 {
			for i, q := range p.asked {
				who := &p.who[p.asked[i-i%inRow].who]
				answers[i%len(answers)] = p.gate.Can(*who, p.perms[q.perm], p.orgs[q.org])
			}
		}
		times = append(times, float64(time.Since(begun).Nanoseconds())/(16*decideQuestions))
	}
	runtime.KeepAlive(answers)
	runtime.ReadMemStats(&after)
	slices.Sort(times)
	whole := float64(after.Mallocs-before.Mallocs) / (decideRounds * 16 * decideQuestions)
	return times[len(times)/2], float64(int(whole*1000)) / 1000 // the rest of the house goes on meanwhile
}

// timeCedar is the same for Cedar, in ns.
func (p *province) timeCedar(policies *cedar.PolicySet, entities types.EntityMap) float64 {
	var requests []cedar.Request
	for _, q := range p.asked[:decideQuestions/4] {
		requests = append(requests, p.request(q))
	}
	begun := time.Now()
	for n := range decideCedar {
		cedar.Authorize(policies, entities, requests[n%len(requests)])
	}
	return float64(time.Since(begun).Nanoseconds()) / decideCedar
}

func (p *province) request(q asked) cedar.Request {
	return cedar.Request{Principal: types.NewEntityUID("User", types.String(p.who[q.who].UserID)),
		Action: types.NewEntityUID("Action", types.String(p.perms[q.perm])), Resource: types.NewEntityUID("Org", types.String(p.orgs[q.org]))}
}

// compare asks both the same, on all processors, and reports how often they
// allowed it.
func (p *province) compare(policies *cedar.PolicySet, entities types.EntityMap) (allowed int64, err error) {
	var all sync.WaitGroup
	var yes atomic.Int64
	parts := runtime.GOMAXPROCS(0)
	failed := make([]error, parts)
	for part := range parts {
		all.Go(func() {
			random := rand.New(rand.NewPCG(9, uint64(part)))
			for range decideBoth / parts {
				q := p.any(random)
				ours := p.gate.Can(p.who[q.who], p.perms[q.perm], p.orgs[q.org])
				if theirs, _ := cedar.Authorize(policies, entities, p.request(q)); bool(theirs) != ours {
					failed[part] = fmt.Errorf("may %s %s in %s: we say %v, Cedar says %v", p.who[q.who].UserID, p.perms[q.perm], p.orgs[q.org], ours, theirs)
					return
				}
				if ours {
					yes.Add(1)
				}
			}
		})
	}
	all.Wait()
	return yes.Load(), errors.Join(failed...)
}

// inCedar is the same house in Cedar's words.
func (p *province) inCedar() (*cedar.PolicySet, types.EntityMap, error) {
	policies, entities := cedar.NewPolicySet(), types.EntityMap{}
	for role, patterns := range access.Roles {
		var actions []string
		for _, perm := range p.perms {
			if slices.ContainsFunc(patterns, func(pattern string) bool {
				prefix, all := strings.CutSuffix(pattern, "*")
				return string(perm) == pattern || all && strings.HasPrefix(string(perm), prefix)
			}) {
				actions = append(actions, fmt.Sprintf("Action::%q", perm))
			}
		}
		if len(actions) == 0 {
			continue
		}
		for reach, when := range []string{"principal has %[1]s && resource in principal.%[1]s", "principal has %[1]s_alone && principal.%[1]s_alone.contains(resource)"} {
			var policy cedar.Policy
			text := fmt.Sprintf("permit(principal, action in [%s], resource) when { %s };", strings.Join(actions, ", "), fmt.Sprintf(when, role))
			if err := policy.UnmarshalCedar([]byte(text)); err != nil {
				return nil, nil, err
			}
			policies.Add(cedar.PolicyID(fmt.Sprint(role, reach)), &policy)
		}
	}
	for _, n := range p.nodes {
		e := types.Entity{UID: types.NewEntityUID("Org", types.String(n.ID))}
		if n.Parent != "" {
			e.Parents = types.NewEntityUIDSet(types.NewEntityUID("Org", types.String(n.Parent)))
		}
		entities[e.UID] = e
	}
	for user, held := range p.held() {
		record := types.RecordMap{}
		for name, orgs := range held {
			record[types.String(name)] = types.NewSet(orgs...)
		}
		uid := types.NewEntityUID("User", types.String(user))
		entities[uid] = types.Entity{UID: uid, Attributes: types.NewRecord(record)}
	}
	return policies, entities, nil
}

// held are the organisations of each user's grants, by role and reach.
func (p *province) held() map[string]map[string][]types.Value {
	of := map[string]map[string][]types.Value{}
	for _, g := range p.grants {
		name := g.Role
		if g.UnitOnly {
			name += "_alone"
		}
		if of[g.UserID] == nil {
			of[g.UserID] = map[string][]types.Value{}
		}
		of[g.UserID][name] = append(of[g.UserID][name], types.NewEntityUID("Org", types.String(g.OrgID)))
	}
	return of
}
