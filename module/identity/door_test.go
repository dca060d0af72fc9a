package identity

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Browsers get the token as a cookie that no script can read; over TLS one that no
// other host can have set. What a client brought along is never its session.
func TestCookieHoldsTheToken(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		in, err := d.LogIn(d.Context(), LogIn{Login: "anna", Password: good, Cookie: true})
		if err != nil || in.Token != "" {
			d.Fatalf("%+v, %v", in, err)
		}
		for _, secure := range []bool{false, true} {
			c := in.Cookie(secure)
			if c.Value == "" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || c.Path != "/" || c.Domain != "" || strings.HasPrefix(c.Name, "__Host-") != secure {
				d.Errorf("%v", c)
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.AddCookie(c)
			if p, err := d.Authenticate(d.Context(), r); err != nil || p.UserID != in.Account.ID {
				d.Errorf("%+v, %v", p, err)
			}
			if out := (LoggedOut{}).Cookie(secure); out.Name != c.Name || out.Value != "" || out.MaxAge >= 0 {
				d.Errorf("%v", out)
			}
		}
		bearer, err := d.logIn("anna", good)
		if err != nil || bearer.Token == "" || bearer.Cookie(true) != nil || bearer.Token == in.Cookie(false).Value {
			d.Errorf("%+v, %v", bearer, err)
		}
	})
}

// Whoever fails again and again from one address has to wait, twice as long each
// time; an office where people mistype now and then does not.
func TestAddressThatFailsHasToWait(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		d.Policy.Address = Slowing{Free: 3, First: time.Second, Most: 5 * time.Second, Forget: 10 * time.Second}
		var waits []string
		for i := range 8 {
			_, err := d.logIn(fmt.Sprint("nobody", i), "Wrong-horse-9")
			for fault.KeyOf(err) == "identity.slow_down" {
				wait := fault.Of(err).Params[httpapi.RetryAfter].(int)
				waits = append(waits, fmt.Sprint(wait))
				d.now = d.now.Add(time.Duration(wait) * time.Second)
				_, err = d.logIn(fmt.Sprint("nobody", i), "Wrong-horse-9")
			}
			if fault.KeyOf(err) != "identity.wrong_credentials" {
				d.Fatal(err)
			}
		}
		if got := strings.Join(waits, " "); got != "1 1 2 4 5" {
			d.Errorf("waits of %s seconds", got)
		}
		if _, err := d.logIn("anna", good); fault.KeyOf(err) != "identity.slow_down" || !fault.Is(err, fault.TooMany) {
			d.Errorf("the right password is heard before its turn: %v", err)
		}
		d.now = d.now.Add(time.Hour)
		for i := range 40 { // one failure in ten seconds is forgotten as fast as it comes
			d.now = d.now.Add(11 * time.Second)
			if _, err := d.logIn(fmt.Sprint("typo", i), "Wrong-horse-9"); fault.KeyOf(err) != "identity.wrong_credentials" {
				d.Fatal(err)
			}
		}
		if _, err := d.logIn("anna", good); err != nil {
			d.Error(err)
		}
	})
}

// A lock tells nobody which accounts there are.
func TestUnknownNamesLockLikeAccounts(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		story := func(login string) (told []string) {
			for range 7 {
				_, err := d.logIn(login, "Wrong-horse-9")
				told = append(told, fmt.Sprint(err))
			}
			d.now = d.now.Add(d.Policy.LockFor)
			_, err := d.logIn(login, "Wrong-horse-9")
			return append(told, fmt.Sprint(err))
		}
		if known, unknown := story("anna"), story("berta"); !slices.Equal(known, unknown) || !strings.Contains(known[5], "locked") || strings.Contains(known[7], "locked") {
			d.Errorf("%q\n%q", known, unknown)
		}
	})
}

func TestTalliesDoNotGrowForEver(t *testing.T) {
	var g guard
	now := time.Unix(0, 0)
	for i := range 3 * mostTallies {
		g.blame(DefaultPolicy, fmt.Sprint(i), now)
		g.blameStranger(DefaultPolicy, fmt.Sprint("n", i), now)
		now = now.Add(time.Millisecond)
	}
	if len(g.addresses) > mostTallies || len(g.strangers) > mostTallies || len(g.addresses) == 0 {
		t.Errorf("%d addresses, %d names", len(g.addresses), len(g.strangers))
	}
}

func TestHashIsMadeAnewWhenItsCostsChange(t *testing.T) {
	each(t, func(d *desk) {
		a := d.member("anna")
		a.hash = "h0:" + good // as an older version made it
		if err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error { return noteLogin(tx, a) }); err != nil {
			d.Fatal(err)
		}
		if _, err := d.logIn("anna", "Wrong-horse-9"); err == nil || d.hash("anna") != "h0:"+good {
			d.Errorf("%v, the hash is %s", err, d.hash("anna"))
		}
		if _, err := d.logIn("anna", good); err != nil || d.hash("anna") != "h1:"+good {
			d.Errorf("%v, the hash is %s", err, d.hash("anna"))
		}
	})
}

