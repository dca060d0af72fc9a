package crypto

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/crypto/argon2"

	"zhian/platform/fault"
)

// MaxPassword is the longest password, in bytes: hashing must not be a way to
// keep the server busy.
const MaxPassword = 1024

// Passwords hashes passwords, a few at a time: each costs some 30 ms of a
// processor and 19 MiB. A hash is a PHC string that carries its scheme and costs.
type Passwords struct {
	current scheme
	nobody  string // a hash that no password fits
	slots   chan struct{}
}

// NewPasswords hashes with argon2id (RFC 9106; costs as the OWASP Password
// Storage Cheat Sheet gives), or with PBKDF2-HMAC-SM3 (RFC 8018 §5.2 over GB/T
// 32905-2016) in the profile GM. At most parallel
// run at a time; 0 is one per processor.
func NewPasswords(p Profile, parallel int) (*Passwords, error) {
	if parallel <= 0 {
		parallel = runtime.GOMAXPROCS(0)
	}
	current := map[Profile]scheme{Standard: argon{memory: 19 << 10, time: 2, lanes: 1}, GM: pbkdf{rounds: 200_000}}[p]
	if current == nil {
		return nil, fault.Wrap(fault.Invalid, "crypto.profile_unknown", fmt.Errorf("profile %q", p))
	}
	nobody := phc(current, make([]byte, saltSize), make([]byte, hashSize))
	return &Passwords{current: current, nobody: nobody, slots: make(chan struct{}, parallel)}, nil
}

const (
	saltSize = 16
	hashSize = 32
)

// Hash is a new hash of a password. Faults: Invalid "crypto.password_too_long";
// Unavailable "crypto.password_busy" when ctx ends before its turn.
func (p *Passwords) Hash(ctx context.Context, plain string) (string, error) {
	if len(plain) > MaxPassword {
		return "", fault.New(fault.Invalid, "crypto.password_too_long")
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, saltSize)
	rand.Read(salt)
	sum, err := p.current.sum(plain, salt, hashSize)
	if err != nil {
		return "", err
	}
	return phc(p.current, salt, sum), nil
}

// Verify compares in constant time. stale says that the password is right but
// its hash should be made anew. An empty hash, of an account that does not
// exist, takes as long as another and never fits. Fault Internal
// "crypto.hash_malformed" for a hash that is none.
func (p *Passwords) Verify(ctx context.Context, hash, plain string) (ok, stale bool, err error) {
	if len(plain) > MaxPassword {
		return false, false, nil
	}
	unknown := hash == ""
	if unknown {
		hash = p.nobody
	}
	s, salt, want, err := parsePHC(hash)
	if err != nil {
		return false, false, fault.Wrap(fault.Internal, "crypto.hash_malformed", err)
	}
	leave, err := p.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	got, err := s.sum(plain, salt, len(want))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(got, want) == 1 && !unknown
	return ok, ok && p.NeedsRehash(hash), nil
}

// NeedsRehash says that a hash is of another scheme or other costs than now.
func (p *Passwords) NeedsRehash(hash string) bool {
	s, salt, sum, err := parsePHC(hash)
	return err != nil || s != p.current || len(salt) != saltSize || len(sum) != hashSize
}

func (p *Passwords) enter(ctx context.Context) (leave func(), err error) {
	if ctx.Err() == nil { // a caller that is gone must not take a free place
		select {
		case p.slots <- struct{}{}:
			return func() { <-p.slots }, nil
		case <-ctx.Done():
		}
	}
	return nil, fault.Wrap(fault.Unavailable, "crypto.password_busy", ctx.Err())
}

// scheme is a way to hash; its text stands between the first and the last two $.
type scheme interface {
	sum(plain string, salt []byte, size int) ([]byte, error)
	String() string
}

// argon is argon2id; memory is in KiB.
type argon struct {
	memory, time uint32
	lanes        uint8
}

func (a argon) sum(plain string, salt []byte, size int) ([]byte, error) {
	return argon2.IDKey([]byte(plain), salt, a.time, a.memory, a.lanes, uint32(size)), nil
}

func (a argon) String() string {
	return fmt.Sprintf("argon2id$v=%d$m=%d,t=%d,p=%d", argon2.Version, a.memory, a.time, a.lanes)
}

// pbkdf is PBKDF2-HMAC-SM3.
type pbkdf struct{ rounds int }

func (p pbkdf) sum(plain string, salt []byte, size int) ([]byte, error) {
	return pbkdf2.Key(sm3.New, plain, salt, p.rounds, size)
}

func (p pbkdf) String() string { return fmt.Sprintf("pbkdf2-sm3$i=%d", p.rounds) }

func phc(s scheme, salt, sum []byte) string {
	b := base64.RawStdEncoding
	return "$" + s.String() + "$" + b.EncodeToString(salt) + "$" + b.EncodeToString(sum)
}

// parsePHC reads a hash. Costs beyond what anybody sets are refused, so that a
// row cannot make the server spend minutes.
func parsePHC(text string) (s scheme, salt, sum []byte, err error) {
	parts := strings.Split(text, "$")
	if len(parts) < 5 || parts[0] != "" {
		return nil, nil, nil, errors.New("not a PHC string")
	}
	n := len(parts) - 2
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[n])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[n+1])
	if saltErr != nil || sumErr != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return nil, nil, nil, errors.New("salt or hash malformed")
	}
	s, err = parseScheme(strings.Join(parts[1:n], "$"))
	return s, salt, sum, err
}

func parseScheme(text string) (scheme, error) {
	var a argon
	if _, err := fmt.Sscanf(text, "argon2id$v=19$m=%d,t=%d,p=%d", &a.memory, &a.time, &a.lanes); err == nil && a.String() == text {
		if a.lanes < 1 || a.lanes > 8 || a.time < 1 || a.time > 10 || a.memory < 8*uint32(a.lanes) || a.memory > 256<<10 {
			return nil, errors.New("costs out of range")
		}
		return a, nil
	}
	var p pbkdf
	if _, err := fmt.Sscanf(text, "pbkdf2-sm3$i=%d", &p.rounds); err == nil && p.String() == text {
		if p.rounds < 1000 || p.rounds > 2_000_000 {
			return nil, errors.New("costs out of range")
		}
		return p, nil
	}
	return nil, errors.New("unknown scheme")
}
