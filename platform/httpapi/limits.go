package httpapi

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"zhian/platform/fault"
)

// limiter gives each caller, and each address without a session, a token bucket.
type limiter struct {
	config Config
	mu     sync.Mutex
	of     map[string]*bucket
	swept  time.Time
}

type bucket struct {
	*rate.Limiter
	used  time.Time
	spent atomic.Int64 // here, since the other nodes were told
}

const bucketIdle = 10 * time.Minute

func newLimiter(c Config) *limiter { return &limiter{config: c, of: map[string]*bucket{}} }

// allow refuses a caller that is over its rate. Services are limited by their
// grants in the registry, not here.
func (l *limiter) allow(p Principal, address string) error {
	if p.Kind == "service" {
		return nil
	}
	name := p.UserID
	if p.Anonymous {
		name = anonymous + address
	}
	b := l.bucket(name)
	if !b.Allow() {
		return fault.New(fault.TooMany, "request.too_many")
	}
	b.spent.Add(1)
	return nil
}

// anonymous marks the buckets of addresses among those of callers.
const anonymous = "@"

// terms are what a bucket of that name is made with.
func (l *limiter) terms(name string) (limit float64, burst int) {
	if strings.HasPrefix(name, anonymous) {
		return l.config.PublicRate, int(4 * l.config.PublicRate)
	}
	return l.config.Rate, l.config.Burst
}

func (l *limiter) bucket(name string) *bucket {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > bucketIdle {
		l.sweep(now)
	}
	b := l.of[name]
	if b == nil {
		limit, burst := l.terms(name)
		b = &bucket{Limiter: rate.NewLimiter(rate.Limit(limit), burst)}
		l.of[name] = b
	}
	b.used = now
	return b
}

// sweep forgets buckets that have filled up again long ago.
func (l *limiter) sweep(now time.Time) {
	l.swept = now
	for name, b := range l.of {
		if now.Sub(b.used) > bucketIdle {
			delete(l.of, name)
		}
	}
}