func (d *desk) hash(login string) string {
	d.Helper()
	a, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) (Account, error) {
		return sqldb.Get(tx, Queries["AccountByLogin"], scanAccount, login)
	})
	if err != nil {
		d.Fatal(err)
	}
	return a.hash
}

// A chain of factors lets in whoever proves all of them, in whatever order they
// fail.
func TestEveryFactorOfTheChainCounts(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		d.factors["device"] = deviceFactor("d1")
		d.Policy.Chains = map[string][]string{userKind: {byPassword, "device"}}
		for _, c := range []struct {
			password, device string
			in               bool
		}{{good, "d1", true}, {good, "", false}, {"Wrong-horse-9", "d1", false}, {good, "d2", false}} {
			in, err := d.LogIn(d.Context(), LogIn{Login: "anna", Password: c.password, DeviceID: c.device})
			if (err == nil) != c.in || c.in && in.Session.Method != "password+device" {
				d.Errorf("%+v: %+v, %v", c, in, err)
			}
		}
		d.Policy.Chains = nil
		if _, err := d.logIn("anna", good); fault.KeyOf(err) != "identity.wrong_credentials" {
			d.Errorf("without any factor: %v", err)
		}
	})
}

// deviceFactor is one that a test can have or not.
type deviceFactor string

func (f deviceFactor) Prove(_ context.Context, a Account, given LogIn) (Account, bool, error) {
	return a, given.DeviceID == string(f), nil
}

func TestOnesOwnPassword(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		here, err := d.logIn("anna", good)
		if err != nil {
			d.Fatal(err)
		}
		there, err := d.logIn("anna", good)
		if err != nil {
			d.Fatal(err)
		}
		const next = "Another-horse-7"
		for _, c := range []struct {
			in  NewPassword
			key string
		}{
			{NewPassword{"Wrong-horse-9", next}, "identity.wrong_credentials"},
			{NewPassword{good, good}, "identity.password_is_the_old_one"},
			{NewPassword{good, "short"}, "identity.password_too_short"},
		} {
			if _, err := d.ChangePassword(d.asSession(here), c.in); fault.KeyOf(err) != c.key || !fault.Is(err, fault.Invalid) {
				d.Errorf("%+v: %v", c.in, err)
			}
		}
		a, err := d.ChangePassword(d.asSession(here), NewPassword{good, next})
		if err != nil || !a.PasswordAt.Equal(d.now) {
			d.Fatalf("%+v, %v", a, err)
		}
		if d.ask(here.Token) != nil || d.ask(there.Token) == nil {
			d.Errorf("the session that changed it: %v, the other: %v", d.ask(here.Token), d.ask(there.Token))
		}
		if _, err := d.logIn("anna", good); err == nil {
			d.Error("the old password lets in")
		}
		if _, err := d.logIn("anna", next); err != nil {
			d.Error(err)
		}
		for range d.Policy.MaxFailures { // guessing the old one is guessing
			d.ChangePassword(d.asSession(here), NewPassword{"Wrong-horse-9", good})
		}
		if _, err := d.ChangePassword(d.asSession(here), NewPassword{next, good}); fault.KeyOf(err) != "identity.locked" || !fault.Is(err, fault.Forbidden) {
			d.Errorf("got %v", err)
		}
		if !slices.Contains(d.n.events, "change password passwords anna password ok") || !slices.Contains(d.n.events, "change password passwords anna password identity.wrong_credentials") {
			d.Errorf("%q", d.n.events)
		}
	})
}

// A token to set a password with is good once, for its time, and opens nothing
// that was shut.
func TestTokens(t *testing.T) {
	each(t, func(d *desk) {
		a := d.member("anna")
		in, err := d.logIn("anna", good)
		if err != nil {
			d.Fatal(err)
		}
		first, err := d.Reissue(d.as("admin"), Edit{ID: a.ID})
		if err != nil || first.SetupToken == "" || first.State != Active {
			d.Fatalf("%+v, %v", first, err)
		}
		second, err := d.Reissue(d.as("admin"), Edit{ID: a.ID})
		if err != nil {
			d.Fatal(err)
		}
		if d.ask(in.Token) != nil {
			d.Error("the session ended before the token was used")
		}
		use := func(token string) error {
			_, err := d.SetUp(d.Context(), SetUp{Token: token, Password: "Fresh-horse-11"})
			return err
		}
		if err := use(first.SetupToken); fault.KeyOf(err) != "identity.no_such_invitation" {
			d.Errorf("the token before: %v", err)
		}
		if err := use(second.SetupToken); err != nil || d.ask(in.Token) == nil {
			d.Errorf("%v, the session: %v", err, d.ask(in.Token))
		}
		third, err := d.Reissue(d.as("admin"), Edit{ID: a.ID})
		if err != nil {
			d.Fatal(err)
		}
		if _, err := d.Disable(d.as("admin"), Shutting{ID: a.ID, Reason: "left"}); err != nil {
			d.Fatal(err)
		}
		if err := use(third.SetupToken); fault.KeyOf(err) != "identity.no_such_invitation" {
			d.Errorf("a token opens a disabled account: %v", err)
		}
		if _, err := d.Reissue(d.as("admin"), Edit{ID: a.ID}); fault.KeyOf(err) != "identity.already_disabled" {
			d.Errorf("got %v", err)
		}
		late, err := d.Invite(d.as("admin"), NewAccount{Login: "late", DisplayName: "x", OrgID: "s1"})
		if err != nil {
			d.Fatal(err)
		}
		d.now = d.now.Add(d.Policy.InviteFor)
		if err := use(late.SetupToken); fault.KeyOf(err) != "identity.no_such_invitation" {
			d.Errorf("after its time: %v", err)
		}
		if last := d.n.events[len(d.n.events)-1]; last != "set up passwords  token identity.no_such_invitation" {
			d.Errorf("the guess is recorded as %q", last)
		}
	})
}

