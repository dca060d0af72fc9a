package app

import (
	"context"
	"errors"
	"io"

	"zhian/module/audit"
	"zhian/module/incident"
	"zhian/platform/ledger"
	"zhian/platform/sqldb"
)

// leaf reads the row behind a leaf of the ledger, whichever module owns it.
func leaf(tx *sqldb.Tx, source, ref string) ([]byte, error) {
	switch source {
	case incident.LeafSource:
		return incident.Leaf(tx, ref)
	case audit.LeafSource:
		return audit.Leaf(tx, ref)
	}
	return nil, sqldb.ErrNone
}

// sign takes every new leaf into the tree and signs it; an empty tree is not signed.
func (a *App) sign(ctx context.Context) error {
	if _, err := a.Ledger.Integrate(ctx); err != nil {
		return err
	}
	_, err := a.Ledger.Checkpoint(ctx, a.Config.Now())
	if errors.Is(err, sqldb.ErrNone) {
		return nil
	}
	return err
}

// Export writes the whole ledger with its rows as a bundle that anybody can
// verify offline.
func (a *App) Export(ctx context.Context, w io.Writer) error {
	if err := a.sign(ctx); err != nil {
		return err
	}
	return a.Ledger.Export(ctx, w, leaf)
}

// Health is what the doctor finds.
type Health struct {
	Ledger    ledger.Report `json:"ledger"`
	Incidents int           `json:"incidents"`
	Differing []incident.ID `json:"differing"` // whose row is not what its timeline folds to
	Rebuilt   bool          `json:"rebuilt"`
	Unfolded  string        `json:"unfolded,omitempty"` // why rows could not be compared: an entry that the ledger disowns
}

// Examine checks the live database against its own ledger and against the signed
// checkpoints that somebody kept elsewhere, and every incident's row against its
// timeline; it mends the rows when asked to. A tree that takes no new leaves
// because old ones were changed is examined all the same: the report names them.
func (a *App) Examine(ctx context.Context, rebuild bool, anchors ...string) (h Health, err error) {
	_, stuck := a.Ledger.Integrate(ctx)
	if h.Ledger, err = a.Ledger.Audit(ctx, leaf, ledger.Trust{Keys: a.Ledger.PublicKeys(), Anchors: anchors}); err != nil {
		return h, errors.Join(stuck, err)
	}
	if stuck != nil && h.Ledger.OK() {
		return h, stuck
	}
	h.Rebuilt = rebuild
	h.Differing, h.Incidents, err = a.Incident.Rebuild(ctx, rebuild, a.tellEvery(100_000))
	if err != nil && !h.Ledger.OK() {
		h.Unfolded, err = err.Error(), nil
	}
	return h, err
}

// tellEvery logs how far an examination has come, each time that it has done so
// many more.
func (a *App) tellEvery(many int) func(checked int) {
	told := 0
	return func(checked int) {
		if checked-told >= many {
			told = checked
			a.Config.Log.Info("incidents examined", "number", checked)
		}
	}
}
