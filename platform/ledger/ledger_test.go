package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zhian/platform/fault"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

var rows = sqldb.Schema{Room: "thing", Files: fstest.MapFS{"schema/0001_row.sql": {Data: []byte(
	`CREATE TABLE thing_row (id TEXT PRIMARY KEY, text TEXT NOT NULL);`)}}}

var queries = sqldb.Load("thing", `
-- name: Insert
INSERT INTO thing_row (id, text) VALUES ($1, $2)

-- name: Text
SELECT text FROM thing_row WHERE id = $1
`)

const origin = "zhian.test/log"

var start = time.UnixMilli(1_700_000_000_123).UTC()

// desk is one log with a table of business rows.
type desk struct {
	testing.TB
	db   *sqldb.DB
	log  *ledger.Log
	keys []string // public
	cfg  ledger.Config

	written uint64 // leaves that must be in the tree
}

func newDesk(t testing.TB, db *sqldb.DB, hasher string, algorithms ...string) *desk {
	t.Helper()
	var keys []string
	for _, a := range algorithms {
		key, err := ledger.GenerateKey(a, origin)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return openDesk(t, db, ledger.Config{Origin: origin, Hasher: hasher, Keys: keys})
}

func openDesk(t testing.TB, db *sqldb.DB, cfg ledger.Config) *desk {
	t.Helper()
	log, err := ledger.Open(t.Context(), db, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{TB: t, db: db, log: log, keys: log.PublicKeys(), cfg: cfg}
}

// standard is a SHA-256 log on SQLite with rows r1 … r20, signed at 10 and 20.
func standard(t testing.TB) *desk {
	return newDesk(t, sqldbtest.New(t, ledger.Schema, rows), "sha256", ledger.Ed25519).filled()
}

func (d *desk) filled() *desk {
	d.write(1, 10)
	d.sign()
	d.write(11, 20)
	d.sign()
	return d
}

func name(i int) string { return fmt.Sprintf("r%d", i) }
func text(i int) []byte { return fmt.Appendf(nil, "text %d", i) }

func (d *desk) write(from, to int) {
	d.Helper()
	err := d.db.Do(d.Context(), func(tx *sqldb.Tx) error {
		for i := from; i <= to; i++ {
			if _, err := tx.Exec(queries["Insert"], name(i), string(text(i))); err != nil {
				return err
			}
			if _, err := d.log.Append(tx, "thing_row", name(i), text(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.Fatal(err)
	}
	d.written += uint64(to - from + 1)
}

// integrate goes on until all that was written is in the tree: on PostgreSQL any
// older transaction of the server, of another test too, holds leaves back.
func (d *desk) integrate() uint64 {
	d.Helper()
	for patience := time.Now().Add(20 * time.Second); ; {
		size, err := d.log.Integrate(d.Context())
		if err != nil {
			d.Fatal(err)
		}
		if size >= d.written || time.Now().After(patience) {
			return size
		}
	}
}

func (d *desk) sign() ledger.Checkpoint {
	d.Helper()
	d.integrate()
	c, err := d.log.Checkpoint(d.Context(), start)
	if err != nil {
		d.Fatal(err)
	}
	return c
}

func load(tx *sqldb.Tx, _, ref string) ([]byte, error) {
	text, err := sqldb.Get(tx, queries["Text"], sqldb.ScanString, ref)
	return []byte(text), err
}

func (d *desk) audit(anchors ...string) ledger.Report {
	d.Helper()
	report, err := d.log.Audit(d.Context(), load, ledger.Trust{Keys: d.keys, Anchors: anchors})
	if err != nil {
		d.Fatal(err)
	}
	return report
}

func (d *desk) tamper(statements ...string) {
	d.Helper()
	for _, s := range statements {
		q := sqldb.Statement("thing", "Tamper", s)
		if err := d.db.Do(d.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
			d.Fatal(err)
		}
	}
}

func (d *desk) bundle(chosen ...ledger.Selection) string {
	d.Helper()
	var out bytes.Buffer
	var err error
	if chosen == nil {
		err = d.log.Export(d.Context(), &out, load)
	} else {
		err = d.log.ExportSome(d.Context(), &out, load, chosen...)
	}
	if err != nil {
		d.Fatal(err)
	}
	return out.String()
}

func (d *desk) verify(bundle string, anchors ...string) ledger.Report {
	d.Helper()
	report, err := ledger.Verify(strings.NewReader(bundle), ledger.Trust{Keys: d.keys, Anchors: anchors})
	if err != nil {
		d.Fatal(err)
	}
	return report
}

// expect wants exactly these problems, as "kind ref" or "kind".
func (d *desk) expect(r ledger.Report, want ...string) {
	d.Helper()
	var got []string
	for _, p := range r.Problems {
		got = append(got, strings.TrimSpace(p.Kind+" "+p.Ref))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		d.Errorf("problems %q, want %q\n%+v", got, want, r.Problems)
	}
}

func TestAnUntouchedLogHolds(t *testing.T) {
	profiles := []struct {
		hasher string
		keys   []string
	}{{"sha256", []string{ledger.Ed25519}}, {"sm3", []string{ledger.Ed25519, ledger.SM2}}}
	for _, p := range profiles {
		t.Run(p.hasher, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
				d := newDesk(t, db, p.hasher, p.keys...)
				first := 1
				for _, last := range []int{1, 255, 256, 257, 600} {
					d.write(first, last)
					d.sign()
					first = last + 1
				}
				d.write(601, 603)
				d.integrate()
				report := d.audit()
				d.expect(report)
				if report.Leaves != 603 || report.Covered != 600 || report.Checkpoints != 5 || report.Unsigned != 3 || report.Sources["thing_row"] != 603 {
					t.Errorf("live: %+v", report)
				}
				report = d.verify(d.bundle())
				d.expect(report)
				if report.Leaves != 600 || report.Covered != 600 || report.Checkpoints != 5 || !report.SignedAt.Equal(start) || report.OwnKeys {
					t.Errorf("bundle: %+v", report)
				}
				for _, key := range d.keys { // each signature counts by itself
					if r, err := ledger.Verify(strings.NewReader(d.bundle()), ledger.Trust{Keys: []string{key}}); err != nil || !r.OK() {
						t.Errorf("%s: %+v, %v", key, r, err)
					}
				}
			}, ledger.Schema, rows)
		})
	}
}

// Every way to touch the tables is named, with the row where it can be known.
func TestTamperingWithTheDatabaseIsNamed(t *testing.T) {
	cases := []struct {
		name   string
		tamper []string
		want   []string
	}{
		{"row edited", []string{`UPDATE thing_row SET text = 'other' WHERE id = 'r7'`}, []string{"row_altered r7"}},
		{"row deleted", []string{`DELETE FROM thing_row WHERE id = 'r9'`}, []string{"row_missing r9"}},
		{"rows swapped", []string{`UPDATE thing_row SET text = CASE id WHEN 'r3' THEN 'text 4' ELSE 'text 3' END WHERE id IN ('r3', 'r4')`},
			[]string{"row_moved r3", "row_moved r4"}},
		{"row tail cut", []string{`DELETE FROM thing_row WHERE id IN ('r19', 'r20')`}, []string{"row_missing r19", "row_missing r20"}},
		{"leaf labels swapped", []string{`UPDATE ledger_leaf SET ref = CASE ref WHEN 'r3' THEN 'r4' ELSE 'r3' END WHERE ref IN ('r3', 'r4')`},
			[]string{"row_moved r4", "row_moved r3"}},
		{"leaf hash replaced", []string{`UPDATE ledger_leaf SET hash = (SELECT hash FROM ledger_leaf WHERE ref = 'r1') WHERE ref = 'r12'`},
			[]string{"root_mismatch", "leaf_altered r12"}},
		{"leaf removed", []string{`DELETE FROM ledger_leaf WHERE ref = 'r5'`}, []string{"leaf_missing r4"}},
		{"leaf tail cut", []string{`DELETE FROM ledger_leaf WHERE ref IN ('r19', 'r20')`}, []string{"leaves_cut"}},
		{"rows and leaves cut", []string{`DELETE FROM ledger_leaf WHERE ref IN ('r19', 'r20')`, `DELETE FROM thing_row WHERE id IN ('r19', 'r20')`},
			[]string{"leaves_cut"}},
		{"tile edited", []string{`UPDATE ledger_tile SET hashes = (SELECT hash FROM ledger_leaf WHERE ref = 'r1') WHERE level = 0`}, nil},
		{"tile removed", []string{`DELETE FROM ledger_tile`}, nil},
		{"tree cut", []string{`UPDATE ledger_tree SET size = 15`}, []string{"tree_cut"}},
		{"checkpoint row forged", []string{`UPDATE ledger_checkpoint SET at = at + 1 WHERE size = 10`}, []string{"checkpoint_forged"}},
		{"checkpoint text forged", []string{`UPDATE ledger_checkpoint SET note = substr(note, 1, 20) || 'x' || substr(note, 22) WHERE size = 10`},
			[]string{"checkpoint_forged"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
				d := newDesk(t, db, "sm3", ledger.Ed25519).filled()
				d.expect(d.audit())
				d.tamper(c.tamper...)
				report := d.audit()
				if c.want != nil {
					d.expect(report, c.want...)
					return
				}
				for _, p := range report.Problems { // a damaged tree accuses nothing else
					if p.Kind != ledger.TileAltered {
						t.Errorf("%+v", p)
					}
				}
				if report.OK() {
					t.Error("nothing was found")
				}
			}, ledger.Schema, rows)
		})
	}
}

// Whoever can write every table and has the key is caught by a kept checkpoint.
func TestAKeptCheckpointCatchesARewrittenLog(t *testing.T) {
	d := standard(t)
	kept := d.sign().Note
	d.expect(d.audit(kept))
	d.expect(d.verify(d.bundle(), kept))
	d.tamper(`DELETE FROM thing_row WHERE id IN ('r19', 'r20')`, `DELETE FROM ledger_leaf WHERE ref IN ('r19', 'r20')`,
		`DELETE FROM ledger_checkpoint`, `DELETE FROM ledger_tile`, `UPDATE ledger_tree SET size = 0`)
	again := openDesk(t, d.db, d.cfg)
	again.sign()
	again.expect(again.audit())
	again.expect(again.audit(kept), "anchor_broken")
	again.expect(again.verify(again.bundle(), kept), "anchor_broken")
	again.write(21, 22)
	again.sign()
	again.expect(again.audit(kept), "anchor_broken")
}

// Lines of the standard bundle: 0 header, 1–10 rows, 11 checkpoint, 12–21 rows,
// 22 checkpoint.
func TestTamperingWithABundleIsNamed(t *testing.T) {
	d := standard(t)
	lines := strings.SplitAfter(d.bundle(), "\n")
	lines = lines[:len(lines)-1]
	other := newDesk(t, sqldbtest.New(t, ledger.Schema, rows), "sha256", ledger.Ed25519).filled()
	cases := []struct {
		name string
		edit func(l []string) []string
		want []string
	}{
		{"nothing", func(l []string) []string { return l }, nil},
		{"content edited", func(l []string) []string { l[3] = swap(l[3], `"data":"d`, `"data":"e`); return l }, []string{"row_altered r3"}},
		{"label edited", func(l []string) []string { l[3] = swap(l[3], `"r3"`, `"r99"`); return l }, []string{"row_altered r99"}},
		{"content and hash from another log", func(l []string) []string {
			l[3] = swap(swap(l[3], field(l[3], "hash"), field(l[4], "hash")), field(l[3], "data"), field(l[4], "data"))
			return l
		}, []string{"row_altered r3", "root_mismatch", "root_mismatch"}},
		{"row removed", func(l []string) []string { return append(l[:5:5], l[6:]...) }, []string{"leaf_missing r4"}},
		{"rows reordered", func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }, []string{"leaf_moved r3"}},
		{"row repeated", func(l []string) []string { return append(l[:5:5], l[4:]...) }, []string{"leaf_repeated r4"}},
		{"tail cut", func(l []string) []string { return l[:19] }, []string{"leaves_cut"}},
		{"only a header", func(l []string) []string { return l[:1] }, []string{"leaves_cut"}},
		{"checkpoint left out", func(l []string) []string { return append(l[:11:11], l[12:]...) }, nil},
		{"checkpoint forged", func(l []string) []string { l[11] = swap(l[11], `\n10\n`, `\n11\n`); return l }, []string{"checkpoint_forged"}},
		{"line garbled", func(l []string) []string { l[2] = "}{\n"; return l }, []string{"line_malformed", "leaf_missing r1"}},
		{"signed by another key", func([]string) []string { return []string{other.bundle()} },
			[]string{"checkpoint_forged", "checkpoint_forged", "checkpoint_forged"}},
		{"row added", func(l []string) []string {
			return append(l[:22:22], swap(l[21], `"pos":20`, `"pos":21`))
		}, []string{"line_malformed"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := &desk{TB: t, keys: d.keys}
			text := strings.Join(c.edit(append([]string(nil), lines...)), "")
			d.expect(d.verify(text), c.want...)
		})
	}
	cut := d.verify(strings.Join(lines[:19], ""))
	if got := cut.Problems[0].Detail; got != "the checkpoint says 20 leaves, the log holds 17" || cut.Covered != 10 {
		t.Errorf("%q, covered %d", got, cut.Covered)
	}
}

