package identity

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
)

func TestListsOfAccounts(t *testing.T) {
	each(t, func(d *desk) {
		for i, login := range []string{"dora", "anna", "carl", "bert_1", "bert21"} {
			d.now = d.now.Add(time.Minute)
			if _, err := d.Invite(d.as("admin"), NewAccount{Login: login, DisplayName: fmt.Sprint("N", 5-i), OrgID: []string{"s1", "s2"}[i%2]}); err != nil {
				d.Fatal(err)
			}
		}
		eva := d.member("eva") // active, of s1
		if _, err := d.logIn("eva", good); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Disable(d.as("admin"), Shutting{ID: d.id("carl"), Reason: "x"}); err != nil {
			d.Fatal(err)
		}
		d.n.scope = httpapi.NewScope([]string{"s2"}, 100)
		wideScope := httpapi.NewScope([]string{"s2"}, 3)
		for _, c := range []struct {
			who  string
			ask  Listing
			want string
		}{
			{"admin", Listing{}, "anna bert21 bert_1 carl dora eva"},
			{"admin", Listing{Down: true}, "eva dora carl bert_1 bert21 anna"},
			{"admin", Listing{Sort: "name"}, "bert21 bert_1 carl anna dora eva"},
			{"admin", Listing{Sort: "name", Down: true}, "eva dora anna carl bert_1 bert21"},
			{"admin", Listing{Sort: "last_login", Down: true, Limit: 1}, "eva bert21 bert_1 carl anna dora"},
			{"admin", Listing{Text: "t_"}, "bert_1"},
			{"admin", Listing{Text: "T2"}, "bert21"},
			{"admin", Listing{Text: "n3"}, "carl"},
			{"admin", Listing{Text: "%"}, ""},
			{"admin", Listing{State: Active}, "eva"},
			{"admin", Listing{State: Disabled}, "carl"},
			{"admin", Listing{Kind: serviceKind}, ""},
			{"admin", Listing{OrgID: "s2"}, "anna bert_1"},
			{"clerk", Listing{}, "anna bert_1"},
			{"clerk", Listing{OrgID: "s1"}, ""},
			{"wide", Listing{}, "anna bert_1"},
			{"wide", Listing{Down: true}, "bert_1 anna"},
		} {
			if c.who == "wide" {
				d.n.scope = wideScope
			}
			for _, limit := range []int{1, 2, 3, 100} { // the pages together are the list
				c.ask.Limit, c.ask.After = limit, ""
				var names []string
				for {
					page, err := d.Accounts(d.as(c.who), c.ask)
					if err != nil {
						d.Fatal(err)
					}
					for _, a := range page.Items {
						names = append(names, a.Login)
					}
					if c.ask.After = page.Next; page.Next == "" {
						break
					}
				}
				if got := strings.Join(names, " "); c.ask.Sort == "last_login" && !strings.HasPrefix(got, "eva ") || c.ask.Sort != "last_login" && got != c.want {
					d.Errorf("%+v\ngot  %s\nwant %s", c.ask, got, c.want)
				}
			}
		}
		for _, after := range []string{"x", "bm90", "WzEsMl0"} {
			for _, sort := range []string{"login", "last_login"} {
				if _, err := d.Accounts(d.as("admin"), Listing{After: after, Sort: sort}); fault.KeyOf(err) != "request.bad_cursor" {
					d.Errorf("%q by %s: %v", after, sort, err)
				}
			}
		}
		if one, err := d.Account(d.as("admin"), ByID{eva.ID}); err != nil || one.Login != "eva" {
			d.Errorf("%+v, %v", one, err)
		}
		if _, err := d.Account(d.as("clerk"), ByID{eva.ID}); !fault.Is(err, fault.NotFound) {
			d.Errorf("got %v", err)
		}
		some, err := d.Some(d.Context(), []string{eva.ID, "nobody", d.id("anna"), eva.ID})
		if err != nil || len(some) != 2 {
			d.Errorf("%+v, %v", some, err)
		}
	})
}

