package ledger

import (
	"crypto/sha256"

	"github.com/emmansun/gmsm/sm3"

	"zhian/platform/fault"
)

// HashSize is the length in bytes of every hash here, SM3's and SHA-256's.
const HashSize = 32

// Prefixes of RFC 6962 §2.1: no leaf can be passed off as an inner node.
const (
	leafPrefix = 0
	nodePrefix = 1
)

// Hasher is the hash function of a tree. It is a merkle.LogHasher.
type Hasher struct {
	name string
	sum  func([]byte) [HashSize]byte
}

// NewHasher knows "sm3" (GB/T 32905-2016) and "sha256" (FIPS 180-4).
func NewHasher(name string) (Hasher, error) {
	switch name {
	case "sm3":
		return Hasher{name, sm3.Sum}, nil
	case "sha256":
		return Hasher{name, sha256.Sum256}, nil
	}
	return Hasher{}, fault.With(fault.New(fault.Invalid, "ledger.hasher_unknown"), "hasher", name)
}

// Name is the name NewHasher was given.
func (h Hasher) Name() string { return h.name }

// Size is the length of a hash in bytes.
func (h Hasher) Size() int { return HashSize }

// EmptyRoot is the root of a tree without leaves: the hash of nothing.
func (h Hasher) EmptyRoot() []byte {
	sum := h.sum(nil)
	return sum[:]
}

// HashLeaf is H(0x00 || leaf).
func (h Hasher) HashLeaf(leaf []byte) []byte {
	sum := h.sum(append(append(make([]byte, 0, 1+len(leaf)), leafPrefix), leaf...))
	return sum[:]
}

// HashChildren is H(0x01 || left || right).
func (h Hasher) HashChildren(left, right []byte) []byte {
	sum := h.node(left, right)
	return sum[:]
}

func (h Hasher) node(left, right []byte) [HashSize]byte {
	var b [1 + 2*HashSize]byte
	b[0] = nodePrefix
	copy(b[1:], left)
	copy(b[1+HashSize:], right)
	return h.sum(b[:])
}

// EntryHash is the leaf hash of one business row: HashLeaf of its source, a line
// feed, its ref, a line feed and its data. The labels are under the hash, so that
// a row's content cannot be passed off as another row's.
func (h Hasher) EntryHash(source, ref string, data []byte) []byte {
	sum, _ := entryHash(h, nil, source, ref, data)
	return sum[:]
}

// entryHash is EntryHash with a buffer to use again.
func entryHash[T string | []byte](h Hasher, buf []byte, source, ref T, data []byte) ([HashSize]byte, []byte) {
	buf = append(buf[:0], leafPrefix)
	buf = append(append(buf, source...), '\n')
	buf = append(append(buf, ref...), '\n')
	buf = append(buf, data...)
	return h.sum(buf), buf
}
