package app

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/ledger"
)

// keys are the secrets of a site. They live in files of its data folder that
// only the service can read; who loses the master key loses every sealed field.
type keys struct {
	master []byte
	ledger string
}

func loadKeys(c Config) (k keys, err error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return k, fmt.Errorf("data folder: %w", err)
	}
	k.master, err = keptOr(filepath.Join(c.Data, "master.key"), func() ([]byte, error) {
		b := make([]byte, crypto.MasterSize)
		rand.Read(b)
		return b, nil
	})
	if err != nil {
		return k, err
	}
	text, err := keptOr(filepath.Join(c.Data, "ledger.key"), func() ([]byte, error) {
		key, err := ledger.GenerateKey(signatureOf[c.Profile], c.Origin)
		return []byte(key), err
	})
	k.ledger = string(text)
	return k, err
}

// strange says of a database that was begun with other keys where to get them. A
// node that went on with its own would seal what no other can open.
func (c Config) strange(err error) error {
	switch fault.KeyOf(err) {
	case "crypto.other_master", "ledger.other_key":
		return fmt.Errorf("the database was begun with other keys than those in %s: put master.key and ledger.key of the node that began it there: %w", c.Data, err)
	}
	return err
}

// derived is a key for one use.
func (k keys) derived(use string) ([]byte, error) {
	return hkdf.Key(sha256.New, k.master, nil, "zhian "+use, sha256.Size)
}

// keptOr reads a secret, or makes and keeps it. It is on disk before it is used:
// a key that was lost after its first use would be worse than none.
func keptOr(path string, create func() ([]byte, error)) ([]byte, error) {
	kept, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	fresh, err := create()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(fresh)
	return fresh, errors.Join(err, f.Sync(), f.Close())
}
