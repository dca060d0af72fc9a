package crypto

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"zhian/platform/fault"
)

// Box is a sealed field as it is stored.
type Box []byte

const (
	boxVersion = 1
	nonceSize  = 12
	tagSize    = 16
	maxLabel   = 255 // bytes of a subject or a field's name
)

// boxHead is what a box says openly.
type boxHead struct {
	suite   byte
	subject string
	field   string
}

func (h boxHead) bytes() []byte {
	out := []byte{boxVersion, h.suite, byte(len(h.subject))}
	out = append(out, h.subject...)
	out = append(out, byte(len(h.field)))
	return append(out, h.field...)
}

func isLabel(s string) bool { return len(s) > 0 && len(s) <= maxLabel }

// sealBox encrypts under a fresh nonce; head is authenticated and stands before it.
func sealBox(a cipher.AEAD, head, extra, plain []byte) []byte {
	out := make([]byte, len(head)+nonceSize, len(head)+nonceSize+len(plain)+tagSize)
	copy(out, head)
	nonce := out[len(head):]
	rand.Read(nonce)
	bound := append(head[:len(head):len(head)], extra...)
	return a.Seal(out, nonce, plain, bound)
}

func openBox(a cipher.AEAD, head, extra, rest []byte) ([]byte, error) {
	if len(rest) < nonceSize+tagSize {
		return nil, errors.New("too short")
	}
	bound := append(head[:len(head):len(head)], extra...)
	return a.Open(nil, rest[:nonceSize], rest[nonceSize:], bound)
}

// split reads what a box says openly; rest is its nonce and ciphertext.
func (b Box) split() (h boxHead, head, rest []byte, err error) {
	if len(b) < 3 || b[0] != boxVersion {
		return h, nil, nil, malformed("version")
	}
	subject, rest, ok := counted(b[2:])
	if !ok {
		return h, nil, nil, malformed("subject")
	}
	field, rest, ok := counted(rest)
	if !ok || len(rest) < nonceSize+tagSize {
		return h, nil, nil, malformed("field")
	}
	return boxHead{b[1], subject, field}, b[:len(b)-len(rest)], rest, nil
}

// counted reads a length and that many bytes.
func counted(b []byte) (text string, rest []byte, ok bool) {
	if len(b) == 0 || b[0] == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}

func malformed(what string) error {
	return fault.Wrap(fault.Internal, "crypto.box_malformed", fmt.Errorf("not a box: %s", what))
}
