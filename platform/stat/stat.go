// Package stat holds the few statistics that reports and clocks share:
// percentiles of whole seconds, the interval of a rate, and the size below
// which a rate says too little. All functions are pure and exact enough that
// an independent program reaches the same digits.
package stat

import "math"

// FewBelow is the number of observations under which a rate is shown as "too
// few to say": at n = 30 the 95 % Wilson interval of a rate of 80 % still
// spans 63 % to 91 %, wider than any difference between two stations.
const FewBelow = 30

// TooFew reports whether n observations are too few to state a rate.
func TooFew(n int) bool { return n < FewBelow }

// Quantile reports the permille-th quantile (500 is the median, 950 the 95th
// percentile; 0..1000) of seconds, which must be sorted ascending and not
// empty. It is type 7 of Hyndman and Fan, "Sample Quantiles in Statistical
// Packages", The American Statistician 50 (1996): linear between the order
// statistics around (n-1)p. Whole seconds in, so the result has at most three
// decimals; integer arithmetic keeps them free of rounding noise.
func Quantile(seconds []int64, permille int) float64 {
	scaled := int64(len(seconds)-1) * int64(permille)
	low, part := scaled/1000, scaled%1000
	if part == 0 {
		return float64(seconds[low])
	}
	below, above := seconds[low], seconds[low+1]
	return float64(below*1000+part*(above-below)) / 1000
}

// Interval is a closed range of rates, both ends in 0..1.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// z95 is the 0.975 quantile of the standard normal distribution.
const z95 = 1.959963984540054

// Wilson95 is the 95 % score interval of hits out of n.
func Wilson95(hits, n int) Interval { return Wilson(hits, n, z95) }

// Simultaneous is the z at which count intervals hold their true rates all at
// once in 95 of 100 tables (Bonferroni); 1 is z of a single one. It is what
// rates must be compared with when the best of many is looked for: of 15 groups
// that are alike, single intervals tell two apart in every fourth table.
func Simultaneous(count int) float64 {
	return math.Sqrt2 * math.Erfinv(1-0.05/float64(max(count, 1)))
}

// Wilson is the score interval of hits out of n at z standard deviations
// (Wilson, "Probable Inference, the Law of Succession, and Statistical
// Inference", JASA 22 (1927)). It keeps its coverage for small n and for rates
// near 0 and 1, where the textbook interval leaves the range. With n = 0
// nothing is known: 0..1.
func Wilson(hits, n int, z float64) Interval {
	if n <= 0 {
		return Interval{0, 1}
	}
	size, rate := float64(n), float64(hits)/float64(n)
	z2 := z * z
	centre := (rate + z2/(2*size)) / (1 + z2/size)
	half := z / (1 + z2/size) * math.Sqrt(rate*(1-rate)/size+z2/(4*size*size))
	interval := Interval{math.Max(0, centre-half), math.Min(1, centre+half)}
	// At the ends the exact value is the end itself; rounding would miss it.
	if hits <= 0 {
		interval.Low = 0
	}
	if hits >= n {
		interval.High = 1
	}
	return interval
}
