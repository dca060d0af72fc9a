package audit

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

type leaves map[string][]byte

func (l leaves) Append(_ *sqldb.Tx, source, ref string, data []byte) ([]byte, error) {
	l[source+" "+ref] = data
	sum := sha256.Sum256(data)
	return sum[:], nil
}

// A request path comes from outside, decoded: what it holds must not keep its
// own event, nor those written with it, out of the log.
func TestNoTextKeepsAnEventOut(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		kept := leaves{}
		s := New(Deps{DB: db, IDs: ident.NewMaker(time.Now), Ledger: kept})
		cases := []struct{ object, want string }{
			{"sessions/\x00", "sessions/\uFFFD"},
			{"sessions/\xff\xfe", "sessions/\uFFFD\uFFFD"},
			{"sessions/a\nb\u0085", "sessions/a\uFFFDb\uFFFD"},
			{"sessions/" + strings.Repeat("\u00e9", 1000), "sessions/" + strings.Repeat("\u00e9", textMax-len("sessions/"))},
			{"sessions/1", "sessions/1"},
		}
		err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
			for _, c := range cases {
				e := httpapi.AuditEvent{At: time.UnixMilli(1), Class: httpapi.AuditLogin, Object: c.object, RequestID: "r\x00", Address: "\xff", Result: "ok"}
				if err := s.Record(tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		page, err := s.Show(t.Context(), Question{View: "login"})
		if err != nil || len(page.Items) != len(cases) {
			t.Fatalf("%d events, want %d, %v", len(page.Items), len(cases), err)
		}
		for i, c := range cases {
			if got := page.Items[len(cases)-1-i]; got.Object != c.want || got.RequestID != "r\uFFFD" || got.Address != "\uFFFD" {
				t.Errorf("%q: %+v", c.object, got)
			}
		}
		for key, data := range kept {
			again, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]byte, error) { return Leaf(tx, key[len(LeafSource)+1:]) })
			if err != nil || string(again) != string(data) {
				t.Errorf("%s\n%s, %v", again, data, err)
			}
		}
	}, Schema)
}

func TestFiveViews(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		kept := leaves{}
		now := time.Date(2026, 5, 1, 12, 0, 0, 123456789, time.UTC)
		s := New(Deps{DB: db, IDs: ident.NewMaker(time.Now), Ledger: kept})
		err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
			for i, e := range []httpapi.AuditEvent{
				{Class: httpapi.AuditLogin, Object: "sessions", Result: "ok"},
				{Class: httpapi.AuditLogin, Object: "sessions", Result: "identity.wrong_credentials"},
				{Class: httpapi.AuditAdmin, Object: "users/1", Result: "ok"},
				{Class: httpapi.AuditAdmin, Object: "grants/1", Result: "ok"},
				{Class: httpapi.AuditReveal, Object: "incidents/1", Purpose: "call_back", Result: "ok"},
				{Class: httpapi.AuditRead, Object: "incidents/1", Result: "request.forbidden"},
			} {
				e.At, e.Actor = now.Add(time.Duration(i)*time.Minute), httpapi.Principal{UserID: fmt.Sprint("u", i%2)}
				if err := s.Record(tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for view, want := range map[string]int{"accounts": 1, "grants": 1, "authentication": 2, "behaviour": 4, "login": 2} {
			page, err := s.Show(t.Context(), Question{View: view})
			if err != nil || len(page.Items) != want {
				t.Errorf("%s: %d events, want %d, %v", view, len(page.Items), want, err)
			}
		}
		if page, err := s.Show(t.Context(), Question{View: "behaviour", UserID: "u0", From: now.Add(time.Minute), To: now.Add(10 * time.Minute)}); err != nil || len(page.Items) != 2 {
			t.Errorf("filtered: %+v, %v", page, err)
		}
		first, err := s.Show(t.Context(), Question{View: "behaviour", Limit: 3})
		if err != nil || len(first.Items) != 3 || first.Next == "" {
			t.Fatalf("%+v, %v", first, err)
		}
		second, err := s.Show(t.Context(), Question{View: "behaviour", Limit: 3, After: first.Next})
		if err != nil || len(second.Items) != 1 || second.Items[0].Seq >= first.Items[2].Seq {
			t.Errorf("%+v, %v", second, err)
		}
		for key, data := range kept {
			again, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]byte, error) { return Leaf(tx, key[len(LeafSource)+1:]) })
			if err != nil || string(again) != string(data) {
				t.Errorf("the event read back is not what was committed to:\n%s\n%s, %v", again, data, err)
			}
		}
		if gone, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]byte, error) { return Leaf(tx, "nothing") }); gone != nil || err != sqldb.ErrNone {
			t.Errorf("%s, %v", gone, err)
		}
		if err := db.Check(t.Context(), Queries); err != nil {
			t.Error(err)
		}
	}, Schema)
}

// What the log is for: an event that somebody changed or removed in the
// database is found, and an untouched log is not accused.
func TestChangedAndRemovedEventsAreFound(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		key, err := ledger.GenerateKey(ledger.Ed25519, "test.example")
		if err != nil {
			t.Fatal(err)
		}
		log, err := ledger.Open(t.Context(), db, ledger.Config{Origin: "test.example", Hasher: "sha256", Keys: []string{key}})
		if err != nil {
			t.Fatal(err)
		}
		s := New(Deps{DB: db, IDs: ident.NewMaker(time.Now), Ledger: log})
		if err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
			for i := range 3 {
				e := httpapi.AuditEvent{At: time.UnixMilli(int64(i)), Class: httpapi.AuditReveal, Object: fmt.Sprint("incidents/", i), Result: "ok"}
				if err := s.Record(tx, e); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := log.Integrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := log.Checkpoint(t.Context(), time.UnixMilli(10)); err != nil {
			t.Fatal(err)
		}
		load := func(tx *sqldb.Tx, _, ref string) ([]byte, error) {
			data, err := Leaf(tx, ref)
			if err == nil && data == nil {
				err = sqldb.ErrNone
			}
			return data, err
		}
		for _, step := range []struct {
			sql  string
			want []string
		}{
			{"UPDATE audit_event SET result = 'ok' WHERE seq = 1", nil},
			{"UPDATE audit_event SET object = 'incidents/9' WHERE object = 'incidents/0'", []string{ledger.RowAltered}},
			{"DELETE FROM audit_event WHERE object = 'incidents/1'", []string{ledger.RowAltered, ledger.RowMissing}},
		} {
			if err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.Exec(sqldb.Statement("audit", "Tamper", step.sql))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			report, err := log.Audit(t.Context(), load, ledger.Trust{Keys: log.PublicKeys()})
			if err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, p := range report.Problems {
				kinds = append(kinds, p.Kind)
			}
			slices.Sort(kinds)
			if !slices.Equal(kinds, step.want) {
				t.Errorf("%s: %v, want %v", step.sql, report.Problems, step.want)
			}
		}
	}, ledger.Schema, Schema)
}
