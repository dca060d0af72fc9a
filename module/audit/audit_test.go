package audit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// leaves keeps what was committed to; it proves nothing.
type leaves struct {
	Ledger
	kept map[string][]byte
}

func (l leaves) Append(_ *sqldb.Tx, source, ref string, data []byte) ([]byte, error) {
	l.kept[source+" "+ref] = data
	sum := sha256.Sum256(data)
	return sum[:], nil
}

// office is what the log needs of its neighbours: somebody whose scope it is, and
// the names of two accounts.
type office struct{ scope httpapi.Scope }

func (o *office) Scope(httpapi.Principal, httpapi.Perm) httpapi.Scope { return o.scope }

func (*office) Members(_ context.Context, ids []string) (map[string]Member, error) {
	known := map[string]Member{"u0": {"anna", "=Anna"}, "u1": {"berta", "Berta"}}
	maps.DeleteFunc(known, func(id string, _ Member) bool { return !slices.Contains(ids, id) })
	return known, nil
}

func newLog(db *sqldb.DB, l Ledger) (*Service, *office) {
	o := &office{httpapi.Scope{All: true}}
	return New(Deps{DB: db, IDs: ident.NewMaker(time.Now), Ledger: l, Gate: o, Staff: o, Zone: time.FixedZone("CST", 8*3600)}), o
}

// A request path comes from outside, decoded: what it holds must not keep its
// own event, nor those written with it, out of the log.
func TestNoTextKeepsAnEventOut(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		kept := leaves{kept: map[string][]byte{}}
		s, _ := newLog(db, kept)
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
		page, err := s.Show(t.Context(), Question{Filter: Filter{View: "login"}})
		if err != nil || len(page.Items) != len(cases) {
			t.Fatalf("%d events, want %d, %v", len(page.Items), len(cases), err)
		}
		for i, c := range cases {
			if got := page.Items[len(cases)-1-i]; got.Object != c.want || got.RequestID != "r\uFFFD" || got.Address != "\uFFFD" {
				t.Errorf("%q: %+v", c.object, got)
			}
		}
		for key, data := range kept.kept {
			again, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]byte, error) { return Leaf(tx, key[len(LeafSource)+1:]) })
			if err != nil || string(again) != string(data) {
				t.Errorf("%s\n%s, %v", again, data, err)
			}
		}
	}, Schema)
}

var noon = time.Date(2026, 5, 1, 12, 0, 0, 123456789, time.UTC)

