package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

func TestPasswords(t *testing.T) {
	for password, want := range map[string]string{
		"Correct-horse-9":               "",
		"Sh0rt-one":                     "identity.password_too_short",
		"alllowercaseletters":           "identity.password_too_simple",
		"lower-and-others":              "identity.password_too_simple",
		"Anna-1234567":                  "identity.password_holds_login",
		strings.Repeat("Aa1-", 40):      "identity.password_too_long",
		"\u5b89\u5168Aa1-\u5b89\u5168x": "identity.password_too_short",
	} {
		err := DefaultPolicy.CheckPassword(password, "anna")
		if (err == nil) != (want == "") || err != nil && fault.KeyOf(err) != want {
			t.Errorf("%q: got %v, want %q", password, err, want)
		}
	}
	for login, good := range map[string]bool{"anna.b-1": true, "a": false, "a b": false, "\u5b89\u5b89": false, "": false} {
		if (CheckLogin(login) == nil) != good {
			t.Errorf("login %q", login)
		}
	}
}

type neighbours struct {
	events []string // "action object account method result"
	scope  httpapi.Scope
}

func (*neighbours) Hash(_ context.Context, plain string) (string, error) { return "h1:" + plain, nil }
func (*neighbours) Verify(_ context.Context, hash, plain string) (bool, bool, error) {
	return hash == "h1:"+plain || hash == "h0:"+plain, strings.HasPrefix(hash, "h0:"), nil
}
func (n *neighbours) Record(_ *sqldb.Tx, e httpapi.AuditEvent) error {
	object, _, _ := strings.Cut(e.Object, "/")
	n.events = append(n.events, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", e.Action, object, e.Account, e.Method, e.Result)))
	return nil
}
func (*neighbours) Can(p httpapi.Principal, _ httpapi.Perm, _ string) bool {
	return p.UserID == "admin"
}

func (n *neighbours) Scope(p httpapi.Principal, _ httpapi.Perm) httpapi.Scope {
	if p.UserID == "admin" {
		return httpapi.Scope{All: true}
	}
	return n.scope
}

func (*neighbours) Number(userID string) uint32 { return uint32(len(userID)) }

type desk struct {
	*testing.T
	*Service
	n   *neighbours
	now time.Time
}

const good = "Correct-horse-9"

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := &desk{T: t, n: &neighbours{}, now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
		now := func() time.Time { return d.now }
		d.Service = New(Deps{DB: db, Bus: bus.New(db, now), Now: now, IDs: ident.NewMaker(now), Gate: d.n, Passwords: d.n, Auditor: d.n, Policy: DefaultPolicy})
		d.Listen()
		if err := d.Bus.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(d)
	}, bus.Schema, Schema)
}

func (d *desk) as(user string) context.Context {
	return httpapi.As(d.Context(), httpapi.Principal{UserID: user})
}

// asSession is the caller whose session it is.
func (d *desk) asSession(in LoggedIn) context.Context {
	return httpapi.As(d.Context(), httpapi.Principal{UserID: in.Account.ID, OrgID: in.Account.OrgID, SessionID: in.Session.ID})
}

func (d *desk) member(login string) Account {
	d.Helper()
	invited, err := d.Invite(d.as("admin"), NewAccount{Login: login, DisplayName: "Test", OrgID: "s1"})
	if err != nil {
		d.Fatal(err)
	}
	a, err := d.SetUp(d.Context(), SetUp{Token: invited.SetupToken, Password: good})
	if err != nil {
		d.Fatal(err)
	}
	if _, err := d.SetUp(d.Context(), SetUp{Token: invited.SetupToken, Password: good}); fault.KeyOf(err) != "identity.no_such_invitation" {
		d.Errorf("an invitation served twice: %v", err)
	}
	return a
}

func (d *desk) ask(token string) error {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	_, err := d.Authenticate(d.Context(), r)
	return err
}

func (d *desk) logIn(login, password string) (LoggedIn, error) {
	return d.LogIn(d.Context(), LogIn{Login: login, Password: password})
}

func TestFromInvitationToSession(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		in, err := d.logIn("anna", good)
		if err != nil {
			d.Fatal(err)
		}
		if err := d.ask(in.Token); err != nil {
			d.Error(err)
		}
		if err := d.ask(in.Token + "x"); !fault.Is(err, fault.Unauthenticated) {
			d.Errorf("a wrong token: %v", err)
		}
		if err := d.ask(HashToken(in.Token)); !fault.Is(err, fault.Unauthenticated) {
			d.Errorf("what the table holds lets in: %v", err)
		}
	})
}

