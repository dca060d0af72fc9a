package access

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
)

func (d *desk) give(r Request) Grant {
	d.Helper()
	r.Reason = "test"
	g, err := d.Grant(d.as("security"), r)
	if err != nil {
		d.Fatal(err)
	}
	return g
}

// county fills a house: a leader and two officers, one of them at the desk only,
// and grants that do not count now.
func (d *desk) county() {
	d.give(Request{UserID: "leader", Role: "station_leader", OrgID: "s1"})
	d.give(Request{UserID: "o1", Role: "officer", OrgID: "s1"})
	d.give(Request{UserID: "o2", Role: "officer", OrgID: "s1", UnitOnly: true})
	d.give(Request{UserID: "o2", Role: "auxiliary", OrgID: "s2"})
	d.give(Request{UserID: "late", Role: "officer", OrgID: "s1", From: noon.Add(time.Hour)})
	gone := d.give(Request{UserID: "gone", Role: "officer", OrgID: "s1"})
	if _, err := d.Revoke(d.as("security"), Revocation{gone.ID}); err != nil {
		d.Fatal(err)
	}
	d.give(Request{UserID: "chief", Role: "command_centre", OrgID: "city"})
}

func TestWhoMay(t *testing.T) {
	each(t, func(d *desk) {
		d.county()
		for _, c := range []struct{ perm, org, want string }{
			{"incident.read", "s1", "chief leader o1 o2"},
			{"incident.read", "s1a", "chief leader o1"},
			{"incident.read", "s2", "chief o2"},
			{"incident.dispatch", "s1", "chief"},
			{"incident.read", "city", "chief"},
			{"incident.read", "orphan", ""},
			{"no.such.permission", "s1", ""},
		} {
			for _, limit := range []int{1, 2, 100} {
				var users []string
				for after := ""; ; {
					page, err := d.WhoMay(d.as("security"), Who{Perm: c.perm, OrgID: c.org, After: after, Limit: limit})
					if c.org == "orphan" && fault.KeyOf(err) == "access.outside_your_scope" {
						break
					}
					if err != nil {
						d.Fatal(err)
					}
					for _, g := range page.Items {
						users = append(users, g.UserID)
						if !d.Can(httpapi.Principal{UserID: g.UserID}, httpapi.Perm(c.perm), c.org) {
							d.Errorf("%s is said to hold %s in %s", g.UserID, c.perm, c.org)
						}
					}
					if after = page.Next; after == "" {
						break
					}
				}
				if got := strings.Join(users, " "); got != c.want {
					d.Errorf("%s in %s: %s, want %s", c.perm, c.org, got, c.want)
				}
			}
		}
		if _, err := d.WhoMay(d.as("leader"), Who{Perm: "incident.read", OrgID: "s1"}); !fault.Is(err, fault.Forbidden) {
			d.Errorf("got %v", err)
		}
	})
}

func TestWhatSomebodyMay(t *testing.T) {
	each(t, func(d *desk) {
		d.county()
		what, err := d.What(d.as("security"), Whose{"o2"})
		if err != nil || len(what.Rights) != 2 || !slices.Equal(what.Open, []string{"identity.self"}) {
			d.Fatalf("%+v, %v", what, err)
		}
		for _, r := range what.Rights {
			for _, perm := range perms {
				if got := slices.Contains(r.Permissions, perm); got != slices.Contains(rolesWith(perm), r.Role) {
					d.Errorf("%s by %s: %v", perm, r.Role, got)
				}
			}
			if r.GrantedBy != "security" || r.GrantedAt.IsZero() {
				d.Errorf("since when and by whom: %+v", r)
			}
		}
		for user, n := range map[string]int{"late": 0, "gone": 0, "nobody": 0, "chief": 1} {
			if what, err := d.What(d.as("security"), Whose{user}); err != nil || len(what.Rights) != n {
				d.Errorf("%s: %+v, %v", user, what, err)
			}
		}
		if mine, err := d.Mine(d.as("o2"), httpapi.Nothing{}); err != nil || len(mine.Rights) != 2 {
			d.Errorf("%+v, %v", mine, err)
		}
		if others, err := d.What(d.as("o1"), Whose{"o2"}); err != nil || len(others.Rights) != 0 {
			d.Errorf("without a scope: %+v, %v", others, err)
		}
	})
}

