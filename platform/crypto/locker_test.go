package crypto_test

import (
	"bytes"
	"testing"

	"zhian/platform/crypto"
	"zhian/platform/fault"
)

func TestLockerOpensOnlyItsOwn(t *testing.T) {
	master := bytes.Repeat([]byte{7}, crypto.MasterSize)
	make := func(p crypto.Profile, master []byte, use string) *crypto.Locker {
		l, err := crypto.NewLocker(p, master, use)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	one := make(crypto.Standard, master, "spool")
	box := one.Lock("label", []byte("13800000000"))
	if bytes.Contains(box, []byte("1380")) || bytes.Equal(box, one.Lock("label", []byte("13800000000"))) {
		t.Error("the box shows what is in it")
	}
	for _, own := range []*crypto.Locker{one, make(crypto.GM, master, "spool")} { // a change of profile
		if plain, err := own.Unlock("label", box); err != nil || string(plain) != "13800000000" {
			t.Errorf("%s, %v", plain, err)
		}
	}
	gm := make(crypto.GM, master, "spool").Lock("label", nil)
	if plain, err := one.Unlock("label", gm); err != nil || len(plain) != 0 {
		t.Errorf("%s, %v", plain, err)
	}
	changed := bytes.Clone(box)
	changed[len(changed)-1]++
	for name, try := range map[string]func() ([]byte, error){
		"another label": func() ([]byte, error) { return one.Unlock("other", box) },
		"another use":   func() ([]byte, error) { return make(crypto.Standard, master, "x").Unlock("label", box) },
		"another master": func() ([]byte, error) {
			return make(crypto.Standard, bytes.Repeat([]byte{8}, 32), "spool").Unlock("label", box)
		},
		"changed":  func() ([]byte, error) { return one.Unlock("label", changed) },
		"cut":      func() ([]byte, error) { return one.Unlock("label", box[:5]) },
		"no suite": func() ([]byte, error) { return one.Unlock("label", []byte{1, 9, 0}) },
		"nothing":  func() ([]byte, error) { return one.Unlock("label", nil) },
	} {
		if plain, err := try(); err == nil || fault.KeyOf(err) != "crypto.box_malformed" {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
	if _, err := crypto.NewLocker(crypto.Standard, master[:5], "x"); fault.KeyOf(err) != "crypto.master_short" {
		t.Error(err)
	}
	if _, err := crypto.NewLocker("rot13", master, "x"); err == nil {
		t.Error("an unknown profile")
	}
}
