package crypto

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"embed"
	"errors"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the wrapped keys.
var Schema = sqldb.Schema{Room: "crypto", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this room, for the guard that prepares them on both engines.
var Queries = sqldb.Load("crypto", queriesText)

// MasterSize is the least length of a master key, in bytes.
const MasterSize = 32

// Config is what a vault needs. Master must be random; who loses it loses every
// sealed field.
type Config struct {
	Profile Profile
	Master  []byte
	Witness Witness
	Now     func() time.Time
}

// Vault seals and opens personal fields. It is safe for concurrent use.
type Vault struct {
	db       *sqldb.DB
	now      func() time.Time
	witness  Witness
	suite    suite                // of new keys
	wraps    map[byte]cipher.AEAD // by suite
	masterID []byte               // tells that a key was wrapped by another master
	cache    *cache
}

const masterIDSize = 4

// NewVault refuses a short master key, an unknown profile and a missing witness.
func NewVault(db *sqldb.DB, cfg Config) (*Vault, error) {
	if len(cfg.Master) < MasterSize {
		return nil, fault.New(fault.Invalid, "crypto.master_short")
	}
	if cfg.Witness == nil || cfg.Now == nil {
		return nil, fault.New(fault.Internal, "crypto.no_witness")
	}
	current, err := suiteOf(cfg.Profile)
	if err != nil {
		return nil, err
	}
	v := &Vault{db: db, now: cfg.Now, witness: cfg.Witness, suite: current, wraps: map[byte]cipher.AEAD{}, cache: newCache(cfg.Now)}
	for _, s := range suites() {
		key, err := s.derive(cfg.Master, "key wrapping", s.keySize)
		if err != nil {
			return nil, err
		}
		if v.wraps[s.id], err = s.aead(key); err != nil {
			return nil, err
		}
	}
	v.masterID, err = suites()[0].derive(cfg.Master, "master id", masterIDSize)
	return v, err
}

// Claim makes the master key the database's when it has none. Fault Conflict
// "crypto.other_master" when it has another: what one node sealed the others could
// not open, and what they seal it could not.
func (v *Vault) Claim(ctx context.Context) error {
	return v.db.Do(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(Queries["Claim"], v.masterID); err != nil {
			return err
		}
		kept, err := sqldb.Get(tx, Queries["Master"], scanBytes)
		if err == nil && !bytes.Equal(kept, v.masterID) {
			err = fault.New(fault.Conflict, "crypto.other_master")
		}
		return err
	})
}

func scanBytes(r sqldb.Scanner) (b []byte, err error) { err = r.Scan(&b); return b, err }

// Key is a subject's data key, for sealing. It is of no use after its transaction.
type Key struct {
	subject string
	suite   byte
	aead    cipher.AEAD
	wrapped []byte
	expires time.Time
}

// NewKey makes the key of a new subject without touching the database, so that a
// busy writer seals before its turn; Keep must store it in the transaction of
// what it sealed. Subject is an identifier of at most 255 bytes, not personal data.
func (v *Vault) NewKey(subject string, expires time.Time) (*Key, error) {
	if !isLabel(subject) {
		return nil, fault.New(fault.Internal, "crypto.subject_malformed")
	}
	secret := make([]byte, v.suite.keySize)
	rand.Read(secret)
	a, err := v.suite.aead(secret)
	if err != nil {
		return nil, err
	}
	head := append([]byte{boxVersion, v.suite.id}, v.masterID...)
	wrapped := sealBox(v.wraps[v.suite.id], head, []byte(subject), secret)
	return &Key{subject, v.suite.id, a, wrapped, expires}, nil
}

// Keep stores a key that NewKey made. Fault Conflict "crypto.key_exists" when
// the subject has one: seal again with Key.
func (v *Vault) Keep(tx *sqldb.Tx, k *Key) error {
	kept, err := v.save(tx, k)
	if err == nil && !kept {
		return fault.New(fault.Conflict, "crypto.key_exists")
	}
	return err
}

func (v *Vault) save(tx *sqldb.Tx, k *Key) (bool, error) {
	n, err := tx.Exec(Queries["SaveKey"], k.subject, k.wrapped, v.now().UnixMilli(), k.expires.UnixMilli())
	return n == 1, err
}

