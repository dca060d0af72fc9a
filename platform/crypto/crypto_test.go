package crypto_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

const plain = "13800005678"

var (
	start   = time.UnixMilli(1_700_000_000_000)
	expires = start.Add(24 * time.Hour)
	master  = bytes.Repeat([]byte{7}, 32)
)

// seen is a witness that writes, as the real one does.
type seen struct {
	asked []crypto.Purpose
	field string
	err   error
}

func (s *seen) Revealed(_ *sqldb.Tx, _, field string, p crypto.Purpose) error {
	s.asked, s.field = append(s.asked, p), field
	return s.err
}

type desk struct {
	testing.TB
	db      *sqldb.DB
	vault   *crypto.Vault
	witness *seen
	now     time.Time
}

func newDesk(t testing.TB, db *sqldb.DB, p crypto.Profile) *desk {
	t.Helper()
	d := &desk{TB: t, db: db, witness: &seen{}, now: start}
	d.vault = d.open(p, master)
	return d
}

func (d *desk) open(p crypto.Profile, master []byte) *crypto.Vault {
	d.Helper()
	v, err := crypto.NewVault(d.db, crypto.Config{Profile: p, Master: master, Witness: d.witness, Now: func() time.Time { return d.now }})
	if err != nil {
		d.Fatal(err)
	}
	return v
}

func standard(t testing.TB) *desk {
	return newDesk(t, sqldbtest.New(t, crypto.Schema), crypto.Standard)
}

func (d *desk) do(fn func(tx *sqldb.Tx) error) {
	d.Helper()
	if err := d.db.Do(d.Context(), fn); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) seal(subject, field string) (s crypto.Sealed[string]) {
	d.Helper()
	d.do(func(tx *sqldb.Tx) error {
		key, err := d.vault.Key(tx, subject, expires)
		if err != nil {
			return err
		}
		s, err = crypto.Seal(key, field, plain)
		return err
	})
	return s
}

func (d *desk) read(v *crypto.Vault, s crypto.Sealed[string]) (string, error) {
	return sqldb.Read(d.Context(), d.db, func(tx *sqldb.Tx) (string, error) { return crypto.Open(v, tx, s) })
}

func (d *desk) refused(v *crypto.Vault, s crypto.Sealed[string], key string) {
	d.Helper()
	if got, err := d.read(v, s); fault.KeyOf(err) != key || got != "" {
		d.Errorf("want %s: %q, %v", key, got, err)
	}
}

func (d *desk) shred(subject string) {
	d.Helper()
	d.do(func(tx *sqldb.Tx) error { return d.vault.Shred(tx, subject) })
}

func both(t *testing.T, test func(d *desk)) {
	for _, p := range []crypto.Profile{crypto.Standard, crypto.GM} {
		t.Run(string(p), func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(newDesk(t, db, p)) }, crypto.Schema)
		})
	}
}

func TestWhatIsSealedCanBeOpened(t *testing.T) {
	both(t, func(d *desk) {
		phone, name := d.seal("call-1", "phone"), d.seal("call-1", "name")
		if phone.Subject() != "call-1" || phone.Field() != "phone" || name.Field() != "name" {
			d.Errorf("%s/%s", phone.Subject(), phone.Field())
		}
		for range 2 { // from the row, then from memory
			if got, err := d.read(d.vault, phone); err != nil || got != plain {
				d.Errorf("%q, %v", got, err)
			}
		}
		again := d.open(crypto.Standard, master) // another profile reads old boxes
		if got, err := d.read(again, name); err != nil || got != plain {
			d.Errorf("%q, %v", got, err)
		}
		if bytes.Equal(phone.Box(), d.seal("call-1", "phone").Box()) {
			d.Error("the same plaintext gives the same box: calls could be matched")
		}
	})
}

func TestStructsAreSealedWhole(t *testing.T) {
	type contact struct{ Name, Phone string }
	d := standard(t)
	d.do(func(tx *sqldb.Tx) error {
		key, err := d.vault.NewKey("call-1", expires)
		if err != nil {
			return err
		}
		s, err := crypto.Seal(key, "contact", contact{"Testa", plain})
		if err != nil {
			return err
		}
		if err := d.vault.Keep(tx, key); err != nil {
			return err
		}
		var stored crypto.Sealed[contact]
		value, err := s.Value()
		if err != nil {
			return err
		}
		if err := stored.Scan(value); err != nil {
			return err
		}
		if got, err := crypto.Open(d.vault, tx, stored); err != nil || got != (contact{"Testa", plain}) {
			t.Errorf("%+v, %v", got, err)
		}
		if err := d.vault.Keep(tx, key); fault.KeyOf(err) != "crypto.key_exists" {
			t.Error(err)
		}
		return nil
	})
}

