package app

import (
	"context"
	"errors"
	"path/filepath"

	"zhian/platform/crypto"
	"zhian/platform/spool"
)

// spoolFile holds, beside the keys, the calls that this node has taken while the
// shared database was out.
const spoolFile = "held.db"

// openSpool gives a node on a shared database a spool of its own. A node with the
// embedded database has no use for one: there the disk is the database.
func (a *App) openSpool(ctx context.Context, secrets keys) error {
	if a.Config.Database == "" || !a.Config.serving {
		return nil
	}
	lock, err := crypto.NewLocker(crypto.Profile(a.Config.Profile), secrets.master, "held calls")
	if err != nil {
		return err
	}
	a.spool, err = spool.Open(ctx, filepath.Join(a.Config.Data, spoolFile), lock)
	return err
}

// close ends what is open on disk.
func (a *App) close() error {
	if a.spool == nil {
		return a.DB.Close()
	}
	return errors.Join(a.DB.Close(), a.spool.Close())
}
