package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"zhian/platform/apiclient"
)

// binary is the program as a user has it, built once per run of these tests.
var binary string

// stamp is its version: that of the pages, which it would refuse otherwise, or
// one of its own where no pages are built.
var stamp = func() string {
	var pages struct{ Version string }
	text, err := os.ReadFile("../../web/dist/version.json")
	if err != nil || json.Unmarshal(text, &pages) != nil {
		return "v0.0.0-test"
	}
	return pages.Version
}()

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "zhian-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "zhian")
		build := exec.Command("go", "build", "-ldflags", "-X main.version="+stamp, "-o", binary, ".")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return 1
		}
		return m.Run()
	}())
}

// ran is how a command ended.
type ran struct {
	status   int
	out, err string
}

// zhian runs a command to its end. The environment holds no setting of ours but
// those that the test adds as NAME=value before the arguments.
func zhian(t *testing.T, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := command(ctx, t, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

var variable = regexp.MustCompile(`^[A-Z_]+=`)

func command(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "ZHIAN_") {
			env = append(env, e)
		}
	}
	for len(args) > 0 && variable.MatchString(args[0]) {
		env, args = append(env, args[0]), args[1:]
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env, cmd.Dir = env, t.TempDir()
	return cmd
}

// says checks an outcome: its status, and what its output must hold.
func (r ran) says(t *testing.T, status int, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(r.out+r.err, part) {
			t.Errorf("lacks %q", part)
		}
	}
	if r.status != status {
		t.Errorf("status %d, want %d", r.status, status)
	}
	if t.Failed() {
		t.Fatalf("out: %s\nerr: %s", r.out, r.err)
	}
}

// running is a command that serves.
type running struct {
	t    *testing.T
	cmd  *exec.Cmd
	base string
	out  *spoken
	err  *spoken
	once sync.Once
	end  ran
}

// spoken is what a command has printed so far.
type spoken struct {
	sync.Mutex
	text  bytes.Buffer
	heard chan struct{} // something new
}

func (s *spoken) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	select {
	case s.heard <- struct{}{}:
	default:
	}
	return s.text.Write(p)
}

func (s *spoken) String() string {
	s.Lock()
	defer s.Unlock()
	return s.text.String()
}

// await waits for a text and hands out what its groups hold.
func (s *spoken) await(t *testing.T, pattern string) []string {
	t.Helper()
	limit := time.After(2 * time.Minute)
	for {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(s.String()); found != nil {
			return found
		}
		select {
		case <-s.heard:
		case <-limit:
			t.Fatalf("never said %q:\n%s", pattern, s)
		}
	}
}

// start runs a command that serves on a port of its own until the test's end.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: command(context.Background(), t, append(args, "--listen", "127.0.0.1:0")...),
		out: &spoken{heard: make(chan struct{}, 1)}, err: &spoken{heard: make(chan struct{}, 1)}}
	r.cmd.Stdout, r.cmd.Stderr = r.out, r.err
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.stop() })
	r.base = r.out.await(t, `(?:listens on|demonstration:) (http://127\.0\.0\.1:\d+)`)[1]
	return r
}

// stop presses Ctrl-C and waits for the end. A supervisor that passes the signal
// on makes it two.
func (r *running) stop() ran {
	r.once.Do(func() {
		r.cmd.Process.Signal(syscall.SIGINT)
		r.cmd.Process.Signal(syscall.SIGINT)
		slow := time.AfterFunc(time.Minute, func() { r.cmd.Process.Kill() })
		defer slow.Stop()
		r.cmd.Wait()
		r.end = ran{r.cmd.ProcessState.ExitCode(), r.out.String(), r.err.String()}
	})
	return r.end
}

// get reads a public address.
func (r *running) get(path string) (status int, header http.Header, body string) {
	r.t.Helper()
	answer, err := http.Get(r.base + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

func (r *running) client() *apiclient.Client { return apiclient.New(r.base, "") }

func decode(t *testing.T, text string, to any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), to); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

func TestHelpIsThereForEveryCommand(t *testing.T) {
	t.Parallel()
	zhian(t).says(t, done, "zhian demo", "Exit status", "Commands:")
	for _, name := range []string{"demo", "serve", "replay", "migrate", "doctor", "export", "verify", "config"} {
		r := zhian(t, name, "--help")
		r.says(t, done, "Usage: zhian "+name)
		if r.err != "" || strings.Contains(r.out, "TO"+"DO") {
			t.Errorf("%s: %s", name, r.err)
		}
	}
}

// What the README says of a command, its own help says, too.
func TestTheReadmeKnowsTheFlags(t *testing.T) {
	t.Parallel()
	flag, command := regexp.MustCompile(`--[a-z]+`), regexp.MustCompile("`zhian ([a-z]+)([^`]*)`")
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		named := command.FindAllStringSubmatch(string(text), -1)
		if len(named) < 8 {
			t.Fatalf("%s names %d commands", name, len(named))
		}
		for _, m := range named {
			help := zhian(t, m[1], "--help")
			help.says(t, done)
			for _, f := range flag.FindAllString(m[2], -1) {
				if !strings.Contains(help.out, "  "+f) {
					t.Errorf("%s: zhian %s has no %s", name, m[1], f)
				}
			}
		}
	}
}

func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none.csv")
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"serv"}, []string{`did you mean "serve"`, "zhian --help"}},
		{[]string{"serve", "--lisen", "x"}, []string{`did you mean "--listen"`, "zhian serve --help"}},
		{[]string{"serve", "--profile", "rot13"}, []string{"--profile", `"standard","gm"`}},
		{[]string{"demo", "--speed", "0"}, []string{"--speed must be from 0.1 to 600"}},
		{[]string{"demo", "--seed", "red"}, []string{"--seed", "red"}},
		{[]string{"replay", missing, "--format", "nypd"}, []string{"none.csv"}},
		{[]string{"replay", binary}, []string{"--format"}},
		{[]string{"verify"}, []string{"<file>", "zhian verify --help"}},
		{[]string{"config", "--config", missing}, []string{"none.csv"}},
	} {
		r := zhian(t, c.args...)
		r.says(t, misuse, c.says...)
		if r.out != "" {
			t.Errorf("%v prints to standard output: %s", c.args, r.out)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if r := zhian(t, "--version"); r.status != done || r.out != stamp+"\n" {
		t.Errorf("%+v", r)
	}
}
