// Package redis carries signals between the nodes of one centre: "look at the
// facts", what is typed and where units are, how fast a caller is. A signal may
// be lost, and nothing here is ever the truth: without Redis each node still
// looks at the database every 20 ms, and all that is missing is speed.
//
// Nobody waits for Redis. Senders put a signal into a bounded queue; one sender
// takes it away with a limit of 100 ms, and after a failure sends nothing for a
// while. The subscription is renewed until ctx ends, and every time that it
// comes back the node is told to look at what it may have missed.
package redis

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"zhian/platform/ident"
)

const (
	patience   = 100 * time.Millisecond // for one exchange with the server
	rest       = 500 * time.Millisecond // after a failure nothing is sent for that long
	queueMost  = 4096                   // signals that wait to be sent
	sendMost   = 256                    // in one exchange
	silentMost = 2 * time.Second        // of a subscription before it is asked whether it lives
	firstWait  = 50 * time.Millisecond
	lastWait   = time.Second
)

// Link is one node's connection to the others. Take, Back and everything that
// Send and Bell return are set up before Run.
type Link struct {
	client *redis.Client
	log    *slog.Logger
	prefix string // of channels: centres that share a server do not hear each other
	self   string // marks this node's own signals, which come back to it

	queue   chan signal
	bells   map[string]*atomic.Bool
	rung    chan struct{}
	takers  map[string]func(payload []byte)
	back    []func()
	up      atomic.Bool
	dropped atomic.Int64
}

type signal struct {
	channel string
	payload []byte
}

// Open reads "host:6379" or "redis://user:password@host:6379/0"; it does not
// connect. Centre names who shares the signals.
func Open(address, centre string, log *slog.Logger) (*Link, error) {
	if !strings.Contains(address, "://") {
		address = "redis://" + address
	}
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("redis address: %w", err)
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = patience, patience, patience
	// The defaults dial five times and send four times: a dead server would cost
	// most of a second.
	o.DialerRetries, o.DialerRetryTimeout, o.MaxRetries, o.ContextTimeoutEnabled = 1, time.Millisecond, -1, true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	redis.SetLogger(quiet{}) // its one logger for the process would tell of every attempt
	return &Link{client: redis.NewClient(o), log: log, prefix: "zhian:" + centre + ":", self: ident.Secret()[:16],
		queue: make(chan signal, queueMost), bells: map[string]*atomic.Bool{}, rung: make(chan struct{}, 1),
		takers: map[string]func([]byte){}}, nil
}

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// Send makes the function that sends signals into a channel. It never waits: a
// signal that finds the queue full is dropped, and counted.
func (l *Link) Send(channel string) func(payload []byte) {
	return func(payload []byte) {
		select {
		case l.queue <- signal{channel, payload}:
		default:
			l.dropped.Add(1)
		}
	}
}

// Bell makes the function that sends an empty signal; ringing it again before it
// was sent is the same as ringing once.
func (l *Link) Bell(channel string) func() {
	waiting := &atomic.Bool{}
	l.bells[channel] = waiting
	return func() {
		waiting.Store(true)
		select {
		case l.rung <- struct{}{}:
		default: // the sender knows already
		}
	}
}

// Take hears the other nodes' signals of a channel.
func (l *Link) Take(channel string, take func(payload []byte)) { l.takers[channel] = take }

// Back is told whenever the subscription stands, for what was missed before.
func (l *Link) Back(look func()) { l.back = append(l.back, look) }

// Up tells whether the subscription stands.
func (l *Link) Up() bool { return l.up.Load() }

// Run sends and hears until ctx ends.
func (l *Link) Run(ctx context.Context) error {
	defer l.client.Close()
	var loops sync.WaitGroup
	loops.Go(func() { l.send(ctx) })
	loops.Go(func() { l.hear(ctx) })
	loops.Wait()
	return ctx.Err()
}

// send takes away what waits, many signals in one exchange.
func (l *Link) send(ctx context.Context) {
	for ctx.Err() == nil {
		var batch []signal
		select {
		case one := <-l.queue:
			batch = append(batch, one)
		case <-l.rung:
		case <-ctx.Done():
			return
		}
		batch = append(l.gather(batch), l.ringing()...)
		if err := l.publish(ctx, batch); err != nil {
			l.dropped.Add(int64(len(batch)))
			l.sleep(ctx, rest)
		}
	}
}

func (l *Link) gather(batch []signal) []signal {
	for len(batch) < sendMost {
		select {
		case one := <-l.queue:
			batch = append(batch, one)
		default:
			return batch
		}
	}
	return batch
}

func (l *Link) ringing() (batch []signal) {
	for channel, waiting := range l.bells {
		if waiting.Swap(false) {
			batch = append(batch, signal{channel: channel})
		}
	}
	return batch
}

func (l *Link) publish(ctx context.Context, batch []signal) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := l.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, s := range batch {
			p.Publish(ctx, l.prefix+s.channel, append([]byte(l.self), s.payload...))
		}
		return nil
	})
	return err
}

// hear keeps a subscription until ctx ends.
func (l *Link) hear(ctx context.Context) {
	wait := firstWait
	for failing := false; ctx.Err() == nil; failing = true {
		stood, err := l.subscription(ctx)
		if ctx.Err() != nil {
			return
		}
		if stood {
			wait, failing = firstWait, false
		}
		if !failing {
			l.log.Warn("no signals between nodes for now; everything goes on without", "error", err)
		}
		l.sleep(ctx, wait/2+rand.N(wait/2))
		wait = min(2*wait, lastWait)
	}
}

// subscription is the life of one of them.
func (l *Link) subscription(ctx context.Context) (stood bool, err error) {
	defer l.up.Store(false)
	channels := make([]string, 0, len(l.takers))
	for channel := range l.takers {
		channels = append(channels, l.prefix+channel)
	}
	sub := l.client.Subscribe(ctx, channels...)
	defer sub.Close()
	defer context.AfterFunc(ctx, func() { sub.Close() })()
	asked := false
	for {
		said, err := sub.ReceiveTimeout(ctx, silentMost)
		switch {
		case err == nil:
			asked = false
		case asked || !timedOut(err):
			return stood, err
		default:
			asked = true // silence: does it live?
			if err := sub.Ping(ctx); err != nil {
				return stood, err
			}
		}
		if l.take(said) && !stood {
			stood = true
			l.stands()
		}
	}
}

func timedOut(err error) bool {
	t, ok := err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

// take hands a message on; it reports whether the server has answered the
// subscription.
func (l *Link) take(said any) bool {
	switch m := said.(type) {
	case *redis.Subscription:
		return true
	case *redis.Message:
		payload, own := strings.CutPrefix(m.Payload, l.self)
		if !own && len(payload) >= len(l.self) {
			l.takers[strings.TrimPrefix(m.Channel, l.prefix)]([]byte(payload[len(l.self):]))
		}
	}
	return false
}

func (l *Link) stands() {
	l.up.Store(true)
	l.log.Info("signals between nodes")
	for _, look := range l.back {
		look()
	}
}

func (l *Link) sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Metrics tell whether the link stands and how many signals were dropped.
func (l *Link) Metrics() []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "zhian_redis_up", Help: "Whether signals pass between nodes."}, func() float64 {
			if l.Up() {
				return 1
			}
			return 0
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "zhian_redis_dropped_total", Help: "Signals that were not sent."},
			func() float64 { return float64(l.dropped.Load()) }),
	}
}
