package access

import (
	"context"
	"testing"
	"time"

	"zhian/platform/bus"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

type fixedTree []Node

func (t fixedTree) Nodes(context.Context) ([]Node, error) { return t, nil }

type desk struct {
	*testing.T
	*Service
	now time.Time
}

func each(t *testing.T, test func(d *desk)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := &desk{T: t, now: noon}
		now := func() time.Time { return d.now }
		d.Service = New(Deps{DB: db, Bus: bus.New(db, now), Now: now, IDs: ident.NewMaker(now), Tree: fixedTree(tree)})
		d.Know(perms)
		d.Listen()
		if err := d.Bus.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Found(t.Context(), Request{UserID: "security", Role: RoleSecurityAdmin, OrgID: "city"}); err != nil {
			t.Fatal(err)
		}
		d.deliver()
		test(d)
	}, bus.Schema, Schema)
}

func (d *desk) deliver() {
	d.Helper()
	if _, err := d.Bus.Deliver(d.Context()); err != nil {
		d.Fatal(err)
	}
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
		d.deliver()
		if !d.may("o1", "s1a") || d.may("o1", "s2") {
			d.Error("the grant is not in force as given")
		}
		if _, err := d.Revoke(d.as("security"), Revocation{g.ID}); err != nil {
			d.Fatal(err)
		}
		d.deliver()
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
		}{{0, false}, {time.Hour, true}, {2 * time.Hour, false}} {
			d.now = noon.Add(c.at)
			if err := d.Refresh(d.Context()); err != nil {
				d.Fatal(err)
			}
			if d.may("o1", "s1") != c.want {
				d.Errorf("after %v: %v", c.at, !c.want)
			}
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
