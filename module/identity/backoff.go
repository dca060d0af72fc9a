package identity

import (
	"math"
	"sync"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
)

// guard remembers who fails at the door of this node: addresses, which have to
// wait, and log-in names that no account has, which look locked as an account
// would, so that a lock tells nobody which accounts there are.
type guard struct {
	mu        sync.Mutex
	addresses map[string]tally
	strangers map[string]Account
}

// mostTallies is how many are remembered: under a flood of addresses those that
// have nothing left to answer for are forgotten first, then any.
const mostTallies = 50_000

// hear refuses an address that has to wait. Fault TooMany "identity.slow_down",
// with the seconds to wait.
func (g *guard) hear(address string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if wait := g.addresses[address].until.Sub(now); wait > 0 {
		return fault.With(fault.New(fault.TooMany, "identity.slow_down"), httpapi.RetryAfter, int(math.Ceil(wait.Seconds())))
	}
	return nil
}

// blame counts a failure against an address.
func (g *guard) blame(p Policy, address string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.addresses == nil {
		g.addresses = map[string]tally{}
	}
	crowded(g.addresses, func(t tally) bool { return t.now(p.Address, now).level == 0 })
	g.addresses[address] = g.addresses[address].failed(p.Address, now)
}

// stranger is a name that no account has, as if it had one.
func (g *guard) stranger(login string) Account {
	g.mu.Lock()
	defer g.mu.Unlock()
	a, known := g.strangers[login]
	if !known {
		a.State = Active
	}
	return a
}

// blameStranger counts a failure against a name that no account has.
func (g *guard) blameStranger(p Policy, login string, now time.Time) {
	a := g.stranger(login).Failed(p, now)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.strangers == nil {
		g.strangers = map[string]Account{}
	}
	crowded(g.strangers, func(a Account) bool { return a.failures == 0 && !now.Before(a.LockedUntil) })
	g.strangers[login] = a
}

// crowded makes room in a full map.
func crowded[T any](of map[string]T, idle func(T) bool) {
	if len(of) < mostTallies {
		return
	}
	for name, t := range of {
		if idle(t) {
			delete(of, name)
		}
	}
	for name := range of {
		if len(of) < mostTallies/2 {
			return
		}
		delete(of, name)
	}
}