// Nothing that prints, logs or marshals shows the plaintext.
func TestPlaintextIsNeverShown(t *testing.T) {
	d := standard(t)
	phone := d.seal("call-1", "phone")
	masked, err := sqldb.Read(t.Context(), d.db, func(tx *sqldb.Tx) (crypto.Sealed[string], error) {
		return crypto.Masked(d.vault, tx, phone, crypto.MaskPhone)
	})
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID     string
		Phone  crypto.Sealed[string]
		Ptr    *crypto.Sealed[string]
		secret crypto.Sealed[string]
	}
	for _, s := range []crypto.Sealed[string]{phone, masked} {
		var out bytes.Buffer
		r := row{"1", s, &s, s}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", s, &s, r)
		}
		for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
			slog.New(h).Info("row", "phone", s, "ptr", &s, "row", r)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
		for _, leak := range []string{plain, fmt.Sprintf("%x", plain), "MTM4MDAwMDU2Nzg"} {
			if strings.Contains(out.String(), leak) {
				t.Errorf("%s is shown:\n%s", leak, out.String())
			}
		}
	}
	for want, s := range map[string]crypto.Sealed[string]{`"***"`: phone, `{"masked":"138****5678"}`: masked, `null`: {}} {
		if got, err := json.Marshal(s); err != nil || string(got) != want {
			t.Errorf("%s, %v", got, err)
		}
	}
	if phone.String() != "***" || masked.String() != "138****5678" || masked.LogValue().String() != "***" {
		t.Errorf("%s %s %s", phone, masked, masked.LogValue())
	}
	var in crypto.Sealed[string]
	if err := json.Unmarshal([]byte(`"***"`), &in); fault.KeyOf(err) != "crypto.sealed_input" {
		t.Error(err)
	}
}

func TestATamperedBoxIsRefused(t *testing.T) {
	both(t, func(d *desk) {
		box := d.seal("call-1", "phone").Box()
		d.seal("call-2", "phone")
		for i := range box {
			bad := bytes.Clone(box)
			bad[i] ^= 1
			if got, err := d.read(d.vault, crypto.FromBox[string](bad)); err == nil {
				d.Fatalf("byte %d of the box may be altered: %q", i, got)
			}
		}
		for n := range box {
			if n > 0 {
				if _, err := d.read(d.vault, crypto.FromBox[string](box[:n])); err == nil {
					d.Fatalf("%d bytes were enough", n)
				}
			}
		}
		d.refused(d.vault, crypto.FromBox[string](bytes.Replace(box, []byte("call-1"), []byte("call-2"), 1)), "crypto.box_tampered")
		d.refused(d.vault, crypto.FromBox[string](bytes.Replace(box, []byte("phone"), []byte("photo"), 1)), "crypto.box_tampered")
		d.refused(d.vault, crypto.FromBox[string](bytes.Replace(box, []byte("call-1"), []byte("call-9"), 1)), "crypto.shredded")
		d.refused(d.vault, crypto.Sealed[string]{}, "crypto.empty")
	})
}

func TestAnotherMasterOpensNothing(t *testing.T) {
	d := standard(t)
	phone := d.seal("call-1", "phone")
	d.refused(d.open(crypto.Standard, bytes.Repeat([]byte{8}, 32)), phone, "crypto.other_master")
	for _, c := range []struct {
		cfg crypto.Config
		key string
	}{
		{crypto.Config{Profile: crypto.Standard, Master: master[:31], Witness: d.witness, Now: time.Now}, "crypto.master_short"},
		{crypto.Config{Profile: crypto.Standard, Master: master, Now: time.Now}, "crypto.no_witness"},
		{crypto.Config{Profile: "none", Master: master, Witness: d.witness, Now: time.Now}, "crypto.profile_unknown"},
	} {
		if _, err := crypto.NewVault(d.db, c.cfg); fault.KeyOf(err) != c.key {
			t.Errorf("%s: %v", c.key, err)
		}
	}
	swapped := sqldb.Statement("test", "Swap", `UPDATE crypto_key SET wrapped = (SELECT wrapped FROM crypto_key WHERE subject = 'call-2') WHERE subject = 'call-1'`)
	d.seal("call-2", "phone")
	d.do(func(tx *sqldb.Tx) error { _, err := tx.Exec(swapped); return err })
	d.refused(d.vault, phone, "crypto.key_tampered")
}

func TestADatabaseHasOneMaster(t *testing.T) {
	both(t, func(d *desk) {
		other := d.open(crypto.Standard, bytes.Repeat([]byte{8}, 32))
		for i, c := range []struct {
			vault *crypto.Vault
			key   string
		}{{d.vault, ""}, {other, "crypto.other_master"}, {d.vault, ""}, {d.open(crypto.GM, master), ""}, {other, "crypto.other_master"}} {
			if err := c.vault.Claim(d.Context()); (err == nil) != (c.key == "") || err != nil && fault.KeyOf(err) != c.key {
				d.Errorf("claim %d: %v", i, err)
			}
		}
	})
}