// Key is the subject's key, made if there is none; expires counts only then.
func (v *Vault) Key(tx *sqldb.Tx, subject string, expires time.Time) (*Key, error) {
	fresh, err := v.NewKey(subject, expires)
	if err != nil {
		return nil, err
	}
	kept, err := v.save(tx, fresh)
	if err != nil || kept {
		return fresh, err
	}
	return v.stored(tx, subject)
}

// stored reads and unwraps a subject's key. Fault NotFound "crypto.shredded"
// when there is none.
func (v *Vault) stored(tx *sqldb.Tx, subject string) (*Key, error) {
	row, err := sqldb.Get(tx, Queries["Key"], scanKey, subject)
	if errors.Is(err, sqldb.ErrNone) || err == nil && !v.now().Before(row.expires) {
		return nil, fault.New(fault.NotFound, "crypto.shredded")
	}
	if err != nil {
		return nil, err
	}
	wrapped := row.wrapped
	const headSize = 2 + masterIDSize
	if len(wrapped) < headSize || wrapped[0] != boxVersion {
		return nil, malformed("key")
	}
	s, err := suiteByID(wrapped[1])
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(wrapped[2:headSize], v.masterID) {
		return nil, fault.New(fault.Internal, "crypto.other_master")
	}
	secret, err := openBox(v.wraps[s.id], wrapped[:headSize], []byte(subject), wrapped[headSize:])
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "crypto.key_tampered", err)
	}
	a, err := s.aead(secret)
	return &Key{subject, s.id, a, wrapped, row.expires}, err
}

type keyRow struct {
	wrapped []byte
	expires time.Time
}

func scanKey(r sqldb.Scanner) (k keyRow, err error) {
	var expires int64
	err = r.Scan(&k.wrapped, &expires)
	k.expires = time.UnixMilli(expires)
	return k, err
}

// seal encrypts one field.
func (k *Key) seal(field string, plain []byte) (Box, error) {
	if !isLabel(field) {
		return nil, fault.New(fault.Internal, "crypto.field_malformed")
	}
	return sealBox(k.aead, boxHead{k.suite, k.subject, field}.bytes(), nil, plain), nil
}

// open decrypts a box. A key from memory may be older than the row (another
// node may have shredded the subject, which then got a new key): if it does not
// fit, the row decides.
func (v *Vault) open(tx *sqldb.Tx, b Box) ([]byte, error) {
	h, head, rest, err := b.split()
	if err != nil {
		return nil, err
	}
	if k := v.cache.get(h.subject); k != nil && k.suite == h.suite {
		if plain, err := openBox(k.aead, head, nil, rest); err == nil {
			return plain, nil
		}
	}
	k, err := v.stored(tx, h.subject)
	if err != nil {
		return nil, err
	}
	plain, err := openBox(k.aead, head, nil, rest)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "crypto.box_tampered", err)
	}
	v.cache.put(k)
	return plain, nil
}

// SetExpiry moves the end of a subject's key, after which it opens nothing.
// Fault NotFound "crypto.shredded" when there is no key.
func (v *Vault) SetExpiry(tx *sqldb.Tx, subject string, at time.Time) error {
	n, err := tx.Exec(Queries["SetExpiry"], at.UnixMilli(), subject)
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "crypto.shredded")
	}
	v.forget(tx, subject)
	return err
}

// Shred deletes a subject's key: what was sealed for it cannot be read again by
// anybody. Shredding twice is no fault. Another node that has just used the key
// forgets it within a minute.
func (v *Vault) Shred(tx *sqldb.Tx, subject string) error {
	_, err := tx.Exec(Queries["Shred"], subject)
	v.forget(tx, subject)
	return err
}

// forget drops a key from memory now, and again once its row is gone for
// everybody: a reader may have taken it up in between.
func (v *Vault) forget(tx *sqldb.Tx, subject string) {
	v.cache.drop(subject)
	tx.AfterCommit(func() { v.cache.drop(subject) })
}

// Retention of keys: each has an end of its own. A key past it opens nothing,
// swept or not.
var Retention = []sqldb.Retention{{Table: "crypto_key", Column: "expires_at", Query: Queries["Forget"]}}