func swap(s, from, to string) string { return strings.Replace(s, from, to, 1) }

// field is a string field of a record as it is written.
func field(line, name string) string {
	_, rest, _ := strings.Cut(line, `"`+name+`":`)
	value, _, _ := strings.Cut(rest[1:], `"`)
	return `"` + value + `"`
}

func TestSelectedRowsAreProvedByThemselves(t *testing.T) {
	d := newDesk(t, sqldbtest.New(t, ledger.Schema, rows), "sm3", ledger.SM2)
	d.write(1, 600)
	d.sign()
	d.write(601, 605)
	bundle := d.bundle(ledger.Selection{Source: "thing_row", Prefix: "r6"}, ledger.Selection{Source: "nothing", Prefix: "r"})
	report := d.verify(bundle)
	d.expect(report)
	if report.Leaves != 12 || report.Covered != 12 || report.Kind != "selected" { // r6, r60–r69, r600; r601… are not signed yet
		t.Errorf("%+v", report)
	}
	lines := strings.SplitAfter(bundle, "\n")
	d.expect(d.verify(strings.Join(lines[:5], "")), "leaves_cut")
	d.expect(d.verify(swap(bundle, `"data":"d`, `"data":"e`)), "row_altered r6")
	d.expect(d.verify(swap(bundle, `"pos":6,`, `"pos":7,`)), "proof_broken r6")
	d.expect(d.verify(swap(bundle, field(lines[1], "proof"), field(lines[2], "proof"))), "proof_broken r6")
	d.expect(d.verify(swap(bundle, field(lines[1], "proof"), `"AAAA"`)), "proof_broken r6")
	d.tamper(`DELETE FROM thing_row WHERE id = 'r6'`)
	d.expect(d.verify(d.bundle(ledger.Selection{Source: "thing_row", Prefix: "r6"})), "row_missing r6")
}

