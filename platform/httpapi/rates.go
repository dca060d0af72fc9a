package httpapi

import (
	"time"

	"github.com/go-json-experiment/json"
)

// RatesEvery is how often nodes tell each other how fast their callers are.
const RatesEvery = time.Second

// notable is the part of its limit from which a caller is worth telling of: who
// stays below it on every node is no trouble on all of them.
const notable = 0.1

// Rates is what callers have spent on this node since the last time, for the
// other nodes: nil when there is nothing to tell.
func (s *Server) Rates() []byte {
	spent := s.limits.spent(RatesEvery)
	if len(spent) == 0 {
		return nil
	}
	text, err := json.Marshal(spent)
	if err != nil {
		return nil // a signal may be lost
	}
	return text
}

// TakeRates charges callers for what they have spent on another node.
func (s *Server) TakeRates(text []byte) {
	var spent map[string]int64
	if json.Unmarshal(text, &spent) == nil {
		s.limits.charge(spent)
	}
}

func (l *limiter) spent(period time.Duration) map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := map[string]int64{}
	for name, b := range l.of {
		limit, _ := l.terms(name)
		if n := b.spent.Swap(0); float64(n) >= notable*limit*period.Seconds() {
			told[name] = n
		}
	}
	return told
}

// charge may leave a bucket in debt: then its caller waits on this node too.
func (l *limiter) charge(spent map[string]int64) {
	for name, n := range spent {
		b := l.bucket(name)
		b.ReserveN(time.Now(), int(min(n, int64(b.Burst()))))
	}
}
