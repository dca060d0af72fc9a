package ledger

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhian/platform/fault"
)

// Checkpoint is what the log has promised: its first Size leaves have this Root.
// Note is the signed text of it (C2SP tlog-checkpoint in a signed note): origin,
// size, root in base64, then two extension lines, the hasher and the time.
type Checkpoint struct {
	Origin string
	Hasher string
	Size   uint64 // leaves
	Root   []byte
	At     time.Time // to the millisecond, UTC
	Note   string
}

func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\nhasher %s\nat %d\n",
		c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root), c.Hasher, c.At.UnixMilli())
}

// sign fills in the note.
func (c Checkpoint) sign(signers []note.Signer) (Checkpoint, error) {
	signed, err := note.Sign(&note.Note{Text: c.text()}, signers...)
	if err != nil {
		return c, fmt.Errorf("sign checkpoint: %w", err)
	}
	c.Note = string(signed)
	return c, nil
}

// OpenCheckpoint reads a signed checkpoint and checks it: at least one of the
// public keys must have signed it, and none of them wrongly.
func OpenCheckpoint(signed string, keys []string) (Checkpoint, error) {
	known, err := verifiers(keys)
	if err != nil {
		return Checkpoint{}, err
	}
	return openCheckpoint(signed, known)
}

func openCheckpoint(signed string, known note.Verifiers) (Checkpoint, error) {
	n, err := note.Open([]byte(signed), known)
	if err != nil {
		return Checkpoint{}, fault.Wrap(fault.Invalid, "ledger.checkpoint_unsigned", err)
	}
	for _, s := range n.Sigs { // the note's reader lets spare bits pass
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, fault.Wrap(fault.Invalid, "ledger.checkpoint_unsigned", err)
		}
	}
	c, err := parseCheckpoint(n.Text)
	c.Note = signed
	return c, err
}

// parseCheckpoint accepts exactly the text that Checkpoint.text writes.
func parseCheckpoint(text string) (Checkpoint, error) {
	bad := fault.New(fault.Invalid, "ledger.checkpoint_malformed")
	lines := strings.Split(text, "\n")
	if len(lines) != 6 {
		return Checkpoint{}, bad
	}
	size, sizeErr := strconv.ParseUint(lines[1], 10, 63)
	root, rootErr := base64.StdEncoding.DecodeString(lines[2])
	at, atErr := strconv.ParseInt(strings.TrimPrefix(lines[4], "at "), 10, 64)
	if sizeErr != nil || rootErr != nil || atErr != nil || len(root) != HashSize {
		return Checkpoint{}, bad
	}
	c := Checkpoint{Origin: lines[0], Hasher: strings.TrimPrefix(lines[3], "hasher "), Size: size, Root: root,
		At: time.UnixMilli(at).UTC()}
	if c.text() != text {
		return Checkpoint{}, bad
	}
	return c, nil
}

func verifiers(keys []string) (note.Verifiers, error) {
	var list []note.Verifier
	for _, key := range keys {
		v, err := newVerifier(key)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return note.VerifierList(list...), nil
}