func TestProofsOfTheLiveLog(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := newDesk(t, db, "sm3", ledger.Ed25519)
		d.write(1, 300)
		first := d.sign()
		d.write(301, 777)
		second := d.sign()
		h := d.log.Hasher()
		for _, pos := range []uint64{1, 256, 257, 300, 301, 777} {
			path, err := d.log.Inclusion(t.Context(), pos, second.Size)
			if err != nil {
				t.Fatal(err)
			}
			leaf := h.EntryHash("thing_row", name(int(pos)), text(int(pos)))
			if err := ledger.VerifyInclusion(h, pos, second.Size, leaf, path, second.Root); err != nil {
				t.Errorf("leaf %d: %v", pos, err)
			}
		}
		path, err := d.log.Consistency(t.Context(), first.Size, second.Size)
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.VerifyConsistency(h, first.Size, second.Size, path, first.Root, second.Root); err != nil {
			t.Error(err)
		}
		for _, c := range [][2]uint64{{0, 5}, {6, 5}, {1, 778}} {
			if _, err := d.log.Inclusion(t.Context(), c[0], c[1]); fault.KeyOf(err) != "ledger.out_of_range" {
				t.Errorf("inclusion %v: %v", c, err)
			}
		}
		if _, err := d.log.Consistency(t.Context(), 6, 5); fault.KeyOf(err) != "ledger.out_of_range" {
			t.Error(err)
		}
	}, ledger.Schema, rows)
}

