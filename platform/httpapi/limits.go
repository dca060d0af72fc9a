package httpapi

import (
	"sync"
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
	used time.Time
}

const bucketIdle = 10 * time.Minute

func newLimiter(c Config) *limiter { return &limiter{config: c, of: map[string]*bucket{}} }

// allow refuses a caller that is over its rate. Services are limited by their
// grants in the registry, not here.
func (l *limiter) allow(p Principal, address string) error {
	if p.Kind == "service" {
		return nil
	}
	name, limit, burst := p.UserID, l.config.Rate, l.config.Burst
	if p.Anonymous {
		name, limit, burst = "@"+address, l.config.PublicRate, int(4*l.config.PublicRate)
	}
	if !l.bucket(name, limit, burst).Allow() {
		return fault.New(fault.TooMany, "request.too_many")
	}
	return nil
}

func (l *limiter) bucket(name string, limit float64, burst int) *rate.Limiter {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > bucketIdle {
		l.sweep(now)
	}
	b := l.of[name]
	if b == nil {
		b = &bucket{Limiter: rate.NewLimiter(rate.Limit(limit), burst)}
		l.of[name] = b
	}
	b.used = now
	return b.Limiter
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
