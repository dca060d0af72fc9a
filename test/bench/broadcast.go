package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"
)

const (
	consoles  = 2000
	burst     = 200 // messages at once to each
	bursts    = 8
	pacedLong = 3 * time.Second
	pacedGap  = 50 * time.Millisecond
	stalled   = consoles / 100
)

// side is what one server has shown.
type side struct {
	rate float64 // messages a second in a burst, the median of several
	p99  float64 // ms, of a message every pacedGap to all
	cpu  float64 // us of the server's processor time a message, everything included
}

// broadcast: one message to 2,000 consoles, in bursts and paced, against
// centrifuge with the same clients; then with one client in a hundred that reads
// nothing any more.
func broadcast(ctx context.Context, say func(Line)) error {
	peer, err := measureSide(ctx, "test/bench/peers/centrifuge", greeting{`{"id":1,"connect":{}}`, `"connect"`}, nil)
	if err != nil {
		return err
	}
	say(Line{Name: "broadcast.centrifuge", Value: peer.rate, Unit: "messages/s"})
	say(Line{Name: "broadcast.centrifuge.p99", Value: peer.p99, Unit: "ms"})
	ours, err := measureSide(ctx, "test/bench/hub", greeting{hear: `"ready"`}, func(s *server, c *crowd, free side) (int, error) { return stall(ctx, s, c, free, say) })
	if err != nil {
		return err
	}
	say(Line{Name: "broadcast", Value: ours.rate, Unit: "messages/s", Limit: 5e6, RatioTo: "broadcast.centrifuge", Ratio: ours.rate / peer.rate})
	say(Line{Name: "broadcast.p99", Value: ours.p99, Unit: "ms", RatioTo: "broadcast.centrifuge.p99", Ratio: ours.p99 / peer.p99})
	say(Line{Name: "broadcast.cpu", Value: ours.cpu, Unit: "us/message", RatioTo: "cpu of broadcast.centrifuge", Ratio: ours.cpu / peer.cpu})
	return nil
}

// measureSide runs one server through bursts and a pace; then is what else is
// asked of it while its clients are there.
func measureSide(ctx context.Context, dir string, g greeting, then func(*server, *crowd, side) (sent int, err error)) (out side, err error) {
	s, err := startServer(ctx, dir)
	if err != nil {
		return out, err
	}
	sent := 0
	stop := func() error {
		err := s.stop()
		out.cpu = s.busy().Seconds() * 1e6 / float64(max(1, sent))
		return err
	}
	c, err := gather(ctx, "ws://"+s.host+"/", consoles, g)
	if err != nil {
		return out, errors.Join(err, stop())
	}
	defer c.leave()
	if out.rate, err = burstRate(s, c, bursts); err != nil {
		return out, errors.Join(err, stop())
	}
	sent = bursts * burst * consoles
	n := int(pacedLong / pacedGap)
	if _, err = c.expect(n*consoles, func() error { return s.send(n, pacedGap) }); err != nil {
		return out, errors.Join(err, stop())
	}
	sent += n * consoles
	if out.p99 = c.percentile(.99); then != nil {
		more := 0
		more, err = then(s, c, out)
		sent += more
	}
	return out, errors.Join(err, stop())
}

// burstRate is the median of several bursts.
func burstRate(s *server, c *crowd, times int) (float64, error) {
	var rates []float64
	for range times {
		took, err := c.expect(burst*consoles, func() error { return s.send(burst, 0) })
		if err != nil {
			return 0, err
		}
		rates = append(rates, burst*consoles/took.Seconds())
	}
	slices.Sort(rates)
	return rates[times/2], nil
}

// stall adds clients that read nothing and sends bursts until the hub has cut them
// all; the others must not notice.
func stall(ctx context.Context, s *server, c *crowd, free side, say func(Line)) (sent int, err error) {
	for n := range stalled {
		conn, _, err := dial(ctx, fmt.Sprintf("ws://%s/?user=user-%d", s.host, consoles+n), nil)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		if err := conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
			return 0, err
		}
	}
	begun := time.Now()
	var rates []float64
	for {
		took, err := c.expect(burst*consoles, func() error { return s.send(burst, 0) })
		if err != nil {
			return 0, err
		}
		rates, sent = append(rates, burst*consoles/took.Seconds()), sent+burst*consoles
		text, err := s.ask("count")
		if err != nil {
			return 0, err
		}
		if left, err := strconv.Atoi(text); err != nil || left <= consoles {
			break
		}
		if time.Since(begun) > tooLong {
			return 0, fmt.Errorf("clients that read nothing are still there: %s", text)
		}
	}
	slices.Sort(rates)
	rate := rates[len(rates)/2]
	say(Line{Name: "broadcast.stalled.cut_after", Value: time.Since(begun).Seconds(), Unit: "s", Limit: 10})
	say(Line{Name: "broadcast.stalled", Value: rate, Unit: "messages/s", RatioTo: "broadcast", Ratio: rate / free.rate})
	return sent, nil
}
