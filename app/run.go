package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Start makes the modules know what the database knows.
func (a *App) Start(ctx context.Context) error {
	return errors.Join(a.Bus.Start(ctx), a.Access.Start(ctx), a.Place.Load(ctx), a.Unit.Start(ctx), a.Incident.Start(ctx))
}

const (
	checkpointEvery = time.Minute
	integrateEvery  = 100 * time.Millisecond
	drainFor        = 10 * time.Second
)

// Run serves until ctx ends, then drains: it says that it is not ready, finishes
// the requests it has, and closes the database last.
func (a *App) Run(ctx context.Context, listener net.Listener) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := a.Start(work); err != nil {
		return errors.Join(err, a.DB.Close())
	}
	var loops sync.WaitGroup
	for _, loop := range []func(context.Context) error{a.Bus.Run, a.API.Run, a.Place.Run, a.keepLedger} {
		loops.Go(func() { loop(work) })
	}
	server := &http.Server{Handler: a.API, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	a.API.SetReady(true)

	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		a.API.SetReady(false)
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
		err = server.Shutdown(drain)
		cancel()
	}
	stop()
	loops.Wait()
	return errors.Join(err, a.DB.Close())
}

// keepLedger takes new leaves into the tree and signs it every minute; the lead
// is one node's at a time.
func (a *App) keepLedger(ctx context.Context) error {
	return a.DB.Lead(ctx, "ledger", func(ctx context.Context) error {
		integrate, sign := time.NewTicker(integrateEvery), time.NewTicker(checkpointEvery)
		defer integrate.Stop()
		defer sign.Stop()
		for {
			var err error
			select {
			case <-integrate.C:
				_, err = a.Ledger.Integrate(ctx)
			case <-sign.C:
				err = a.sign(ctx)
			case <-ctx.Done():
				return a.sign(context.WithoutCancel(ctx))
			}
			if err != nil {
				a.Config.Log.Error("the ledger does not take new leaves", "error", err)
				return err
			}
		}
	})
}
