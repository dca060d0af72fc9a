package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// load is many callers who each send one request after the other over a
// connection of their own. The client is as small as it can be: what it costs
// is taken from the server, which shares the machine.
type load struct {
	host    string
	callers int
	lasting time.Duration
	warm    time.Duration
	// request writes request n of a caller, headers and body.
	request func(buf *bytes.Buffer, caller, n int)
	want    int // status of success
}

// outcome is what the callers saw after the warm-up.
type outcome struct {
	took    []time.Duration // of each answer, sorted
	seconds float64
	busy    time.Duration // processor time of this process, callers included
}

// each is the processor time that one answer cost, in microseconds: it tells the
// same on a machine that has other things to do.
func (o outcome) each() float64 { return o.busy.Seconds() * 1e6 / float64(max(1, len(o.took))) }

// busySoFar is the processor time of this process.
func busySoFar() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (o outcome) rate() float64 { return float64(len(o.took)) / o.seconds }

// at is a percentile in milliseconds.
func (o outcome) at(share float64) float64 {
	if len(o.took) == 0 {
		return 0
	}
	return o.took[int(share*float64(len(o.took)-1))].Seconds() * 1000
}

func (l load) run(ctx context.Context) (outcome, error) {
	var numbers atomic.Int32
	return together(l.callers, l.warm, l.lasting, func(until func() bool, took func(time.Time)) error {
		return l.call(ctx, int(numbers.Add(1)), until, took)
	})
}

func (l load) call(ctx context.Context, caller int, until func() bool, took func(time.Time)) error {
	conn, err := net.Dial("tcp", l.host)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16<<10)
	var out bytes.Buffer
	for n := 0; ctx.Err() == nil && until(); n++ {
		out.Reset()
		l.request(&out, caller, n)
		sent := time.Now()
		if _, err := conn.Write(out.Bytes()); err != nil {
			return err
		}
		if err := answered(in, l.want); err != nil {
			return err
		}
		took(sent)
	}
	return ctx.Err()
}

// answered reads one answer off the connection.
func answered(in *bufio.Reader, want int) error {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return err
	}
	length := 0
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return err
		}
		if len(line) == 2 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(": ")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if status == want {
		_, err = in.Discard(length)
		return err
	}
	body := make([]byte, length)
	_, err = io.ReadFull(in, body)
	return errors.Join(err, fmt.Errorf("status %d, want %d: %s", status, want, body))
}

// post writes one request with a JSON body.
func post(out *bytes.Buffer, path, token, key string, body []byte) {
	fmt.Fprintf(out, "POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n", path, token)
	if key != "" {
		fmt.Fprintf(out, "Idempotency-Key: %s\r\n", key)
	}
	fmt.Fprintf(out, "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body))
	out.Write(body)
}
