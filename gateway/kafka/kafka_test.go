package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"zhian/gateway/kafka"
	"zhian/platform/bus"
	"zhian/platform/sqldb"
	"zhian/platform/sqldb/sqldbtest"
)

type moved struct {
	Thing string
	Step  int
}

func (moved) FactName() string  { return "thing.moved" }
func (m moved) FactKey() string { return m.Thing }

// effects is what an inbox leaves behind: a second effect would be a second row.
var effects = sqldb.Schema{Room: "thing", Files: fstest.MapFS{"schema/0001_effect.sql": {Data: []byte(
	`CREATE TABLE thing_effect (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key TEXT NOT NULL, pos BIGINT NOT NULL);`)}}}

var queries = sqldb.Load("thing", `
-- name: Effect
INSERT INTO thing_effect (key, pos) VALUES ($1, $2)
-- name: Effects
SELECT key || ' ' || CAST(pos AS TEXT) FROM thing_effect ORDER BY seq
`)

const (
	topic      = "zhian.thing"
	partitions = 3
	patience   = 20 * time.Second
)

// bench is one database with its relay and an inbox that reads what it sent.
type bench struct {
	*testing.T
	ctx     context.Context
	cluster *kfake.Cluster
	brokers []string
	db      *sqldb.DB
	bus     *bus.Bus
	relay   *kafka.Relay
	inbox   *kafka.Inbox
	mu      sync.Mutex
	refuse  func(pos int64) error // of the handler
	sent    int
}

func each(t *testing.T, test func(b *bench)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(newBench(t, db, newCluster(t))) }, bus.Schema, kafka.Schema, effects)
}

func newCluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(2), kfake.SeedTopics(partitions, topic), kfake.GroupMinSessionTimeout(100 * time.Millisecond)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func newBench(t *testing.T, db *sqldb.DB, cluster *kfake.Cluster) *bench {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	b := &bench{T: t, ctx: ctx, cluster: cluster, brokers: cluster.ListenAddrs(), db: db, bus: bus.New(db, time.Now)}
	b.bus.Outward(kafka.Reader)
	if err := b.bus.Start(ctx); err != nil {
		t.Fatal(err)
	}
	b.relay = b.newRelay(db)
	b.inbox = &kafka.Inbox{DB: db, Consumer: "reader", Log: slog.New(slog.DiscardHandler), Dial: b.consumer, Handle: b.handle}
	return b
}

func (b *bench) newRelay(db *sqldb.DB) *kafka.Relay {
	return &kafka.Relay{DB: db, Origin: "here", Prefix: "zhian.", Log: slog.New(slog.DiscardHandler), Dial: b.producer}
}

// quick makes a client try again at once: tests do not wait for back-offs.
var quick = []kgo.Opt{kgo.RetryBackoffFn(func(int) time.Duration { return 5 * time.Millisecond }), kgo.MetadataMinAge(10 * time.Millisecond)}

func (b *bench) producer() (*kgo.Client, error) {
	return kgo.NewClient(append(quick, kgo.SeedBrokers(b.brokers...))...)
}

func (b *bench) consumer() (*kgo.Client, error) {
	return kgo.NewClient(append(quick, kgo.SeedBrokers(b.brokers...), kgo.ConsumerGroup("reader"), kgo.ConsumeTopics(topic),
		kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(50*time.Millisecond),
		kgo.SessionTimeout(time.Second), kgo.HeartbeatInterval(200*time.Millisecond))...)
}

func (b *bench) handle(tx *sqldb.Tx, origin string, f bus.Envelope) error {
	b.mu.Lock()
	refuse := b.refuse
	b.mu.Unlock()
	if refuse != nil {
		if err := refuse(f.Pos); err != nil {
			return err
		}
	}
	if origin != "here" || f.Name != "thing.moved" {
		return fmt.Errorf("a fact of %s: %s", origin, f.Name)
	}
	_, err := tx.Exec(queries["Effect"], f.Key, f.Pos)
	return err
}

