package twin

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// dice are random numbers that depend on the seed and on what they are for,
// never on what was asked before.
type dice struct{ *rand.Rand }

func (c *City) dice(purpose ...string) dice {
	h := fnv.New64a()
	for _, p := range purpose {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return dice{rand.New(rand.NewPCG(c.Seed, h.Sum64()))}
}

// lognormal has the given median; spread is the standard deviation of its
// logarithm. Stage times of real dispatch logs have this shape: a long right
// tail, a 90th percentile at exp(1.28 spread) times the median.
func (d dice) lognormal(median, spread float64) float64 {
	return median * math.Exp(spread*d.NormFloat64())
}

// seconds is a lognormal duration in whole seconds.
func (d dice) seconds(median, spread float64) time.Duration {
	return time.Duration(math.Round(d.lognormal(median, spread))) * time.Second
}

func (d dice) chance(p float64) bool { return d.Float64() < p }

// poisson draws a count with the given mean by multiplying uniforms (Knuth,
// TAOCP 2, 3.4.1); fine for means below some hundreds.
func (d dice) poisson(mean float64) int {
	limit, product, n := math.Exp(-mean), d.Float64(), 0
	for product > limit {
		product *= d.Float64()
		n++
	}
	return n
}

// pick draws an index by weight.
func (d dice) pick(n int, weight func(int) float64) int {
	sum := 0.0
	for i := range n {
		sum += weight(i)
	}
	at := d.Float64() * sum
	for i := range n {
		if at -= weight(i); at < 0 {
			return i
		}
	}
	return n - 1
}

func number(n int, width int) string {
	text := strconv.Itoa(n)
	for len(text) < width {
		text = "0" + text
	}
	return text
}
