package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check is one condition of readiness.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// AddCheck makes readiness depend on c.
func (s *Server) AddCheck(c Check) { s.checks = append(s.checks, c) }

// SetReady opens the node for traffic, or closes it while it drains.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

// Registry takes the metrics of other rooms.
func (s *Server) Registry() *prometheus.Registry { return s.metrics.registry }

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) }

type readiness struct {
	Ready  bool              `json:"ready"`
	Held   int64             `json:"held,omitzero"` // requests that wait on this node for the database
	Checks map[string]string `json:"checks"`
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	state := readiness{Ready: s.ready.Load(), Checks: map[string]string{}}
	if s.held != nil {
		state.Held = s.held.spool.Waiting()
	}
	for _, c := range s.checks {
		state.Checks[c.Name] = "ok"
		if err := c.Run(ctx); err != nil {
			state.Ready = false
			state.Checks[c.Name] = "failed"
			s.log.Warn("not ready", "check", c.Name, "error", err)
		}
	}
	status := http.StatusOK
	if !state.Ready {
		status = http.StatusServiceUnavailable
	}
	body, err := json.Marshal(state, json.Deterministic(true))
	if err != nil {
		status = http.StatusInternalServerError
	}
	writeBody(w, status, body)
}

// metrics are the counters of the API.
type metrics struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "zhian_http_request_seconds", Help: "Time to answer, by route and class of status.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
	}, []string{"route", "status"})}
	m.registry.MustRegister(m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// routeTimer has the histograms of one route at hand, by hundreds of status.
type routeTimer [6]prometheus.Observer

func (m *metrics) of(pattern string) (t routeTimer) {
	for class := 1; class < len(t); class++ {
		t[class] = m.seconds.WithLabelValues(pattern, strconv.Itoa(class)+"xx")
	}
	return t
}

func (t routeTimer) observe(status int, took time.Duration) {
	if class := status / 100; class > 0 && class < len(t) {
		t[class].Observe(took.Seconds())
	}
}
