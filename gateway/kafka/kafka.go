// Package kafka takes facts to Kafka for systems outside, and takes facts of
// other systems in.
//
// Out: one elected node reads the bus and produces to the topic of the fact's
// module ("zhian.incident"), keyed by the fact's key, so that order per key
// holds. The cursor moves after all in-sync brokers have acknowledged, so a crash
// repeats facts and loses none; while the brokers are out the bus keeps what they
// have not had, however long that takes.
//
// In: whatever is repeated, an origin's facts come into a partition for the first
// time in the order of their positions (every relay sends from the cursor on, in
// order). So one row per partition, moved in the transaction of the effects, is
// the whole inbox: what is not above it was had before. The number of a topic's
// partitions must not change while facts are being repeated, and a centre whose
// database was set back to an older state must go on under another origin.
package kafka

import (
	"cmp"
	"crypto/tls"
	"embed"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the inbox; the relay's cursor is the bus's.
var Schema = sqldb.Schema{Room: "kafka", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this room, for the guard that prepares them on both engines.
var Queries = sqldb.Load("kafka", queriesText)

// The position, the origin and the name of a fact travel in headers.
const headerPos, headerOrigin, headerName = "zhian-pos", "zhian-origin", "zhian-name"

// Address says where the brokers are and how they are spoken to.
type Address struct {
	Prefix  string // of topics; default "zhian."
	options []kgo.Opt
}

// Parse reads "host:9092,host:9092" or
// "kafka://user:password@host:9092,host:9092?tls=true&sasl=plain&prefix=zhian.";
// sasl is scram-sha-512 (the default with a user), scram-sha-256 or plain.
func Parse(text string) (Address, error) {
	if !strings.Contains(text, "://") {
		text = "kafka://" + text
	}
	// net/url takes one host with a port; the others are put back after it.
	head, hosts, tail := split(text)
	u, err := url.Parse(head + "brokers" + tail)
	if err != nil || u.Scheme != "kafka" || hosts == "" {
		return Address{}, fmt.Errorf("kafka address %q is not host:port,… or kafka://host:port,…", text)
	}
	q := u.Query()
	a := Address{Prefix: cmp.Or(q.Get("prefix"), "zhian."), options: []kgo.Opt{kgo.SeedBrokers(strings.Split(hosts, ",")...)}}
	if secure, _ := strconv.ParseBool(q.Get("tls")); secure {
		a.options = append(a.options, kgo.DialTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	if u.User == nil {
		return a, nil
	}
	password, _ := u.User.Password()
	how, err := mechanism(cmp.Or(q.Get("sasl"), "scram-sha-512"), u.User.Username(), password)
	a.options = append(a.options, kgo.SASL(how))
	return a, err
}

// split takes the brokers out of an address.
func split(text string) (head, hosts, tail string) {
	start := strings.Index(text, "://") + len("://")
	end := len(text)
	if i := strings.IndexAny(text[start:], "/?"); i >= 0 {
		end = start + i
	}
	if i := strings.LastIndexByte(text[start:end], '@'); i >= 0 {
		start += i + 1
	}
	return text[:start], text[start:end], text[end:]
}

func mechanism(name, user, password string) (sasl.Mechanism, error) {
	switch name {
	case "plain":
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case "scram-sha-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case "scram-sha-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("kafka: no such sasl mechanism: %q", name)
}

// Producer opens a client that is idempotent and waits for all in-sync brokers,
// as kgo does by default; topics that are missing are created where the brokers
// allow it.
func (a Address) Producer() (*kgo.Client, error) {
	return kgo.NewClient(append(a.options, kgo.AllowAutoTopicCreation(), kgo.ProducerBatchCompression(kgo.Lz4Compression(), kgo.NoCompression()))...)
}

// sessionLimit is how long a group waits for a node that fell silent before
// others get its partitions.
const sessionLimit = 10 * time.Second

// Consumer opens a client that reads topics as a group, from the beginning, and
// commits only when told to.
func (a Address) Consumer(group string, topics ...string) (*kgo.Client, error) {
	return kgo.NewClient(append(a.options, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topics...), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(sessionLimit))...)
}

// record is a fact as Kafka sees it.
func record(prefix, origin string, f bus.Envelope) *kgo.Record {
	module, _, _ := strings.Cut(f.Name, ".")
	return &kgo.Record{
		Topic: prefix + module, Key: []byte(f.Key), Value: f.Body, Timestamp: f.At,
		Headers: []kgo.RecordHeader{
			{Key: headerPos, Value: strconv.AppendInt(nil, f.Pos, 10)},
			{Key: headerOrigin, Value: []byte(origin)},
			{Key: headerName, Value: []byte(f.Name)},
		},
	}
}

// fact reads a record back; one without a position is not one of ours.
func fact(r *kgo.Record) (origin string, f bus.Envelope, ours bool) {
	f = bus.Envelope{Key: string(r.Key), Body: r.Value}
	f.At = r.Timestamp
	for _, h := range r.Headers {
		switch h.Key {
		case headerPos:
			pos, err := strconv.ParseInt(string(h.Value), 10, 64)
			f.Pos, ours = pos, err == nil
		case headerOrigin:
			origin = string(h.Value)
		case headerName:
			f.Name = string(h.Value)
		}
	}
	return origin, f, ours
}
