package identity

import (
	"fmt"
	"testing"
	"time"

	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

func (d *desk) on(login, device string) LoggedIn {
	d.Helper()
	in, err := d.LogIn(d.Context(), LogIn{Login: login, Password: good, DeviceID: device})
	if err != nil {
		d.Fatal(err)
	}
	return in
}

func (d *desk) devices(a Account) string {
	d.Helper()
	list, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) ([]string, error) { return d.Devices(tx, a.ID) })
	if err != nil {
		d.Fatal(err)
	}
	return fmt.Sprintf("%q", list)
}

func TestDeviceIsOfWhoeverLoggedInLast(t *testing.T) {
	each(t, func(d *desk) {
		anna, ben := d.member("anna"), d.member("ben")
		if got := d.devices(anna); got != "[]" {
			t.Errorf("nowhere: %s", got)
		}
		d.on("anna", "d1")
		d.on("anna", "")
		if got := d.devices(anna); got != `["d1" ""]` {
			t.Errorf("on both: %s", got)
		}
		d.now = d.now.Add(time.Minute)
		taken := d.on("ben", "d1")
		if a, b := d.devices(anna), d.devices(ben); a != `[""]` || b != `["d1"]` {
			t.Errorf("taken over: %s, %s", a, b)
		}
		if _, err := d.LogOut(d.asSession(taken), httpapi.Nothing{}); err != nil {
			t.Fatal(err)
		}
		if a, b := d.devices(anna), d.devices(ben); a != `["d1" ""]` || b != "[]" {
			t.Errorf("given back: %s, %s", a, b)
		}
		d.now = d.now.Add(31 * time.Minute)
		if got := d.devices(anna); got != "[]" {
			t.Errorf("idle: %s", got)
		}
	})
}

// A connected device is in use, a connected screen is not.
func TestConnectionOfADeviceKeepsItsSession(t *testing.T) {
	each(t, func(d *desk) {
		anna := d.member("anna")
		handset, desk := d.on("anna", "d1"), d.on("anna", "")
		principal := func(in LoggedIn) httpapi.Principal {
			t.Helper()
			if err := d.ask(in.Token); err != nil {
				t.Fatal(err)
			}
			return httpapi.Principal{UserID: anna.ID, SessionID: in.Session.ID, DeviceID: in.Session.DeviceID}
		}
		carried, placed := principal(handset), principal(desk)
		for range 40 {
			d.now = d.now.Add(time.Minute)
			if !d.Stands(carried) {
				t.Fatal("the handset was logged out")
			}
		}
		if d.Stands(placed) {
			t.Error("an empty desk is still logged in")
		}
		if got := d.devices(anna); got != `["d1"]` {
			t.Errorf("reachable on %s", got)
		}
		if d.Stands(httpapi.Principal{SessionID: "another"}) {
			t.Error("a session that there is not stands")
		}
		if _, err := d.LogOut(d.asSession(handset), httpapi.Nothing{}); err != nil {
			t.Fatal(err)
		}
		if d.Stands(carried) {
			t.Error("a session that was ended stands")
		}
	})
}

// A late note of an earlier use takes nothing back.
func TestTouchesMayComeInAnyOrder(t *testing.T) {
	each(t, func(d *desk) {
		d.member("anna")
		in := d.on("anna", "d1")
		d.touch(in.Session.ID, d.now.Add(20*time.Minute))
		d.touch(in.Session.ID, d.now.Add(time.Minute))
		seen, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) (Session, error) {
			return sqldb.Get(tx, Queries["SessionByID"], scanSession, in.Session.ID)
		})
		if err != nil || !seen.SeenAt.Equal(d.now.Add(20*time.Minute)) {
			t.Errorf("%s, %v", seen.SeenAt, err)
		}
	})
}
