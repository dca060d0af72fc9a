package audit

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// office with a real ledger beside it.
func provableLog(t *testing.T, db *sqldb.DB) (*Service, *office, *ledger.Log) {
	t.Helper()
	key, err := ledger.GenerateKey(ledger.Ed25519, "test.example")
	if err != nil {
		t.Fatal(err)
	}
	log, err := ledger.Open(t.Context(), db, ledger.Config{Origin: "test.example", Hasher: "sha256", Keys: []string{key}})
	if err != nil {
		t.Fatal(err)
	}
	s, o := newLog(db, log)
	return s, o, log
}

func sign(t *testing.T, log *ledger.Log, at time.Time) ledger.Checkpoint {
	t.Helper()
	if _, err := log.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := log.Checkpoint(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func prove(t *testing.T, s *Service, q Question) string {
	t.Helper()
	f, err := s.Prove(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What a view shows can be proved by a stranger, event by event, and nothing that
// the caller may not see is in the file.
func TestAViewIsProved(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s, o, log := provableLog(t, db)
		if _, err := s.Prove(t.Context(), Question{Filter: Filter{View: "login"}}); fault.KeyOf(err) != "ledger.no_checkpoint" {
			t.Errorf("proved what nobody has signed: %v", err)
		}
		day(t, db, s)
		sign(t, log, noon.Add(time.Hour))
		trust := ledger.Trust{Keys: log.PublicKeys()}
		for view, want := range map[string]uint64{"accounts": 1, "grants": 1, "authentication": 3, "behaviour": 4, "login": 2} {
			report, err := ledger.Verify(strings.NewReader(prove(t, s, Question{Filter: Filter{View: view}})), trust)
			if err != nil || !report.OK() || report.Covered != want {
				t.Errorf("%s: %+v, %v", view, report, err)
			}
		}
		one := Question{Filter: Filter{View: "behaviour", From: noon.Add(3 * time.Minute).Truncate(time.Millisecond)}, Limit: 1}
		one.To = one.From.Add(time.Millisecond)
		text := prove(t, s, one)
		if n := strings.Count(text, "\n"); n != 2 {
			t.Errorf("%d lines for one event", n)
		}
		o.scope = httpapi.NewScope([]string{"s2"}, 100)
		report, err := ledger.Verify(strings.NewReader(prove(t, s, Question{Filter: Filter{View: "behaviour"}})), trust)
		if err != nil || report.Leaves != 2 {
			t.Errorf("%d events, want the two of s2, %v", report.Leaves, err)
		}
	}, ledger.Schema, Schema)
}

// An event that was changed in the database is in the file as it is now, and the
// proof does not hold for it.
func TestAChangedEventIsNotProved(t *testing.T) {
	db := sqldbtest.New(t, ledger.Schema, Schema)
	s, _, log := provableLog(t, db)
	day(t, db, s)
	sign(t, log, noon.Add(time.Hour))
	tamper := sqldb.Statement("audit", "Tamper", "UPDATE audit_event SET object = 'grants/2' WHERE object = 'grants/1'")
	if err := db.Do(t.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(tamper); return err }); err != nil {
		t.Fatal(err)
	}
	report, err := ledger.Verify(strings.NewReader(prove(t, s, Question{Filter: Filter{View: "grants"}})), ledger.Trust{Keys: log.PublicKeys()})
	if err != nil || len(report.Problems) != 1 || report.Problems[0].Kind != ledger.RowAltered {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestAFileProvesOnlySoMany(t *testing.T) {
	db := sqldbtest.New(t, ledger.Schema, Schema)
	s, _, log := provableLog(t, db)
	if err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
		for i := range provable + 1 {
			if err := s.Record(tx, httpapi.AuditEvent{At: noon, Class: httpapi.AuditRead, Object: fmt.Sprint("incidents/", i), Result: "ok"}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sign(t, log, noon)
	if _, err := s.Prove(t.Context(), Question{Filter: Filter{View: "behaviour"}}); fault.KeyOf(err) != "audit.too_many_to_prove" {
		t.Errorf("%v", err)
	}
}

// Who kept a checkpoint can prove that the log still begins with what it said.
func TestALaterPromiseKeepsTheEarlier(t *testing.T) {
	db := sqldbtest.New(t, ledger.Schema, Schema)
	s, _, log := provableLog(t, db)
	day(t, db, s)
	first := sign(t, log, noon.Add(time.Hour))
	day(t, db, s)
	second := sign(t, log, noon.Add(2*time.Hour))
	p, err := s.Promise(t.Context(), Earlier{Since: int64(first.Size)})
	if err != nil || p.Checkpoint != second.Note || len(p.Keys) != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	var path [][]byte
	for _, text := range p.Path {
		hash, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		path = append(path, hash)
	}
	if err := ledger.VerifyConsistency(log.Hasher(), first.Size, second.Size, path, first.Root, second.Root); err != nil {
		t.Error(err)
	}
	if p, err := s.Promise(t.Context(), Earlier{}); err != nil || len(p.Path) != 0 {
		t.Errorf("nothing to prove, and yet %+v, %v", p, err)
	}
	if _, err := s.Promise(t.Context(), Earlier{Since: 1000}); fault.KeyOf(err) != "ledger.out_of_range" {
		t.Errorf("a log that has shrunk: %v", err)
	}
}

// What a change did to a thing is in the event, under the proof, and comes back as
// it was committed to.
func TestAChangeIsPartOfTheEvent(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		kept := leaves{kept: map[string][]byte{}}
		s, _ := newLog(db, kept)
		change := &httpapi.Change{Before: map[string]string{"org_id": "s1", "z": "\x00"}, After: map[string]string{"org_id": "s2"}}
		e := httpapi.AuditEvent{At: noon, Class: httpapi.AuditAdmin, Object: "users/1", Result: "ok", Change: change}
		if err := db.Do(t.Context(), func(tx *sqldb.Tx) error { return s.Record(tx, e) }); err != nil {
			t.Fatal(err)
		}
		page, err := s.Show(t.Context(), Question{Filter: Filter{View: "accounts"}})
		if err != nil || len(page.Items) != 1 || page.Items[0].Change == nil {
			t.Fatalf("%+v, %v", page, err)
		}
		if c := page.Items[0].Change; c.Before["org_id"] != "s1" || c.After["org_id"] != "s2" || c.Before["z"] != "\uFFFD" {
			t.Errorf("%+v", c)
		}
		for key, data := range kept.kept {
			again, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]byte, error) { return Leaf(tx, key[len(LeafSource)+1:]) })
			if err != nil || string(again) != string(data) || !json.Valid(data) {
				t.Errorf("%s\n%s, %v", again, data, err)
			}
		}
	}, Schema)
}
