package app

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"zhian/module/access"
	"zhian/module/identity"
	"zhian/platform/httpapi"
	"zhian/twin"
)

// Demo is a centre with a simulated city living in it. House and city go by one
// clock: it leaps through the history that the city begins with, then runs.
type Demo struct {
	*Launched
	scene Scene
	city  *twin.City
	clock *twin.Time
	post  *twin.Post
	begun time.Time // of the life that is shown
	tally tally
}

// Scene is what a demonstration is made from.
type Scene struct {
	Seed    uint64
	Speed   float64       // seconds of the city in a second outside
	History time.Duration // of the city when it begins to live
	Past    time.Duration // before that, of which the centre has its records
	Share   float64       // of what happened in the past, from 0 to 1
}

// The city's consoles and terminals share one address and never rest.
var demoLimits = httpapi.Config{Rate: 10_000, PublicRate: 200}

// Demonstrate serves a new centre for a city; pages answer when it returns.
func Demonstrate(ctx context.Context, c Config, s Scene, listener net.Listener) (*Demo, error) {
	begun := time.Now().Add(-s.History)
	d := &Demo{scene: s, city: twin.New(s.Seed), clock: twin.NewTime(begun.Add(-s.Past), s.Speed, time.Now), begun: begun}
	c.Demo, c.Speed, c.Now, c.API = true, s.Speed, d.clock.Now, demoLimits
	var err error
	d.Launched, err = Launch(ctx, c, d.city.Bureau.Code[:6], listener)
	return d, err
}

// Settle puts the city into the centre. The door opens to its visitors when the
// history is told: a clock that leaps would end their sessions at once.
func (d *Demo) Settle(ctx context.Context) (err error) {
	password := NewPassword()
	var admins twin.Admins
	guests := map[string]identity.LogIn{}
	for _, in := range d.Invitations {
		session, err := d.Enter(ctx, in, password)
		if err != nil {
			return err
		}
		switch in.Role {
		case access.RoleSystemAdmin:
			admins.System = session
		case access.RoleSecurityAdmin:
			admins.Security = session
		}
		guests[in.Role] = identity.LogIn{Login: in.Login, Password: password}
	}
	if d.post, err = d.city.Install(ctx, admins, password); err != nil {
		return err
	}
	founded := d.clock.Now()
	if err := d.clock.Wait(ctx, d.begun); err != nil {
		return err
	}
	if err := d.post.Muster(ctx); err != nil {
		return err
	}
	if err := d.remember(ctx, d.city, d.post, founded, d.begun, d.scene.Share); err != nil {
		return err
	}
	for role, login := range d.post.Guests() {
		guests[role] = identity.LogIn{Login: login, Password: password}
	}
	d.clock.WhenCaught(func() { d.door.open(guests, d.post.Admit) })
	return nil
}

// nextHandset is the pause between two crews that switch their handsets on: a
// log-in costs a core some tens of milliseconds.
const nextHandset = time.Second

// Live lets the city live until ctx ends. Trouble hears of what fails or is
// refused, from several places at once; the city goes on.
func (d *Demo) Live(ctx context.Context, trouble func(error)) error {
	d.tally.Visitors = d.post
	defer d.post.Leave()
	var crews sync.WaitGroup
	defer crews.Wait()
	crews.Go(func() { d.post.KeepOn(ctx, nextHandset, trouble) })
	crews.Go(func() { d.post.Attend(ctx, trouble) })
	return d.city.Drive(ctx, &d.tally, d.clock, d.begun.AddDate(10, 0, 0), trouble)
}

// WhenLiving calls once the history is told and the clock runs.
func (d *Demo) WhenLiving(do func()) { d.clock.WhenCaught(do) }

// Tally is what the city did.
type Tally struct {
	Lived                             time.Duration // of the city
	Taken, Merged, Dispatched, Closed int64
	Clocks                            []twin.Kept
}

// Tally counts so far, and asks the centre how its clocks were kept.
func (d *Demo) Tally(ctx context.Context) (Tally, error) {
	now := d.clock.Now()
	t := Tally{Lived: now.Sub(d.begun), Taken: d.tally.taken.Load(), Merged: d.tally.merged.Load(),
		Dispatched: d.tally.dispatched.Load(), Closed: d.tally.closed.Load()}
	if d.post == nil {
		return t, nil
	}
	var err error
	t.Clocks, err = d.post.Clocks(ctx, d.begun, now.Add(time.Second))
	return t, err
}

// tally counts what a city does to its centre.
type tally struct {
	twin.Visitors
	taken, merged, dispatched, closed atomic.Int64
}

func count(n *atomic.Int64, err error) error {
	if err == nil {
		n.Add(1)
	}
	return err
}

// Receive counts calls.
func (t *tally) Receive(ctx context.Context, call twin.Call, at time.Time) (string, error) {
	id, err := t.Visitors.Receive(ctx, call, at)
	return id, count(&t.taken, err)
}

// Merge counts calls that told of a known incident.
func (t *tally) Merge(ctx context.Context, id, into string, at time.Time) error {
	return count(&t.merged, t.Visitors.Merge(ctx, id, into, at))
}

// Dispatch counts units sent.
func (t *tally) Dispatch(ctx context.Context, id string, unit int, at time.Time) error {
	return count(&t.dispatched, t.Visitors.Dispatch(ctx, id, unit, at))
}

// Close counts incidents that have come to their end.
func (t *tally) Close(ctx context.Context, id, disposition string, at time.Time) error {
	return count(&t.closed, t.Visitors.Close(ctx, id, disposition, at))
}