func TestGrantsAreListedWithinTheScope(t *testing.T) {
	each(t, func(d *desk) {
		d.county()
		if _, err := d.Found(d.Context(), Request{UserID: "local", Role: RoleSecurityAdmin, OrgID: "s2"}); err != nil {
			d.Fatal(err)
		}
		for _, c := range []struct {
			who  string
			ask  Listing
			want int
		}{
			{"security", Listing{}, 9}, {"security", Listing{Standing: true}, 7}, {"security", Listing{UserID: "o2"}, 2}, {"security", Listing{Role: "officer"}, 4},
			{"security", Listing{OrgID: "s1", Role: "officer", Standing: true}, 2}, {"local", Listing{}, 2}, {"o1", Listing{}, 0},
		} {
			for _, limit := range []int{1, 3, 100} {
				n := 0
				for c.ask.After, c.ask.Limit = "", limit; ; {
					page, err := d.List(d.as(c.who), c.ask)
					if err != nil {
						d.Fatal(err)
					}
					n += len(page.Items)
					if c.ask.After = page.Next; page.Next == "" {
						break
					}
				}
				if n != c.want {
					d.Errorf("%s %+v: %d", c.who, c.ask, n)
				}
			}
		}
		if _, err := d.Explain(d.as("local"), Question{UserID: "o1", Perm: "incident.read", OrgID: "s1"}); !fault.Is(err, fault.Forbidden) {
			d.Errorf("got %v", err)
		}
		if e, err := d.Explain(d.as("security"), Question{UserID: "o1", Perm: "incident.read", OrgID: "s1a"}); err != nil || !e.Allowed || len(e.Reasons) != 1 {
			d.Errorf("%+v, %v", e, err)
		}
	})
}

func TestGrantsAreForPeopleThatThereAre(t *testing.T) {
	each(t, func(d *desk) {
		for key, r := range map[string]Request{
			"access.unknown_user":       {UserID: "ghost", Role: "officer", OrgID: "s1"},
			"access.unknown_role":       {UserID: "o1", Role: "emperor", OrgID: "s1"},
			"access.outside_your_scope": {UserID: "o1", Role: "officer", OrgID: "nowhere"},
			"access.period_empty":       {UserID: "o1", Role: "officer", OrgID: "s1", From: noon, Until: noon},
		} {
			if _, err := d.Grant(d.as("security"), r); fault.KeyOf(err) != key {
				d.Errorf("%s: %v", key, err)
			}
		}
	})
}

// The last of each of the three administrators cannot be taken away: nobody could
// make another.
func TestLastAdministratorStays(t *testing.T) {
	each(t, func(d *desk) {
		page, err := d.List(d.as("security"), Listing{Role: RoleSecurityAdmin})
		if err != nil || len(page.Items) != 1 {
			d.Fatal(page, err)
		}
		last := page.Items[0]
		if _, err := d.Revoke(d.as("security"), Revocation{last.ID}); fault.KeyOf(err) != "access.last_administrator" {
			d.Errorf("got %v", err)
		}
		d.give(Request{UserID: "deputy", Role: RoleSecurityAdmin, OrgID: "city", Until: noon.Add(time.Hour)}) // ends by itself
		if _, err := d.Revoke(d.as("security"), Revocation{last.ID}); fault.KeyOf(err) != "access.last_administrator" {
			d.Errorf("got %v", err)
		}
		d.give(Request{UserID: "heir", Role: RoleSecurityAdmin, OrgID: "city"})
		if _, err := d.Revoke(d.as("heir"), Revocation{last.ID}); err != nil {
			d.Error(err)
		}
		if d.Can(httpapi.Principal{UserID: "security"}, "access.write", "city") || !d.Can(httpapi.Principal{UserID: "heir"}, "access.write", "city") {
			d.Error("the heir has not taken over")
		}
	})
}

