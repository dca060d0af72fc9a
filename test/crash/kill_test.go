package crash

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhian/platform/sqldb"
)

// Names of the settings between the test and the process that it kills, and of
// those that a long run turns up.
const (
	victimDSN  = "CRASH_VICTIM"
	holderFile = "CRASH_HOLDER"
	killCount  = "CRASH_KILLS"
	cutCount   = "CRASH_CUTS"
	firstSeed  = "CRASH_SEED"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(victimDSN); dsn != "" {
		os.Exit(victim(dsn))
	}
	if path := os.Getenv(holderFile); path != "" {
		os.Exit(holder(path))
	}
	os.Exit(m.Run())
}

// victim takes calls until it is killed, and names each step only after it was
// acknowledged.
func victim(dsn string) int {
	ctx := context.Background()
	c, err := open(ctx, dsn, sqldb.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go c.bus.Run(ctx)
	go c.integrate(ctx)
	var out sync.Mutex
	fmt.Println("ready")
	c.takeCalls(ctx, callers, 1<<30, func(id string, version int64) {
		out.Lock()
		defer out.Unlock()
		fmt.Println(id, version)
	})
	return 1
}

// integrate builds the ledger's tree behind the intake, as the house does.
func (c *centre) integrate(ctx context.Context) {
	for ctx.Err() == nil {
		c.log.Integrate(ctx)
		time.Sleep(5 * time.Millisecond)
	}
}

const (
	livesEach   = 10 // kills of one database, each of what the one before left
	lanes       = 2  // databases at once
	killedEarly = 8  // one of so many dies while it is still opening

	killedWithin = 400 // steps of which it dies after one at random
)

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	for name, fresh := range engines(t) {
		t.Run(name, func(t *testing.T) {
			var kills, total atomic.Int64
			t.Run("lives", func(t *testing.T) {
				for lane := range lanes {
					t.Run("", func(t *testing.T) {
						t.Parallel()
						r := rand.New(rand.NewPCG(uint64(setting(firstSeed, 1)), uint64(lane)))
						for kills.Load() < int64(setting(killCount, 200)) {
							total.Add(int64(killAgainAndAgain(t, r, fresh(t), &kills)))
						}
					})
				}
			})
			t.Logf("%d kills, %d steps acknowledged before them", kills.Load(), total.Load())
			if total.Load() == 0 {
				t.Error("nothing was acknowledged: the test has shown nothing")
			}
		})
	}
}

// killAgainAndAgain kills one database's process a few times, and checks what is
// left after each.
func killAgainAndAgain(t *testing.T, r *rand.Rand, dsn string, kills *atomic.Int64) (steps int) {
	t.Helper()
	var acknowledged record
	for range livesEach {
		n := kills.Add(1)
		if n%100 == 0 {
			t.Logf("%d kills", n)
		}
		steps += killOne(t, r, dsn, acknowledged.add)
		c, err := open(t.Context(), dsn, sqldb.Options{Readers: 2})
		if err != nil {
			t.Fatalf("kill %d: does not open again: %v", n, err)
		}
		for _, fault := range c.check(t.Context(), acknowledged.of) {
			t.Errorf("kill %d: %s", n, fault)
		}
		if err := c.db.Close(); err != nil || t.Failed() {
			t.Fatal(err)
		}
	}
	return steps
}

// killOne starts a victim, kills it at a random point of its work, or while it
// is still opening, and hears what it has acknowledged. The point is counted in
// steps, so that a slow machine is killed at its work too.
func killOne(t *testing.T, r *rand.Rand, dsn string, say told) (steps int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimDSN+"="+dsn)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	kill := func(within time.Duration) {
		time.AfterFunc(time.Duration(r.Int64N(int64(within))), func() { cmd.Process.Kill() })
	}
	early, last := r.IntN(killedEarly) == 0, 1+r.IntN(killedWithin)
	if early {
		kill(100 * time.Millisecond)
	}
	lines := bufio.NewScanner(out)
	if ready := lines.Scan() && lines.Text() == "ready"; !ready && !early {
		t.Fatalf("the victim did not start: %q", lines.Text())
	}
	for lines.Scan() {
		id, version, whole := stepOf(lines.Text())
		if !whole {
			continue
		}
		say(id, version)
		if steps++; steps == last && !early {
			kill(5 * time.Millisecond)
		}
	}
	return steps
}

// stepOf reads a victim's line; the last may be torn by the kill: an id of 36
// characters, a blank and a version of one digit are whole.
func stepOf(line string) (id string, version int64, whole bool) {
	n, _ := fmt.Sscan(line, &id, &version)
	return id, version, n == 2 && len(line) == 38
}
