package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// server is one side of the broadcast in a process of its own.
type server struct {
	host  string
	tell  io.WriteCloser
	heard *bufio.Reader
	run   *exec.Cmd
}

// startServer builds the command in dir and runs it.
func startServer(ctx context.Context, dir string) (*server, error) {
	bin, err := os.MkdirTemp("", "zhian-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(bin)
	program := filepath.Join(bin, "server")
	if said, err := exec.CommandContext(ctx, "go", "build", "-C", dir, "-o", program, ".").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w: %s", dir, err, said)
	}
	s := &server{run: exec.CommandContext(ctx, program)}
	s.run.Stderr = os.Stderr
	if s.tell, err = s.run.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.run.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.heard = bufio.NewReader(out)
	if err := s.run.Start(); err != nil {
		return nil, err
	}
	if s.host, err = s.answer(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) answer() (string, error) {
	line, err := s.heard.ReadString('\n')
	return strings.TrimSpace(line), err
}

func (s *server) ask(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(s.tell, format+"\n", args...); err != nil {
		return "", err
	}
	return s.answer()
}

// send has it send count messages to everybody and waits until it has.
func (s *server) send(count int, every time.Duration) error {
	_, err := s.ask("%d %s", count, every)
	return err
}

// stop ends its input, and so the process.
func (s *server) stop() error { return errors.Join(s.tell.Close(), s.run.Wait()) }

// busy is the processor time that a stopped server has used.
func (s *server) busy() time.Duration {
	return s.run.ProcessState.UserTime() + s.run.ProcessState.SystemTime()
}
