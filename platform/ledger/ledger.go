// Package ledger makes it provable that no record was altered, removed, moved or
// added behind the system's back. Every business row that matters becomes a leaf
// of one append-only Merkle tree (RFC 6962 §2.1, hasher SM3 or SHA-256); now and
// then the tree's root is signed (a checkpoint), and whoever keeps a checkpoint
// can later prove that the log still says what it said then.
//
// # Writing
//
//	Append      one row in the caller's transaction: the leaf's hash
//	Integrate   the elected node, in the background: leaves → tiles of hashes
//	Checkpoint  sign the root when the tree has grown
//
// Leaves have positions from 1, without gaps. On SQLite the position is the
// row's number, which follows the order of commits. On PostgreSQL the integrator
// gives positions to rows of finished transactions only, so it lags behind the
// longest one that runs. Leaf n is node n-1 of RFC 6962.
//
// A leaf's hash covers source, ref and data (Hasher.EntryHash): the content of
// one row cannot be passed off as another's. Data is given as bytes; the owner
// must be able to make the same bytes again from its row. Personal fields are in
// it as ciphertext, so that a destroyed key breaks no proof.
//
// # Checking
//
// Audit compares the live database with itself: business rows, leaves, tiles and
// checkpoints. Export and ExportSome write a bundle that Verify checks with no
// database and no network. Inclusion and Consistency give single proofs.
//
// Whoever holds the database and the signing key can rewrite everything: only a
// checkpoint kept elsewhere shows it. Audit and Verify take such checkpoints as
// anchors (Trust).
//
// # The bundle
//
// A bundle is text, one JSON object per line, keys in this order, no spaces:
//
//	{"bundle":"zhian-ledger/1","kind":"whole"|"selected","origin":…,"hasher":…,"keys":[…],"leaves":n,"head":"<signed checkpoint>"}
//	{"pos":1,"source":"…","ref":"…","hash":"<base64>","data":"<base64>"}       data is null when the row is gone
//	{"checkpoint":"<signed checkpoint>"}                                       follows the last leaf that it covers
//	{"pos":7,"source":"…","ref":"…","hash":"…","data":"…","proof":"<base64 of hashes>"}   kind "selected"
//
// The head comes first, so that a file whose end is missing still says how much
// it should hold. Any other spelling
// of a record is refused: it has one form.
package ledger

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// Schema holds leaves, tiles and checkpoints.
var Schema = sqldb.Schema{Room: "ledger", Files: schemaFiles}

//go:embed queries.sql
var queriesText string

// Queries of this room, for the guard that prepares them on both engines.
var Queries = sqldb.Load("ledger", queriesText)

// Config says what a log is. Origin and Hasher are fixed by the first start.
type Config struct {
	Origin string   // name of this log, like a host name: no spaces, no "+"
	Hasher string   // "sm3" or "sha256"
	Keys   []string // private keys from GenerateKey, all of which sign; none: a log that cannot sign
}

// Loader makes the bytes of a business row again, exactly as they were given to
// Append; sqldb.ErrNone when the row does not exist.
type Loader func(tx *sqldb.Tx, source, ref string) ([]byte, error)

// Log is the ledger of one database. It is safe for concurrent use.
type Log struct {
	db      *sqldb.DB
	origin  string
	hasher  Hasher
	signers []note.Signer
	public  []string

	mu   sync.Mutex // one integration at a time
	tree *tree      // nil: read it again
}

// Open prepares the log of a migrated database. It refuses keys of another
// origin, and what the log was not begun with: faults Conflict "ledger.other_log"
// for its hasher or origin, "ledger.other_key" when none of its keys is there.
func Open(ctx context.Context, db *sqldb.DB, cfg Config) (*Log, error) {
	hasher, err := NewHasher(cfg.Hasher)
	if err != nil {
		return nil, err
	}
	l := &Log{db: db, origin: cfg.Origin, hasher: hasher}
	for _, key := range cfg.Keys {
		s, err := newSigner(key)
		if err != nil {
			return nil, err
		}
		if s.name != cfg.Origin {
			return nil, badKey(fmt.Errorf("the key is %q's, the log is %q's", s.name, cfg.Origin))
		}
		l.signers = append(l.signers, s)
		l.public = append(l.public, keyText(s.name, s.id, s.public))
	}
	head, err := sqldb.Write(ctx, db, func(tx *sqldb.Tx) (treeRow, error) { return beginTree(tx, cfg.Origin, cfg.Hasher, l.public) })
	if err != nil {
		return nil, err
	}
	if head.origin != cfg.Origin || head.hasher != cfg.Hasher {
		return nil, fault.Wrap(fault.Conflict, "ledger.other_log",
			fmt.Errorf("the database holds the log %q (%s), not %q (%s)", head.origin, head.hasher, cfg.Origin, cfg.Hasher))
	}
	if len(l.public) > 0 && !slices.ContainsFunc(l.public, func(key string) bool { return slices.Contains(strings.Split(head.keys, "\n"), key) }) {
		return nil, fault.New(fault.Conflict, "ledger.other_key")
	}
	return l, nil
}

// PublicKeys are the keys by which others verify this log's checkpoints.
func (l *Log) PublicKeys() []string { return slices.Clone(l.public) }

// Hasher is the hash function of this log.
func (l *Log) Hasher() Hasher { return l.hasher }

// Leaf is a business row's place in the log, not written yet.
type Leaf struct {
	source, ref string
	hash        []byte
}

// NewLeaf makes the leaf of a business row; it touches no database, so that a
// busy writer hashes before its turn. Source names its kind ("incident_entry"),
// ref the row within it ("<incident>/<seq>"); both are printable ASCII without
// space, quote or backslash.
func NewLeaf(h Hasher, source, ref string, data []byte) (Leaf, error) {
	if !isLabel(source) || !isLabel(ref) {
		return Leaf{}, fault.Wrap(fault.Internal, "ledger.label_malformed", fmt.Errorf("source %q, ref %q", source, ref))
	}
	return Leaf{source, ref, h.EntryHash(source, ref, data)}, nil
}

// Leaf is NewLeaf with this log's hasher.
func (l *Log) Leaf(source, ref string, data []byte) (Leaf, error) {
	return NewLeaf(l.hasher, source, ref, data)
}

// Insert writes the leaf; it goes into the transaction that writes the row.
func (l Leaf) Insert() sqldb.Call { return Queries["Append"].With(l.source, l.ref, l.hash) }

// Append makes a leaf and writes it; it returns the leaf's hash.
func (l *Log) Append(tx *sqldb.Tx, source, ref string, data []byte) ([]byte, error) {
	leaf, err := l.Leaf(source, ref, data)
	if err != nil {
		return nil, err
	}
	return leaf.hash, tx.ExecAll(leaf.Insert())
}

// isLabel holds what needs no escaping in a bundle.
func isLabel[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return len(s) > 0
}