func TestLostDeviceIsShutOut(t *testing.T) {
	each(t, func(d *desk) {
		a, other := d.member("anna"), d.member("berta")
		in, err := d.LogIn(d.Context(), LogIn{Login: "anna", Password: good, DeviceID: "d1"})
		if err != nil {
			d.Fatal(err)
		}
		desk, err := d.logIn("anna", good)
		if err != nil {
			d.Fatal(err)
		}
		page, err := d.DeviceList(d.as(a.ID), DeviceListing{})
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != "d1" {
			d.Errorf("%+v, %v", page, err)
		}
		for _, err := range []error{second(d.Block(d.as(other.ID), Blocking{"d1", "x"})), second(d.DeviceList(d.as(other.ID), DeviceListing{UserID: a.ID})), second(d.Block(d.as("admin"), Blocking{"d9", "x"}))} {
			if !fault.Is(err, fault.NotFound) {
				d.Errorf("got %v", err)
			}
		}
		if blocked, err := d.Block(d.as(a.ID), Blocking{"d1", "lost"}); err != nil || blocked.BlockReason != "lost" || blocked.BlockedBy != a.ID {
			d.Errorf("%+v, %v", blocked, err)
		}
		if d.ask(in.Token) == nil || d.ask(desk.Token) != nil {
			d.Errorf("on the device: %v, elsewhere: %v", d.ask(in.Token), d.ask(desk.Token))
		}
		for _, login := range []string{"anna", "berta"} {
			if _, err := d.LogIn(d.Context(), LogIn{Login: login, Password: good, DeviceID: "d1"}); fault.KeyOf(err) != "identity.device_blocked" {
				d.Errorf("%s: %v", login, err)
			}
		}
		if _, err := d.logIn("anna", good); err != nil {
			d.Errorf("elsewhere: %v", err)
		}
		if _, err := d.Unblock(d.as(a.ID), ByID{"d1"}); fault.KeyOf(err) != "identity.not_to_yourself" {
			d.Errorf("whoever has the device lets it in again: %v", err)
		}
		if free, err := d.Unblock(d.as("admin"), ByID{"d1"}); err != nil || free.Blocked() {
			d.Errorf("%+v, %v", free, err)
		}
		if _, err := d.LogIn(d.Context(), LogIn{Login: "berta", Password: good, DeviceID: "d1"}); err != nil {
			d.Error(err)
		}
		if !slices.Contains(d.n.events, "log in sessions anna password identity.device_blocked") {
			d.Errorf("%q", d.n.events)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestLockAndUnlock(t *testing.T) {
	each(t, func(d *desk) {
		a := d.member("anna")
		if _, err := d.Unlock(d.as("admin"), Edit{ID: a.ID}); fault.KeyOf(err) != "identity.not_locked" {
			d.Errorf("got %v", err)
		}
		if _, err := d.Lock(d.as("admin"), Locking{ID: a.ID, Until: d.now, Reason: "x"}); fault.KeyOf(err) != "identity.lock_in_the_past" {
			d.Errorf("got %v", err)
		}
		locked, err := d.Lock(d.as("admin"), Locking{ID: a.ID, Until: d.now.Add(48 * time.Hour), Reason: "on leave"})
		if err != nil || locked.StateReason != "on leave" {
			d.Errorf("%+v, %v", locked, err)
		}
		if _, err := d.logIn("anna", good); fault.KeyOf(err) != "identity.locked" {
			d.Errorf("got %v", err)
		}
		if open, err := d.Unlock(d.as("admin"), Edit{ID: a.ID}); err != nil || open.StateReason != "" || !open.LockedUntil.IsZero() {
			d.Errorf("%+v, %v", open, err)
		}
		if _, err := d.logIn("anna", good); err != nil {
			d.Error(err)
		}
		for range d.Policy.MaxFailures {
			d.logIn("anna", "Wrong-horse-9")
		}
		if _, err := d.Unlock(d.as("admin"), Edit{ID: a.ID}); err != nil {
			d.Error(err)
		}
		if _, err := d.logIn("anna", good); err != nil {
			d.Error(err)
		}
	})
}