// A leaf whose transaction is undone leaves no trace, and no gap.
func TestUndoneWorkIsNotInTheLog(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := newDesk(t, db, "sha256", ledger.Ed25519)
		d.write(1, 3)
		undone := errors.New("undone")
		err := db.Do(t.Context(), func(tx *sqldb.Tx) error {
			if _, err := d.log.Append(tx, "thing_row", "never", []byte("x")); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		d.write(4, 5)
		if size := d.integrate(); size != 5 {
			t.Errorf("%d leaves", size)
		}
		d.sign()
		d.expect(d.audit())
	}, ledger.Schema, rows)
}

// A late commit with a smaller row number comes after what is in the tree.
func TestALateCommitComesLast(t *testing.T) {
	db := sqldbtest.Postgres(t, ledger.Schema, rows)
	d := newDesk(t, db, "sha256", ledger.Ed25519)
	began, finish, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- db.Do(t.Context(), func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(queries["Insert"], "late", "late"); err != nil {
				return err
			}
			_, err := d.log.Append(tx, "thing_row", "late", []byte("late"))
			close(began)
			<-finish
			return err
		})
	}()
	<-began
	d.write(1, 3)
	if size, err := d.log.Integrate(t.Context()); size != 0 || err != nil {
		t.Errorf("%d leaves went in before an older transaction ended, %v", size, err)
	}
	if r := d.audit(); r.Unsigned != 3 {
		t.Errorf("%d leaves are waiting", r.Unsigned)
	}
	close(finish)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	d.written++
	if size := d.integrate(); size != 4 {
		t.Errorf("%d leaves", size)
	}
	d.sign()
	d.expect(d.audit())
}

