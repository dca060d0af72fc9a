package httpapi

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"zhian/platform/fault"
	"zhian/platform/ident"
	"zhian/platform/spool"
	"zhian/platform/sqldb"
)

// Config holds the server's limits; zero values get the defaults.
type Config struct {
	MaxBody     int64         // bytes of a request's body, unless its route says otherwise; default 1 MiB
	Timeout     time.Duration // of a request, unless its route says otherwise; default 30 s
	Drain       time.Duration // how long requests may go on when the server ends; default 10 s
	Rate        float64       // requests per second of one caller; default 100, services are not limited
	Burst       int           // default 4 × Rate
	PublicRate  float64       // requests per second without a session, by address; default 10
	TrustedHops bool          // take the client's address and scheme from X-Forwarded-For and -Proto: only behind our own proxy
	Spill       string        // file for audit events that the storage does not take
}

func (c Config) withDefaults() Config {
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Drain == 0 {
		c.Drain = 10 * time.Second
	}
	if c.Rate == 0 {
		c.Rate = 100
	}
	if c.Burst == 0 {
		c.Burst = int(4 * c.Rate)
	}
	if c.PublicRate == 0 {
		c.PublicRate = 10
	}
	return c
}

// Server is the web API of one node.
type Server struct {
	config   Config
	db       *sqldb.DB
	auth     Authenticator
	gate     Gate
	auditor  Auditor
	now      func() time.Time
	ids      *ident.Maker
	log      *slog.Logger
	document []byte
	key      []byte

	mux      *http.ServeMux
	pages    http.Handler // nil: none
	routes   []Route
	limits   *limiter
	metrics  *metrics
	ready    atomic.Bool
	checks   []Check
	trail    *trail
	held     *holder // nil: nothing is held
	crossing *http.CrossOriginProtection
}

// Parts is what a server is made of.
type Parts struct {
	DB      *sqldb.DB
	Auth    Authenticator
	Gate    Gate
	Auditor Auditor
	Now     func() time.Time
	IDs     *ident.Maker
	Log     *slog.Logger
	OpenAPI []byte       // what GET /v1/openapi.json answers
	Key     []byte       // of the digests by which repeated requests are known; the same on all nodes and after a restart
	Spool   *spool.Spool // keeps requests while the database is out; nil: they are refused
}

// New makes a server without modules' routes.
func New(p Parts, c Config) *Server {
	c = c.withDefaults()
	s := &Server{config: c, db: p.DB, auth: p.Auth, gate: p.Gate, auditor: p.Auditor, now: p.Now, ids: p.IDs, log: p.Log, document: p.OpenAPI, key: p.Key,
		mux: http.NewServeMux(), limits: newLimiter(c), metrics: newMetrics(), crossing: http.NewCrossOriginProtection()}
	s.trail = newTrail(s)
	if p.Spool != nil {
		s.held = newHolder(s, p.Spool)
	}
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /readyz", s.readyz)
	s.mux.Handle("GET /metrics", s.metrics.handler())
	s.mux.HandleFunc("GET /v1/openapi.json", s.openapi)
	s.mux.HandleFunc("/", s.elsewhere)
	s.Mount(s.ownRoutes()...)
	return s
}

// Mount adds a module's routes. A route that lacks what the house asks of every
// route is a mistake of ours: it panics at start, where the first test sees it.
func (s *Server) Mount(routes ...Route) {
	for _, r := range routes {
		switch {
		case r.Perm == "" && !r.Public:
			panic("httpapi: route without a permission: " + r.Pattern)
		case r.Audit == "":
			panic("httpapi: route without an audit class: " + r.Pattern)
		case (r.Do.call == nil) == (r.Raw == nil):
			panic("httpapi: route needs exactly one of Do and Raw: " + r.Pattern)
		case r.Purpose && (r.Do.plan == nil || r.Do.plan.purpose == nil):
			panic("httpapi: route must take a purpose: " + r.Pattern)
		}
		r.Status = cmp.Or(r.Status, http.StatusOK)
		r.MaxBody = cmp.Or(r.MaxBody, s.config.MaxBody)
		r.Timeout = cmp.Or(r.Timeout, s.config.Timeout)
		r.Secret = r.Secret || r.Audit == AuditReveal
		s.routes = append(s.routes, r)
		at := &served{Server: s, route: r, timer: s.metrics.of(r.Pattern)}
		if s.held != nil && r.Holds {
			s.held.routes[r.Pattern] = at
		}
		s.mux.Handle(r.Pattern, at)
	}
}

// Routes lists what is mounted, for the guards and the description.
func (s *Server) Routes() []Route { return s.routes }

// ServeHTTP answers one request; a panic in it is answered too.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		p := recover()
		switch p {
		case nil:
			return
		case http.ErrAbortHandler: // not a fault: the answer is to break off
			panic(p)
		}
		s.log.Error("panic in a request", "path", r.URL.Path, "request_id", w.Header().Get("X-Request-Id"), "panic", p, "stack", string(debug.Stack()))
		writeProblem(w, fault.Of(errors.New("panic")), w.Header().Get("X-Request-Id"))
	}()
	s.mux.ServeHTTP(w, r)
}

