package ledger

import (
	"fmt"
	"time"
)

// Kinds of problems. They are stable keys; Problem.Detail says it in words.
const (
	RowAltered       = "row_altered"       // the business row is not what was appended
	RowMissing       = "row_missing"       // the business row is gone
	RowMoved         = "row_moved"         // the row holds what belongs to another leaf
	LeafAltered      = "leaf_altered"      // the leaf's hash was changed
	LeafMissing      = "leaf_missing"      // a position holds no leaf
	LeafMoved        = "leaf_moved"        // a leaf does not stand at its position
	LeafRepeated     = "leaf_repeated"     // a position is there twice
	LeavesCut        = "leaves_cut"        // the end of the log is missing
	TileAltered      = "tile_altered"      // the stored tree is not that of the leaves
	TreeCut          = "tree_cut"          // the tree is smaller than what was signed
	RootMismatch     = "root_mismatch"     // the leaves are not those that were signed
	CheckpointForged = "checkpoint_forged" // a checkpoint is not signed by a trusted key, or not as it says
	CheckpointGone   = "checkpoint_gone"   // a checkpoint that was kept elsewhere is not in the database
	AnchorBroken     = "anchor_broken"     // the log is not the one that a kept checkpoint describes
	ProofBroken      = "proof_broken"      // a selected leaf is not in the signed tree
	LineMalformed    = "line_malformed"    // a line of the bundle is not in the bundle's form
)

// Problem names one thing that is wrong, and the leaf it is about if there is one.
type Problem struct {
	Kind   string `json:"kind"`
	Pos    uint64 `json:"pos,omitempty"`
	Source string `json:"source,omitempty"`
	Ref    string `json:"ref,omitempty"`
	Detail string `json:"detail"`
}

// maxProblems is how many problems a report spells out.
const maxProblems = 1000

// Report is what a check found.
type Report struct {
	Origin      string            `json:"origin"`
	Hasher      string            `json:"hasher"`
	Kind        string            `json:"kind"`           // whole, selected or live
	Leaves      uint64            `json:"leaves"`         // leaves seen
	Sources     map[string]uint64 `json:"sources"`        // the same by source, to compare with the tables' own counts
	Covered     uint64            `json:"covered"`        // leaves under a checkpoint that holds
	Checkpoints uint64            `json:"checkpoints"`    // checkpoints that hold
	SignedAt    time.Time         `json:"signed_at"`      // of the newest checkpoint that holds
	OwnKeys     bool              `json:"own_keys"`       // nobody said which keys to trust: a forger could have signed
	Problems    []Problem         `json:"problems"`       // in the order found
	More        uint64            `json:"more,omitempty"` // problems beyond those spelled out
	Unsigned    uint64            `json:"unsigned"`       // leaves that no checkpoint covers yet
}

// OK says that nothing is wrong.
func (r Report) OK() bool { return len(r.Problems) == 0 }

func (r *Report) add(p Problem) {
	if len(r.Problems) >= maxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, p)
}

func (r *Report) say(kind string, format string, args ...any) {
	r.add(Problem{Kind: kind, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) about(kind string, l leaf, format string, args ...any) {
	r.add(Problem{Kind: kind, Pos: l.pos, Source: l.source, Ref: l.ref, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) count(source []byte) {
	r.Leaves++
	if _, ok := r.Sources[string(source)]; ok || len(r.Sources) < maxProblems {
		r.Sources[string(source)]++
	}
}