func TestAShreddedSubjectIsGone(t *testing.T) {
	both(t, func(d *desk) {
		phone, other := d.seal("call-1", "phone"), d.seal("call-2", "phone")
		if _, err := d.read(d.vault, phone); err != nil { // the key is in memory now
			d.Fatal(err)
		}
		d.shred("call-1")
		d.shred("call-1")
		d.refused(d.vault, phone, "crypto.shredded")
		if got, err := d.read(d.vault, other); err != nil || got != plain {
			d.Errorf("the neighbour: %q, %v", got, err)
		}
		masked, err := sqldb.Read(d.Context(), d.db, func(tx *sqldb.Tx) (crypto.Sealed[string], error) {
			return crypto.Masked(d.vault, tx, phone, crypto.MaskPhone)
		})
		if err != nil || masked.String() != "***" {
			d.Errorf("%s, %v", masked, err)
		}
		fresh := d.seal("call-1", "phone") // a new key reads new boxes, not old ones
		if got, err := d.read(d.vault, fresh); err != nil || got != plain {
			d.Errorf("%q, %v", got, err)
		}
		d.refused(d.vault, phone, "crypto.box_tampered")
	})
}

// A key that another node shredded and made anew must not be taken from memory.
func TestAKeyFromMemoryYieldsToTheRow(t *testing.T) {
	d := standard(t)
	other := d.open(crypto.Standard, master)
	if _, err := d.read(other, d.seal("call-1", "phone")); err != nil {
		t.Fatal(err)
	}
	d.shred("call-1")
	fresh := d.seal("call-1", "phone")
	if got, err := d.read(other, fresh); err != nil || got != plain {
		t.Errorf("%q, %v", got, err)
	}
	d.shred("call-1")
	d.now = d.now.Add(time.Minute)
	d.refused(other, fresh, "crypto.shredded")
}