// call is what is known of one request beside its content.
type call struct {
	id      string
	address string
	started time.Time
	reason  string  // that the request gives
	change  *Change // that the module tells of
}

func (s *Server) begin(w http.ResponseWriter, r *http.Request) *call {
	c := &call{id: s.ids.Next(), address: s.clientAddress(r), started: time.Now()}
	w.Header().Set("X-Request-Id", c.id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if s.secure(r) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
	}
	return c
}

// served is one route at work.
type served struct {
	*Server
	route Route
	timer routeTimer
}

func (s *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.begin(w, r)
	ctx := context.WithValue(r.Context(), requestKey, c)
	status, err := s.answer(w, r.WithContext(ctx), c)
	if err != nil {
		status = s.refuse(w, r, c, err)
	}
	s.timer.observe(status, time.Since(c.started))
}

// answer takes a request through: who, may they, what, do it, tell.
func (s *served) answer(w http.ResponseWriter, r *http.Request, c *call) (int, error) {
	p, err := s.admit(r, c)
	if err != nil {
		return 0, err
	}
	ctx := As(r.Context(), p)
	if s.route.Raw != nil {
		s.route.Raw(w, r.WithContext(ctx))
		return http.StatusOK, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.route.Timeout)
	defer cancel()
	body, err := readBody(w, r, s.route.MaxBody)
	if err != nil {
		return 0, unreadable(err)
	}
	rider, err := s.riderFor(r, p, c, body)
	if err != nil {
		return 0, err
	}
	if rider != nil {
		ctx = sqldb.WithRider(ctx, rider)
	}
	in, out, err := s.do(ctx, r, p, rider, body)
	var replay *replayed
	if errors.As(err, &replay) {
		if !replay.first {
			w.Header().Set("Idempotent-Replayed", "true")
		}
		return replay.status, writeBody(w, replay.status, replay.body)
	}
	if err != nil {
		return 0, err
	}
	if s.route.Audit == AuditRead {
		s.trail.add(s.event(r, p, c, purposeOf(s.route, in), "ok"))
	}
	return s.tell(w, r, rider, out)
}

// do calls the endpoint, or lets the spool take what the database cannot.
func (s *served) do(ctx context.Context, r *http.Request, p Principal, rider *rider, body []byte) (in, out any, err error) {
	if s.route.Holds && s.held != nil {
		return s.held.do(ctx, s, r, p, rider, body)
	}
	return s.route.Do.call(ctx, r, body)
}

// unreadable tells a body over the limit from a client that went away.
func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return fault.Wrap(fault.Invalid, "request.unreadable", err)
}

// admit finds out who asks, whether they are too fast, and whether they may.
func (s *served) admit(r *http.Request, c *call) (Principal, error) {
	if err := s.crossing.Check(r); err != nil {
		return Principal{}, fault.Wrap(fault.Forbidden, "request.cross_origin", err)
	}
	if s.route.Public {
		p := Principal{Anonymous: true}
		return p, s.limits.allow(p, c.address)
	}
	p, err := s.authenticate(r)
	if err != nil {
		if limited := s.limits.allow(Principal{Anonymous: true}, c.address); limited != nil {
			return p, limited
		}
		return p, err
	}
	if err := s.limits.allow(p, c.address); err != nil {
		return p, err
	}
	if !s.gate.Can(p, s.route.Perm, "") {
		s.trail.add(s.event(r, p, c, "", "request.forbidden"))
		return p, fault.New(fault.Forbidden, "request.forbidden")
	}
	return p, nil
}

// authenticate asks who it is. While the database is out only sessions count that
// this node knows; the others are told so at once.
func (s *served) authenticate(r *http.Request) (Principal, error) {
	if s.held == nil {
		return s.auth.Authenticate(r.Context(), r)
	}
	ctx, cancel := s.held.short(r.Context())
	defer cancel()
	p, err := s.auth.Authenticate(ctx, r)
	return p, s.held.noted(err)
}

// refuse answers a fault, and logs those that are ours.
func (s *served) refuse(w http.ResponseWriter, r *http.Request, c *call, err error) int {
	f := namedFault(err)
	if f.Kind == fault.Internal {
		s.log.Error("request failed", "route", s.route.Pattern, "request_id", c.id, "error", err)
	}
	return writeProblem(w, f, c.id)
}

// secure says that the client came over TLS.
func (s *Server) secure(r *http.Request) bool {
	return r.TLS != nil || s.config.TrustedHops && r.Header.Get("X-Forwarded-Proto") == "https"
}

func (s *Server) clientAddress(r *http.Request) string {
	if s.config.TrustedHops {
		if hops := r.Header.Get("X-Forwarded-For"); hops != "" {
			last := hops[strings.LastIndexByte(hops, ',')+1:]
			return strings.TrimSpace(last)
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
