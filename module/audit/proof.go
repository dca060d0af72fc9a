package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"io"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
)

// provable is how many events one file proves; the proofs of one are about a
// kilobyte.
const provable = 10_000

// Prove is what a view holds as a bundle of the ledger (zhian verify, or any page
// that can read one): each event with the proof that it is in the tree of the
// newest checkpoint. Events younger than that are left out: they are signed
// within a minute. Fault Invalid "audit.too_many_to_prove" when there are more
// than one file takes.
func (s *Service) Prove(ctx context.Context, q Question) (httpapi.File, error) {
	q.Limit = cmp.Or(q.Limit, provable)
	from, err := q.place()
	if err != nil {
		return httpapi.File{}, err
	}
	events, err := s.gather(ctx, q, from)
	if err != nil {
		return httpapi.File{}, err
	}
	if len(events) > provable {
		return httpapi.File{}, fault.With(fault.New(fault.Invalid, "audit.too_many_to_prove"), "max", provable)
	}
	var text bytes.Buffer // whole before it is sent: a log that is not signed yet is refused in words
	if err := s.Ledger.ExportListed(ctx, &text, loadLeaf, listing(events[:min(len(events), q.Limit)])); err != nil {
		return httpapi.File{}, err
	}
	return httpapi.File{Name: "audit-" + q.View + ".zhian-proof", Type: "text/plain; charset=utf-8", Write: func(w io.Writer) error {
		_, err := text.WriteTo(w)
		return err
	}}, nil
}

// listing names events, newest first, to the ledger.
func listing(events []Event) ledger.Listing {
	l := ledger.Listing{Source: LeafSource}
	for _, e := range events {
		l.Refs = append(l.Refs, e.Ref)
		if l.Since.IsZero() || e.At.Before(l.Since) {
			l.Since = e.At
		}
		if e.At.After(l.Until) {
			l.Until = e.At
		}
	}
	return l
}

func loadLeaf(tx *sqldb.Tx, _, ref string) ([]byte, error) { return Leaf(tx, ref) }

// Earlier is the checkpoint that a witness has kept: how many leaves it spoke of.
type Earlier struct {
	Since int64 `query:"since" min:"0"` // 0: none
}

// Promise is what the ledger has signed last. Whoever kept an earlier checkpoint
// can prove by Path that its leaves are the beginning of this one's.
type Promise struct {
	Checkpoint string   `json:"checkpoint"` // a signed note
	Keys       []string `json:"keys"`       // public ones of this log
	Since      int64    `json:"since"`      // leaves that Path begins with
	Path       []string `json:"path"`       // hashes in base64, RFC 6962 §2.1.2
}

// Promise shows the newest checkpoint.
func (s *Service) Promise(ctx context.Context, e Earlier) (Promise, error) {
	head, path, err := s.Ledger.Growth(ctx, uint64(e.Since))
	p := Promise{Checkpoint: head.Note, Keys: s.Ledger.PublicKeys(), Since: e.Since, Path: []string{}}
	for _, hash := range path {
		p.Path = append(p.Path, base64.StdEncoding.EncodeToString(hash))
	}
	return p, err
}
