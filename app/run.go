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
	return errors.Join(a.Bus.Start(ctx), a.Access.Start(ctx), a.centre.learn(ctx), a.Place.Load(ctx), a.Unit.Start(ctx), a.Incident.Start(ctx))
}

const drainFor = 10 * time.Second

// Run serves until ctx ends, then drains: it says that it is not ready, finishes
// the requests it has, and closes the database last.
func (a *App) Run(ctx context.Context, listener net.Listener) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := a.Start(work); err != nil {
		return errors.Join(err, a.DB.Close())
	}
	var loops sync.WaitGroup
	loops.Go(func() { a.Bus.Run(work) })
	loops.Go(func() { a.API.Run(work) })
	loops.Go(func() { a.work(work) })
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
	return errors.Join(err, a.sign(context.WithoutCancel(ctx)), a.DB.Close())
}
