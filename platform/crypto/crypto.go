// Package crypto keeps personal fields unreadable unless somebody needs them,
// and passwords unreadable always.
//
// # Sealing
//
// Whatever belongs to one person or one call (the subject) is encrypted under a
// data key of its own, kept in crypto_key and wrapped by the master key, which
// the caller brings and this package never stores. Deleting the row (Shred, or
// the sweep after the end of its time) makes everything sealed for the subject
// unreadable for good, in every copy and backup that lacks the row, while the
// ciphertext stays where it is and every proof over it still holds.
//
//	key, err := vault.Key(tx, subject, expires)   // in the transaction of the row
//	row.Phone, err = crypto.Seal(key, "phone", "13800000000")
//	…
//	phone, err := crypto.Reveal(vault, tx, row.Phone, crypto.Purpose{Code: crypto.CallBack, By: user})
//
// A Sealed value holds no plaintext: whatever prints, logs or marshals it shows
// "***", or a mask that somebody asked for (Masked). Reveal needs a purpose and
// has it witnessed in the same transaction. Open is for machines, such as a
// gateway that dials a number; nothing that a person sees may come from it.
//
// # The box
//
// What is stored is: version 1, suite, length and bytes of the subject, length
// and bytes of the field's name, a nonce of 12 bytes, ciphertext with tag.
// Everything before the nonce is authenticated, so a box is bound to its
// subject and field.
//
// The suite is AES-256-GCM (NIST SP 800-38D), or SM4-GCM (GB/T 32907-2016) in
// the profile GM. Each box and key says its own, so that a change of profile
// leaves old ones readable.
package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"zhian/platform/fault"
)

// Profile chooses the algorithms of everything made from now on.
type Profile string

const (
	Standard Profile = "standard" // AES-256-GCM, argon2id
	GM       Profile = "gm"       // SM4-GCM, PBKDF2-HMAC-SM3
)

// suite is a cipher for boxes and keys.
type suite struct {
	id      byte // as it stands in a box
	keySize int
	block   func(key []byte) (cipher.Block, error)
	hash    func() hash.Hash // derives the wrapping key from the master key
}

func suites() []suite {
	return []suite{
		{1, 32, aes.NewCipher, sha256.New},
		{2, 16, sm4.NewCipher, sm3.New},
	}
}

func suiteOf(p Profile) (suite, error) {
	switch p {
	case Standard:
		return suites()[0], nil
	case GM:
		return suites()[1], nil
	}
	return suite{}, fault.Wrap(fault.Invalid, "crypto.profile_unknown", fmt.Errorf("profile %q", p))
}

func suiteByID(id byte) (suite, error) {
	for _, s := range suites() {
		if s.id == id {
			return s, nil
		}
	}
	return suite{}, fault.Wrap(fault.Internal, "crypto.box_malformed", fmt.Errorf("suite %d", id))
}

func (s suite) aead(key []byte) (cipher.AEAD, error) {
	if len(key) != s.keySize {
		return nil, fmt.Errorf("a key of %d bytes, want %d", len(key), s.keySize)
	}
	block, err := s.block(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// derive makes a key of n bytes for one use from the master key (RFC 5869).
func (s suite) derive(master []byte, use string, n int) ([]byte, error) {
	return hkdf.Key(s.hash, master, nil, "zhian "+use, n)
}