func (d *desk) id(login string) string {
	d.Helper()
	page, err := d.Accounts(d.as("admin"), Listing{Text: login})
	if err != nil || len(page.Items) != 1 {
		d.Fatal(page, err)
	}
	return page.Items[0].ID
}

// Editing somebody's account makes a version; that they log in makes none, so that
// an administrator's edit is not refused for it.
func TestVersionsOfAccounts(t *testing.T) {
	each(t, func(d *desk) {
		a := d.member("anna")
		if _, err := d.logIn("anna", good); err != nil {
			d.Fatal(err)
		}
		d.logIn("anna", "Wrong-horse-9")
		tag := func(v int64) string { return fmt.Sprintf("%q", fmt.Sprint(v)) }
		next, err := d.Change(d.as("admin"), Renaming{ID: a.ID, IfMatch: tag(a.Version()), DisplayName: "Anna", OrgID: "s1"})
		if err != nil || next.Version() != a.Version()+1 {
			d.Errorf("%+v, %v", next, err)
		}
		for name, err := range map[string]error{
			"change":  second(d.Change(d.as("admin"), Renaming{ID: a.ID, IfMatch: tag(a.Version()), DisplayName: "B", OrgID: "s1"})),
			"disable": second(d.Disable(d.as("admin"), Shutting{ID: a.ID, IfMatch: tag(a.Version()), Reason: "x"})),
			"lock":    second(d.Lock(d.as("admin"), Locking{ID: a.ID, IfMatch: tag(a.Version()), Until: d.now.Add(time.Hour), Reason: "x"})),
			"invite":  second(d.Reissue(d.as("admin"), Edit{a.ID, tag(a.Version())})),
		} {
			if !fault.Is(err, fault.Stale) {
				d.Errorf("%s: %v", name, err)
			}
		}
		for name, err := range map[string]error{
			"change": second(d.Change(d.as(a.ID), Renaming{ID: a.ID, DisplayName: "B", OrgID: "s1"})), "enable": second(d.Enable(d.as(a.ID), Edit{ID: a.ID})),
		} {
			if !fault.Is(err, fault.NotFound) {
				d.Errorf("%s one's own: %v", name, err)
			}
		}
		kept, err := d.Account(d.as("admin"), ByID{a.ID})
		if err != nil || kept.Version() != next.Version() || kept.DisplayName != "Anna" {
			d.Errorf("%+v, %v", kept, err)
		}
	})
}

// The cache of sessions forgets those that are over, though nobody asks for them.
func TestCacheForgets(t *testing.T) {
	var c cache
	over := map[string]bool{}
	for i := range 10 * tidyAt {
		hash := fmt.Sprint(i)
		c.keep(hash, &cached{Session: Session{ID: "s" + hash}}, func(k *cached) bool { return over[k.ID] })
		over[fmt.Sprint("s", i-100)] = true
	}
	if len(c.of) > 2*tidyAt || len(c.of) != len(c.byID) || c.of[fmt.Sprint(10*tidyAt-1)] == nil {
		t.Errorf("%d sessions, %d ids", len(c.of), len(c.byID))
	}
	for i := 10*tidyAt - 100; i < 10*tidyAt; i++ {
		if c.of[fmt.Sprint(i)] == nil {
			t.Fatalf("session %d is open and was forgotten", i)
		}
	}
}

func TestNamesAreToldToWhoeverIsLoggedIn(t *testing.T) {
	each(t, func(d *desk) {
		eva, carl := d.member("eva"), d.member("carl")
		list, err := d.Names(d.as(carl.ID), Named{IDs: []string{eva.ID, "nobody", carl.ID, eva.ID}})
		if err != nil || len(list.Items) != 2 {
			d.Fatal(list, err)
		}
		for _, n := range list.Items {
			if want := map[string]string{eva.ID: eva.DisplayName, carl.ID: carl.DisplayName}[n.ID]; n.DisplayName != want || n.OrgID == "" {
				d.Errorf("%+v, want %s", n, want)
			}
		}
	})
}
