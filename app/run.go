package app

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// Start makes the modules know what the database knows.
func (a *App) Start(ctx context.Context) error {
	return errors.Join(a.Bus.Start(ctx), a.Access.Start(ctx), a.centre.learn(ctx), a.Place.Load(ctx), a.Unit.Start(ctx), a.Incident.Start(ctx), a.Pace.Start(ctx))
}

// Run serves until ctx ends, then drains: it says that it is not ready, finishes
// the requests it has, and closes the database last.
func (a *App) Run(ctx context.Context, listener net.Listener) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := a.Start(work); err != nil {
		return errors.Join(err, a.close())
	}
	var loops sync.WaitGroup
	loops.Go(func() { a.Bus.Run(work) })
	loops.Go(func() { a.API.Run(work) })
	loops.Go(func() { a.work(work) })
	for _, link := range a.links.runners() {
		loops.Go(func() { link(work) })
	}
	loops.Go(func() { a.Notify.Run(work) })
	tellLive := context.AfterFunc(ctx, a.closeLive) // they need not wait for the last request
	err := a.API.Serve(ctx, listener)
	tellLive()
	a.closeLive()
	stop()
	loops.Wait()
	return errors.Join(err, a.sign(context.WithoutCancel(ctx)), a.close())
}

// heapGrowth in percent of what is alive: a centre holds little (tens of
// megabytes) and allocates much, so it gives memory for a tenth of the processor.
const heapGrowth = 300

// goodbye is how long live connections have to hear that the house closes.
const goodbye = 2 * time.Second

func (a *App) closeLive() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	a.Live.Close(ctx)
}
