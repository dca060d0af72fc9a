package ledger

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/mod/sumdb/note"

	"zhian/platform/fault"
)

// Names of signing algorithms.
const (
	Ed25519 = "ed25519"
	SM2     = "sm2" // GB/T 32918.2-2016 with SM3, default user id, ASN.1 signature
)

// privateTag begins a private key's text, as in the signed note format, so that
// nobody hands one out for the public one.
const privateTag = "PRIVATE+KEY+"

// algorithm is one way to sign. mark precedes the key's bytes in a key's text
// and says which way it is.
type algorithm struct {
	mark     string
	generate func() (secret []byte, err error)
	signer   func(secret []byte) (public []byte, sign func(msg []byte) ([]byte, error), err error)
	verifier func(public []byte) (func(msg, sig []byte) bool, error)
}

// algorithms: Ed25519 is type 1 of the signed note format. SM2 has no type
// there, so it uses 0xff, which no registered type has, and a name of its own;
// its public key is the uncompressed point, its secret the 32-byte scalar.
func algorithms() map[string]algorithm {
	return map[string]algorithm{
		Ed25519: {"\x01", ed25519Generate, ed25519Signer, ed25519Verifier},
		SM2:     {"\xffzhian/sm2-sm3\x00", sm2Generate, sm2Signer, sm2Verifier},
	}
}

// GenerateKey makes a signing key named after the log's origin, as text to be
// kept secret; PublicKey gives the part to hand out.
func GenerateKey(name, origin string) (string, error) {
	a, ok := algorithms()[name]
	if !ok {
		return "", fault.With(fault.New(fault.Invalid, "ledger.algorithm_unknown"), "algorithm", name)
	}
	secret, err := a.generate()
	if err != nil {
		return "", err
	}
	public, _, err := a.signer(secret)
	if err != nil {
		return "", err
	}
	id := keyHash(origin, a.mark+string(public))
	return privateTag + keyText(origin, id, a.mark+string(secret)), nil
}

// PublicKey is the text by which others verify what a private key signs.
func PublicKey(private string) (string, error) {
	s, err := newSigner(private)
	if err != nil {
		return "", err
	}
	return keyText(s.name, s.id, s.public), nil
}

// signer is a note.Signer.
type signer struct {
	name   string
	id     uint32
	public string // with its mark
	sign   func(msg []byte) ([]byte, error)
}

func (s signer) Name() string                    { return s.name }
func (s signer) KeyHash() uint32                 { return s.id }
func (s signer) Sign(msg []byte) ([]byte, error) { return s.sign(msg) }

func newSigner(private string) (signer, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(private), privateTag)
	if !ok {
		return signer{}, badKey(errors.New("not a private key"))
	}
	name, id, a, secret, err := parseKey(text)
	if err != nil {
		return signer{}, badKey(err)
	}
	public, sign, err := a.signer(secret)
	if err != nil {
		return signer{}, badKey(err)
	}
	s := signer{name, id, a.mark + string(public), sign}
	if keyHash(name, s.public) != id {
		return signer{}, badKey(errors.New("the key does not match its own hash"))
	}
	return s, nil
}

// verifier is a note.Verifier.
type verifier struct {
	name   string
	id     uint32
	verify func(msg, sig []byte) bool
}

func (v verifier) Name() string                { return v.name }
func (v verifier) KeyHash() uint32             { return v.id }
func (v verifier) Verify(msg, sig []byte) bool { return v.verify(msg, sig) }

func newVerifier(public string) (note.Verifier, error) {
	name, id, a, key, err := parseKey(strings.TrimSpace(public))
	if err != nil {
		return nil, badKey(err)
	}
	if keyHash(name, a.mark+string(key)) != id {
		return nil, badKey(errors.New("the key does not match its own hash"))
	}
	verify, err := a.verifier(key)
	if err != nil {
		return nil, badKey(err)
	}
	return verifier{name, id, verify}, nil
}

// keyHash is how a signature line says which key made it (signed note format).
func keyHash(name, public string) uint32 {
	sum := sha256.Sum256([]byte(name + "\n" + public))
	return binary.BigEndian.Uint32(sum[:])
}

// keyText is "<name>+<hash>+<base64 of mark and key>".
func keyText(name string, id uint32, key string) string {
	return fmt.Sprintf("%s+%08x+%s", name, id, base64.StdEncoding.EncodeToString([]byte(key)))
}

func parseKey(text string) (name string, id uint32, a algorithm, key []byte, err error) {
	name, rest, _ := strings.Cut(text, "+")
	hex, encoded, _ := strings.Cut(rest, "+")
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || fmt.Sprintf("%08x", n) != hex || name == "" {
		return "", 0, a, nil, errors.New("not a key")
	}
	body, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return "", 0, a, nil, err
	}
	for _, a := range algorithms() {
		if key, ok := strings.CutPrefix(string(body), a.mark); ok {
			return name, uint32(n), a, []byte(key), nil
		}
	}
	return "", 0, a, nil, errors.New("unknown algorithm")
}

func badKey(err error) error { return fault.Wrap(fault.Invalid, "ledger.key_malformed", err) }

func ed25519Generate() ([]byte, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return key.Seed(), nil
}

func ed25519Signer(secret []byte) ([]byte, func([]byte) ([]byte, error), error) {
	if len(secret) != ed25519.SeedSize {
		return nil, nil, errors.New("wrong length")
	}
	key := ed25519.NewKeyFromSeed(secret)
	sign := func(msg []byte) ([]byte, error) { return ed25519.Sign(key, msg), nil }
	return key.Public().(ed25519.PublicKey), sign, nil
}

func ed25519Verifier(public []byte) (func(msg, sig []byte) bool, error) {
	if len(public) != ed25519.PublicKeySize {
		return nil, errors.New("wrong length")
	}
	return func(msg, sig []byte) bool { return ed25519.Verify(public, msg, sig) }, nil
}

func sm2Generate() ([]byte, error) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return key.D.FillBytes(make([]byte, 32)), nil
}

func sm2Signer(secret []byte) ([]byte, func([]byte) ([]byte, error), error) {
	key, err := sm2.NewPrivateKey(secret)
	if err != nil {
		return nil, nil, err
	}
	public := append([]byte{4}, make([]byte, 64)...)
	key.X.FillBytes(public[1:33])
	key.Y.FillBytes(public[33:])
	sign := func(msg []byte) ([]byte, error) { return key.SignWithSM2(rand.Reader, nil, msg) }
	return public, sign, nil
}

func sm2Verifier(public []byte) (func(msg, sig []byte) bool, error) {
	key, err := sm2.NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return func(msg, sig []byte) bool { return sm2.VerifyASN1WithSM2(key, nil, msg, sig) }, nil
}