func TestTheLogDoesNotBuildOnChangedLeaves(t *testing.T) {
	for _, c := range []struct{ name, tamper string }{
		{"tail cut", `DELETE FROM ledger_leaf WHERE ref IN ('r19', 'r20')`},
		{"last leaf replaced", `UPDATE ledger_leaf SET hash = (SELECT hash FROM ledger_leaf WHERE ref = 'r1') WHERE ref = 'r20'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
				d := newDesk(t, db, "sha256", ledger.Ed25519).filled()
				d.tamper(c.tamper)
				d.write(21, 30)
				if _, err := d.log.Integrate(t.Context()); fault.KeyOf(err) != "ledger.leaves_changed" {
					t.Error(err)
				}
				if c, err := d.log.Checkpoint(t.Context(), start); err != nil || c.Size != 20 {
					t.Errorf("%+v, %v", c, err)
				}
			}, ledger.Schema, rows)
		})
	}
	d := standard(t)
	d.tamper(`UPDATE ledger_tree SET size = 5`)
	if _, err := d.log.Checkpoint(t.Context(), start); fault.KeyOf(err) != "ledger.history_changed" {
		t.Error(err)
	}
}

func TestTwoNodesOneTree(t *testing.T) {
	d := standard(t)
	other := openDesk(t, d.db, d.cfg)
	d.write(21, 25)
	if size := other.integrate(); size != 25 {
		t.Errorf("%d leaves", size)
	}
	other.write(26, 30)
	if size := d.integrate(); size != 30 { // d's own memory is at 20
		t.Errorf("%d leaves", size)
	}
	if c := d.sign(); c.Size != 30 {
		t.Errorf("%+v", c)
	}
	d.expect(d.audit())
}

func TestOpenRefusesAnotherLog(t *testing.T) {
	d := standard(t)
	foreign, err := ledger.GenerateKey(ledger.Ed25519, "other.test")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := ledger.GenerateKey(ledger.Ed25519, origin)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cfg ledger.Config
		key string
	}{
		{ledger.Config{Origin: origin, Hasher: "sha256", Keys: append([]string{fresh}, d.cfg.Keys...)}, ""},
		{ledger.Config{Origin: origin, Hasher: "sha256"}, ""}, // to verify only
		{ledger.Config{Origin: origin, Hasher: "sha256", Keys: []string{fresh}}, "ledger.other_key"},
		{ledger.Config{Origin: origin, Hasher: "sm3"}, "ledger.other_log"},
		{ledger.Config{Origin: "other.test", Hasher: "sha256"}, "ledger.other_log"},
		{ledger.Config{Origin: origin, Hasher: "md5"}, "ledger.hasher_unknown"},
		{ledger.Config{Origin: origin, Hasher: "sha256", Keys: []string{foreign}}, "ledger.key_malformed"},
		{ledger.Config{Origin: origin, Hasher: "sha256", Keys: d.keys}, "ledger.key_malformed"}, // public ones
	} {
		if _, err := ledger.Open(t.Context(), d.db, c.cfg); (err == nil) != (c.key == "") || err != nil && fault.KeyOf(err) != c.key {
			t.Errorf("%s: %v", c.key, err)
		}
	}
}

func TestCheckpointsAreSignedOnceAndOnlyWhenTheTreeGrew(t *testing.T) {
	d := newDesk(t, sqldbtest.New(t, ledger.Schema, rows), "sha256", ledger.Ed25519)
	if _, err := d.log.Checkpoint(t.Context(), start); !errors.Is(err, sqldb.ErrNone) {
		t.Errorf("an empty tree was signed: %v", err)
	}
	if err := d.log.Export(t.Context(), &bytes.Buffer{}, load); fault.KeyOf(err) != "ledger.no_checkpoint" {
		t.Error(err)
	}
	d.write(1, 3)
	first := d.sign()
	again, err := d.log.Checkpoint(t.Context(), start.Add(time.Hour))
	if err != nil || again.Note != first.Note {
		t.Errorf("%+v, %v", again, err)
	}
	back, err := ledger.OpenCheckpoint(first.Note, d.keys)
	if err != nil || back.Size != 3 || !bytes.Equal(back.Root, first.Root) || !back.At.Equal(start) || back.Hasher != "sha256" {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := ledger.OpenCheckpoint(swap(first.Note, "\n3\n", "\n4\n"), d.keys); fault.KeyOf(err) != "ledger.checkpoint_unsigned" {
		t.Error(err)
	}
	reader := openDesk(t, d.db, ledger.Config{Origin: origin, Hasher: "sha256"})
	if _, err := reader.log.Checkpoint(t.Context(), start); fault.KeyOf(err) != "ledger.no_key" {
		t.Error(err)
	}
}

func TestLabelsThatNeedEscapingAreRefused(t *testing.T) {
	d := newDesk(t, sqldbtest.New(t, ledger.Schema, rows), "sha256")
	for _, ref := range []string{"", "a b", "a\nb", `a"b`, `a\b`, "\x7f", "\u00e9"} {
		err := d.db.Do(t.Context(), func(tx *sqldb.Tx) error { _, err := d.log.Append(tx, "s", ref, nil); return err })
		if fault.KeyOf(err) != "ledger.label_malformed" {
			t.Errorf("%q: %v", ref, err)
		}
	}
}

func TestABundleWithoutTrustSaysSo(t *testing.T) {
	d := standard(t)
	report, err := ledger.Verify(strings.NewReader(d.bundle()), ledger.Trust{})
	if err != nil || !report.OK() || !report.OwnKeys {
		t.Errorf("%+v, %v", report, err)
	}
	for _, text := range []string{"", "{}", "no bundle\n", `{"bundle":"zhian-ledger/2","kind":"whole"}`} {
		if _, err := ledger.Verify(strings.NewReader(text), ledger.Trust{}); fault.KeyOf(err) != "ledger.bundle_malformed" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestQueriesPrepare(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		if err := db.Check(t.Context(), ledger.Queries); err != nil {
			t.Error(err)
		}
	}, ledger.Schema)
}

// No input makes the verifier or the reader of checkpoints panic, or pass what it
// did not prove.
func FuzzVerify(f *testing.F) {
	d := standard(f)
	f.Add(d.bundle())
	f.Add(d.bundle(ledger.Selection{Source: "thing_row", Prefix: "r1"}))
	f.Add("")
	whole := d.bundle()
	f.Add("origin\n20\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nhasher sha256\nat 1\n\n\u2014 origin AAAA\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ledger.OpenCheckpoint(text, d.keys); err == nil && c.Size > 20 {
			t.Errorf("a checkpoint of %d leaves passed", c.Size)
		}
		report, err := ledger.Verify(strings.NewReader(text), ledger.Trust{Keys: d.keys})
		if err != nil || !report.OK() || report.Kind != "whole" {
			return
		}
		if report.Covered != 20 || !strings.HasSuffix(strings.TrimSpace(lastRecord(text)), strings.TrimSpace(lastRecord(whole))) {
			t.Errorf("another log of %d leaves passed", report.Covered)
		}
	})
}

func lastRecord(bundle string) string {
	i := strings.LastIndex(bundle, `{"pos":20,`)
	line, _, _ := strings.Cut(bundle[max(i, 0):], "\n")
	return line
}