func TestWrongPasswordAndUnknownAccountLookAlike(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		_, wrong := d.logIn("anna", "Wrong-horse-9")
		_, unknown := d.logIn("nobody", "Wrong-horse-9")
		if fmt.Sprint(wrong) != fmt.Sprint(unknown) || !fault.Is(wrong, fault.Unauthenticated) {
			d.Errorf("%v and %v", wrong, unknown)
		}
		_, odd := d.logIn("My secret pass", "x") // the password in the wrong field
		if fmt.Sprint(odd) != fmt.Sprint(wrong) {
			d.Errorf("%v and %v", odd, wrong)
		}
		want := []string{"log in sessions anna password identity.wrong_credentials", "log in sessions nobody password identity.wrong_credentials", "log in sessions  password identity.wrong_credentials"}
		if got := d.n.events[len(d.n.events)-3:]; !slices.Equal(got, want) {
			d.Errorf("audit %q", got)
		}
	})
}

func TestFifthFailureLocksForAQuarterOfAnHour(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		for range 4 {
			d.logIn("anna", "Wrong-horse-9")
		}
		if _, err := d.logIn("anna", good); err != nil {
			d.Errorf("locked too early: %v", err)
		}
		for range 5 {
			d.logIn("anna", "Wrong-horse-9")
		}
		if _, err := d.logIn("anna", good); fault.KeyOf(err) != "identity.locked" {
			d.Errorf("got %v", err)
		}
		d.now = d.now.Add(15 * time.Minute)
		if _, err := d.logIn("anna", good); err != nil {
			d.Errorf("still locked: %v", err)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	ways := map[string]func(d *desk, in LoggedIn) error{
		"idle": func(d *desk, _ LoggedIn) error { d.now = d.now.Add(31 * time.Minute); return nil },
		"logout": func(d *desk, in LoggedIn) error {
			_, err := d.EndSession(d.as(in.Account.ID), Ending{in.Session.ID})
			return err
		},
		"by admin": func(d *desk, in LoggedIn) error {
			_, err := d.EndSession(d.as("admin"), Ending{in.Session.ID})
			return err
		},
		"disabled": func(d *desk, in LoggedIn) error {
			_, err := d.Disable(d.as("admin"), Shutting{ID: in.Account.ID, Reason: "left"})
			return err
		},
		"moved": func(d *desk, in LoggedIn) error {
			_, err := d.Change(d.as("admin"), Renaming{ID: in.Account.ID, DisplayName: "Test", OrgID: "s2"})
			return err
		},
		"locked": func(d *desk, in LoggedIn) error {
			_, err := d.Lock(d.as("admin"), Locking{ID: in.Account.ID, Until: d.now.Add(time.Hour), Reason: "x"})
			return err
		},
		"by log-out": func(d *desk, in LoggedIn) error {
			_, err := d.LogOut(d.asSession(in), httpapi.Nothing{})
			return err
		},
		"ten more": func(d *desk, in LoggedIn) error {
			for range d.Policy.MaxSessions {
				d.now = d.now.Add(time.Second)
				if _, err := d.logIn("anna", good); err != nil {
					return err
				}
			}
			return nil
		},
		"absolute": func(d *desk, in LoggedIn) error {
			for range 25 {
				d.now = d.now.Add(29 * time.Minute)
				d.ask(in.Token)
			}
			return nil
		},
	}
	for name, end := range ways {
		t.Run(name, func(t *testing.T) {
			each(t, func(d *desk) {
				d.member("anna")
				in, err := d.logIn("anna", good)
				if err != nil || d.ask(in.Token) != nil {
					d.Fatal(err)
				}
				if err := end(d, in); err != nil {
					d.Fatal(err)
				}
				if err := d.ask(in.Token); !fault.Is(err, fault.Unauthenticated) {
					d.Errorf("the session lives: %v", err)
				}
			})
		})
	}
}

func TestActiveSessionStaysOpen(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		in, err := d.logIn("anna", good)
		if err != nil {
			d.Fatal(err)
		}
		for range 10 {
			d.now = d.now.Add(20 * time.Minute)
			if err := d.ask(in.Token); err != nil {
				d.Fatal(err)
			}
		}
	})
}

func TestOthersSessionsAndAccountsAreNotMine(t *testing.T) {
	each(t, func(d *desk) {
		anna, bert := d.member("anna"), d.member("bert")
		in, err := d.logIn("anna", good)
		if err != nil {
			d.Fatal(err)
		}
		if _, err := d.EndSession(d.as(bert.ID), Ending{in.Session.ID}); !fault.Is(err, fault.NotFound) {
			d.Errorf("got %v", err)
		}
		if _, err := d.Sessions(d.as(bert.ID), OfUser{anna.ID}); !fault.Is(err, fault.NotFound) {
			d.Errorf("got %v", err)
		}
		if page, err := d.Accounts(d.as(bert.ID), Listing{}); err != nil || len(page.Items) != 0 {
			d.Errorf("%+v, %v", page, err)
		}
		if _, err := d.Invite(d.as("admin"), NewAccount{Login: "Anna", DisplayName: "x", OrgID: "s1"}); fault.KeyOf(err) != "identity.login_taken" {
			d.Errorf("got %v", err)
		}
	})
}

func TestEveryQueryPrepares(t *testing.T) {
	each(t, func(d *desk) {
		if err := errors.Join(d.DB.Check(d.Context(), Queries)); err != nil {
			d.Error(err)
		}
	})
}
