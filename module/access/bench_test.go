package access

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"zhian/platform/httpapi"
	"zhian/platform/ident"
)

const manyUsers, manyOrgs, manyRoles, manyPerms = 100_000, 2000, 64, 2048

// province is a service that knows a province's staff, from memory.
func province(b *testing.B, grantsEach int) (*Service, []httpapi.Principal, []string, []httpapi.Perm) {
	random := rand.New(rand.NewPCG(7, 8))
	now := func() time.Time { return noon }
	ids := ident.NewMaker(now)
	s := New(Deps{Now: now, Log: slog.New(slog.DiscardHandler)})
	roles, perms := map[string][]string{}, make([]httpapi.Perm, manyPerms)
	for i := range perms {
		perms[i] = httpapi.Perm(fmt.Sprintf("module%d.thing%d.read", i%20, i))
	}
	var names []string
	for i, p := range perms {
		names = append(names, string(p))
		for range 8 {
			role := fmt.Sprint("role", random.IntN(manyRoles))
			roles[role] = append(roles[role], string(perms[i]))
		}
	}
	s.compiler = newCompiler(&s.people, roles, names)
	orgs, nodes := make([]string, manyOrgs), make([]Node, manyOrgs)
	for i := range nodes {
		orgs[i] = ids.Next()
		nodes[i].ID = orgs[i]
		if i > 0 {
			nodes[i].Parent = orgs[random.IntN(min(i, 1+i/8))]
		}
	}
	var grants []Grant
	who := make([]httpapi.Principal, manyUsers)
	for i := range who {
		who[i].UserID = ids.Next()
		for range grantsEach {
			grants = append(grants, Grant{UserID: who[i].UserID, Role: fmt.Sprint("role", random.IntN(manyRoles)), OrgID: orgs[random.IntN(manyOrgs/20)]})
		}
	}
	s.compiler.plant(nodes)
	s.compiler.hire(grants, noon)
	s.current.Store(s.compiler.snapshot())
	random.Shuffle(len(who), func(i, j int) { who[i], who[j] = who[j], who[i] })
	return s, who, orgs, perms
}

// openSessions is how many of the users have one: a power of two.
const openSessions = 4096

// BenchmarkDecide is the one decision, for random users, permissions and
// organisations: when all are numbers, as a request asks it whose session carries
// its user's number, and as somebody asks it who has only names.
func BenchmarkDecide(b *testing.B) {
	for _, each := range []int{2, 8} {
		s, who, orgs, perms := province(b, each)
		named, numbers := slices.Clone(who), make([]uint32, len(who))
		for i := range who {
			numbers[i] = s.Number(who[i].UserID)
			who[i].Number = numbers[i]
		}
		ask := func(name string, may func(i int) bool) {
			b.Run(fmt.Sprintf("%d grants/%s", each, name), func(b *testing.B) {
				b.ReportAllocs()
				yes := 0
				for i := 0; b.Loop(); i++ {
					if may(i) {
						yes++
					}
				}
				b.ReportMetric(float64(yes)/float64(b.N), "allowed")
			})
		}
		ask("numbers", func(i int) bool {
			now := s.current.Load()
			return now.allowed(numbers[i%manyUsers], int32(i*7&(manyPerms-1)), int32(i*13%manyOrgs))
		})
		ask("session", func(i int) bool {
			return s.Can(who[i&(openSessions-1)], perms[i*7&(manyPerms-1)], orgs[i*13%manyOrgs])
		})
		ask("names", func(i int) bool {
			return s.Can(named[i%manyUsers], perms[i*7&(manyPerms-1)], orgs[i*13%manyOrgs])
		})
	}
}

// BenchmarkCompile is what a change costs, and what everything at once does.
func BenchmarkCompile(b *testing.B) {
	s, who, orgs, _ := province(b, 2)
	b.Run("grant", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			s.compiler.promote(who[i%len(who)].UserID, []Grant{{Role: "role1", OrgID: orgs[1]}}, noon)
			s.current.Store(s.compiler.snapshot())
		}
	})
	b.Run("organisation", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			s.compiler.graft([]Node{{ID: orgs[1+i%(manyOrgs-1)], Parent: orgs[0]}})
			s.current.Store(s.compiler.snapshot())
		}
	})
	b.Run("everything", func(b *testing.B) {
		for b.Loop() {
			province(b, 2)
		}
	})
}
