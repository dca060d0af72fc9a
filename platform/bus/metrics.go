package bus

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// meter shows at each scrape how far consumers are behind.
type meter struct{ bus *Bus }

// Metrics is for the registry of the node.
func (b *Bus) Metrics() prometheus.Collector { return meter{b} }

var (
	behindDesc = prometheus.NewDesc("zhian_facts_behind", "Facts that a consumer has not taken yet.", []string{"consumer"}, nil)
	ageDesc    = prometheus.NewDesc("zhian_facts_behind_seconds", "Age of the oldest of them.", []string{"consumer"}, nil)
	stuckDesc  = prometheus.NewDesc("zhian_facts_stuck", "Facts parked, or dead until a person decides.", []string{"consumer", "state"}, nil)
)

// Describe is what the collector measures.
func (m meter) Describe(out chan<- *prometheus.Desc) {
	out <- behindDesc
	out <- ageDesc
	out <- stuckDesc
}

const scrapeLimit = 2 * time.Second

// Collect leaves the figures out while the database does not answer: a wrong
// zero would be worse than a gap.
func (m meter) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeLimit)
	defer cancel()
	lags, err := m.bus.Lags(ctx)
	if err != nil {
		return
	}
	for _, l := range lags {
		out <- prometheus.MustNewConstMetric(behindDesc, prometheus.GaugeValue, float64(l.Behind), l.Consumer)
		out <- prometheus.MustNewConstMetric(ageDesc, prometheus.GaugeValue, l.Age.Seconds(), l.Consumer)
		out <- prometheus.MustNewConstMetric(stuckDesc, prometheus.GaugeValue, float64(l.Parked), l.Consumer, Parked)
		out <- prometheus.MustNewConstMetric(stuckDesc, prometheus.GaugeValue, float64(l.Dead), l.Consumer, Dead)
	}
}
