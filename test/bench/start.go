package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	starts    = 5
	idleAfter = 10 * time.Second
	readyWait = 30 * time.Second
	pageSize  = 4096
)

// start: how long the program needs until it is ready, and what memory it holds
// when nobody asks anything, on a centre without incidents and on one with a
// million. The first run of all, which makes tables and administrators, is told
// apart.
func start(ctx context.Context, say func(Line)) (err error) {
	dir, err := os.MkdirTemp("", "zhian-start")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program := filepath.Join(dir, "zhian")
	if said, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/zhian").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, said)
	}
	many, err := millionFolder(ctx, say)
	if err != nil {
		return err
	}
	empty := filepath.Join(dir, "empty")
	first, err := begin(ctx, program, empty)
	if err != nil {
		return err
	}
	if err := first.end(); err != nil {
		return err
	}
	say(Line{Name: "start.first_run", Value: first.took.Seconds() * 1000, Unit: "ms"})
	if err := startOf(ctx, "empty", program, empty, 300, say); err != nil {
		return err
	}
	return startOf(ctx, "million", program, many, 2000, say)
}

// startOf measures one folder; limit is in ms.
func startOf(ctx context.Context, name, program, data string, limit float64, say func(Line)) error {
	var took []time.Duration
	for range starts {
		p, err := begin(ctx, program, data)
		if err != nil {
			return err
		}
		if err := p.end(); err != nil {
			return err
		}
		took = append(took, p.took)
	}
	slices.Sort(took)
	say(Line{Name: "start." + name, Value: took[starts/2].Seconds() * 1000, Unit: "ms", Limit: limit})
	say(Line{Name: "start." + name + ".slowest", Value: took[starts-1].Seconds() * 1000, Unit: "ms", Limit: limit})
	p, err := begin(ctx, program, data)
	if err != nil {
		return err
	}
	time.Sleep(idleAfter)
	idle, err := p.memory()
	if err == nil {
		say(Line{Name: "start." + name + ".idle_memory", Value: idle, Unit: "MB", Limit: 120})
	}
	return errors.Join(err, p.end())
}

// running is the program at work.
type running struct {
	*exec.Cmd
	said *bytes.Buffer
	took time.Duration // until it was ready
}

// begin runs the program until it says that it is ready.
func begin(ctx context.Context, program, data string) (*running, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return nil, err
	}
	r := &running{Cmd: exec.CommandContext(ctx, program, "serve", "--data", data, "--listen", address), said: &bytes.Buffer{}}
	r.Stdout, r.Stderr = r.said, r.said
	begun := time.Now()
	if err := r.Start(); err != nil {
		return nil, err
	}
	for r.took < readyWait {
		answer, err := http.Get("http://" + address + "/readyz")
		r.took = time.Since(begun)
		if err == nil {
			if err := answer.Body.Close(); err != nil || answer.StatusCode == http.StatusOK {
				return r, err
			}
		}
		time.Sleep(time.Millisecond)
	}
	return nil, errors.Join(fmt.Errorf("not ready after %s", r.took), r.end())
}

// memory is what the process holds, in MB of 2^20 bytes.
func (r *running) memory() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", r.Process.Pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	return pages * pageSize / (1 << 20), err
}

// end has it drain, and tells what it said when that went wrong.
func (r *running) end() error {
	err := r.Process.Signal(os.Interrupt)
	if waited := r.Wait(); waited != nil {
		err = errors.Join(err, waited, errors.New(r.said.String()))
	}
	return err
}