// No sequence of grants, revocations and time makes one person two of the three
// administrators, at any moment to come; nobody has granted to themselves; and
// there is always somebody for each.
func TestThreeStaySeparate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var grants []Grant
		now := noon
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "hours")) * time.Hour)
			case 1:
				if len(grants) > 0 {
					if g := &grants[rapid.IntRange(0, len(grants)-1).Draw(t, "which")]; g.RevokedAt.IsZero() {
						g.RevokedAt = now
					}
				}
			default:
				g := Grant{UserID: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "user"), Role: rapid.SampledFrom(append(separated, "officer")).Draw(t, "role"),
					OrgID: rapid.SampledFrom([]string{"city", "s1"}).Draw(t, "org"), From: now.Add(time.Duration(rapid.IntRange(-30, 60).Draw(t, "from")) * time.Hour)}
				if rapid.Bool().Draw(t, "ends") {
					g.Until = g.From.Add(time.Duration(rapid.IntRange(-1, 40).Draw(t, "for")) * time.Hour)
				}
				var own []Grant
				for _, e := range grants {
					if e.UserID == g.UserID {
						own = append(own, e)
					}
				}
				if CheckGrant(g, own) == nil {
					grants = append(grants, g)
				}
			}
			stayApart(t, grants)
		}
	})
}

func stayApart(t *rapid.T, grants []Grant) {
	t.Helper()
	for hour := -40; hour < 1000; hour++ {
		at, roles := noon.Add(time.Duration(hour)*time.Hour), map[string]string{}
		for _, g := range grants {
			if !g.InForce(at) || !slices.Contains(separated, g.Role) {
				continue
			}
			if other := roles[g.UserID]; other != "" && other != g.Role {
				t.Fatalf("at hour %d %s is %s and %s: %+v", hour, g.UserID, other, g.Role, grants)
			}
			roles[g.UserID] = g.Role
		}
	}
}

// The same against the service and its table, by several at once.
func TestThreeStaySeparateInTheTable(t *testing.T) {
	each(t, func(d *desk) {
		for _, role := range []string{RoleSystemAdmin, RoleAuditAdmin} {
			if _, err := d.Found(d.Context(), Request{UserID: "first " + role, Role: role, OrgID: "city"}); err != nil {
				d.Fatal(err)
			}
		}
		done := make(chan error)
		for worker := range 4 {
			go func() {
				random := rand.New(rand.NewPCG(uint64(worker), 1))
				for range 15 {
					user := fmt.Sprint("u", random.IntN(3))
					g, err := d.Grant(d.as("security"), Request{UserID: user, Role: separated[random.IntN(3)], OrgID: "city", Reason: "x"})
					if err == nil && random.IntN(3) == 0 {
						_, err = d.Revoke(d.as("security"), Revocation{g.ID})
					}
					if key := fault.KeyOf(err); err != nil && key != "access.administrators_are_separate" {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		for range 4 {
			if err := <-done; err != nil {
				d.Error(err)
			}
		}
		page, err := d.List(d.as("security"), Listing{Standing: true, Limit: 500})
		if err != nil {
			d.Fatal(err)
		}
		roles := map[string]string{}
		for _, g := range page.Items {
			if other := roles[g.UserID]; other != "" && other != g.Role {
				d.Errorf("%s is %s and %s", g.UserID, other, g.Role)
			}
			roles[g.UserID] = g.Role
			if g.UserID == g.GrantedBy {
				d.Errorf("%s granted to themselves", g.UserID)
			}
		}
		if len(roles) < 4 {
			d.Errorf("the table proves little: %v", roles)
		}
	})
}

// The list of permissions holds those that routes ask for and no empty one.
func TestAllRolesNameEveryPermission(t *testing.T) {
	each(t, func(d *desk) {
		list, err := d.AllRoles(d.as("security"), httpapi.Nothing{})
		if want := slices.Sorted(slices.Values(perms)); err != nil || !slices.Equal(list.Permissions, want) || slices.Contains(list.Permissions, "") {
			d.Errorf("%q, %v", list.Permissions, err)
		}
	})
}
