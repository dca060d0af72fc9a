package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// growing is a tree that a test adds to; out stands for a database that is.
type growing struct {
	nodes []Node
	out   bool
	read  int
}

func (g *growing) Nodes(_ context.Context, ids []string) (found []Node, err error) {
	if g.out {
		return nil, errors.New("out")
	}
	g.read++
	for _, n := range g.nodes {
		if ids == nil || slices.Contains(ids, n.ID) {
			found = append(found, n)
		}
	}
	return found, nil
}

// everybody has an account but the ghost.
type everybody struct{}

func (everybody) Exists(_ *sqldb.Tx, userID string) (bool, error) { return userID != "ghost", nil }

type desk struct {
	*testing.T
	*Service
	tree *growing
	now  time.Time
}

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := &desk{T: t, now: noon, tree: &growing{nodes: slices.Clone(tree)}}
		d.Service = d.node(db)
		if _, err := d.Found(t.Context(), Request{UserID: "security", Role: RoleSecurityAdmin, OrgID: "city"}); err != nil {
			t.Fatal(err)
		}
		test(d)
	}, bus.Schema, Schema)
}

// node is one process at the database.
func (d *desk) node(db *sqldb.DB) *Service {
	d.Helper()
	now := func() time.Time { return d.now }
	s := New(Deps{DB: db, Bus: bus.New(db, now), Now: now, IDs: ident.NewMaker(now), Tree: d.tree, Staff: everybody{}, Log: slog.New(slog.DiscardHandler)})
	s.Know(append([]string{""}, perms...)) // a public route asks for none
	s.Listen()
	if err := errors.Join(s.Bus.Start(d.Context()), s.Refresh(d.Context())); err != nil {
		d.Fatal(err)
	}
	return s
}

func (d *desk) as(user string) context.Context {
	return httpapi.As(d.Context(), httpapi.Principal{UserID: user})
}

func (d *desk) may(user, org string) bool {
	return d.Can(httpapi.Principal{UserID: user}, "incident.read", org)
}

func TestGrantTakesEffectAndRevocationToo(t *testing.T) {
	each(t, func(d *desk) {
		g, err := d.Grant(d.as("security"), Request{UserID: "o1", Role: "officer", OrgID: "s1", Reason: "joined"})
		if err != nil {
			d.Fatal(err)
		}
		if !d.may("o1", "s1a") || d.may("o1", "s2") {
			d.Error("the grant is not in force as given")
		}
		if _, err := d.Revoke(d.as("security"), Revocation{g.ID}); err != nil {
			d.Fatal(err)
		}
		if d.may("o1", "s1a") {
			d.Error("the revoked grant is in force")
		}
		if _, err := d.Revoke(d.as("security"), Revocation{g.ID}); fault.KeyOf(err) != "access.already_revoked" {
			d.Errorf("got %v", err)
		}
		page, err := d.List(d.as("security"), Listing{UserID: "o1"})
		if err != nil || len(page.Items) != 1 || page.Items[0].RevokedBy != "security" {
			d.Errorf("%+v, %v", page, err)
		}
	})
}

func TestNobodyGrantsToThemselvesOrBeyondTheirScope(t *testing.T) {
	each(t, func(d *desk) {
		if _, err := d.Grant(d.as("security"), Request{UserID: "security", Role: "officer", OrgID: "s1"}); fault.KeyOf(err) != "access.not_to_yourself" {
			d.Errorf("got %v", err)
		}
		if _, err := d.Grant(d.as("o1"), Request{UserID: "o2", Role: "officer", OrgID: "s1"}); !fault.Is(err, fault.Forbidden) {
			d.Errorf("got %v", err)
		}
		if _, err := d.Grant(d.as("security"), Request{UserID: "system", Role: RoleSystemAdmin, OrgID: "city"}); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Grant(d.as("security"), Request{UserID: "system", Role: RoleAuditAdmin, OrgID: "city"}); fault.KeyOf(err) != "access.administrators_are_separate" {
			d.Errorf("got %v", err)
		}
	})
}

func TestGrantBeginsAndEndsByItself(t *testing.T) {
	each(t, func(d *desk) {
		_, err := d.Grant(d.as("security"), Request{UserID: "o1", Role: "officer", OrgID: "s1", From: noon.Add(time.Hour), Until: noon.Add(2 * time.Hour)})
		if err != nil {
			d.Fatal(err)
		}
		for _, c := range []struct {
			at   time.Duration
			want bool
		}{{0, false}, {time.Hour, true}, {2 * time.Hour, false}, {90 * time.Minute, true}, {30 * time.Minute, false}, {3 * time.Hour, false}} {
			d.now = noon.Add(c.at)
			if err := d.Turn(d.Context()); err != nil {
				d.Fatal(err)
			}
			if d.may("o1", "s1") != c.want {
				d.Errorf("after %v: %v", c.at, !c.want)
			}
		}
	})
}