// A key whose transaction is undone is not used again.
func TestAnUndoneKeyIsForgotten(t *testing.T) {
	d := standard(t)
	undone := errors.New("undone")
	err := d.db.Do(t.Context(), func(tx *sqldb.Tx) error {
		key, err := d.vault.Key(tx, "call-1", expires)
		if err != nil {
			return err
		}
		s, err := crypto.Seal(key, "phone", plain)
		if err != nil {
			return err
		}
		if _, err := crypto.Open(d.vault, tx, s); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if got, err := d.read(d.vault, d.seal("call-1", "phone")); err != nil || got != plain {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAKeyPastItsEndOpensNothingAndIsSwept(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := newDesk(t, db, crypto.Standard)
		var boxes []crypto.Sealed[string]
		d.do(func(tx *sqldb.Tx) error {
			boxes = nil
			for i := range 1203 {
				key, err := d.vault.Key(tx, fmt.Sprintf("call-%04d", i), start.Add(time.Duration(i%2)*time.Hour))
				if err != nil {
					return err
				}
				s, err := crypto.Seal(key, "phone", plain)
				if err != nil {
					return err
				}
				boxes = append(boxes, s)
			}
			return nil
		})
		d.do(func(tx *sqldb.Tx) error { return d.vault.SetExpiry(tx, "call-0000", start.Add(2*time.Hour)) })
		if got, err := d.read(d.vault, boxes[1]); err != nil || got != plain { // into memory
			t.Errorf("%q, %v", got, err)
		}
		d.now = start.Add(30 * time.Second)
		d.refused(d.vault, boxes[2], "crypto.shredded")
		if n, err := db.Sweep(t.Context(), d.now, crypto.Retention[0]); err != nil || n != 601 {
			t.Errorf("%d, %v", n, err)
		}
		d.refused(d.vault, boxes[2], "crypto.shredded")
		for _, i := range []int{0, 1} {
			if got, err := d.read(d.vault, boxes[i]); err != nil || got != plain {
				t.Errorf("%d: %q, %v", i, got, err)
			}
		}
		if n, err := db.Sweep(t.Context(), d.now, crypto.Retention[0]); err != nil || n != 0 {
			t.Errorf("again: %d, %v", n, err)
		}
		err := d.db.Do(t.Context(), func(tx *sqldb.Tx) error { return d.vault.SetExpiry(tx, "call-0002", start) })
		if fault.KeyOf(err) != "crypto.shredded" {
			t.Error(err)
		}
		d.now = start.Add(time.Hour - time.Second)
		if got, err := d.read(d.vault, boxes[3]); err != nil || got != plain {
			t.Errorf("%q, %v", got, err)
		}
		d.now = start.Add(time.Hour)
		d.refused(d.vault, boxes[3], "crypto.shredded") // from memory, and not swept yet
		fresh := d.seal("call-0003", "phone")
		if got, err := d.read(d.vault, fresh); err != nil || got != plain {
			t.Errorf("sealed anew: %q, %v", got, err)
		}
	}, crypto.Schema)
}

func TestRevealNeedsAPurposeAndAWitness(t *testing.T) {
	d := standard(t)
	phone := d.seal("call-1", "phone")
	reveal := func(p crypto.Purpose) (got string, err error) {
		return got, d.db.Do(t.Context(), func(tx *sqldb.Tx) (err error) {
			got, err = crypto.Reveal(d.vault, tx, phone, p)
			return err
		})
	}
	for _, c := range []struct {
		purpose crypto.Purpose
		key     string
	}{
		{crypto.Purpose{By: "u1"}, "crypto.purpose_required"},
		{crypto.Purpose{Code: "curiosity", By: "u1"}, "crypto.purpose_required"},
		{crypto.Purpose{Code: crypto.CallBack}, "crypto.revealer_required"},
		{crypto.Purpose{Code: crypto.CallBack, By: "u1", Note: "a\nb"}, "crypto.note_malformed"},
		{crypto.Purpose{Code: crypto.CallBack, By: "u1", Note: "a\xffb"}, "crypto.note_malformed"},
		{crypto.Purpose{Code: crypto.CallBack, By: "u1", Note: strings.Repeat("x", 201)}, "crypto.note_malformed"},
	} {
		if got, err := reveal(c.purpose); fault.KeyOf(err) != c.key || !fault.Is(err, fault.Invalid) || got != "" {
			t.Errorf("%+v: %q, %v", c.purpose, got, err)
		}
	}
	if len(d.witness.asked) != 0 {
		t.Errorf("refusals were witnessed: %+v", d.witness.asked)
	}
	for i, code := range crypto.PurposeCodes() {
		p := crypto.Purpose{Code: code, By: "u1", Note: "order 7"}
		if got, err := reveal(p); err != nil || got != plain {
			t.Errorf("%q, %v", got, err)
		}
		if len(d.witness.asked) != i+1 || d.witness.asked[i] != p || d.witness.field != "phone" {
			t.Errorf("%+v of %s", d.witness.asked, d.witness.field)
		}
	}
	d.witness.err = errors.New("no room for the entry")
	if got, err := reveal(crypto.Purpose{Code: crypto.CallBack, By: "u1"}); !errors.Is(err, d.witness.err) || got != "" {
		t.Errorf("without a trace: %q, %v", got, err)
	}
}

func TestMasks(t *testing.T) {
	masks := map[string]func(string) string{"phone": crypto.MaskPhone, "name": crypto.MaskName, "id": crypto.MaskID, "address": crypto.MaskAddress}
	text, err := os.ReadFile("testdata/masks.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if got := masks[cells[0]](cells[1]); got != cells[2] {
			t.Errorf("%s %q: %q, want %q", cells[0], cells[1], got, cells[2])
		}
	}
}

func TestQueriesPrepare(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Check(t.Context(), crypto.Queries); err != nil {
			t.Error(err)
		}
	}, crypto.Schema)
}

// No bytes from a table make the vault panic or open, and no text of a hash makes
// the passwords panic.
func FuzzStored(f *testing.F) {
	d := standard(f)
	box := d.seal("call-1", "phone").Box()
	f.Add([]byte(box))
	f.Add([]byte{1, 1, 1, 'a', 1, 'b'})
	f.Add([]byte("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"))
	f.Add([]byte("$pbkdf2-sm3$i=200000$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"))
	p := newPasswords(f, crypto.Standard)
	f.Fuzz(func(t *testing.T, b []byte) {
		p.NeedsRehash(string(b))
		got, err := sqldb.Read(context.Background(), d.db, func(tx *sqldb.Tx) (string, error) {
			return crypto.Open(d.vault, tx, crypto.FromBox[string](b))
		})
		if err == nil && !bytes.Equal(b, box) {
			t.Errorf("%x opened as %q", b, got)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	for _, p := range []crypto.Profile{crypto.Standard, crypto.GM} {
		b.Run(string(p), func(b *testing.B) {
			d := newDesk(b, sqldbtest.New(b, crypto.Schema), p)
			b.ResetTimer()
			d.do(func(tx *sqldb.Tx) error {
				for i := range b.N {
					key, err := d.vault.Key(tx, fmt.Sprint("call-", i), expires)
					if err != nil {
						return err
					}
					if _, err := crypto.Seal(key, "phone", plain); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	d := standard(b)
	s := d.seal("call-1", "phone")
	if _, err := sqldb.Read(b.Context(), d.db, func(tx *sqldb.Tx) (string, error) {
		for b.Loop() {
			if _, err := crypto.Open(d.vault, tx, s); err != nil {
				return "", err
			}
		}
		return "", nil
	}); err != nil {
		b.Fatal(err)
	}
}
