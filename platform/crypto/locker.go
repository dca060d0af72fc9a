package crypto

import (
	"crypto/cipher"
	"errors"

	"zhian/platform/fault"
)

// Locker seals what a node keeps outside the database, where no subject's key can
// be had: under a key derived from the master key for one use. What it seals is
// meant to go soon; it cannot be shredded by itself.
type Locker struct {
	suite suite                // of what is sealed from now on
	keys  map[byte]cipher.AEAD // by suite
}

// NewLocker makes a locker for one use ("held calls"); two uses cannot open each
// other's boxes. Fault Invalid "crypto.master_short".
func NewLocker(p Profile, master []byte, use string) (*Locker, error) {
	if len(master) < MasterSize {
		return nil, fault.New(fault.Invalid, "crypto.master_short")
	}
	current, err := suiteOf(p)
	if err != nil {
		return nil, err
	}
	l := &Locker{suite: current, keys: map[byte]cipher.AEAD{}}
	for _, s := range suites() {
		key, err := s.derive(master, "locker "+use, s.keySize)
		if err != nil {
			return nil, err
		}
		if l.keys[s.id], err = s.aead(key); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Lock seals under a label, which Unlock must be given again.
func (l *Locker) Lock(label string, plain []byte) []byte {
	return sealBox(l.keys[l.suite.id], []byte{boxVersion, l.suite.id}, []byte(label), plain)
}

// Unlock opens what Lock has sealed, in either profile. Fault Internal
// "crypto.box_malformed" when it was changed, moved to another label, or sealed
// under another master.
func (l *Locker) Unlock(label string, box []byte) ([]byte, error) {
	if len(box) < 2 || box[0] != boxVersion {
		return nil, malformed("version")
	}
	key := l.keys[box[1]]
	if key == nil {
		return nil, malformed("suite")
	}
	plain, err := openBox(key, box[:2], []byte(label), box[2:])
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "crypto.box_malformed", errors.Join(errors.New("not sealed here, or changed"), err))
	}
	return plain, nil
}