// Another node's change is seen when its fact arrives, and no sooner is this
// node's own answer given.
func TestOtherNodesFollow(t *testing.T) {
	each(t, func(d *desk) {
		other := d.node(d.DB)
		g, err := d.Grant(d.as("security"), Request{UserID: "o1", Role: "officer", OrgID: "s1", Reason: "joined"})
		if err != nil {
			d.Fatal(err)
		}
		deliver := func() {
			if _, err := other.Bus.Deliver(d.Context()); err != nil {
				d.Fatal(err)
			}
		}
		deliver()
		may := func() bool { return other.Can(httpapi.Principal{UserID: "o1"}, "incident.read", "s1") }
		if !may() {
			d.Error("the grant does not count on the other node")
		}
		if _, err := other.Revoke(d.as("security"), Revocation{g.ID}); err != nil || may() {
			d.Errorf("revoked there, and in force there; %v", err)
		}
		if _, err := d.Bus.Deliver(d.Context()); err != nil || d.may("o1", "s1") {
			d.Errorf("revoked there, and in force here; %v", err)
		}
	})
}

func TestNewOrganisationCountsAtOnce(t *testing.T) {
	each(t, func(d *desk) {
		d.tree.nodes = append(d.tree.nodes, Node{"s3", "city"}, Node{"s4", "city"})
		if d.Can(httpapi.Principal{UserID: "security"}, "access.write", "s3") {
			d.Error("the organisation is known before anybody told")
		}
		d.Follow(d.Context(), []string{"s3"})
		security := httpapi.Principal{UserID: "security", Number: d.Number("security")}
		if !d.Can(security, "access.write", "s3") || d.Can(security, "access.write", "s4") {
			d.Error("exactly the new organisation counts")
		}
		d.Follow(d.Context(), nil)
		if !d.Can(security, "access.write", "s4") {
			d.Error("the whole tree was not read")
		}
	})
}

// A change that could not be followed, since the database is out, is not lost.
func TestFollowsLaterWhenItCannotNow(t *testing.T) {
	each(t, func(d *desk) {
		d.tree.nodes = append(d.tree.nodes, Node{"s3", "city"})
		d.tree.out = true
		d.Follow(d.Context(), []string{"s3"})
		may := func() bool { return d.Can(httpapi.Principal{UserID: "security"}, "access.write", "s3") }
		if err := d.Turn(d.Context()); err == nil || may() {
			d.Errorf("followed through a database that is out: %v", err)
		}
		d.tree.out = false
		if err := d.Turn(d.Context()); err != nil || !may() {
			d.Errorf("not followed: %v", err)
		}
		before := d.tree.read
		if err := d.Turn(d.Context()); err != nil || d.tree.read != before {
			d.Errorf("with nothing new the tree was read again: %v", err)
		}
	})
}

// Many changes at once are compiled by few: who waits finds its own done.
func TestManyChangesFewCompilations(t *testing.T) {
	each(t, func(d *desk) {
		var all sync.WaitGroup
		d.turn.Lock()
		before := d.tree.read
		for i := range 50 {
			d.tree.nodes = append(d.tree.nodes, Node{fmt.Sprint("n", i), "city"})
			all.Go(func() { d.Follow(d.Context(), []string{fmt.Sprint("n", i)}) })
		}
		for d.waiting() < 50 {
			runtime.Gosched()
		}
		d.turn.Unlock()
		all.Wait()
		for i := range 50 {
			if !d.Can(httpapi.Principal{UserID: "security"}, "access.write", fmt.Sprint("n", i)) {
				d.Fatalf("organisation %d does not count", i)
			}
		}
		if reads := d.tree.read - before; reads != 1 {
			d.Errorf("50 changes were read up on %d times", reads)
		}
	})
}

func (d *desk) waiting() int {
	d.board.mu.Lock()
	defer d.board.mu.Unlock()
	return len(d.board.now.orgs)
}

func TestWhoIsLoggedInNeedsNoGrantForTheirOwn(t *testing.T) {
	each(t, func(d *desk) {
		for user, want := range map[string]bool{"newcomer": true, "": false} {
			if got := d.Can(httpapi.Principal{UserID: user}, "identity.self", ""); got != want {
				d.Errorf("%q: %v", user, got)
			}
		}
		if d.Can(httpapi.Principal{UserID: "newcomer"}, "identity.self", "city") || d.Can(httpapi.Principal{UserID: "newcomer"}, "incident.read", "") {
			d.Error("what is open to everyone opened more")
		}
	})
}

func TestScopeOfACaller(t *testing.T) {
	each(t, func(d *desk) {
		if _, err := d.Grant(d.as("security"), Request{UserID: "o1", Role: "officer", OrgID: "s2", Reason: "x"}); err != nil {
			d.Fatal(err)
		}
		narrow := d.Scope(httpapi.Principal{UserID: "o1"}, "incident.read")
		if narrow.All || narrow.None() || !narrow.Covers("s2") || narrow.Covers("s1") || !narrow.Covers("") {
			d.Errorf("%+v", narrow)
		}
		if none := d.Scope(httpapi.Principal{UserID: "nobody"}, "incident.read"); !none.None() || none.All || none.Covers("s1") || none.Covers("") {
			d.Errorf("%+v", none)
		}
	})
}

func TestQueriesPrepare(t *testing.T) {
	each(t, func(d *desk) {
		if err := d.DB.Check(d.Context(), Queries); err != nil {
			d.Error(err)
		}
	})
}
