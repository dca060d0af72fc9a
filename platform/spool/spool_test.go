package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"zhian/platform/crypto"
	"zhian/platform/spool"
)

var at = time.UnixMilli(1_700_000_000_000).UTC()

func locker(t *testing.T, seed byte) spool.Locker {
	t.Helper()
	l, err := crypto.NewLocker(crypto.Standard, bytes.Repeat([]byte{seed}, crypto.MasterSize), "test")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func open(t *testing.T, path string) *spool.Spool {
	t.Helper()
	s, err := spool.Open(t.Context(), path, locker(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func put(t *testing.T, s *spool.Spool, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := s.Put(t.Context(), spool.Item{ID: id, Key: "key of " + id, At: at, Body: []byte("body of " + id)}); err != nil {
			t.Fatal(err)
		}
	}
}

// due is what would be handed out one after the other.
func due(t *testing.T, s *spool.Spool, now time.Time) (ids []string) {
	t.Helper()
	for after := int64(0); ; {
		it, more, err := s.Due(t.Context(), after, now)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return ids
		}
		if string(it.Body) != "body of "+it.ID || !it.At.Equal(at) {
			t.Errorf("%+v", it)
		}
		ids, after = append(ids, it.ID), it.Seq
	}
}

func TestItemsStayInOrderUntilTheyAreDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.db")
	s := open(t, path)
	put(t, s, "b", "a", "c")
	if err := s.Put(t.Context(), spool.Item{ID: "d", Key: "key of a", At: at}); !errors.Is(err, spool.ErrKeyTaken) {
		t.Errorf("a second item under one key: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path) // the node has started again
	if got := due(t, s, at); !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Errorf("%v", got)
	}
	a, found, err := s.Find(t.Context(), "key of a")
	if err != nil || !found || a.ID != "a" {
		t.Fatalf("%+v, %v, %v", a, found, err)
	}
	if err := s.Failed(t.Context(), a.Seq, errors.New("refused"), at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := due(t, s, at); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("after a failure %v", got)
	}
	if got := due(t, s, at.Add(time.Minute)); !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Errorf("a minute later %v", got)
	}
	if list, err := s.List(t.Context(), 0, 2); err != nil || len(list) != 2 || list[1].Attempts != 1 || list[1].Error != "refused" {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.Done(t.Context(), a.Seq); err != nil {
		t.Fatal(err)
	}
	if n := s.Waiting(); n != 2 {
		t.Errorf("%d wait", n)
	}
	if _, found, err := s.Find(t.Context(), "key of a"); found || err != nil {
		t.Errorf("what is done waits still: %v", err)
	}
	if _, found, err := s.Find(t.Context(), ""); found || err != nil {
		t.Errorf("something has no key: %v", err)
	}
	put(t, s, "a")
}

func TestTheFileTellsNobodyWhatIsInIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.db")
	s := open(t, path)
	put(t, s, "1", "2")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		text, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, secret := range []string{"body of", "key of"} {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s shows %q", name, secret)
			}
		}
	}
	stranger, err := spool.Open(t.Context(), path, locker(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	it, found, err := stranger.Due(t.Context(), 0, at)
	if err != nil || !found || it.Broken == nil || it.Body != nil {
		t.Errorf("with another site's key: %+v, %v", it, err)
	}
}

func TestManyPutAtOnce(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "spool.db"))
	errs := make(chan error)
	for n := range 100 {
		go func() { errs <- s.Put(t.Context(), spool.Item{ID: fmt.Sprint(n), At: at, Body: []byte("x")}) }()
	}
	for range 100 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := s.Waiting(); n != 100 {
		t.Errorf("%d wait", n)
	}
}