// publish adds facts of five keys and gives them positions.
func (b *bench) publish(n int) {
	b.Helper()
	err := b.db.Do(b.Context(), func(tx *sqldb.Tx) error {
		for i := range n {
			if err := b.bus.Publish(tx, time.Now(), moved{fmt.Sprint("k", (b.sent+i)%5), b.sent + i}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		_, err = b.bus.Deliver(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	b.sent += n
}

// run keeps relay and inbox at work until every fact has had its effect, then
// checks that each had one, in the order of its key.
func (b *bench) run(loops ...func(context.Context) error) {
	b.Helper()
	ctx, stop := context.WithCancel(b.ctx)
	var running sync.WaitGroup
	for _, loop := range append(loops, b.inbox.Run) {
		running.Go(func() { loop(ctx) })
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for len(b.effects()) < b.sent && ctx.Err() == nil {
		<-look.C
	}
	stop()
	running.Wait()
	b.check()
}

func (b *bench) effects() []string {
	b.Helper()
	list, err := sqldb.Read(b.Context(), b.db, func(tx *sqldb.Tx) ([]string, error) {
		return sqldb.List(tx, queries["Effects"], sqldb.ScanString)
	})
	if err != nil {
		b.Fatal(err)
	}
	return list
}

func (b *bench) check() {
	b.Helper()
	byKey := map[string][]int{}
	for _, line := range b.effects() {
		key, pos, _ := strings.Cut(line, " ")
		n, err := strconv.Atoi(pos)
		if err != nil {
			b.Fatal(err)
		}
		byKey[key] = append(byKey[key], n)
	}
	for k := range 5 {
		var want []int
		for i := k; i < b.sent; i += 5 {
			want = append(want, i+1)
		}
		if got := byKey[fmt.Sprint("k", k)]; !slices.Equal(got, want) {
			b.Errorf("k%d had %d effects of %d: %v", k, len(got), len(want), got[:min(20, len(got))])
		}
	}
}

func TestEveryFactHasOneEffectInOrder(t *testing.T) {
	each(t, func(b *bench) {
		b.publish(300)
		b.run(b.relay.Run)
		b.publish(300)
		b.run(b.relay.Run)
	})
}

var setBack = sqldb.Statement("bus", "SetBack", "UPDATE bus_cursor SET pos = $1 WHERE consumer = 'kafka' AND pos > $1")

// Relays that fall after they produced and before the cursor moved send again,
// and one that does not know that it was replaced sends beside the other.
func TestWhatIsRepeatedHasOneEffect(t *testing.T) {
	each(t, func(b *bench) {
		b.publish(3000)
		var relays sync.WaitGroup
		for n := range 3 {
			relays.Go(func() {
				client, err := b.producer()
				if err != nil {
					b.Error(err)
					return
				}
				defer client.Close()
				for i := range 5 {
					b.relay.Step(b.ctx, client) // may be overtaken
					err := b.db.Do(b.ctx, func(tx *sqldb.Tx) error { _, err := tx.Exec(setBack, 100*(n+i)); return err })
					if err != nil {
						b.Error(err)
					}
				}
			})
		}
		relays.Wait()
		b.run(b.relay.Run)
	})
}

func TestEveryRequestOfABrokerMayFail(t *testing.T) {
	keys := []kmsg.Key{kmsg.Produce, kmsg.Fetch, kmsg.Metadata, kmsg.InitProducerID, kmsg.FindCoordinator, kmsg.JoinGroup,
		kmsg.SyncGroup, kmsg.Heartbeat, kmsg.OffsetFetch, kmsg.OffsetCommit, kmsg.ListOffsets, kmsg.LeaveGroup}
	faults := []*kerr.Error{kerr.UnknownServerError, kerr.NotLeaderForPartition, kerr.CoordinatorNotAvailable, kerr.RequestTimedOut}
	for _, key := range keys {
		t.Run(key.Name(), func(t *testing.T) {
			t.Parallel()
			b := newBench(t, sqldbtest.New(t, bus.Schema, kafka.Schema, effects), newCluster(t))
			for _, fault := range faults {
				b.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{key}, Err: fault, Count: 2})
				b.publish(40)
				b.run(b.relay.Run)
			}
		})
	}
}

// Connections that break anywhere, also between what a broker wrote and its answer.
func TestBrokenConnectionsLoseAndDoubleNothing(t *testing.T) {
	each(t, func(b *bench) {
		b.cluster = newCluster(b.T, kfake.ListenFn(func(network, address string) (net.Listener, error) {
			l, err := net.Listen(network, address)
			return &cutting{Listener: l}, err
		}))
		b.brokers = b.cluster.ListenAddrs()
		for range 5 {
			b.publish(200)
			b.run(b.relay.Run)
		}
	})
}

// cutting breaks every connection after some bytes of answers, each later than
// the one before so that work gets done.
type cutting struct {
	net.Listener
	mu    sync.Mutex
	after int
}

func (c *cutting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after += 237
	return &cut{Conn: conn, left: c.after}, err
}

type cut struct {
	net.Conn
	left int
}

func (c *cut) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		c.Conn.Close()
		return 0, errors.New("the connection broke")
	}
	return c.Conn.Write(p)
}

// Brokers that are out for days: intake goes on, nothing is trimmed, and all of
// it arrives in order after they are back.
func TestBrokersOutForDaysLoseNothing(t *testing.T) {
	each(t, func(b *bench) {
		dir := t.TempDir()
		b.cluster = newCluster(b.T, kfake.NumBrokers(1), kfake.DataDir(dir), kfake.SyncWrites())
		b.brokers = b.cluster.ListenAddrs()
		_, port, _ := net.SplitHostPort(b.brokers[0])
		b.publish(50)
		b.run(b.relay.Run)

		b.cluster.Close()
		ctx, stop := context.WithCancel(b.ctx)
		ended := make(chan error, 1)
		go func() { ended <- b.relay.Run(ctx) }() // waits in vain
		b.publish(20_000)
		days := time.Now().Add(10 * 24 * time.Hour)
		if gone, err := b.db.Sweep(b.ctx, days, bus.Retention[0]); err != nil || gone > 50 {
			b.Errorf("%d facts were trimmed, %v", gone, err)
		}
		lags, err := b.bus.Lags(b.ctx)
		if err != nil || len(lags) != 1 || lags[0].Behind < 20_000 {
			b.Errorf("%+v, %v", lags, err)
		}
		stop() // must not wait for brokers that do not come
		<-ended

		number, _ := strconv.Atoi(port)
		b.cluster = newCluster(b.T, kfake.NumBrokers(1), kfake.DataDir(dir), kfake.Ports(number))
		b.run(b.relay.Run)
	})
}

// An effect that cannot be had now holds everything behind it.
func TestHandlerThatFailsIsTriedAgainInOrder(t *testing.T) {
	each(t, func(b *bench) {
		failures := 0
		b.refuse = func(pos int64) error {
			if pos > 20 && failures < 3 {
				failures++
				return errors.New("not now")
			}
			return nil
		}
		b.publish(60)
		b.run(b.relay.Run)
		if failures != 3 {
			b.Errorf("%d failures", failures)
		}
	})
}

// Two nodes: the one that relays dies, the other goes on within two seconds.
func TestAnotherNodeTakesTheRelayOver(t *testing.T) {
	dsn := sqldbtest.PostgresDSN(t)
	open := func() *sqldb.DB {
		db, err := sqldb.Open(t.Context(), dsn, sqldb.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	first, second := open(), open()
	if err := first.Migrate(t.Context(), bus.Schema, kafka.Schema, effects); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, second, newCluster(t))
	dying := b.newRelay(first)
	go dying.Run(t.Context())
	b.publish(100)
	b.until("the first node has relayed", func() bool { return b.behind() == 0 })
	go b.newRelay(second).Run(t.Context())
	first.Close()
	died := time.Now()
	b.publish(100)
	b.until("the second node has relayed", func() bool { return b.behind() == 0 })
	if took := time.Since(died); took > 2*time.Second {
		t.Errorf("the relay was taken over after %v", took)
	}
	b.run()
}

func (b *bench) behind() int64 {
	lags, err := b.bus.Lags(b.ctx)
	if err != nil || len(lags) != 1 {
		b.Fatal(lags, err)
	}
	return lags[0].Behind
}

func (b *bench) until(what string, true func() bool) {
	b.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !true() {
		select {
		case <-look.C:
		case <-b.ctx.Done():
			b.Fatal("never: ", what)
		}
	}
}

// Another client library reads the same facts: librdkafka, through kcat.
func TestAnotherClientReadsTheSame(t *testing.T) {
	kcat, err := exec.LookPath("kcat")
	if err != nil {
		t.Skip("kcat is not installed: apt-get install kcat")
	}
	b := newBench(t, sqldbtest.New(t, bus.Schema, kafka.Schema, effects), newCluster(t))
	b.publish(500)
	b.run(b.relay.Run)
	out, err := exec.CommandContext(b.ctx, kcat, "-C", "-b", strings.Join(b.cluster.ListenAddrs(), ","), "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%k %h %s\n").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	seen := map[string]bool{}
	for _, line := range lines {
		seen[line] = true
	}
	want := `k3 zhian-pos=4,zhian-origin=here,zhian-name=thing.moved {"Thing":"k3","Step":3}`
	if len(lines) != 500 || len(seen) != 500 || !seen[want] {
		t.Errorf("kcat read %d facts, %d different; the first is %s", len(lines), len(seen), lines[0])
	}
}

func TestAddresses(t *testing.T) {
	for text, prefix := range map[string]string{
		"localhost:9092":                     "zhian.",
		"a:9092,b:9092":                      "zhian.",
		"kafka://a:9092,b:9092?prefix=city.": "city.",
		"kafka://user:p%40ss@a:9093,b:9093?tls=true&sasl=plain": "zhian.",
		"kafka://user:pass@a:9093?sasl=scram-sha-256&prefix=x":  "x",
		"http://a:9092":                          "",
		"kafka://user:pass@a:9093?sasl=kerberos": "",
		"kafka://?tls=true":                      "",
	} {
		a, err := kafka.Parse(text)
		if (err != nil) != (prefix == "") || err == nil && a.Prefix != prefix {
			t.Errorf("%s: %+v, %v", text, a, err)
		}
		if err != nil {
			continue
		}
		client, err := a.Producer()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		client.Close()
	}
}

func BenchmarkRelay(b *testing.B) {
	db := sqldbtest.New(b, bus.Schema, kafka.Schema)
	facts := bus.New(db, time.Now)
	for first := 0; first < b.N; first += 1000 {
		err := db.Do(b.Context(), func(tx *sqldb.Tx) error {
			for i := first; i < min(first+1000, b.N); i++ {
				if err := facts.Publish(tx, time.Now(), moved{fmt.Sprint("key", i%100), i}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	cluster := newCluster(b)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	relay := &kafka.Relay{DB: db, Origin: "here", Prefix: "zhian."}
	b.ResetTimer()
	for sent := 0; sent < b.N; {
		n, err := relay.Step(b.Context(), client)
		if err != nil {
			b.Fatal(err)
		}
		sent += n
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "facts/s")
}