// day is a day's events, one a minute, by u0 of s1 and u1 of s2 in turn.
func day(t *testing.T, db *sqldb.DB, s *Service) {
	t.Helper()
	err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
		for i, e := range []httpapi.AuditEvent{
			{Class: httpapi.AuditLogin, Action: "log in", Object: "sessions/1", Result: "ok", Account: "anna", Method: "password", Address: "10.0.0.7"},
			{Class: httpapi.AuditLogin, Action: "log in", Object: "sessions", Result: "identity.wrong_credentials", Account: "b%rta", Method: "password"},
			{Class: httpapi.AuditAdmin, Action: "POST /v1/users", Object: "users/1", Result: "ok"},
			{Class: httpapi.AuditAdmin, Action: "POST /v1/grants", Object: "grants/1", Purpose: "=joined", Result: "ok"},
			{Class: httpapi.AuditReveal, Action: "reveal", Object: "incidents/1", Purpose: "call_back", Result: "ok"},
			{Class: httpapi.AuditRead, Action: "GET /v1/incidents/{id}", Object: "incidents/10", Result: "request.forbidden"},
			{Class: httpapi.AuditLogin, Action: "change password", Object: "passwords/u0", Result: "ok", Account: "anna", Method: "password"},
		} {
			e.At = noon.Add(time.Duration(i) * time.Minute)
			e.Actor = httpapi.Principal{UserID: fmt.Sprint("u", i%2), OrgID: fmt.Sprint("s", 1+i%2)}
			if err := s.Record(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFiveViews(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		kept := leaves{kept: map[string][]byte{}}
		s, o := newLog(db, kept)
		day(t, db, s)
		minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute).Truncate(time.Millisecond) }
		only := httpapi.NewScope([]string{"s2"}, 100)
		for _, c := range []struct {
			ask   Question
			scope httpapi.Scope
			want  string // minutes, newest first
		}{
			{Question{Filter: Filter{View: "accounts"}}, o.scope, "2"},
			{Question{Filter: Filter{View: "grants"}}, o.scope, "3"},
			{Question{Filter: Filter{View: "authentication"}}, o.scope, "6 1 0"},
			{Question{Filter: Filter{View: "behaviour"}}, o.scope, "5 4 3 2"},
			{Question{Filter: Filter{View: "login"}}, o.scope, "1 0"},
			{Question{Filter: Filter{View: "behaviour", UserID: "u0"}}, o.scope, "4 2"},
			{Question{Filter: Filter{View: "behaviour", UserID: "u0", From: minute(3)}}, o.scope, "4"},
			{Question{Filter: Filter{View: "authentication", UserID: "u0"}}, o.scope, "6 0"},
			{Question{Filter: Filter{View: "behaviour", From: minute(3), To: minute(5)}}, o.scope, "4 3"},
			{Question{Filter: Filter{View: "behaviour", Result: Refused}}, o.scope, "5"},
			{Question{Filter: Filter{View: "login", Result: "ok"}}, o.scope, "0"},
			{Question{Filter: Filter{View: "login", Result: "identity.wrong_credentials"}}, o.scope, "1"},
			{Question{Filter: Filter{View: "behaviour", Object: "incidents/1"}}, o.scope, "5 4"},
			{Question{Filter: Filter{View: "behaviour", Object: "incidents/%"}}, o.scope, ""},
			{Question{Filter: Filter{View: "behaviour", Action: "reveal"}}, o.scope, "4"},
			{Question{Filter: Filter{View: "behaviour", Action: "rev"}}, o.scope, ""},
			{Question{Filter: Filter{View: "behaviour", Text: "CALL_b"}}, o.scope, "4"},
			{Question{Filter: Filter{View: "login", Text: "b%r"}}, o.scope, "1"},
			{Question{Filter: Filter{View: "login", Text: "10.0.0.7"}}, o.scope, "0"},
			{Question{Filter: Filter{View: "login", Address: "10.0."}}, o.scope, "0"},
			{Question{Filter: Filter{View: "login", Address: "0.0.7"}}, o.scope, ""},
			{Question{Filter: Filter{View: "login", Text: "' OR 1=1 --"}}, o.scope, ""},
			{Question{Filter: Filter{View: "behaviour"}}, only, "5 3"},
			{Question{Filter: Filter{View: "behaviour"}}, httpapi.Scope{}, ""},
		} {
			o.scope = c.scope
			for _, limit := range []int{1, 2, 100} { // the pages together are the view
				c.ask.Limit, c.ask.After = limit, ""
				var got []string
				for {
					page, err := s.Show(t.Context(), c.ask)
					if err != nil {
						t.Fatal(err)
					}
					for _, e := range page.Items {
						got = append(got, fmt.Sprint(int(e.At.Sub(noon.Truncate(time.Millisecond))/time.Minute)))
					}
					if c.ask.After = page.Next; page.Next == "" {
						break
					}
				}
				if strings.Join(got, " ") != c.want {
					t.Errorf("%+v: %v, want %s", c.ask, got, c.want)
				}
			}
			o.scope = httpapi.Scope{All: true}
		}
		for _, after := range []string{"x", "1", "1.x", "1.2.3", " 1.2", "01.2"} {
			if _, err := s.Show(t.Context(), Question{Filter: Filter{View: "login"}, After: after}); fault.KeyOf(err) != "request.bad_cursor" {
				t.Errorf("%q: %v", after, err)
			}
		}
		for key, data := range kept.kept {
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

// The view of log-ins says account, name, address, time and method; a file of it
// does too, and runs nothing when a spreadsheet opens it.
func TestLoginViewAndItsFile(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s, _ := newLog(db, leaves{kept: map[string][]byte{}})
		day(t, db, s)
		page, err := s.Show(t.Context(), Question{Filter: Filter{View: "login"}})
		if err != nil {
			t.Fatal(err)
		}
		if e := page.Items[1]; e.Account != "anna" || e.Login != "anna" || e.Name != "=Anna" || e.Address != "10.0.0.7" || e.Method != "password" || e.At.IsZero() {
			t.Errorf("%+v", e)
		}
		for view, want := range map[string]string{
			"login":  "2026-05-01T20:01:00.123+08:00,berta,Berta,b%rta,password,,log in,sessions,,identity.wrong_credentials,login,u1,s2,,,,2\n2026-05-01T20:00:00.123+08:00,anna,'=Anna,anna,password,10.0.0.7,log in,sessions/1,,ok,login,u0,s1,,,,1\n",
			"grants": "2026-05-01T20:03:00.123+08:00,berta,Berta,,,,POST /v1/grants,grants/1,'=joined,ok,admin,u1,s2,,,,4\n",
		} {
			f, err := s.Export(t.Context(), Question{Filter: Filter{View: view}})
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := f.Write(&out); err != nil || out.String() != "\ufeff"+strings.Join(header, ",")+"\n"+want {
				t.Errorf("%s\n%s, %v", view, out.String(), err)
			}
		}
	}, Schema)
}

// A file holds every event once, however many pages it takes.
func TestFileIsWhole(t *testing.T) {
	db := sqldbtest.New(t, Schema)
	s, _ := newLog(db, leaves{kept: map[string][]byte{}})
	const many = 2*exportStep + 1
	if err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
		for i := range many {
			e := httpapi.AuditEvent{At: noon.Add(time.Duration(i/7) * time.Millisecond), Class: httpapi.AuditRead, Object: fmt.Sprint("incidents/", i), Result: "ok"}
			if err := s.Record(tx, e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	f, err := s.Export(t.Context(), Question{Filter: Filter{View: "behaviour"}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[1:] {
		seen[strings.Split(line, ",")[7]] = true
	}
	if len(seen) != many || strings.Count(out.String(), "\n") != many+1 {
		t.Errorf("%d different events in %d lines, want %d", len(seen), strings.Count(out.String(), "\n"), many)
	}
}

func FuzzStorable(f *testing.F) {
	f.Add("sessions/\x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		kept := storable(text)
		if !utf8.ValidString(kept) || utf8.RuneCountInString(kept) > textMax || strings.ContainsFunc(kept, unicode.IsControl) || storable(kept) != kept {
			t.Errorf("%q becomes %q", text, kept)
		}
	})
}

// What the log is for: an event that somebody changed or removed in the
// database is found, and an untouched log is not accused.
func TestChangedAndRemovedEventsAreFound(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s, _, log := provableLog(t, db)
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
