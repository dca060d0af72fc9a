package identity

import (
	"context"

	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Rights decides: module/access. A session carries the number by which it knows
// the user.
type Rights interface {
	httpapi.Gate
	httpapi.Scoper
	Number(userID string) uint32
}

// Passwords hashes and compares: platform/crypto.
type Passwords interface {
	Hash(ctx context.Context, plain string) (string, error)
	// Verify compares in constant time; stale says that the hash should be made anew.
	Verify(ctx context.Context, hash, plain string) (ok, stale bool, err error)
}

// Factor is one proof of who somebody is: what they know, have or are.
type Factor interface {
	// Prove says whether what was given proves the account, and hands it back as
	// it is to be kept. An account without an id does not exist: it takes as long
	// as another and is never proven.
	Prove(ctx context.Context, a Account, given LogIn) (Account, bool, error)
}

// Auditor keeps what happened at the door: module/audit.
type Auditor interface {
	Record(tx *sqldb.Tx, e httpapi.AuditEvent) error
}
