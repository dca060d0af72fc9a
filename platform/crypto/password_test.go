package crypto_test

import (
	"context"
	"strings"
	"testing"

	"zhian/platform/crypto"
	"zhian/platform/fault"
)

func newPasswords(t testing.TB, p crypto.Profile) *crypto.Passwords {
	t.Helper()
	out, err := crypto.NewPasswords(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPasswords(t *testing.T) {
	for profile, prefix := range map[crypto.Profile]string{crypto.Standard: "$argon2id$v=19$m=19456,t=2,p=1$", crypto.GM: "$pbkdf2-sm3$i=200000$"} {
		p := newPasswords(t, profile)
		hash, err := p.Hash(t.Context(), "correct horse")
		if err != nil || !strings.HasPrefix(hash, prefix) {
			t.Fatalf("%s, %v", hash, err)
		}
		if again, _ := p.Hash(t.Context(), "correct horse"); again == hash {
			t.Error("two accounts with one password have one hash")
		}
		for plain, want := range map[string]bool{"correct horse": true, "correct horse ": false, "": false} {
			if ok, stale, err := p.Verify(t.Context(), hash, plain); ok != want || stale || err != nil {
				t.Errorf("%s %q: %v %v %v", profile, plain, ok, stale, err)
			}
		}
	}
}

// Vectors made by other implementations: argon2id by the reference tool,
// PBKDF2-HMAC-SM3 by OpenSSL.
func TestPasswordVectors(t *testing.T) {
	p := newPasswords(t, crypto.Standard)
	for _, hash := range []string{
		"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$pbkdf2-sm3$i=5000$c2FsdHNhbHRzYWx0$fXfHKSN5C+kUU2/oDqRacHt/vGf3gRnJovwQaHigEc8",
	} {
		ok, stale, err := p.Verify(t.Context(), hash, "password")
		if !ok || !stale || err != nil {
			t.Errorf("%s: %v %v %v", hash, ok, stale, err)
		}
	}
}

func TestAnotherProfileMakesAHashStale(t *testing.T) {
	gm, standard := newPasswords(t, crypto.GM), newPasswords(t, crypto.Standard)
	hash, err := standard.Hash(t.Context(), "pass")
	if err != nil {
		t.Fatal(err)
	}
	if ok, stale, err := gm.Verify(t.Context(), hash, "pass"); !ok || !stale || err != nil {
		t.Errorf("%v %v %v", ok, stale, err)
	}
	if _, stale, _ := gm.Verify(t.Context(), hash, "other"); stale {
		t.Error("a wrong password asks for a new hash")
	}
	if standard.NeedsRehash(hash) || !gm.NeedsRehash(hash) || !gm.NeedsRehash("") {
		t.Error("NeedsRehash")
	}
}

func TestNobodyHasNoPassword(t *testing.T) {
	p := newPasswords(t, crypto.Standard)
	for _, plain := range []string{"", "x"} {
		if ok, _, err := p.Verify(t.Context(), "", plain); ok || err != nil {
			t.Errorf("%v %v", ok, err)
		}
	}
}

func TestBadHashesAndPasswordsAreRefused(t *testing.T) {
	p := newPasswords(t, crypto.Standard)
	tail := "$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"
	for _, hash := range []string{"x", "$", "$$$$$", "$argon2id$v=19$m=19456,t=2,p=1$$", "$md5$x" + tail, "plain" + tail,
		"$argon2id$v=19$m=4194304,t=2,p=1" + tail, "$argon2id$v=19$m=19456,t=1000,p=1" + tail, "$argon2id$v=19$m=19456,t=0,p=1" + tail,
		"$argon2id$v=19$m=19456,t=2,p=0" + tail, "$argon2id$v=16$m=19456,t=2,p=1" + tail, "$argon2id$v=19$m=19456,t=2,p=1x" + tail,
		"$pbkdf2-sm3$i=1" + tail, "$pbkdf2-sm3$i=999999999" + tail, "$pbkdf2-sm3$i=-5" + tail} {
		if ok, _, err := p.Verify(t.Context(), hash, "password"); ok || fault.KeyOf(err) != "crypto.hash_malformed" {
			t.Errorf("%s: %v %v", hash, ok, err)
		}
	}
	long := strings.Repeat("x", crypto.MaxPassword+1)
	if _, err := p.Hash(t.Context(), long); fault.KeyOf(err) != "crypto.password_too_long" {
		t.Error(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Hash(gone, "x"); fault.KeyOf(err) != "crypto.password_busy" {
		t.Error(err)
	}
}

func BenchmarkPassword(b *testing.B) {
	for _, profile := range []crypto.Profile{crypto.Standard, crypto.GM} {
		b.Run(string(profile), func(b *testing.B) {
			p := newPasswords(b, profile)
			for b.Loop() {
				if _, err := p.Hash(b.Context(), "password"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
