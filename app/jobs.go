package app

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"zhian/module/identity"
	"zhian/module/incident"
	"zhian/module/notify"
	"zhian/module/unit"
	"zhian/platform/bus"
	"zhian/platform/crypto"
	"zhian/platform/httpapi"
)

// Job is work that the house does again and again while it runs. What a job does
// depends on the clock that it reads and never on how often it is called, so
// that tests call it under a clock of their own.
type Job struct {
	Name  string
	Every time.Duration
	Alone bool // on one node at a time
	Do    func(context.Context) error
}

// Retention is how long each room keeps what is personal or expires.
var Retention = slices.Concat(bus.Retention, httpapi.Retention, crypto.Retention, identity.Retention, unit.Retention, notify.Retention, incident.Retention)

const (
	integrateEvery  = 100 * time.Millisecond
	checkpointEvery = time.Minute
	shortestTick    = 50 * time.Millisecond // however fast the clock runs
	clocksEvery     = 200 * time.Millisecond
)

// Jobs are all of them.
func (a *App) Jobs() []Job {
	return append(a.linkJobs(), []Job{
		{"grants begin and end", time.Second, false, a.Access.Turn},
		{"places", time.Second, false, a.Place.Load},
		{"positions of other nodes", time.Second, false, a.Unit.Look},
		{"live connections", time.Second, false, a.keepConnections},
		{"messages climb", time.Second, true, a.Notify.Climb},
		{"clocks", clocksEvery, true, a.Pace.Sweep},
		{"ledger", integrateEvery, true, a.keepLedger},
		{"retention", time.Hour, true, a.Sweep},
		{"held calls", httpapi.HeldEvery, false, a.API.DoHeld},
	}...)
}

// Sweep deletes what has been kept for its time. One room's failure does not
// keep the others' rows.
func (a *App) Sweep(ctx context.Context) error {
	var errs []error
	for _, r := range Retention {
		_, err := a.DB.Sweep(ctx, a.Config.Now(), r)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// keepLedger takes new leaves into the tree, and signs it every minute.
func (a *App) keepLedger(ctx context.Context) error {
	if now := a.Config.Now(); now.Sub(a.signed) >= checkpointEvery {
		a.signed = now
		return a.sign(ctx)
	}
	_, err := a.Ledger.Integrate(ctx)
	return err
}

// work runs every job until ctx ends. A job that fails is told of and goes on at
// its next time.
func (a *App) work(ctx context.Context) {
	var loops sync.WaitGroup
	for _, j := range a.Jobs() {
		again := func(ctx context.Context) error { a.repeat(ctx, j); return nil }
		loops.Go(func() {
			if !j.Alone {
				again(ctx)
				return
			}
			a.DB.Lead(ctx, j.Name, again)
		})
	}
	loops.Wait()
}

func (a *App) repeat(ctx context.Context, j Job) {
	tick := time.NewTicker(max(shortestTick, time.Duration(float64(j.Every)/a.Config.Speed)))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := j.Do(ctx); err != nil && ctx.Err() == nil {
			a.Config.Log.Error("a job failed and will be tried again", "job", j.Name, "error", err)
		}
	}
}
