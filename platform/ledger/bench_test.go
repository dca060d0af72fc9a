package ledger_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"

	"zhian/platform/ledger"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

// sample is an entry of ordinary size.
var sample = bytes.Repeat([]byte("0123456789"), 30)

func sampleLoad(*sqldb.Tx, string, string) ([]byte, error) { return sample, nil }

func appendMany(b *testing.B, d *desk, from, to int) {
	b.Helper()
	for at := from; at < to; at += 10000 {
		err := d.db.Do(b.Context(), func(tx *sqldb.Tx) error {
			for i := at; i < min(at+10000, to); i++ {
				if _, err := d.log.Append(tx, "thing_row", strconv.Itoa(i), sample); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// Append: one leaf inside a transaction of many, without the commit's fsync.
func BenchmarkAppend(b *testing.B) {
	for _, hasher := range []string{"sha256", "sm3"} {
		b.Run(hasher, func(b *testing.B) {
			d := newDesk(b, sqldbtest.New(b, ledger.Schema), hasher)
			b.ResetTimer()
			appendMany(b, d, 0, b.N)
		})
	}
}

func BenchmarkIntegrate(b *testing.B) {
	for _, hasher := range []string{"sha256", "sm3"} {
		b.Run(hasher, func(b *testing.B) {
			d := newDesk(b, sqldbtest.New(b, ledger.Schema), hasher)
			appendMany(b, d, 0, b.N)
			b.ResetTimer()
			d.integrate()
		})
	}
}

// The million: what a stranger waits for, and what a start costs.
func BenchmarkMillion(b *testing.B) {
	for _, hasher := range []string{"sha256", "sm3"} {
		d := newDesk(b, sqldbtest.New(b, ledger.Schema), hasher, ledger.Ed25519)
		for i := range 100 {
			appendMany(b, d, i*10000, (i+1)*10000)
			d.sign()
		}
		path := b.TempDir() + "/bundle"
		file, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := d.log.Export(b.Context(), file, sampleLoad); err != nil {
			b.Fatal(err)
		}
		file.Close()
		b.Run("verify-"+hasher, func(b *testing.B) {
			for b.Loop() {
				f, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				r, err := ledger.Verify(f, ledger.Trust{Keys: d.keys})
				if err != nil || !r.OK() || r.Covered != 1_000_000 {
					b.Fatal(fmt.Sprintf("%+v", r), err)
				}
				f.Close()
			}
		})
		b.Run("start-"+hasher, func(b *testing.B) {
			for b.Loop() {
				openDesk(b, d.db, d.cfg).integrate()
			}
		})
		b.Run("inclusion-"+hasher, func(b *testing.B) {
			for b.Loop() {
				if _, err := d.log.Inclusion(b.Context(), 123_456, 1_000_000); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("checkpoint-"+hasher, func(b *testing.B) {
			for b.Loop() {
				if _, err := d.log.Checkpoint(b.Context(), start); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
